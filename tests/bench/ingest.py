"""The collector beside pandas, polars and duckdb on the same files, as ratios of one run.

Peers read the values and a mean, a minimum and a maximum of every column; the collector does all
its work: recognition, hashes, places, validity, inventory. The files are those of the examples and
of the test data, copied with other digits so that no two are equal; `BENCH_CORPUS=DIR` takes
another folder. Large files have `BENCH_MB` megabytes (1000 if not said), and `BENCH_FILES` says how
many files the larger of two folders has (100000 if not said). Every measure is a process of its
own; rounds take turns, and the fastest counts.
"""

from __future__ import annotations

import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SOURCES = [ROOT / "examples" / "llm-bench", ROOT / "tests" / "data" / "home-grown"]
MEGABYTES = int(os.environ.get("BENCH_MB", "1000"))
MANY = int(os.environ.get("BENCH_FILES", "100000"))
FEW = MANY // 10
ROUNDS = 3
SEED = 20261124
DECIMAL = re.compile(rb"(?<=\.)\d+")
COLUMNS = [
    "ttft_ms",
    "tpot_ms",
    "e2e_ms",
    "queue_ms",
    "prefill_ms",
    "decode_ms",
    "load_s",
    "power_w",
]


def corpus() -> list[Path]:
    """Return the files that are copied."""
    given = os.environ.get("BENCH_CORPUS")
    folders = [Path(given)] if given else SOURCES
    found = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return [path for path in found if path.suffix in {".csv", ".json", ".jsonl", ".md"}]


def make_folder(folder: Path, count: int) -> None:
    """Write so many files, a hundred in a folder, each with digits of its own."""
    files = [(path.suffix, path.read_bytes()) for path in corpus()]
    for number in range(count):
        suffix, content = files[number % len(files)]
        mark = f"{number:06}".encode()
        changed = DECIMAL.sub(rb"\g<0>" + mark, content, count=3)
        if changed == content:
            changed = content + b"\n" * (1 + number // len(files))
        place = folder / f"{number // 100:04}" / f"{number:06}{suffix}"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(changed)


def make_large(path: Path, megabytes: int) -> None:
    """Write one CSV, or one JSON Lines file, of measurements."""
    rng = random.Random(SEED)  # noqa: S311 - data, no secret
    rows = [
        [rng.choice(["llama3", "gemma3", "qwen3"]), rng.choice([1, 2, 4, 8])]
        + [round(rng.uniform(1, 5000), 9) for _ in COLUMNS]
        for _ in range(20_000)
    ]
    names = ["model", "concurrency", *COLUMNS]
    if path.suffix == ".csv":
        block = "".join(",".join(map(str, row)) + "\n" for row in rows).encode()
    else:
        block = "".join(
            json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in rows
        ).encode()
    with path.open("wb") as file:
        if path.suffix == ".csv":
            file.write(",".join(names).encode() + b"\n")
        while file.tell() < megabytes * 1_000_000:
            file.write(block)


def collected(place: str) -> None:
    """Collect, on one process."""
    from chimera.evidence import collect, spread

    spread.WORTH = sys.maxsize
    collect(place)


def collected_on_all_cores(place: str) -> None:
    """Collect as the library does by itself."""
    from chimera.evidence import collect

    collect(place)


def collected_on_dask(place: str) -> None:
    """Collect on two Dask workers that are up."""
    from distributed import Client, LocalCluster

    from chimera.evidence import collect

    cluster: Any = LocalCluster  # untyped
    connect: Any = Client
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with cluster(host="127.0.0.1", silence_logs=50, **options) as two, connect(two) as client:
        executor = client.get_executor(pure=False)
        executor.submit(int).result()
        START[0] = time.perf_counter()
        collect(place, executor=executor)
        print_result(time.perf_counter() - START[0])
        os._exit(0)  # workers that stop are not measured


def pandas_values(place: str) -> None:
    """Read every CSV and JSON with pandas and describe its columns."""
    pd = import_module("pandas")
    for path in sorted(Path(place).rglob("*")):
        try:
            if path.suffix == ".csv":
                describe(pd.read_csv(path))
            elif path.suffix == ".json":
                numbers: list[float] = []
                leaves(json.loads(path.read_text(encoding="utf-8")), numbers)
                describe(pd.DataFrame({"value": numbers}))
            elif path.suffix == ".jsonl":
                describe(pd.read_json(path, lines=True))
        except (ValueError, UnicodeError, pd.errors.ParserError):
            continue


def describe(frame) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - pandas is not installed for types
    """Compute what every peer computes."""
    for name in frame.select_dtypes("number"):
        frame[name].mean(), frame[name].min(), frame[name].max()


def leaves(value: object, into: list[float]) -> None:
    """Gather the numbers of a JSON value."""
    if isinstance(value, dict):
        for child in value.values():
            leaves(child, into)
    elif isinstance(value, list):
        for child in value:
            leaves(child, into)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        into.append(value)


def polars_streaming(place: str) -> None:
    """Read a CSV with polars, streaming, and describe its columns."""
    pl = import_module("polars")
    wanted = [(name, what) for name in COLUMNS for what in ("mean", "min", "max")]
    described = [getattr(pl.col(name), what)().alias(f"{name}_{what}") for name, what in wanted]
    pl.scan_csv(place).select(described).collect(engine="streaming")


def duckdb_parse(place: str) -> None:
    """Parse JSON Lines with duckdb and describe its columns."""
    import duckdb

    described = ", ".join(f"avg({c}), min({c}), max({c})" for c in COLUMNS)
    statement = f"SELECT {described} FROM read_json('{place}', format='nd')"  # noqa: S608 - ours
    duckdb.execute(statement).fetchall()


WAYS: dict[str, Callable[[str], None]] = {
    "one": collected,
    "all": collected_on_all_cores,
    "dask": collected_on_dask,
    "pandas": pandas_values,
    "polars": polars_streaming,
    "duckdb": duckdb_parse,
}
START = [0.0]


def print_result(seconds: float) -> None:
    """Print seconds and the peak of this process and its workers."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": seconds, "peak_mb": own // 1024}), flush=True)


def measure_here(way: str, place: str, *, warm: bool) -> None:
    """Run one measure; where it is warm, the fastest of many runs in this process."""
    times = []
    for _ in range(30 if warm else 1):
        START[0] = time.perf_counter()
        WAYS[way](place)
        times.append(time.perf_counter() - START[0])
    print_result(min(times))


def measured(way: str, place: Path, *, warm: bool = False) -> dict[str, float]:
    """Run one measure in a process of its own."""
    words = [sys.executable, __file__, way, str(place), "warm" if warm else "cold"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def fastest(ways: list[str], place: Path, *, warm: bool = False) -> dict[str, dict[str, float]]:
    """Run measures in turn and keep the fastest of each."""
    best: dict[str, dict[str, float]] = {}
    for _ in range(ROUNDS):
        for way in ways:
            found = measured(way, place, warm=warm)
            if way not in best or found["seconds"] < best[way]["seconds"]:
                best[way] = found
    return best


def row(what: str, mine: dict[str, float], ratio: float, of: str, target: str) -> None:
    """Print one line of the result."""
    seconds, peak = mine["seconds"], mine["peak_mb"]
    print(
        f"{what:<34} {seconds:>9.3f} s {peak:>6.0f} MB   {ratio:>6.2f} x {of:<22} target {target}"
    )


def small_folders(root: Path) -> None:
    """The examples, then many files, then ten times as many."""
    seed, few, many = root / "seed", root / "few", root / "many"
    make_folder(seed, len(corpus()))
    make_folder(few, FEW)
    best = fastest(["one", "pandas"], seed, warm=True)
    ratio = best["one"]["seconds"] / best["pandas"]["seconds"]
    row(f"{len(corpus())} files, warm process", best["one"], ratio, "pandas", "0.36")
    best = fastest(["one", "all", "pandas", "dask"], few)
    one, spread_out = best["one"]["seconds"], best["all"]["seconds"]
    row(f"{FEW} files, one process", best["one"], one / best["pandas"]["seconds"], "pandas", "0.22")
    row(f"{FEW} files, all cores", best["all"], one / spread_out, "faster than one", ">= 1.5")
    row(
        f"{FEW} files, two Dask workers",
        best["dask"],
        best["dask"]["seconds"] / spread_out,
        "all cores",
        "1.3",
    )
    make_folder(many, MANY)
    large = measured("one", many)
    row(f"{MANY} files, one process", large, large["seconds"] / one, f"{FEW} files", "11, 600 MB")


def large_files(root: Path) -> None:
    """One CSV and one JSON Lines file."""
    table, lines = root / "big.csv", root / "big.jsonl"
    make_large(table, MEGABYTES)
    best = fastest(["one", "polars"], table)
    ratio = best["one"]["seconds"] / best["polars"]["seconds"]
    row(f"CSV of {MEGABYTES} MB", best["one"], ratio, "polars streaming", "1.2, 1000 MB")
    make_large(lines, MEGABYTES // 5)
    best = fastest(["one", "duckdb"], lines)
    ratio = best["one"]["seconds"] / best["duckdb"]["seconds"]
    row(f"JSON Lines of {MEGABYTES // 5} MB", best["one"], ratio, "duckdb", "2, 600 MB")


def main() -> None:
    """Make the files and print every ratio."""
    with tempfile.TemporaryDirectory(prefix="chimera-bench-") as folder:
        small_folders(Path(folder))
        large_files(Path(folder))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure_here(sys.argv[1], sys.argv[2], warm=sys.argv[3] == "warm")
    else:
        main()
