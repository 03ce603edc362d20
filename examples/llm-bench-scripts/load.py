"""Send bounded load to serve.py and record what each request took.

Every combination of the listed settings is one cell; each cell gets
``--requests`` requests. A failed request is written as a row of zeros with an
error text, as simple load generators do; summary means leave such rows out.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import http.client
import itertools
import json
import math
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean, median
from typing import TextIO

from model import split_corpus

MAX_REQUESTS = 500
MIN_FOR_P95 = 60
TIMEOUT_S = 60

# (model, concurrency, prompt characters, num_predict, top_k)
Cell = tuple[str, int, int, int, int]


@dataclass
class Row:
    """One request. Times in seconds; tokens are characters."""

    timestamp: str
    model: str
    concurrency: int
    prompt_index: int
    prompt_chars: int
    num_predict: int
    top_k: int
    ttft_s: float = 0.0
    tokens_s: float = 0.0
    load_s: float = 0.0
    prompt_eval_s: float = 0.0
    eval_s: float = 0.0
    eval_count: int = 0
    latency_s: float = 0.0
    error: str = ""


def now() -> str:
    """Return the present UTC time as text."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def exchange(port: int, body: dict[str, object]) -> tuple[float, float, dict]:
    """Send one request; return (seconds to first line, seconds in all, last line)."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    start = time.perf_counter()
    with contextlib.closing(connection):
        connection.request("POST", "/api/generate", json.dumps(body))
        response = connection.getresponse()
        line = response.readline()
        ttft = time.perf_counter() - start
        last = {}
        while line:
            last = json.loads(line)
            line = response.readline()
        total = time.perf_counter() - start
    if not last.get("done"):
        raise ValueError(last.get("error", "stream ended before the last line"))
    return ttft, total, last


def send(row: Row, prompt: str, port: int, keep_alive: int | None) -> tuple[Row, dict]:
    """Send the request of one row, fill the row in, return the server's last line too."""
    options = {"num_predict": row.num_predict, "top_k": row.top_k, "seed": row.prompt_index}
    body: dict[str, object] = {"model": row.model, "prompt": prompt, "options": options}
    if keep_alive is not None:
        body["keep_alive"] = keep_alive
    row.timestamp = now()
    try:
        ttft, total, last = exchange(port, body)
    except (OSError, http.client.HTTPException, ValueError) as exc:
        row.error = f"{type(exc).__name__}: {exc}"
        return row, {}
    row.ttft_s = round(ttft, 6)
    row.latency_s = round(total, 6)
    row.load_s = last["load_duration"] / 1e9
    row.prompt_eval_s = last["prompt_eval_duration"] / 1e9
    row.eval_s = last["eval_duration"] / 1e9
    row.eval_count = last["eval_count"]
    row.tokens_s = round(row.eval_count / row.eval_s, 2)
    return row, last


def run(args: argparse.Namespace) -> Iterator[tuple[Cell, float, Row, dict]]:
    """Run all cells; yield (cell, wall seconds so far in this cell, row, last line)."""
    _, text = split_corpus()
    for cell in itertools.product(
        args.models, args.concurrency, args.prompt_chars, args.num_predict, args.top_k
    ):

        def one(index: int, cell: Cell = cell) -> tuple[Row, dict]:
            model, concurrency, chars, num_predict, top_k = cell
            offset = index * 997 % (len(text) - chars)
            row = Row("", model, concurrency, index, chars, num_predict, top_k)
            return send(row, text[offset : offset + chars], args.port, args.keep_alive)

        for index in range(args.warmup):
            one(index)
        start = time.perf_counter()
        with ThreadPoolExecutor(cell[1]) as pool:
            for row, last in pool.map(one, range(args.requests)):
                yield cell, time.perf_counter() - start, row, last


def percentile(values: list[float], q: int) -> float:
    """Return the nearest-rank percentile."""
    return sorted(values)[math.ceil(len(values) * q / 100) - 1]


def summarise(model: str, rows: list[Row], wall_s: float) -> dict[str, object]:
    """Summarise the rows of one cell; failed requests count only as failed."""
    good = [row for row in rows if not row.error]
    summary: dict[str, object] = {
        "model": model,
        "generated_at": now(),
        "concurrency": rows[0].concurrency,
        "prompt_chars": rows[0].prompt_chars,
        "num_predict": rows[0].num_predict,
        "requests": len(rows),
        "completed": len(good),
        "failed": len(rows) - len(good),
        "wall_s": round(wall_s, 4),
    }
    if good:
        ttft = [row.ttft_s for row in good]
        summary |= {
            "mean_ttft_s": round(fmean(ttft), 6),
            "median_ttft_s": round(median(ttft), 6),
            "mean_tokens_s": round(fmean(row.tokens_s for row in good), 2),
            "mean_latency_s": round(fmean(row.latency_s for row in good), 6),
            "total_tokens": sum(row.eval_count for row in good),
            "aggregate_tokens_s": round(sum(row.eval_count for row in good) / wall_s, 2),
        }
        if len(good) >= MIN_FOR_P95:
            summary["p95_ttft_s"] = round(percentile(ttft, 95), 6)
            summary["p95_latency_s"] = round(percentile([r.latency_s for r in good], 95), 6)
    return summary


def markdown(summaries: list[dict]) -> str:
    """Return the summaries as a Markdown table (times in ms)."""
    lines = [
        "# Load generator summary",
        "",
        f"Generated at {now()}. Means over completed requests.",
        "",
        "| model | conc. | completed | failed | TTFT (ms) | tokens/s | latency (ms) |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for s in summaries:
        ttft, latency = s.get("mean_ttft_s", 0) * 1e3, s.get("mean_latency_s", 0) * 1e3
        lines.append(
            f"| {s['model']} | {s['concurrency']} | {s['completed']} | {s['failed']} "
            f"| {ttft:.2f} | {s.get('mean_tokens_s', 0):.1f} | {latency:.2f} |"
        )
    return "\n".join(lines) + "\n"


def shape(summaries: list[dict], kind: str | None) -> object:
    """Arrange the summaries: the only one, a list under "models", or a dict by name."""
    if kind == "keyed":
        return {s["model"]: s for s in summaries}
    if kind == "levels":
        return {"model": summaries[0]["model"], "levels": summaries}
    if kind == "models":
        return {"generated_at": now(), "tool": "load.py", "models": summaries}
    return summaries[0]


def parse() -> argparse.Namespace:
    """Read the command line; lists are comma-separated."""

    def names(text: str) -> list[str]:
        return text.split(",")

    def numbers(text: str) -> list[int]:
        return [int(part) for part in text.split(",")]

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8123)
    parser.add_argument("--models", type=names, required=True)
    parser.add_argument("--concurrency", type=numbers, default=[1])
    parser.add_argument("--prompt-chars", type=numbers, default=[800])
    parser.add_argument("--num-predict", type=numbers, default=[256])
    parser.add_argument("--top-k", type=numbers, default=[0])
    parser.add_argument("--requests", type=int, default=15, help="per cell")
    parser.add_argument("--warmup", type=int, default=1, help="unrecorded, per cell")
    parser.add_argument("--keep-alive", type=int, help="0: drop the model after each answer")
    parser.add_argument("--csv", help="per-request rows; - for standard output")
    parser.add_argument("--encoding", default="utf-8", help="of the CSV file")
    parser.add_argument("--jsonl", help="per-request log with the server's own numbers")
    parser.add_argument("--errors", help="JSONL with failed requests only")
    parser.add_argument("--json", help="summary")
    parser.add_argument("--shape", choices=("single", "models", "keyed", "levels"))
    parser.add_argument("--markdown", help="summary table")
    args = parser.parse_args()
    if not 0 < args.requests <= MAX_REQUESTS:
        parser.error(f"--requests must be 1 to {MAX_REQUESTS}")
    return args


def record(args: argparse.Namespace) -> list[dict[str, object]]:
    """Run the load, write the per-request files and return one summary per cell."""
    cells: dict[Cell, list[Row]] = {}
    walls: dict[Cell, float] = {}
    with contextlib.ExitStack() as stack:

        def sink(path: str | None, encoding: str = "utf-8") -> TextIO:
            target = Path(path or os.devnull)
            return stack.enter_context(target.open("w", newline="", encoding=encoding))

        out = sys.stdout if args.csv == "-" else sink(args.csv, args.encoding)
        log, errors = sink(args.jsonl), sink(args.errors)
        writer = csv.DictWriter(out, [field.name for field in fields(Row)], lineterminator="\n")
        writer.writeheader()
        for cell, wall_s, row, last in run(args):
            cells.setdefault(cell, []).append(row)
            walls[cell] = wall_s
            writer.writerow(asdict(row))
            out.flush()
            # The log is not flushed: a killed run leaves a cut last line.
            json.dump({"request": asdict(row), "server": last}, log)
            log.write("\n")
            if row.error:
                errors.write(json.dumps(asdict(row)) + "\n")
    return [summarise(cell[0], rows, walls[cell]) for cell, rows in cells.items()]


def main() -> None:
    """Run the load and write the files that were asked for."""
    args = parse()
    summaries = record(args)
    if args.json:
        text = json.dumps(shape(summaries, args.shape), indent=2) + "\n"
        Path(args.json).write_text(text, encoding="utf-8")
    if args.markdown:
        Path(args.markdown).write_text(markdown(summaries), encoding="utf-8")


if __name__ == "__main__":
    main()
