"""Formulas of facts, read by a parser of the verifier's own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimera.verify.again.formulas import (
    Argument,
    Call,
    Count,
    Formula,
    LeastN,
    OfValues,
    Reference,
    Written,
    parse,
)

STEMS = st.text("0123456789abcdefghjkmnpqrstvwxyz", min_size=6, max_size=12).map("F{}".format)
STATISTICS = st.sampled_from(["median", "p99.9", "p_value", "ratio_low", "max"])
NUMBERS = st.floats(0, 1e12, allow_nan=False) | st.integers(0, 10**6).map(float)
NAMES = st.from_regex(r"[a-eg-z][a-z0-9_]{0,12}", fullmatch=True).filter(
    lambda name: name not in {"count", "least"}
)
REFERENCES = st.builds(lambda stem, name: Reference(f"{stem}.{name}"), STEMS, STATISTICS)


def calls(inner: st.SearchStrategy[Argument]) -> st.SearchStrategy[Call]:
    options = st.dictionaries(NAMES, NUMBERS, max_size=2)
    return st.builds(Call, NAMES, st.lists(inner, max_size=4).map(tuple), options)


ARGUMENTS = st.recursive(NUMBERS | STEMS.map(Reference) | REFERENCES, calls, max_leaves=8)


GROUPS = (Reference("Faaaaaa"), Reference("Fbbbbbb"))


def said(one: Argument) -> str:
    """Write a formula as facts have it."""
    if isinstance(one, float):
        return repr(one)
    if isinstance(one, Reference):
        return one.name
    options = [f"{key}={value!r}" for key, value in one.options.items()]
    return f"{one.name}({', '.join([*map(said, one.arguments), *options])})"


@given(calls(ARGUMENTS))
def test_a_formula_is_read_as_it_was_written(call: Call) -> None:
    """Calls in calls, facts, groups, numbers and options."""
    assert parse(said(call)) == call


@given(st.text(max_size=60) | st.text("F(),.=/ 01abp_-+e", max_size=60))
def test_any_other_text_is_refused_or_read(text: str) -> None:
    """Nothing but a ValueError is raised."""
    try:
        parse(text)
    except ValueError as error:
        assert str(error)  # noqa: PT017 - either is right


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("as written", Written()),
        ("as written by the tool", Written()),
        ("median(values)", OfValues("median")),
        ("p99.9(values)", OfValues("p99.9")),
        ("p95(values where model = a and b = c)", OfValues("p95", "model = a and b = c")),
        ("count(failed rows below a/b (c))", Count("failed rows below a/b (c)")),
        ("least n with 1 - 0.95^n >= 0.95", LeastN(0.95, 0.95)),
        (
            "Faaaaaa.max / Faaaaaa.median",
            Call("ratio", (Reference("Faaaaaa.max"), Reference("Faaaaaa.median"))),
        ),
        (
            "max(0.0001, ratio_low(Faaaaaa, Fbbbbbb, level=0.95))",
            Call("max", (0.0001, Call("ratio_low", GROUPS, {"level": 0.95}))),
        ),
    ],
)  # fmt: skip
def test_the_grammar(text: str, formula: Formula) -> None:
    """Every kind of formula."""
    assert parse(text) == formula


@pytest.mark.parametrize(
    "text",
    ["", "3", "f(", "f(1,)", "f(a=1, 2)", "f(1) g", "F / ", "f(level=x)", "f(" * 40 + ")" * 40],
)
def test_what_is_no_formula_is_refused(text: str) -> None:
    """It cannot be computed."""
    with pytest.raises(ValueError, match="no grammar"):
        parse(text)
