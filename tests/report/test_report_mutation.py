"""An artifact is changed: exactly what depends on the change changes in the report.

A line may change if it cites values of the cell that was edited, directly or through facts computed
from them, or a claim or refusal that does; or if it accounts for the file itself.
"""

import csv
import io
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.report.conftest import Made, Make

SAID = (
    "Summary",
    "Performance",
    "Key findings",
    "Recommendations",
    "What the data cannot tell",
)
CITED = re.compile(r"\[(F[0-9a-z]+(?:, F[0-9a-z]+)*)\]")
FOLLOWS = re.compile(r"\b[CR][0-9a-z]{4,}\b")
STEM = re.compile(r"\bF[0-9a-z]{6,}\b")
ROWS = re.compile(r"rows? ([\d, -]+), column (.*)")
LLM_BENCH = Path(__file__).parents[3] / "shared" / "corpora" / "llm-bench"


def lines(report: Made) -> Counter[str]:
    """Return the lines of the sections that say something, without their numbers in a list."""
    found = (line for name in SAID for line in report.sections.get(name, "").splitlines())
    return Counter(re.sub(r"^\d+\. ", "", line) for line in found)


def texts(report: Made) -> set[str]:
    """Return the sentences of all claims."""
    return {claim["text"] for claim in report.document["claims"]}


def cells(locator: str) -> Iterator[tuple[int, str]]:
    """Yield the rows and columns that a locator in a CSV file names."""
    match = ROWS.fullmatch(locator)
    for part in match[1].split(",") if match else ():
        first, _, last = part.strip().partition("-")
        yield from ((row, match[2]) for row in range(int(first), int(last or first) + 1) if match)


def dependent(report: Made, path: str, row: int, column: str) -> set[str]:
    """Return the stems of the facts, and the ids of claims and refusals, that rest on a cell.

    Whether a run failed decides which rows count, so everything of the file rests on that.
    """
    facts: dict[str, list[Any]] = {}
    for fact in report.document["facts"]:
        facts.setdefault(fact["id"].partition(".")[0], []).append(fact)

    def rests(fact: Any) -> bool:
        places = [x["locator"] for x in fact["sources"] if x["path"] == path]
        counted = any(x["path"] == "." for x in fact["sources"])
        if column == "error":
            return counted or bool(places)
        return counted or any((row, column) in set(cells(place)) for place in places)

    found = {stem for stem, group in facts.items() if any(map(rests, group))}
    size = -1
    while size != len(found):
        size = len(found)
        found |= {
            stem
            for stem, group in facts.items()
            if any(found & set(STEM.findall(fact["formula"])) for fact in group)
        }
    said = [*report.document["claims"], *report.document["refusals"]]
    ids = {x["id"] for x in said if {name.partition(".")[0] for name in x["facts"]} & found}
    return found | ids


def may_change(line: str, ids: set[str], kept: set[str]) -> bool:
    """Return whether a line rests on any of the facts or claims, or is a claim that was kept.

    A kept claim may move in or out of the few that are called findings.
    """
    cited = {name for match in CITED.finditer(line) for name in match[1].split(", ")}
    return bool(ids & (cited | set(FOLLOWS.findall(line)))) or any(text in line for text in kept)


def edited(text: str, row: int, column: str, value: str) -> str:
    """Return CSV text with one cell changed; rows count from 1, the header's."""
    records = list(csv.reader(io.StringIO(text)))
    records[row - 1][records[0].index(column)] = value
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(records)
    return out.getvalue()


def assert_only_dependents_change(before: Made, after: Made, cell: tuple[str, int, str]) -> None:
    """Hold the lines that went or came against what rests on the cell."""
    gone, came = lines(before) - lines(after), lines(after) - lines(before)
    kept = texts(before) & texts(after)
    for report, changed in ((before, gone), (after, came)):
        ids = dependent(report, *cell)
        free = [line for line in changed if not may_change(line, ids, kept) and STEM.search(line)]
        assert not free, free


CELLS = (("tokens_s", 7, "66.6"), ("tokens_s", 2, "9"), ("ttft_s", 4, "7.5"), ("error", 3, "oom"))


@pytest.mark.parametrize(("column", "row", "value"), CELLS)
def test_only_dependents_of_a_cell_change(
    bench: Path, make: Make, column: str, row: int, value: str
) -> None:
    """One cell of one file is edited."""
    path = bench / "runs.csv"
    (bench / "zz_copy.csv").unlink()
    before = make(bench)
    path.write_text(edited(path.read_text(), row, column, value))
    after = make(bench)
    assert lines(before) != lines(after)
    assert_only_dependents_change(before, after, ("runs.csv", row, column))


@pytest.mark.skipif(not LLM_BENCH.is_dir(), reason="the shared corpus is not here")
def test_only_dependents_change_in_a_real_folder(tmp_path: Path, make: Make) -> None:
    """Twelve cells, drawn by a fixed seed, are doubled one after the other."""
    rng = random.Random(20261124)  # noqa: S311  seeded on purpose
    folder = tmp_path / "llm-bench"
    for path in sorted(LLM_BENCH.rglob("*.csv")):
        to = folder / path.relative_to(LLM_BENCH)
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(path.read_bytes())
    before, numbers = make(folder), re.compile(r"\d+\.\d+")
    plain = [path for path in sorted(folder.rglob("*.csv")) if "ncu" not in path.name]
    for _ in range(12):
        path = rng.choice(plain)
        text = path.read_text()
        records = list(csv.reader(io.StringIO(text)))
        places = [
            (row, column)
            for row, record in enumerate(records[1:], start=2)
            for column, cell in zip(records[0], record, strict=False)
            if numbers.fullmatch(cell)
        ]
        row, column = rng.choice(places)
        value = records[row - 1][records[0].index(column)]
        path.write_text(edited(text, row, column, str(round(float(value) * 2, 6))))
        after = make(folder)
        cell = (path.relative_to(folder).as_posix(), row, column)
        assert_only_dependents_change(before, after, cell)
        path.write_text(text)


def test_a_flipped_unit_changes_what_is_said(folder: Path, make: Make) -> None:
    """Seconds that become milliseconds: every TTFT is a thousandth of what it was."""
    before, path = make(folder), folder / "runs.csv"
    path.write_text(path.read_text().replace("ttft_s", "ttft_ms"))
    after = make(folder)

    def medians(report: Made) -> list[tuple[float, str]]:
        found = [
            (fact["value"], fact["unit"])
            for fact in report.document["facts"]
            if (fact["metric"], fact["statistic"]) == ("ttft", "median")
        ]
        return sorted(found)

    assert [(value, "ms") for value, _ in medians(before)] == medians(after)
    said = {x["text"] for x in before.document["claims"] if x["metric"] == "ttft"}
    assert said
    assert said.isdisjoint(x["text"] for x in after.document["claims"])


def test_swapped_files_swap_what_is_said(folder: Path, make: Make) -> None:
    """Two files change their contents: whoever led in one now leads in the other."""
    for name, best in (("a.csv", 90), ("b.csv", 30)):
        rows = [f"x,{best + i}" for i in range(6)] + [f"y,{60 + i}" for i in range(6)]
        (folder / name).write_text("\n".join(["model,tokens_s", *rows]) + "\n")

    def leaders(report: Made) -> dict[str, str]:
        claims = [x for x in report.document["claims"] if x["type"] == "rank" and x["leader"]]
        return {name: x["leader"] for name in "ab" for x in claims if f"`{name}.csv`" in x["text"]}

    assert leaders(make(folder)) == {"a": "x", "b": "y"}
    one, other = (folder / "a.csv").read_bytes(), (folder / "b.csv").read_bytes()
    (folder / "a.csv").write_bytes(other)
    (folder / "b.csv").write_bytes(one)
    assert leaders(make(folder)) == {"a": "y", "b": "x"}


def test_a_deleted_column_takes_its_claims_along(folder: Path, make: Make) -> None:
    """Without the column of a metric nothing is said of it but that it is absent."""
    assert any(x["metric"] == "throughput" for x in make(folder).document["claims"])
    path = folder / "runs.csv"
    records = [line.split(",") for line in path.read_text().splitlines()]
    path.write_text("\n".join(",".join(r[:2] + r[3:]) for r in records) + "\n")
    after = make(folder)
    said = [x["type"] for x in after.document["claims"] if x["metric"] == "throughput"]
    assert said == ["absence"]
    assert "tok/s" not in after.sections["Key findings"]
