"""The grammar of quantities: what is a number, of which size and unit, and what is none."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chimera.verify.numerals import spelled
from chimera.verify.tokens import Token, read
from chimera.verify.units import alike, converted, measure

some = settings(max_examples=200, derandomize=True, deadline=None, database=None)
ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
UNITS = ["ms", "s", "tok/s", "req/s", "%", "GiB", "kB", "percentage points", "tokens per second"]


def only(text: str) -> Token:
    """Return the only token of a text."""
    tokens = read(text)
    assert len(tokens) == 1, tokens
    return tokens[0]


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("76.88 tok/s", 76.88, "tok/s"),
        ("1,234.5 ms", 1234.5, "ms"),
        ("1\u2009234 ms", 1234, "ms"),
        ("1\u202f234\u202f567 B", 1234567, "B"),
        ("-0.5 s", -0.5, "s"),
        ("\u22120.5 s", -0.5, "s"),
        ("1.5e-3 s", 0.0015, "s"),
        ("1.2 \u00d7 10^-3 s", 0.0012, "s"),
        ("1.2·10⁻³ s", 0.0012, "s"),
        ("3.4k tok/s", 3400, "tok/s"),
        ("12.4 thousand tok/s", 12400, "tok/s"),
        ("2 GiB", 2, "GiB"),
        ("5ms", 5, "ms"),
        ("18%", 18, "%"),
        ("18 percent", 18, "percent"),
        ("2.05 percentage points", 2.05, "percentage points"),
        ("\u00d71.18", 1.18, "x"),
        ("1.18x", 1.18, "x"),
        ("1.18 times", 1.18, "times"),
        ("twenty-one runs", 21, ""),
        ("half a dozen files", 6, ""),
        ("two hundred and five files", 205, ""),
        ("two thirds of it", 2 / 3, "x"),
        ("a third of it", 1 / 3, "x"),
        ("twice", 2, "x"),
        ("one of the files", 1, ""),
        ("(n = 5)", 5, ""),
    ],
)
def test_numbers_are_read(text: str, value: float, unit: str) -> None:
    """Signs, separators, prefixes, exponents and words give a value and a unit."""
    token = only(text)
    assert token.kind == "number"
    assert token.value == pytest.approx(value)
    assert token.unit == unit


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("3,46 s", "malformed"), ("½ of it", "malformed"), ("Ⅷ runs", "malformed"),
        ("٣ runs", "malformed"), ("q4_K_M", "name"), ("v0.6.2", "name"), ("7b", "name"),
        ("llama3.1:8b", "name"), ("0.6.2", "name"), ("p99.9", "percentile"),
        ("99th percentile", "percentile"), ("1st", "ordinal"), ("the third run", "ordinal"),
        ("2026-11-24", "date"), ("12:06", "date"), ("2026-11-24T12:06:02Z", "date"),
    ],
)  # fmt: skip
def test_other_tokens_are_told(text: str, kind: str) -> None:
    """Names, dates, ordinals, percentiles and unreadable numerals are no plain numbers."""
    assert only(text).kind == kind


@pytest.mark.parametrize(
    "text",
    ["76.59 to 102.04 ms", "76.59\u2013102.04 ms", "76.59-102.04 ms", "76.59 ms to 102.04 ms"],
)
def test_ranges_share_their_unit(text: str) -> None:
    """Both ends of a range are in its unit, and are known as ends."""
    found = [(token.value, token.unit, token.place) for token in read(text)]
    assert found == [(76.59, "ms", "low"), (102.04, "ms", "high")]


def test_spread_is_told() -> None:
    """What stands behind a plus-minus is a spread."""
    assert [token.place for token in read("76.9 ± 1.5 ms")] == ["", "spread"]
    assert [token.place for token in read("76.9±1.5 ms")] == ["", "spread"]


@pytest.mark.parametrize("text", ["one value each", "no one knows", "a second look", "once"])
def test_pronouns_are_no_numbers(text: str) -> None:
    """Words that only look like numbers are none."""
    assert read(text) == []


@some
@given(
    value=st.floats(min_value=0.001, max_value=1e9, allow_nan=False),
    decimals=st.integers(min_value=0, max_value=6),
    unit=st.sampled_from(UNITS),
    sign=st.sampled_from(["", "-", "+"]),
)
def test_what_is_written_is_read(value: float, decimals: int, unit: str, sign: str) -> None:
    """A number written with separators, decimals and a unit is read back as it was shown."""
    shown = f"{value:,.{decimals}f}"
    token = only(f"It took {sign}{shown} {unit}, all in all.")
    assert token.text == sign + shown
    assert token.value == pytest.approx(float(sign + shown.replace(",", "")))
    assert token.step == pytest.approx(10.0**-decimals)
    assert token.unit == unit


@some
@given(ten=st.integers(0, 7), one=st.integers(1, 9), scale=st.sampled_from(["", "thousand"]))
def test_number_words_are_read(ten: int, one: int, scale: str) -> None:
    """Tens and ones in words add up, and a scale multiplies them."""
    text = f"{TENS[ten]}-{ONES[one]} {scale}".strip()
    assert [number.value for number in spelled(f"about {text} files")] == [
        (10 * (ten + 2) + one) * (1000 if scale else 1)
    ]


@some
@given(text=st.text(max_size=80))
def test_any_text_is_read(text: str) -> None:
    """Tokens stand in order, inside of the text and beside one another, whatever the text."""
    end = 0
    for token in read(text):
        assert end <= token.start <= token.end <= token.behind <= len(text)
        end = token.end


@some
@given(text=st.text(alphabet="0123456789.,-\u2013±\u00d7x% kMsT/()[]:e^·⁻³ to", max_size=40))
def test_any_marks_are_read(text: str) -> None:
    """No heap of digits and marks is too odd."""
    assert all(token.start < token.end for token in read(text))


@some
@given(value=st.floats(min_value=1e-6, max_value=1e6), pair=st.sampled_from(
    [("s", "ms"), ("GiB", "MB"), ("kWh", "J"), ("kreq/s", "requests per minute"), ("MHz", "GHz")]
))  # fmt: skip
def test_conversion_goes_both_ways(value: float, pair: tuple[str, str]) -> None:
    """A value in another unit and back is the same."""
    there = converted(value, *pair)
    assert there is not None
    assert converted(there, *reversed(pair)) == pytest.approx(value)


@pytest.mark.parametrize(
    ("one", "other"), [("tok/s", "req/s"), ("s", "B"), ("%", "pp"), ("tok/s", "tok"), ("s", "x")]
)
def test_different_things_are_not_converted(one: str, other: str) -> None:
    """Tokens are no requests, and percent are no points."""
    assert converted(1.0, one, other) is None
    assert not alike(one, other)


@pytest.mark.parametrize("word", ["runs", "files", "and", "the", "", "widgets"])
def test_nouns_are_no_units(word: str) -> None:
    """What is counted is no unit."""
    assert measure(word) is None
