"""What may be said of two groups."""

from dataclasses import replace

import pytest

from chimera.analysis.statistics import PRACTICAL, Comparison, compare, verdict

FASTER = Comparison(1.2, 1.1, 1.3, 0.95, 0.01, least_p=0.008, delta=1.0, n=5, m=5, paired=False)
SAME = replace(FASTER, ratio=1.001, low=0.995, high=1.005, level=0.90)


def test_a_clear_difference_differs() -> None:
    """Interval beyond 1, ratio beyond the band, p at most 5 %: the groups differ, either way."""
    slower = replace(FASTER, ratio=1 / 1.2, low=1 / 1.3, high=1 / 1.1)
    assert verdict(FASTER, 0.05, FASTER) == verdict(slower, 0.05, None) == "differs"


def test_a_family_can_take_a_difference_away() -> None:
    """What counts is the adjusted p-value, not the raw one."""
    assert verdict(FASTER, 0.0501, FASTER) == "undecided"


def test_an_interval_that_holds_one_is_undecided() -> None:
    """A small p-value alone makes no difference."""
    assert verdict(replace(FASTER, low=1.0), 0.001, None) == "undecided"


@pytest.mark.parametrize(
    ("ratio", "said"), [(1.0199, "undecided"), (PRACTICAL, "differs"), (1 / PRACTICAL, "differs")]
)
def test_a_small_ratio_does_not_matter(ratio: float, said: str) -> None:
    """A sure difference within the band is not one that matters; at its edge it is."""
    low, high = (1.001, 1.3) if ratio > 1 else (0.9, 0.999)
    found = replace(FASTER, ratio=ratio, low=low, high=high)
    assert verdict(found, 0.001, None) == said


def test_a_narrow_interval_is_negligible_whatever_p() -> None:
    """Equivalence goes before a small p-value."""
    assert verdict(replace(FASTER, ratio=1.001, low=1.0005), 0.0001, SAME) == "negligible"


@pytest.mark.parametrize("ends", [(1 / PRACTICAL, 1.005), (0.995, PRACTICAL), (0.5, 2.0)])
def test_an_interval_that_leaves_the_band_is_not_negligible(ends: tuple[float, float]) -> None:
    """Both ends of the 90 % interval have to lie inside the band."""
    wide = replace(SAME, low=ends[0], high=ends[1])
    assert verdict(replace(FASTER, low=0.9), 0.5, wide) == "undecided"


def test_the_band_can_be_wider() -> None:
    """A wider band makes more negligible."""
    wide = replace(SAME, low=0.96, high=1.04)
    assert verdict(FASTER, 0.5, wide, band=1.05) == "negligible"


def test_small_samples_are_not_testable() -> None:
    """Three runs each reach nothing, not even that they are the same."""
    first, second = [1.0, 1.001, 1.002], [1.0, 1.0011, 1.0021]
    found = compare(first, second)
    assert found is not None
    assert verdict(found, found.p, compare(first, second, level=0.90)) == "not_testable"
