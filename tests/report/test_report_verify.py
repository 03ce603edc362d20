"""The verifier on a real report: clean as written, and not when anything in it is changed."""

import random
import re
from typing import Any

import pytest

from chimera.verify.reading import cited_ids
from chimera.verify.text import Verifier, verify

SEED = 20260102


@pytest.fixture
def report(bench: Any, make: Any) -> Any:
    """A report of the small folder."""
    return make(bench)


def bad(report: Any, old: str, new: str) -> list[str]:
    """Return the unsupported tokens once one text of the report is replaced."""
    assert old in report.markdown
    found = verify(report.markdown.replace(old, new, 1), report.document)
    return [item.token for item in found.unsupported]


def test_clean_report_is_supported(report: Any) -> None:
    """Verified again as a whole, a report has the counts it states, and nothing unsupported."""
    found = verify(report.markdown, report.document)
    assert found.unsupported == ()
    stated = {k: v for k, v in report.document["verification"].items() if k != "recomputed"}
    assert stated == {
        "numbers": found.numbers,
        "supported": found.numbers,
        "unsupported": 0,
        "dropped_lines": 0,
        "problems": {},
    }


def mutants(markdown: str, rng: random.Random) -> list[tuple[int, str, str]]:
    """Return for each digit its line's number, the line with another digit, and a hint."""
    found = []
    for row, line in enumerate(markdown.splitlines()):
        marks = re.match(r"(\d+\. )?", line)  # numbers of list items are structure
        for match in re.compile(r"[0-9]").finditer(line, marks.end() if marks else 0):
            other = rng.choice([digit for digit in "0123456789" if digit != match.group()])
            changed = line[: match.start()] + other + line[match.end() :]
            found.append((row, changed, line[max(0, match.start() - 12) : match.end() + 12]))
    return found


def test_changed_digits_are_noticed(report: Any) -> None:
    """Of all digits of the report, at least 98 in 100 cannot be changed unnoticed."""
    verifier, lines = Verifier(report.document), report.markdown.splitlines()
    headings = [i for i, line in enumerate(lines) if line.startswith("## ")]
    missed = []
    found = mutants(report.markdown, random.Random(SEED))  # noqa: S311  seeded on purpose
    for row, changed, hint in found:
        start = max((i for i in headings if i <= row), default=0)
        end = min((i for i in headings if i > row), default=len(lines))
        section = [*lines[start:row], changed, *lines[row + 1 : end]]
        if not verifier.check("\n".join(section)).unsupported:
            missed.append(hint)
    assert len(found) > 500
    assert len(missed) < 0.02 * len(found), missed


def test_numbers_of_another_column_are_noticed(report: Any) -> None:
    """A minimum in the place of a median is noticed, though its fact is cited on the line."""
    row = next(line for line in report.markdown.splitlines() if line.startswith("| `small` |"))
    cells = row.split(" | ")
    cells[3], cells[5] = cells[5], cells[3]
    assert bad(report, row, " | ".join(cells))


def test_numbers_of_another_group_are_noticed(report: Any) -> None:
    """Two groups of one sentence cannot exchange their medians."""
    assert bad(report, "`small` 90.20 tok/s", "`small` 60.20 tok/s")


def test_another_winner_is_noticed(report: Any) -> None:
    """A sentence cannot call another of its groups the highest."""
    assert bad(report, "`small` is highest: ", "`large` is highest: ")


def test_another_recommendation_is_noticed(report: Any) -> None:
    """Advice cannot prefer a group that its claims do not put first."""
    assert bad(report, "prefer `small`", "prefer `large`")


@pytest.mark.parametrize("unit", ["ms", "s", "req/s", "tok/ms", "%", "GB", "widgets/s"])
def test_units_cannot_be_swapped(report: Any, unit: str) -> None:
    """A number with another unit, known to the report or not, is unsupported."""
    assert bad(report, "median 90.20 tok/s", f"median 90.20 {unit}") == ["90.20"]


@pytest.mark.parametrize("unit", ["s", "µs", "tok/s", "h"])
def test_unit_of_a_table_cannot_be_swapped(report: Any, unit: str) -> None:
    """Another unit in a table's heading makes its values unsupported."""
    assert len(bad(report, "### TTFT (ms,", f"### TTFT ({unit},")) > 4


def test_unit_may_be_converted(report: Any) -> None:
    """Milliseconds shown in seconds are the same number."""
    line = next(x for x in report.sections["Key findings"].splitlines() if " ms (n = " in x)
    shown = re.search(r"`small` ([0-9.]+) ms", line)
    assert shown is not None
    assert bad(report, shown.group(), f"`small` {float(shown.group(1)) / 1000:.7f} s") == []


@pytest.mark.parametrize(
    "sentence",
    [
        "It is twice as fast.",
        "About ninety tokens.",
        "It took ½ of the time.",
        "It took Ⅷ tokens.",
        "It took ٣ tokens.",
        "It was made on 2019-03-04.",
        "It was made in 2019.",
        "See `runs-9.csv` for more.",
        "See `no-such-file.csv` for more.",
        "The median is high [F9999].",
        "The median is high [F5-F1].",
        "The median is high [F1-F99999999999].",
        "It follows from C999.",
        "Its p42 is fine.",
    ],
)
@pytest.mark.parametrize("section", ["Summary", "Key findings", "Data quality"])
def test_added_sentences_are_noticed(report: Any, section: str, sentence: str) -> None:
    """Number words, other numerals, dates, names and ids that are nowhere are unsupported."""
    assert bad(report, f"## {section}\n\n", f"## {section}\n\n{sentence}\n\n")


def test_fact_of_another_sentence_is_noticed(report: Any) -> None:
    """A finding cannot cite the facts of something else."""
    line = next(x for x in report.sections["Key findings"].splitlines() if "[F" in x)
    first = next(cited_ids(line))
    assert bad(report, line, line.replace(f"[{first}", "[F1, F2", 1))


def test_evidence_cannot_point_elsewhere(report: Any) -> None:
    """A row of the evidence with another file's name is unsupported."""
    row = next(x for x in report.sections["Evidence"].splitlines() if "`runs.csv`" in x)
    assert bad(report, row, row.replace("`runs.csv`", "`sweep.csv`"))
