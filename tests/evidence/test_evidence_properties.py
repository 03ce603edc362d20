"""What holds for any input of the readers; Hypothesis looks for one for which it does not."""

from __future__ import annotations

import csv
import io
import json
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chimera.errors import RunError
from chimera.evidence import Limits
from chimera.evidence.decode import decode, one_line
from chimera.evidence.document import NumberText
from chimera.evidence.extract import extract
from chimera.evidence.jsontext import Loader, load_lines
from chimera.evidence.locate import follow
from chimera.evidence.names import bare, plain, resolve, singular
from chimera.evidence.numerals import number, read_column
from chimera.evidence.recognise import recognise
from chimera.evidence.records import Table
from chimera.evidence.sniff import sections, sniff
from chimera.evidence.tables.grid import escape, unescape
from chimera.evidence.tables.markdown import read_markdown
from chimera.evidence.tables.tree import TreeReader
from chimera.evidence.units import family_of, unit_of
from chimera.evidence.yamltext import load_yaml, looks_like_yaml

some = settings(
    max_examples=60,
    derandomize=True,  # the same examples on every run
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
# Words and marks of real files: plain random text would never come near a reader's branches.
words = st.sampled_from(
    [
        "ttft_s",
        "tokens_s",
        "p99",
        "mean",
        "model",
        "error",
        "latency_ms",
        "percentiles",
        "99.9",
        "50",
        "unit",
        "ms",
        "value",
        "options",
        "temperature",
        "status",
        "0",
        "-1",
        "1.5",
        "1,000",
        "1e400",
        "nan",
        "2²",
        "١",
        "{}",
        "[]",
        "null",
        "true",
        "#",
        "|",
        "-",
        ":",
        ";",
        ",",
        "\t",
        "\n",
        '"',
        "'",
        "\\",
        "/",
    ]
)
texts = st.lists(words | st.text(max_size=4), max_size=30).map("".join)
printable = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)
numbers = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | words | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words | st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@some
@given(st.binary(max_size=300) | texts.map(lambda text: text.encode("utf-16")))
def test_decoding_never_fails(data: bytes) -> None:
    """Bytes are text with the name of their encoding, or a binary of some sort."""
    decoded = decode(data)
    assert (decoded.text is None) == (decoded.binary is not None)
    assert (decoded.text is None) == (decoded.encoding is None)


@some
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60))
def test_text_comes_back_from_utf8(text: str) -> None:
    """What is valid UTF-8 without controls is decoded as that, a first byte-order mark aside."""
    data = text.encode()
    decoded = decode(data)
    assert (
        decoded.binary
        or decoded.text == text.removeprefix("\ufeff")
        or "twice" in str(decoded)
        or "re-encoded" in str(decoded)
    )


@some
@given(st.text(max_size=200), st.integers(2, 90))
def test_a_quote_is_always_one_printable_line(text: str, most: int) -> None:
    """Whatever is quoted, lone surrogates included."""
    assert one_line(text, most).isprintable()


@some
@given(values)
def test_json_has_the_values_of_the_standard_library(value: Any) -> None:
    """Only fractions differ: they keep their spelling."""
    for text in (json.dumps(value), json.dumps(value, indent=1, ensure_ascii=False)):
        assert Loader().load(text) == json.loads(text, parse_float=NumberText)


@some
@given(texts)
def test_broken_json_is_a_value_error_and_nothing_else(text: str) -> None:
    """As the standard library has it."""
    try:
        expected = json.loads(text, parse_float=NumberText, parse_constant=NumberText)
    except ValueError:
        with pytest.raises(ValueError, match=r"."):
            Loader().load(text)
    else:
        assert Loader().load(text) == expected


@some
@given(st.lists(st.dictionaries(words, values, max_size=3), max_size=6), texts)
def test_json_lines_are_all_accounted_for(rows: list[Any], torn: str) -> None:
    """Every filled line is a value or a problem, under its number."""
    text = "\n".join([*map(json.dumps, rows), torn])
    good, bad = load_lines(text, Loader())
    filled = [n for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    assert sorted([*(n for n, _ in good), *(n for n, _ in bad)]) == filled


cells = words | printable
tables = st.integers(2, 5).flatmap(
    lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=2, max_size=8)
)


@some
@given(tables, st.sampled_from(",;\t|"))
def test_delimited_records_are_those_of_the_standard_library(
    rows: list[list[str]], mark: str
) -> None:
    """If the text is taken for a table with that delimiter."""
    out = io.StringIO()
    csv.writer(out, delimiter=mark).writerows(rows)
    found = sniff(out.getvalue(), Limits())
    if found is not None and not found.problems:
        text = io.StringIO(out.getvalue(), newline="")
        assert found.records == list(csv.reader(text, delimiter=found.delimiter))


@some
@given(texts)
def test_sniffing_never_fails_and_sections_lose_nothing(text: str) -> None:
    """Sections are the records in their order."""
    found = sniff(text, Limits())
    if found is not None and found.records:
        assert [r for _, part in sections(found.records) for r in part] == found.records


@some
@given(st.lists(texts | st.just("|a_ms|b|\n|-|-|\n|1.5|2|\n"), max_size=6).map("\n".join))
def test_markdown_rows_stand_in_the_lines_they_name(text: str) -> None:
    """And every column is as long as the table."""
    lines = text.split("\n")
    for grid in read_markdown(text).grids:
        assert all("|" in lines[int(row) - 1] for row in grid.rows)
        assert {len(column) for column in grid.columns.values()} <= {len(grid.rows)}


@some
@given(values)
def test_the_tree_reader_fills_every_column(value: Any) -> None:
    """Columns, context and labels are as long as the rows; no row is named twice in a grid."""
    reader = TreeReader("json", Limits())
    reader.read(Loader().load(json.dumps(value)))
    for grid in reader.grids():
        columns = [*grid.columns.values(), *grid.context.values(), *grid.labels.values()]
        assert {len(column) for column in columns} == {len(grid.rows)}
        assert len(set(grid.rows)) == len(grid.rows)


@some
@given(st.text(max_size=20))
def test_a_pointer_segment_leads_back_to_its_key(key: str) -> None:
    """RFC 6901."""
    assert unescape(escape(key)) == key
    assert "/" not in escape(key)


@some
@given(texts | st.text(max_size=20) | numbers.map(str))
def test_a_number_is_finite_or_none(text: str) -> None:
    """And that of Python, where Python takes the text for one."""
    value = number(text)
    assert value is None or math.isfinite(value)
    if value is not None and "," not in text:
        assert value == float(text)


@some
@given(st.lists(words | numbers.map(str) | st.text(max_size=6), max_size=12), st.booleans())
def test_a_column_of_numbers_is_as_long_as_its_cells(column: list[str], comma: bool) -> None:
    """With finite numbers, or none at all."""
    found = read_column(column, decimal_comma=comma)
    if found is not None:
        assert len(found.values) == len(column)
        assert all(value is None or math.isfinite(value) for value in found.values)


@some
@given(
    st.lists(texts.filter(bool), min_size=1, max_size=4),
    st.none() | st.sampled_from(["ms", "%", "tok/s"]),
    st.booleans(),
)
def test_a_name_always_has_a_metric(path: list[str], unit: str | None, hardware: bool) -> None:
    """And its unit is one that is known."""
    name = resolve(tuple(path), unit, hardware=hardware)
    assert name.metric
    assert name.unit is None or family_of(name.unit) is not None
    assert bare(path[-1]) is None or all(bare(path[-1]) or ())
    assert plain(plain(path[-1])) == plain(path[-1])
    assert len(singular(path[-1])) <= len(path[-1]) + 1
    assert unit_of(path[-1]) is None or unit_of(path[-1]) == unit_of(unit_of(path[-1]) or "")


@some
@given(
    st.lists(
        words | st.just(": ") | st.just("\n  ") | st.just("- ") | st.just("\na: 1"), max_size=30
    ).map("".join)
)
def test_yaml_is_a_value_or_a_value_error(text: str) -> None:
    """Nothing else comes out of the parser."""
    looks_like_yaml(text)
    try:
        load_yaml(text)
    except ValueError:
        return


rows = st.lists(
    st.fixed_dictionaries(
        {
            "model": st.sampled_from(["a", "b/c", "d~e", 'f"g', "h i"]),
            "ttft_s": st.floats(0.001, 9),
        },
        optional={
            "a/b_ms": numbers,
            "times_ms": st.lists(st.floats(1, 9), max_size=3),
            "x": values,
        },
    ),
    min_size=1,
    max_size=4,
)


def extracted(name: str, text: str) -> tuple[str, list[Table]]:
    document = recognise(name, text, Limits())
    return document.format, extract(document, Limits()).tables


@some
@given(rows, st.sampled_from(["json", "jsonl", "nested"]))
def test_locators_lead_back_into_json(value: list[dict[str, Any]], shape: str) -> None:
    """Every measurement stands where its locator says, by the code that follows locators."""
    lines = "\n".join(map(json.dumps, value))
    text = {"json": json.dumps(value), "jsonl": lines, "nested": json.dumps({"r/s": {"~": value}})}[
        shape
    ]
    _lead_back("a.json", text)


@some
@given(
    st.lists(st.tuples(printable, st.floats(0.001, 9), numbers), min_size=1, max_size=5),
    st.sampled_from(",;\t"),
)
def test_locators_lead_back_into_delimited_text(value: list[Any], mark: str) -> None:
    """Also where cells hold the delimiter, quotes or line breaks."""
    out = io.StringIO()
    csv.writer(out, delimiter=mark).writerows([("model", "ttft_s", "tokens_s"), *value])
    _lead_back("a.csv", out.getvalue())


def _lead_back(name: str, text: str) -> None:
    format_, found = extracted(name, text)
    for table in found:
        for one in table.measurements():
            try:
                place = follow(text.encode(), format_, one.locator)
            except RunError as error:
                pytest.fail(f"{one.locator}: {error}")
            assert [p.text for p in place] == [one.text.strip()], one
