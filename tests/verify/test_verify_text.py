"""What the verifier finds in sentences and rows, kind by kind."""

import re
from typing import Any

import pytest

from chimera.verify.text import Verifier

FILE = "`compare/requests.jsonl`"


def line_of(report: Any, start: str) -> str:
    """Return the first line of a report that holds a text."""
    lines: list[str] = report.markdown.splitlines()
    return next(line for line in lines if start in line)


def kinds(report: Any, old: str, new: str) -> list[str]:
    """Return the kinds of what is wrong once one text of the report is replaced."""
    assert old in report.markdown
    return report.problems(report.markdown.replace(old, new, 1))  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"In {FILE} the median TTFT of `order3` is 1.304 ms.", "number"),
        (f"In {FILE} the median TTFT of `order3` is 1.204 s.", "unit"),
        (f"In {FILE} the mean TTFT of `order3` is 1.204 ms.", "statistic"),
        (f"In {FILE} `order8` is faster than `order3`.", "direction"),
        (f"In {FILE} `order5` has the highest throughput.", "superlative"),
        ("The file `nowhere.csv` has more.", "entity"),
        ("The runs of order9 were left out.", "entity"),
        ("No throughput data was found.", "absence"),
        ("Throughput is high [F999999].", "citation"),
        ("See C9999 for more.", "citation"),
        ("The verdict is [TODO].", "placeholder"),
        ("Dear [Your Name], it is fast.", "placeholder"),
        ("The fastest is XX by far.", "placeholder"),
        ("Le modèle est plus rapide que les autres pour la plupart des requêtes.", "language"),
        ("模型的吞吐量很高, 请选择大模型", "language"),
        ("More is told at https://evil.example/5 for the reader.", "markup"),
        ("It is <b>fast</b> for the reader.", "markup"),
        ("As an AI, this is out of reach.", "prompt"),
        ("You add nothing that the claims do not carry.", "prompt"),
    ],
)
def test_each_kind_is_told(example: Any, text: str, kind: str) -> None:
    """A sentence with one thing wrong is flagged for that."""
    assert kind in example.problems(text)


def test_a_sentence_twice_is_a_duplicate(example: Any) -> None:
    """A section does not say the same thing twice."""
    said = f"In {FILE} the median TTFT of `order3` is 1.204 ms."
    assert example.problems(f"## Summary\n\n- {said}\n- {said}\n") == ["duplicate"]


def test_a_section_without_text_is_empty(example: Any) -> None:
    """A heading has text before the next one."""
    assert example.problems("## Summary\n\n## Performance\n\nNothing was run.\n") == ["empty"]


def test_counts_of_numbers_are_of_numbers(example: Any) -> None:
    """Words that are wrong count as problems, not as numbers."""
    text = f"In {FILE} `order8` is faster than `order3`, at 1.304 ms."
    found = Verifier(example.document).check(text)
    assert found.problems == {"direction": 1, "number": 1}
    assert (found.numbers, found.wrong, found.supported) == (1, 1, 0)


@pytest.mark.parametrize(
    "text",
    [
        f"In {FILE} the median TTFT of `order3` is 1.2 ms.",
        f"In {FILE} the median TTFT of `order3` is 1,204 µs.",
        f"In {FILE} the median TTFT of `order3` is 0.0012 s.",
        f"In {FILE} the throughput of `order3` is 16 % higher than that of `order5`.",
        f"In {FILE} `order3` may be faster than `order8`, or not faster than `order5`.",
        f"In {FILE} `order8` is not faster than `order3`.",
    ],
)
def test_other_words_for_it_are_fine(example: Any, text: str) -> None:
    """Rounding, other units of the same thing, and what is not claimed are no errors."""
    assert example.problems(text) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"In {FILE} the throughput of `order3` is 16 % lower than that of `order5`.", "direction"),
        (f"In {FILE} the throughput of `order3` is 17 % higher than that of `order5`.", "number"),
        (f"In {FILE} the throughput of `order3` is 1.17 % higher than that of `order5`.", "unit"),
        (f"In {FILE} the throughput of `order3` is 16 percentage points above that of `order5`.",
         "number"),
    ],
)  # fmt: skip
def test_percent_points_and_factors_are_not_one(example: Any, text: str, kind: str) -> None:
    """A change in percent, in points and as a factor are three numbers."""
    assert kind in example.problems(text)


def test_direction_of_a_table_is_checked(example: Any) -> None:
    """A heading cannot call the wrong side better."""
    assert "direction" in kinds(example, "tok/s, higher is better", "tok/s, lower is better")


def test_dates_are_those_of_their_row(example: Any) -> None:
    """The latest change of one type of files is not that of another."""
    started = example.document["run"]["started_at"]
    other = max(e["modified"] for e in example.document["inventory"]["files"])
    assert "number" in kinds(example, f"| Date | {started} |", f"| Date | {other} |")


def test_examples_are_of_their_type(example: Any) -> None:
    """A row of the inventory names files of its own type."""
    row = next(x for x in example.markdown.splitlines() if x.startswith("| csv |"))
    assert "entity" in kinds(example, row, re.sub(r"`[^`]+\.csv`", "`README.md`", row, count=1))


def test_quotations_are_of_their_file(example: Any) -> None:
    """What is odd about one file is not told of another."""
    row = next(
        x for x in example.markdown.splitlines() if x.startswith("| `load/killed_run.jsonl`")
    )
    assert "quotation" in kinds(example, row, row.replace("killed_run.jsonl", "cold_start.csv"))


def test_a_claim_is_quoted_in_its_words(example: Any) -> None:
    """A line under a claim's id cannot turn its words around."""
    claim = next(c for c in example.document["claims"] if "single values carry no" in c["text"])
    cited = ", ".join(dict.fromkeys(name.partition(".")[0] for name in claim["facts"]))
    line = f"1. {claim['id']}: {claim['text']} [{cited}]"
    assert example.problems(f"## Key findings\n\n{line}") == []
    turned = line.replace("carry no order", "carry an order")
    assert example.problems(f"## Key findings\n\n{turned}") != []


def test_a_strength_is_that_of_the_claim(example: Any) -> None:
    """A finding cannot be called surer than its claim is."""
    line = line_of(example, " (observed)")
    stronger = line.replace("(observed)", "(supported)")
    assert kinds(example, line, stronger) == ["citation"]


@pytest.mark.parametrize(
    ("name", "known"), [("8b", False), ("order3", True), ("3.11", False), ("order3_runs.csv", True)]
)
def test_names_with_digits_have_to_occur(example: Any, name: str, known: bool) -> None:
    """Versions and sizes of models are names only where `report.json` has them."""
    found = example.problems(f"The runs of {name} are told apart.")
    assert (found == []) == known


def test_any_text_is_judged(example: Any) -> None:
    """Odd texts are judged without an exception."""
    for text in (
        "",
        "|",
        "| 5 |",
        "`",
        "[F1",
        "## ",
        "1. ",
        "\ufffd",
        "± 5",
        "x" * 9000,
        "5 " * 3000,
    ):
        Verifier(example.document).check(text)
