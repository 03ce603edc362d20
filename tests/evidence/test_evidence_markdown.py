"""Markdown → tables, and telling tool output from prose."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera.evidence import Evidence, collect

NAMES = (
    *("compiler", "kernel", "scheduler", "driver", "cache", "loader"),
    *("sampler", "tokenizer", "runtime", "server", "client", "queue"),
)
TABLE = "| Backend | Success | Mean (ms) |\n| --- | --- | ---: |\n| eager | yes | 3.812 |\n"


def read(tmp_path: Path, text: str) -> Evidence:
    (tmp_path / "a.md").write_text(text, encoding="utf-8")
    return collect(tmp_path)


def test_pipe_tables_are_read_with_line_numbers(tmp_path: Path) -> None:
    """A row is located by its line in the file."""
    found = read(tmp_path, "# Report\n\n" + TABLE).tables[0]
    assert found.locate(found.series[0], 0) == "line 5, column Mean (ms)"
    assert (found.labels, found.series[0].statistic) == ({"backend": ("eager",)}, "mean")


def test_tables_within_code_fences_are_left_alone(tmp_path: Path) -> None:
    """An example in a fence was not measured."""
    assert read(tmp_path, f"```\n{TABLE}```\n").tables == ()


def test_a_table_glued_to_the_line_before_is_read(tmp_path: Path) -> None:
    """Some tools forget the line break before the header."""
    found = read(tmp_path, "- DType: float32 " + TABLE).tables[0]
    assert (found.labels, found.series[0].values) == ({"backend": ("eager",)}, (3.812,))


def test_escaped_pipes_stay_in_their_cell(tmp_path: Path) -> None:
    r"""`\|` does not end a cell."""
    found = read(tmp_path, "| model | ttft (s) |\n|---|---|\n| a\\|b | **0.5** |\n").tables[0]
    assert (found.labels["model"], found.series[0].values) == (("a|b",), (0.5,))


def test_tables_in_prose_are_no_evidence(tmp_path: Path) -> None:
    """A report with more than 120 words of talk is a document; its numbers carry no finding."""
    talk = "".join(f"This is what we saw in {who} of our own runs.\n" for who in NAMES)
    evidence = read(tmp_path, talk + "\n" + TABLE)
    assert evidence.inventory.files[0].document
    assert not evidence.tables[0].evidence


@pytest.mark.parametrize("heading", ["## Recommendations", "**Conclusion**", "NEXT STEPS"])
def test_a_few_sentences_are_enough_where_somebody_judges(tmp_path: Path, heading: str) -> None:
    """Tools measure, they do not recommend."""
    talk = "".join(f"We should use the {who} because it is faster.\n" for who in NAMES[:6])
    assert read(tmp_path, f"{talk}\n{heading}\n\n{TABLE}").inventory.files[0].document
    assert not read(tmp_path, f"{talk}\n{TABLE}").inventory.files[0].document


def test_a_console_log_is_no_talk(tmp_path: Path) -> None:
    """Lines that a tool prints again and again, with other numbers, are no sentences of its own."""
    log = "".join(
        f"2025-01-01 10:00:{n:02} INFO the worker is done with batch {n} of all the batches\n"
        f"Found {n} outliers among the {n} measurements that were taken for this one.\n"
        for n in range(60)
    )
    assert not read(tmp_path, log + "\n" + TABLE).inventory.files[0].document


def test_headings_keys_tables_and_code_are_no_prose(tmp_path: Path) -> None:
    """The output of a tool may be long without being talk."""
    text = "# A heading of words\n" * 50 + "- Device: cpu\n" * 50 + "```\ncode words\n```\n" * 50
    evidence = read(tmp_path, text + (TABLE + "\n") * 30)
    assert not evidence.inventory.files[0].document
    assert evidence.tables[0].evidence


def test_a_row_that_reports_no_success_has_failed(tmp_path: Path) -> None:
    """`no` in a column Success makes the zeros beside it invalid."""
    found = read(tmp_path, TABLE + "| trt | no | 0.000 |\n").tables[0]
    assert (found.failures, found.series[0].values) == ({1: "success is no"}, (3.812, None))
