"""The verifier on injected errors: recall of each kind, precision, and the time of a report.

Errors are put into true reports one at a time: on the example, the small folders of the tests, and
`BENCH_CORPUS=DIR` where it is given. `by meaning` leaves out the comparison with the sentences of
`report.json`, so that only facts, units, statistics, names and words of comparison are left.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import chimera
from chimera.verify import quoting
from chimera.verify.text import Verifier
from tests.verify.injections import Score, score

ROOT = Path(__file__).parents[2]
FORMATS = ROOT / "tests" / "data" / "formats"
FOLDERS = [
    ROOT / "examples" / "llm-bench",
    ROOT / "tests" / "data" / "home-grown",
    *(FORMATS / name for name in ("hyperfine", "jmh", "llama-bench", "vllm-serve", "wrk")),
    FORMATS,
]
FREE = sorted((ROOT / "tests" / "verify").glob("free_text*.tsv"))
MOST = int(os.environ.get("BENCH_INJECTIONS", "400"))  # of a kind, per report
SEED = 20261124
ROUNDS = 5


def reports() -> list[tuple[str, str, dict[str, Any]]]:
    """Return name, Markdown and `report.json` of a report on each folder."""
    given = os.environ.get("BENCH_CORPUS")
    found = []
    with tempfile.TemporaryDirectory() as out:
        for folder in [*FOLDERS, *([Path(given)] if given else [])]:
            run = chimera.run("technical-report", folder, model="none", out=out)
            assert run.report is not None
            data = run.report.path.with_suffix(".json").read_bytes()
            found.append((folder.name, run.report.markdown, json.loads(data)))
    return found


def measured(found: list[tuple[str, str, dict[str, Any]]]) -> Score:
    """Return the score over all reports."""
    total = Score()
    for _, markdown, document in found:
        score(markdown, document, total, seed=SEED, most=MOST)
    return total


def show(whole: Score, bare: Score) -> None:
    """Print recall of each kind, with and without the sentences of `report.json`."""
    print(f"{'injected':<14}{'errors':>8}{'found':>8}{'recall':>9}{'by meaning':>12}")
    for kind in whole.kinds:
        errors = whole.found[kind] + whole.missed[kind]
        print(
            f"{kind:<14}{errors:>8}{whole.found[kind]:>8}{whole.recall(kind):>9.4f}"
            f"{bare.recall(kind):>12.4f}"
        )
    print(f"precision {whole.precision:.4f}, {whole.false_alarms} true lines flagged")


def free_texts(document: dict[str, Any]) -> None:
    """Print how sentences written by hand on the example are judged."""
    verifier = Verifier(document)
    for path in FREE:
        rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
        for truth in ("true", "false"):
            texts = [text for said, _, text in rows if said == truth]
            flagged = sum(bool(verifier.check(text).unsupported) for text in texts)
            print(f"{path.stem}: of {len(texts)} {truth} sentences, {flagged} flagged")


def main() -> None:
    """Measure recall and precision, then free texts, then time."""
    found = reports()
    altered, whole = quoting.altered, measured(found)
    quoting.altered = lambda *_: iter(())
    bare = measured(found)
    quoting.altered = altered
    show(whole, bare)
    free_texts(found[0][2])
    for name, markdown, document in found:
        times = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            numbers = Verifier(document).check(markdown).numbers
            times.append(time.perf_counter() - start)
        print(f"{name:<14}{numbers:>6} numbers{1000 * min(times):>8.0f} ms")


if __name__ == "__main__":
    main()
