"""Measure two versions of a small word counter: `python measure.py OUT_DIR`.

The version before splits text by a pattern; the one after splits by blanks, and counts all words
twice to rank them. `load` is the same code in both: what is measured of it is noise. Runs of both
versions take turns, so that a drift of the machine meets both alike.
"""

import csv
import platform
import re
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

RUNS = 20
TEXT = (re.__doc__ or "") * 40


def load(text: str) -> list[str]:
    """Return the lines of a text: the same code before and after."""
    return [line.strip().lower() for line in text.splitlines() if line.strip()]


def split_before(text: str) -> list[str]:
    """Split by a pattern."""
    return re.findall(r"[^\s]+", text)


def split_after(text: str) -> list[str]:
    """Split by blanks."""
    return text.split()


def rank_before(text: str) -> list[tuple[str, int]]:
    """Count once and take the most common words."""
    return Counter(text.split()).most_common(10)


def rank_after(text: str) -> list[tuple[str, int]]:
    """Count twice, of which once is for nothing."""
    table = [Counter(text.split()) for _ in range(2)][-1]
    return sorted(table.items(), key=lambda item: (-item[1], item[0]))[:10]


TASKS: dict[str, tuple[Callable[[str], object], Callable[[str], object]]] = {
    "load": (load, load),
    "split": (split_before, split_after),
    "rank": (rank_before, rank_after),
}


def timed(task: Callable[[str], object]) -> float:
    """Return the milliseconds of ten calls."""
    start = perf_counter()
    for _ in range(10):
        task(TEXT)
    return (perf_counter() - start) * 1000


def main(out: Path) -> None:
    """Measure every task, both versions in turn, after one run that is not counted."""
    rows: dict[str, list[list[object]]] = {"before": [], "after": []}
    for name, versions in TASKS.items():
        for run in range(RUNS + 1):
            for side, task in zip(rows, versions, strict=True):
                took = timed(task)
                if run:
                    rows[side].append([name, run, f"{took:.4f}", platform.python_version()])
    for side, lines in rows.items():
        (out / side).mkdir(parents=True, exist_ok=True)
        with (out / side / "timings.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["task", "run", "duration_ms", "python_version"])
            writer.writerows(lines)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
