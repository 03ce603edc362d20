"""Ollama's benchmark tool (`cmd/bench`): Go benchmark lines, CSV, or a Markdown table.

One line per model, epoch and step. `prefill` and `generate` are a time per token and its inverse,
`ttft`, `load` and `total` (in earlier versions without a name) nanoseconds of a request. Where no
token came, both numbers are written as 0; the CSV writes 0 as the speed of steps that have none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from chimera.evidence.formats.match import Match, by_lines, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows, numeric
from chimera.evidence.formats.samples import Cell, Console, Sample, Sheet, cell

NAME = "ollama-bench"
READS = frozenset({"sheet", "console"})
HINTS = frozenset({"BenchmarkModel/name=", "NS_PER_COUNT", "nsPerToken"})
_CSV = ("NAME", "STEP", "COUNT", "NS_PER_COUNT", "TOKEN_PER_SEC")
_MARKDOWN = ("Model", "Step", "Count", "Duration", "nsPerToken", "tokensPerSec")
# Of each step: what its time is, what its speed is, and what it counts.
_STEPS = {
    "prefill": ("prompt_time_per_token", "prompt_throughput", "prompt_eval_count"),
    "generate": ("tpot", "throughput", "eval_count"),
    "ttft": ("ttft", "", ""),
    "load": ("load", "", ""),
    "total": ("duration", "", ""),
}
_LINE = re.compile(
    r"^BenchmarkModel/name=(?P<name>\S+?)(?:/step=(?P<step>[a-z]+))?[ \t]+(?P<count>\d+)[ \t]+"
    r"(?P<time>[\d.]+) ns/(?:token|request|op)(?:[ \t]+(?P<speed>[\d.]+) token/sec)?(?=[ \t\r]|$)"
)
_ANY_STEP = re.compile(r"^BenchmarkModel/name=\S+/step=[a-z]+[ \t]+\d", re.MULTILINE)
_COMMENT = re.compile(r"^# Model: (?P<model>[^|]+)\|(?P<facts>.+)$")
_FACTS = {"Params": "parameter_size", "Quant": "quantization", "Family": "family"}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ns|µs|us|ms|s)")
_DURATIONS = {"µs": "us"}


def probe(sample: Sample) -> Match | None:
    """Tell its lines by the step in their name, its tables by the header."""
    match sample:
        case Console():
            return by_lines(sample, needs=(_ANY_STEP,))
        case Sheet(container="csv"):
            return by_names(sample.keys, needs=_CSV)
        case Sheet():
            return by_names(sample.keys, needs=_MARKDOWN)
        case _:
            return None


def parse(sample: Sample) -> list[Rows]:
    """Return one table per step."""
    match sample:
        case Console():
            return _console(sample)
        case Sheet(container="csv"):
            return _csv(sample)
        case Sheet():
            return _markdown(sample)
        case _:
            return []


def _measures(step: str, time: str, speed: str, tokens: str) -> dict[str, Measure]:
    """Return what the columns of a step measure, under the names the output has for them."""
    of_time, of_speed, of_tokens = _STEPS[step]
    found = {time: Measure(of_time, "ns", "lower", definition=f"{NAME}.{step}")}
    if of_speed:
        found[speed] = Measure(of_speed, "tok/s", "higher", definition=f"{NAME}.{step}")
        found[tokens] = Measure(of_tokens, "tokens", None)
    return found


def _console(console: Console) -> list[Rows]:
    tables: dict[str, Rows] = {}
    facts: dict[str, dict[str, str]] = {}
    for index, line in enumerate(console.lines):
        comment, match = _COMMENT.match(line), _LINE.match(line)
        if comment:
            facts[comment["model"].strip()] = _facts(comment["facts"])
        step = (match["step"] or "total") if match else ""
        if match and step in _STEPS:
            rows = tables.setdefault(step, Rows("", _measures(step, "ns", "token/sec", "tokens")))
            row = _row(index, match)
            row.params = facts.get(match["name"], {})
            row.failure = _failure(step, match["time"])
            rows.rows.append(row)
    return list(tables.values())


def _row(index: int, match: re.Match[str]) -> Row:
    cells = {"ns": cell(index, match, "time"), "token/sec": cell(index, match, "speed")}
    if match["count"] != "1":  # later versions write a 1 for every step
        cells["tokens"] = cell(index, match, "count")
    return Row(str(index + 1), {"model": match["name"]}, {}, cells)


def _facts(text: str) -> dict[str, str]:
    """Return size and quantisation of a model from `Params: 4.3B | Quant: Q4_K_M`."""
    pairs = [part.partition(":") for part in text.split("|")]
    return {_FACTS[k.strip()]: v.strip() for k, _, v in pairs if k.strip() in _FACTS and v.strip()}


def _csv(sheet: Sheet) -> list[Rows]:
    tables: dict[str, Rows] = {}
    comments = [_COMMENT.match(record[0]) for record in sheet.records if len(record) == 1]
    facts = {one["model"].strip(): _facts(one["facts"]) for one in comments if one}
    for place, cells in sheet.rows_below(*_CSV):
        step = cells["STEP"]
        if step in _STEPS:
            columns = _measures(step, "NS_PER_COUNT", "TOKEN_PER_SEC", "COUNT")
            model = cells["NAME"]
            row = Row(place, {"model": model}, facts.get(model, {}), cells)
            row.failure = _failure(step, cells["NS_PER_COUNT"])
            tables.setdefault(step, Rows("", columns)).rows.append(row)
    return list(tables.values())


def _markdown(sheet: Sheet) -> list[Rows]:
    tables: dict[tuple[str, str], Rows] = {}
    for place, cells in sheet.rows_below(*_MARKDOWN):
        step, duration = cells["Step"], _DURATION.fullmatch(cells["Duration"])
        unit = duration[2] if duration else "s"
        if step not in _STEPS:
            continue
        rows = tables.setdefault((step, unit), Rows("", _table_measures(step, unit)))
        found: Mapping[str, str | Cell | None] = {
            **cells,
            "Duration": sheet.cell(place, "Duration", duration[1]) if duration else None,
        }
        row = Row(place, {"model": cells["Model"]}, {}, found)
        row.failure = _failure(step, cells["Count"])
        rows.rows.append(row)
    return list(tables.values())


def _table_measures(step: str, unit: str) -> dict[str, Measure]:
    """Return the measures of a table, whose durations are of the whole step."""
    spelled = _DURATIONS.get(unit, unit)
    of_time, of_speed, _ = _STEPS[step]
    if not of_speed:
        return {"Duration": Measure(of_time, spelled, "lower", definition=f"{NAME}.{step}")}
    whole = "prompt_eval" if step == "prefill" else "eval"
    duration = Measure(whole, spelled, "lower", definition=f"{NAME}.{whole}")
    return {"Duration": duration, **_measures(step, "nsPerToken", "tokensPerSec", "Count")}


def _failure(step: str, written: str) -> str | None:
    return f"no token at step {step}" if _STEPS[step][1] and numeric(written) == 0 else None
