"""Cold starts by their load time."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chimera.analysis.statistics import split_cold

some = settings(max_examples=80, derandomize=True, deadline=None, database=None)
LOADS = st.lists(st.one_of(st.none(), st.just(0.0), st.floats(1e-3, 1e3)), max_size=30)
WARM = [0.11, 0.13, 0.12, 0.11, 0.14, 0.12, 0.10, 0.13]


@pytest.mark.parametrize(
    ("load", "cold"),
    [
        ([2.8, *WARM, 3.1, 9.0], {0, 9, 10}),
        ([3.2, 0.05], {0}),
        ([0.05, None, 3.2, 0.06], {2}),
        ([0.0, 0.0, 3.0, 0.0], {2}),
        ([2.0, 0.0, 0.1, 0.12, 0.0, 0.11], {0}),
    ],
)
def test_what_loads_far_longer_is_cold(load: list[float | None], cold: set[int]) -> None:
    """Rows above a clear gap are cold, whatever lies between and whether warm ones load at all."""
    assert split_cold(load) == cold


@pytest.mark.parametrize(
    "load",
    [
        [],
        [None, None],
        [5.0],
        [0.0, 0.0],
        WARM,
        [0.1] * 9 + [0.49],
        [0.1, 3.0, 3.1, 2.9],
        [0.01, 0.03, 0.09, 0.3, 0.9, 2.0, 11.0],
        [0.0086, 0.0089, 0.0097, 0.078, 0.079, 0.087, 0.59, 0.61, 0.66],
        [0.1, math.nan, math.inf, -3.0, 0.11],
    ],
)
def test_without_a_clear_gap_nothing_is_cold(load: list[float | None]) -> None:
    """No gap, one below a factor 5, most rows above it, or a wide spread: no row is cold."""
    assert split_cold(load) == frozenset()


def test_a_gap_of_five_is_enough() -> None:
    """The limit itself counts."""
    assert split_cold([1.0, 1.0, 1.0, 5.0]) == {3}


@some
@given(LOADS)
def test_cold_rows_are_few_and_longest(load: list[float | None]) -> None:
    """At most half are cold, and each of them took five times as long as any other row."""
    cold = split_cold(load)
    known = {i: value for i, value in enumerate(load) if value is not None}
    assert len(cold) * 2 <= len(known)
    warm = [value for i, value in known.items() if i not in cold]
    assert all(known[i] >= 5 * max(warm) * (1 - 1e-9) for i in cold)


@some
@given(LOADS, st.randoms(use_true_random=False), st.sampled_from([1000.0, 1e9]))
def test_order_and_unit_do_not_matter(load: list[float | None], rng: object, scale: float) -> None:
    """The same rows are cold in another order and in milliseconds or nanoseconds."""
    order = list(range(len(load)))
    rng.shuffle(order)  # type: ignore[attr-defined]
    values = [load[i] for i in order]
    found = split_cold([None if v is None else v * scale for v in values])
    assert sorted(v or 0 for v in (values[i] for i in found)) == sorted(
        load[i] or 0 for i in split_cold(load)
    )
