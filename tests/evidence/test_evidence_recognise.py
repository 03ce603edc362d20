"""Which format a text is, whatever its name."""

from __future__ import annotations

import pytest

from chimera.evidence import Limits
from chimera.evidence.document import Document
from chimera.evidence.recognise import recognise


def seen(path: str, text: str) -> Document:
    return recognise(path, text, Limits())


@pytest.mark.parametrize(
    ("text", "format_"),
    [
        ('{"a": 1}', "json"),
        ('[{"a": 1},\n {"a": 2}]', "json"),
        ('{"a": 1}\n{"a": 2}\n', "jsonl"),
        ("name,ttft_s\nx,0.5\ny,0.6\n", "csv"),
        ("name\tttft_s\nx\t0.5\ny\t0.6\n", "csv"),
        ("name;ttft_s\nx;0.5\ny;0.6\n", "csv"),
        ("name|ttft_s\nx|0.5\ny|0.6\n", "csv"),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n", "markdown"),
        ("Hello, this is text.\nIt has 2 commas, as prose has, and 3 lines.\nEnd.\n", "text"),
        ("BenchmarkA-8 100 5 ns/op\nBenchmarkB-8 100 6 ns/op\n", "text"),
        ("<!DOCTYPE html><html></html>", "html"),
        ("[0] MPI startup(): library\n[1] MPI startup(): library\n", "text"),
        ("[1]\n", "json"),
        ('<?xml version="1.0"?><a/>', "xml"),
        (" \n\t\n", "empty"),
    ],
)
def test_the_content_decides_where_the_name_says_nothing(text: str, format_: str) -> None:
    """A file without a telling name is recognised by what it holds."""
    document = seen("artifact", text)
    assert (document.format, document.kind) == (format_, format_)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("a.csv", "csv"),
        ("a.tsv", "csv"),
        ("a.ndjson", "jsonl"),
        ("a.MD", "markdown"),
        ("a.log", "log"),
    ],
)
def test_the_kind_is_what_the_name_says(path: str, kind: str) -> None:
    """A kind is counted by the ending of the name."""
    assert seen(path, "hello").kind == kind


def test_a_name_that_lies_is_a_problem_with_a_quote() -> None:
    """The first words of the content tell the reader what really is in the file."""
    document = seen("ncu.csv", "==ERROR== the option '--page' is invalid.\nUse --help.\n")
    assert document.problems == [
        "named .csv, but holds text: '==ERROR== the option '--page' is invalid. Use --help.'"
    ]


def test_json_lines_in_a_json_file_are_read_and_noted() -> None:
    """Many servers append records to a `.json`."""
    document = seen("runs.json", '{"a": 1}\n{"a": 2}\n')
    assert (document.format, document.problems) == ("jsonl", ["named .json, but holds JSON Lines"])


def test_a_torn_last_line_keeps_the_good_ones() -> None:
    """A run that was killed while writing loses one record, with its line named."""
    document = seen("runs.jsonl", '{"a": 1}\n{"a": 2}\n{"a":')
    assert [number for number, _ in document.lines] == [1, 2]
    assert document.problems[0].startswith("line 3 is not valid JSON")


def test_only_line_feeds_end_a_json_line() -> None:
    """U+2028 and U+0085 may stand inside a string."""
    document = seen("runs.jsonl", '{"a": "x\u2028y\u0085z"}\n{"a": "b"}\n')
    assert len(document.lines) == 2


def test_json_with_nan_is_read_and_flagged() -> None:
    """NaN is no JSON, yet many tools write it."""
    document = seen("a.json", '{"a": NaN, "b": -Infinity}')
    assert document.problems == ["NaN is no JSON number", "-Infinity is no JSON number"]


def test_a_repeated_key_is_flagged() -> None:
    """The last of two equal keys counts, and the reader is told."""
    assert "a key occurs twice" in seen("a.json", '{"a": 1, "a": 2}').problems[0]


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 5000, '{"a": 1,}', "{'a': 1}", '{"a": 1']
)
def test_broken_json_fails_with_a_reason(text: str) -> None:
    """A file that promises JSON and breaks it has failed; nothing is guessed."""
    document = seen("a.json", text)
    assert document.failed
    assert document.problems[0].startswith("not valid JSON")


def test_an_integer_of_thousands_of_digits_is_kept_as_text() -> None:
    """CPython refuses to convert it; the rest of the file is still read."""
    document = seen("a.json", '{"a": ' + "9" * 5000 + ', "b": 1.5}')
    assert isinstance(document.value, dict)
    assert (document.value["b"], document.problems) == (
        "1.5",
        ["integers of more than 4300 digits"],
    )


def test_an_unclosed_quote_ends_the_reading_there() -> None:
    """The rest of the file must not become one cell."""
    document = seen("a.csv", 'name,ttft_s\nx,0.5\n"y,0.6\nz,0.7\n')
    assert (len(document.records), document.problems) == (
        2,
        ["row 3: a quote is never closed; nothing from there on was read"],
    )


@pytest.mark.parametrize(
    "text",
    [
        '{"ttft_s": 0.5}', '{"a": 1}\n{"a": 2}\n', "name,ttft_s\nx,0.5\ny,0.6\n", "1,2\n3,4\n",
        "model,error\nllama,refused\ngemma,\n", "ttft_s\n0.5\n0.6\n", '{"a": 1,}', "[1, 2]\n",
        "x,0.5\n", "a\n", "| a | b |\n|---|---|\n| 1 | 2 |\n", "a: 1\nb:\n  c: 2\n", "name,y\nx\n",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["a", "a.csv", "a.json", "a.jsonl", "a.md", "a.py", "a.log"])
def test_a_name_changes_nothing_that_is_read(name: str, text: str) -> None:
    """Format, content and failure are the same under every name."""
    plain, named = seen("a", text), seen(name, text)
    for part in ("format", "failed", "value", "lines", "records"):
        assert getattr(named, part) == getattr(plain, part)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1\nb:\n  c: 2.50\n  d: no\n", {"a": "1", "b": {"c": "2.50", "d": "no"}}),
        ("- x: 0x10\n  y: 012\n  z: 1:30\n", [{"x": "0x10", "y": "012", "z": "1:30"}]),
    ],
)
def test_yaml_is_read_without_guessing_types(text: str, value: object) -> None:
    """`no` is no boolean, `012` no octal, `1:30` no number of base sixty."""
    document = seen("a", text)
    assert (document.format, document.value) == ("yaml", value)


@pytest.mark.parametrize(
    "text", ["a: &x 1\nb: *x\nc: 2\n", "a: !!python/object:os.system x\nb: [\nc: 1\n"]
)
def test_yaml_with_aliases_or_errors_is_left(text: str) -> None:
    """Nothing is expanded, nothing constructed."""
    document = seen("a.yaml", text)
    assert document.format == "text"
    assert document.problems[0].startswith("not read as YAML")


def test_json_below_a_banner_is_read() -> None:
    """Tools print notes before their JSON."""
    document = seen("out", 'note: both iodepth >= 1\nfio: hello\n{\n  "jobs": [1]\n}\n')
    assert (document.format, document.value) == ("json", {"jobs": [1]})


def test_a_hyphenated_console_text_is_not_taken_for_csv() -> None:
    """Rules and columns made of spaces are no delimiters."""
    text = "Result\n------\nmean: 5 ms, max: 7 ms\nmean: 6 ms, max: 9 ms\n"
    assert seen("out.txt", text).format == "text"
