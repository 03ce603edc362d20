"""How often intervals hold the truth and tests raise a false alarm, on seeded samples."""

import math

import numpy as np
import pytest
from scipy import stats

from chimera.analysis.statistics import (
    ALPHA,
    change_points,
    compare,
    compare_paired,
    prediction_interval,
    split_cold,
    trend,
    verdict,
)

SEED = 20260104
TRIALS = 1500
SPREADS = [0.05, 0.5]  # standard deviations of the logs


def series(n: int, spread: float, seed: int = 0) -> list[list[float]]:
    """Return log-normal samples with a median of 1, one per trial."""
    drawn = np.random.default_rng([SEED, n, round(spread * 100), seed])
    found: list[list[float]] = drawn.lognormal(0, spread, (TRIALS, n)).tolist()
    return found


def pairs(n: int, spread: float, ratio: float = 1.0) -> list[tuple[list[float], list[float]]]:
    """Return two samples per trial, the first with a median `ratio` times as high."""
    first = [[value * ratio for value in values] for values in series(n, spread, seed=1)]
    return list(zip(first, series(n, spread, seed=2), strict=True))


def standard_error(share: float) -> float:
    """Return the Monte-Carlo standard error of a share of all trials."""
    return math.sqrt(share * (1 - share) / TRIALS)


@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize(("n", "expected"), [(5, 0.968), (10, 0.957), (30, 0.951)])
def test_interval_of_the_ratio_covers_as_computed(n: int, spread: float, expected: float) -> None:
    """The coverage is that of the order statistics, 1 - 2 P(U <= u), and so at least 95 %."""
    found = [compare(*trial) for trial in pairs(n, spread, ratio=1.3)]
    covered = np.mean([each is not None and each.low <= 1.3 <= each.high for each in found])
    assert covered == pytest.approx(expected, abs=3 * standard_error(expected))


@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize(("n", "expected"), [(6, 0.969), (10, 0.951), (30, 0.950)])
def test_interval_of_pairs_covers_as_computed(n: int, spread: float, expected: float) -> None:
    """The same for log ratios of pairs, 1 - 2 P(T <= t)."""
    found = [compare_paired(*trial) for trial in pairs(n, spread, ratio=1.3)]
    covered = np.mean([each is not None and each.low <= 1.3 <= each.high for each in found])
    assert covered == pytest.approx(expected, abs=3 * standard_error(expected))


def test_expected_coverage_is_that_of_the_exact_distribution() -> None:
    """The coverage of five against five follows from scipy's distribution of U, at U = 2."""
    low, high = [float(i) for i in range(5)], [3.5, 3.6, 5.0, 6.0, 7.0]
    assert 1 - stats.mannwhitneyu(low, high).pvalue == pytest.approx(0.968, abs=5e-4)


@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize("n", [4, 10, 60])
def test_one_distribution_is_rarely_told_apart(n: int, spread: float) -> None:
    """Two samples of one distribution differ in at most 5 % of the trials."""
    found = [compare(*trial) for trial in pairs(n, spread)]
    alarms = [each is not None and verdict(each, each.p, None) == "differs" for each in found]
    assert np.mean(alarms) <= ALPHA + 3 * standard_error(ALPHA)


@pytest.mark.parametrize("n", [5, 10, 30])
def test_a_difference_at_the_band_is_rarely_negligible(n: int) -> None:
    """Samples whose medians differ by just 2 % are called negligible in at most 5 % of trials."""
    trials = pairs(n, 0.01, ratio=1.02)
    both = [(compare(*trial), compare(*trial, level=0.90)) for trial in trials]
    found = [one is not None and verdict(one, one.p, same) == "negligible" for one, same in both]
    assert np.mean(found) <= 0.05 + 3 * standard_error(0.05)


def test_prediction_covers_the_next_value() -> None:
    """The next value of a log-normal history is in the interval in 95 % of the trials."""
    trials = series(13, 0.3)
    found = [prediction_interval(history[:12]) for history in trials]
    within = [
        ends is not None and ends[0] <= history[12] <= ends[1]
        for ends, history in zip(found, trials, strict=True)
    ]
    assert np.mean(within) == pytest.approx(0.95, abs=3 * standard_error(0.95))


def test_trends_of_noise_are_rare() -> None:
    """Without a trend p is at most 5 % in about 5 % of the trials, and the interval holds 0."""
    found = [trend(values) for values in series(20, 0.1)[:400]]
    error = math.sqrt(0.05 * 0.95 / 400)
    assert np.mean([each is not None and each.p <= 0.05 for each in found]) <= 0.05 + 3 * error
    held = [each is not None and each.low <= 0 <= each.high for each in found]
    assert np.mean(held) >= 0.95 - 3 * error


def test_changes_of_noise_are_rare() -> None:
    """Without a change one is found in about 1 % of the trials, whatever its size."""
    found = [bool(change_points(values, magnitude=0)) for values in series(30, 0.3)[:400]]
    assert np.mean(found) <= 0.01 + 3 * math.sqrt(0.01 * 0.99 / 400)


@pytest.mark.parametrize("n", [2, 5, 15, 36, 100])
def test_warm_runs_are_rarely_cold(n: int) -> None:
    """Log-normal load times of one kind, with a spread of one half, have no cold starts."""
    found = [bool(split_cold(values)) for values in series(n, 0.5)]
    assert np.mean(found) <= 0.03
