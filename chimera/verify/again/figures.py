"""Figures computed again, from values and counts, by definition and with the standard library.

Nothing here is shared with what computed them first. Where that is a matter of choice, such as a
quantile between two values, the definition is the one that the report's documentation states.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, combinations_with_replacement, product
from typing import Final

from chimera.verify.again import ranks, student

Values = Sequence[float]
_MOST_PAIRS: Final = 1_000_000
_COUNTED: Final = 2_000  # n up to which binomial coefficients are added as whole numbers
_MOST_FOR_SLOPES: Final = 1_000
_SAME: Final = 11  # decimals of log ratios from which two of them are equal


class TooManyError(ValueError):
    """There are more values than are computed again pair by pair."""


def statistic(name: str, values: Values) -> float:
    """Return a statistic of values by its name: median, mean, min, max, stdev, median_low, p95, ….

    Percentiles are interpolated between order statistics (type 7 of Hyndman and Fan, The American
    Statistician 50, 1996); the interval of the median has ranks from the binomial distribution
    (Hahn and Meeker, Statistical Intervals, 1991, section 5.2).

    Raises:
        ValueError: There is no such statistic, or it needs more values.

    """
    if name in _STATISTICS:
        return _STATISTICS[name](sorted(values))
    if name[:1] == "p" and name[1:].replace(".", "", 1).isdigit():
        return _quantile(sorted(values), float(name[1:]) / 100)
    raise ValueError(f"no statistic {name!r} is known here")


def _median(ordered: Values) -> float:
    return _quantile(ordered, 0.5)


def _quantile(ordered: Values, share: float) -> float:
    if not ordered:
        raise ValueError("no values")
    place = Fraction(share).limit_denominator(10_000) * (len(ordered) - 1)
    below = place.numerator // place.denominator
    if below == place:
        return ordered[below]
    part = float(place - below)
    return ordered[below] * (1 - part) + ordered[below + 1] * part


def _mean(ordered: Values) -> float:
    return float(sum(map(Fraction, ordered)) / len(ordered))


def _stdev(ordered: Values) -> float:
    if len(ordered) < 2:  # noqa: PLR2004 - one value has no spread
        raise ValueError("fewer than two values")
    scale = max(map(abs, ordered))
    if scale > 1e150:  # noqa: PLR2004 - whose squares are no floats
        return _stdev([value / scale for value in ordered]) * scale
    centre = math.fsum(ordered) / len(ordered)
    squares = math.fsum((value - centre) ** 2 for value in ordered)
    return math.sqrt(squares / (len(ordered) - 1))


def _below_median(n: int) -> int:
    """Return the largest k with P(B <= k) <= 0.025, B binomial with n and 1/2."""
    if n > _COUNTED:
        logs = (math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) for k in range(n))
        chances = [math.exp(log - n * math.log(2)) for log in logs]
    else:
        chances = [math.comb(n, k) / 2**n for k in range(n)]
    total, k = 0.0, -1
    while total + chances[k + 1] <= 0.025:  # noqa: PLR2004 - half of 5 %
        k += 1
        total += chances[k]
    if k < 0:
        raise ValueError(f"{n} values have no such interval")
    return k


_STATISTICS: Final[Mapping[str, Callable[[Values], float]]] = {
    "value": lambda ordered: ordered[0],
    "median": _median,
    "mean": _mean,
    "min": lambda ordered: ordered[0],
    "max": lambda ordered: ordered[-1],
    "sum": math.fsum,
    "stdev": _stdev,
    "median_low": lambda ordered: ordered[_below_median(len(ordered))],
    "median_high": lambda ordered: ordered[-1 - _below_median(len(ordered))],
}


def hodges_lehmann_ratio(first: Values, second: Values) -> float:
    """Return e to the median of all differences of logs (Hodges and Lehmann, 1963)."""
    return math.exp(_median(_differences(first, second)))


def ratio_low(first: Values, second: Values, level: float = 0.95) -> float:
    """Return the lower end of the interval that inverts the Mann-Whitney test on logs."""
    found = _differences(first, second)
    return math.exp(found[ranks.rank_sum_outside(len(first), len(second), level)])


def ratio_high(first: Values, second: Values, level: float = 0.95) -> float:
    """Return the upper end of that interval."""
    found = _differences(first, second)
    return math.exp(found[-1 - ranks.rank_sum_outside(len(first), len(second), level)])


def _differences(first: Values, second: Values) -> Values:
    if len(first) * len(second) > _MOST_PAIRS:
        raise TooManyError(f"{len(first)} times {len(second)} pairs")
    pairs = product(map(math.log, first), [math.log(value) for value in second])
    return sorted(a - b for a, b in pairs)


def paired_ratio(first: Values, second: Values) -> float:
    """Return e to the median of the Walsh averages of the log ratios of pairs."""
    return math.exp(_median(_walsh(first, second)))


def paired_low(first: Values, second: Values, level: float = 0.95) -> float:
    """Return the lower end of the interval that inverts the signed rank test on log ratios."""
    return math.exp(_walsh(first, second)[ranks.signed_rank_outside(len(first), level)])


def paired_high(first: Values, second: Values, level: float = 0.95) -> float:
    """Return the upper end of that interval."""
    return math.exp(_walsh(first, second)[-1 - ranks.signed_rank_outside(len(first), level)])


def _walsh(first: Values, second: Values) -> Values:
    logs = _log_ratios(first, second)
    if len(logs) * (len(logs) + 1) // 2 > _MOST_PAIRS:
        raise TooManyError(f"{len(logs)} pairs")
    return sorted((a + b) / 2 for a, b in combinations_with_replacement(logs, 2))


def _log_ratios(first: Values, second: Values) -> list[float]:
    pairs = zip(first, second, strict=True)
    return [round(math.log(a) - math.log(b), _SAME) for a, b in pairs]


def wilcoxon_p(first: Values, second: Values) -> float:
    """Return the p-value of the signed rank test of the log ratios that are not 0."""
    return ranks.signed_rank_p([log for log in _log_ratios(first, second) if log])


def cliffs_delta(first: Values, second: Values) -> float:
    """Return the share of pairs with the first higher, less that with it lower (Cliff, 1993)."""
    if len(first) * len(second) > _MOST_PAIRS:
        raise TooManyError(f"{len(first)} times {len(second)} pairs")
    signs = sum((a > b) - (a < b) for a, b in product(first, second))
    return signs / (len(first) * len(second))


def theil_sen_slope(values: Values) -> float:
    """Return the relative change per run: e to the median slope of the logs, less 1 (Sen, 1968)."""
    if len(values) > _MOST_FOR_SLOPES:
        raise TooManyError(f"{len(values)} values")
    logs = list(enumerate(map(math.log, values)))
    slopes = [(b - a) / (j - i) for (i, a), (j, b) in combinations(logs, 2)]
    return math.expm1(_median(sorted(slopes)))


def theil_sen_slope_low(values: Values, level: float = 0.95) -> float:
    """Return the lower end of Sen's interval of that slope (1968)."""
    return _sen(values, level)[0]


def theil_sen_slope_high(values: Values, level: float = 0.95) -> float:
    """Return its upper end."""
    return _sen(values, level)[1]


def _sen(values: Values, level: float) -> tuple[float, float]:
    n, logs = len(values), [math.log(value) for value in values]
    if n > _MOST_FOR_SLOPES:
        raise TooManyError(f"{n} values")
    slopes = sorted((b - a) / (j - i) for (i, a), (j, b) in combinations(enumerate(logs), 2))
    ties = sum(t * (t - 1) * (2 * t + 5) for t in Counter(logs).values())
    spread = math.sqrt((n * (n - 1) * (2 * n + 5) - ties) / 18)
    wide = ranks.NORMAL.inv_cdf((1 + level) / 2) * spread
    low = max(round((len(slopes) - wide) / 2) - 1, 0)
    high = min(round((len(slopes) + wide) / 2), len(slopes) - 1)
    return math.expm1(slopes[low]), math.expm1(slopes[high])


def prediction_low(history: Values, level: float = 0.95) -> float:
    """Return the lower end of the interval of one new value, by Student's t on the logs."""
    return math.exp(_predicted(history, level, -1))


def prediction_high(history: Values, level: float = 0.95) -> float:
    """Return its upper end (Hahn and Meeker, Statistical Intervals, 1991, section 4.7)."""
    return math.exp(_predicted(history, level, 1))


def _predicted(history: Values, level: float, sign: int) -> float:
    logs = [math.log(value) for value in history]
    spread = _stdev(logs) * math.sqrt(1 + 1 / len(logs))
    return _mean(logs) + sign * student.reach(level, len(logs) - 1) * spread


def prediction_p(last: Values, history: Values) -> float:
    """Return the p-value of a new value, were it one more like those before it."""
    logs = [math.log(value) for value in history]
    spread = _stdev(logs) * math.sqrt(1 + 1 / len(logs))
    return student.beyond((math.log(last[0]) - _mean(logs)) / spread, len(logs) - 1)


def _welch(figures: Values) -> tuple[float, float, float]:
    """Return the difference of two means, its standard error, and Welch's degrees of freedom."""
    mean, deviation, n, other_mean, other_deviation, other_n = figures
    one, other = deviation**2 / n, other_deviation**2 / other_n
    freedom = (one + other) ** 2 / (one**2 / (n - 1) + other**2 / (other_n - 1))
    return mean - other_mean, math.sqrt(one + other), freedom


def welch_p(*figures: float) -> float:
    """Return the p-value that two means are equal: mean, deviation and n of each (Welch, 1947)."""
    difference, error, freedom = _welch(figures)
    return student.beyond(difference / error, freedom)


def welch_low(*figures: float, level: float = 0.95) -> float:
    """Return the lower end of the interval of the difference of two means."""
    difference, error, freedom = _welch(figures)
    return difference - student.reach(level, freedom) * error


def welch_high(*figures: float, level: float = 0.95) -> float:
    """Return its upper end."""
    difference, error, freedom = _welch(figures)
    return difference + student.reach(level, freedom) * error


def severe(values: Values) -> int:
    """Count the values beyond 3 interquartile ranges from the quartiles (Tukey, 1977)."""
    ordered = sorted(values)
    first, third = _quantile(ordered, 0.25), _quantile(ordered, 0.75)
    far = 3 * (third - first)
    return sum(value < first - far or value > third + far for value in ordered) if far else 0


def _whole(share: float, n: float, per: float = 1.0) -> float:
    """Return the count behind a share."""
    hits = round(share / per * n)
    if abs(share / per * n - hits) > 0.5:  # noqa: PLR2004 - half a count
        raise ValueError(f"{share!r} is no share of {n!r}")
    return float(hits)


def _mcnemar(one: Values | float, other: Values | float) -> float:
    """Take what only one of two got right, or the hits and misses of both, item by item."""
    if isinstance(one, float) and isinstance(other, float):
        return mcnemar_p(one, other)
    pairs = list(zip(one, other, strict=True))  # type: ignore[arg-type]
    return mcnemar_p(sum(a > b for a, b in pairs), sum(b > a for a, b in pairs))


def holm(place: float, *ps: float) -> float:
    """Return the p-value at a place, from 1, adjusted for its family (Holm, 1979).

    By definition: the largest, over the p-values no larger than it, of each times the number of
    those that are not before it in order.
    """
    order = sorted(range(len(ps)), key=lambda i: ps[i])
    upto = order[: order.index(_index(place, ps)) + 1]
    return min(1.0, max((len(ps) - rank) * ps[i] for rank, i in enumerate(upto)))


def benjamini_hochberg(place: float, *ps: float) -> float:
    """Return the p-value at a place, from 1, adjusted (Benjamini and Hochberg, 1995)."""
    order = sorted(range(len(ps)), key=lambda i: ps[i])
    at = order.index(_index(place, ps))
    found = (ps[i] * len(ps) / rank for rank, i in enumerate(order[at:], start=at + 1))
    return min(1.0, *found, 1.0)


def _index(place: float, ps: Sequence[float]) -> int:
    if not (place == int(place) and 1 <= place <= len(ps)):
        raise ValueError(f"there is no p-value {place!r} of {len(ps)}")
    return int(place) - 1


def wilson_low(hits: float, n: float, level: float = 0.95) -> float:
    """Return the lower end of Wilson's interval of a proportion (1927)."""
    return max(0.0, _wilson(hits, n, level, -1))


def wilson_high(hits: float, n: float, level: float = 0.95) -> float:
    """Return its upper end."""
    return min(1.0, _wilson(hits, n, level, 1))


def _wilson(hits: float, n: float, level: float, sign: int) -> float:
    if not 0 <= hits <= n or n < 1:
        raise ValueError(f"{hits!r} of {n!r} is no proportion")
    z, share = ranks.NORMAL.inv_cdf((1 + level) / 2), hits / n
    reach = z * math.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2)
    return (share + z * z / (2 * n) + sign * reach) / (1 + z * z / n)


def fisher_p(hits: float, n: float, other_hits: float, other_n: float) -> float:
    """Return the exact two-sided p-value that two proportions are equal (Fisher, 1935)."""
    a, n1, b, n2 = map(int, (hits, n, other_hits, other_n))
    least, most = max(0, a + b - n2), min(n1, a + b)
    ways = {k: math.comb(n1, k) * math.comb(n2, a + b - k) for k in range(least, most + 1)}
    seen = ways[a] * (1 + Fraction(1, 10**7))
    return min(1.0, float(Fraction(sum(w for w in ways.values() if w <= seen), sum(ways.values()))))


def mcnemar_p(only_first: float, only_second: float) -> float:
    """Return the exact two-sided p-value of McNemar's test (1947)."""
    few, n = int(min(only_first, only_second)), int(only_first + only_second)
    tail = sum(math.comb(n, k) for k in range(few + 1))
    return min(1.0, float(Fraction(2 * tail, 2**n)))


def _efficiency(ahead: float, base: float, level: float = 1.0, least: float = 1.0) -> float:
    """Return speed-up over the growth of the load (Gunther, 2007, chapter 4)."""
    return ahead / base / (level / least)


FUNCTIONS: Final[Mapping[str, Callable[..., float]]] = {
    "ratio": lambda a, b: a / b,
    "speedup": lambda a, b: a / b,
    "efficiency": _efficiency,
    "share": lambda hits, n: hits / n,
    "difference": lambda a, b: a - b,
    "product": lambda *factors: math.prod(factors),
    "little": lambda rate, latency, seconds=1.0: rate * latency * seconds,
    "compounded": lambda change, times: math.expm1(times * math.log1p(change)),
    "whole": _whole,
    "max": max,
    "min": min,
    "hodges_lehmann_ratio": hodges_lehmann_ratio,
    "ratio_low": ratio_low,
    "ratio_high": ratio_high,
    "paired_ratio": paired_ratio,
    "paired_low": paired_low,
    "paired_high": paired_high,
    "wilcoxon_p": wilcoxon_p,
    "cliffs_delta": cliffs_delta,
    "mann_whitney_p": ranks.mann_whitney_p,
    "kruskal_p": ranks.kruskal_p,
    "friedman_p": ranks.friedman_p,
    "kendall_p": ranks.kendall_p,
    "theil_sen_slope": theil_sen_slope,
    "theil_sen_slope_low": theil_sen_slope_low,
    "theil_sen_slope_high": theil_sen_slope_high,
    "prediction_low": prediction_low,
    "prediction_high": prediction_high,
    "prediction_p": prediction_p,
    "welch_p": welch_p,
    "welch_low": welch_low,
    "welch_high": welch_high,
    "holm": holm,
    "benjamini_hochberg": benjamini_hochberg,
    "wilson_low": wilson_low,
    "wilson_high": wilson_high,
    "fisher_p": fisher_p,
    "mcnemar_p": _mcnemar,
}
"""Functions of formulas, by name; groups are sequences of values, all else are numbers."""
