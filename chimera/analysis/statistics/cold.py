"""Cold starts, told from warm runs by the time it took to load."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Final

GAP: Final = 5.0
"""Times the longest warm load that the shortest cold load has to be, at least."""
_DEVIATIONS: Final = 5.0
_NORMAL: Final = 1.4826  # makes the median absolute deviation a standard deviation


def split_cold(load: Sequence[float | None]) -> frozenset[int]:
    """Return the indices of the cold starts: the upper of two clusters of load times, if clear.

    The load times are split at the largest gap between neighbours on a log scale, of those gaps
    that leave at most half of the rows above. The rows above are cold starts if the gap is at least
    a factor 5, and if even the shortest of them lies 5 robust standard deviations of the logs
    (1.4826 times the median absolute deviation; Rousseeuw and Croux, Journal of the American
    Statistical Association 88, 1993) above the median of the rows below, so that one slow run in a
    wide spread is none. Load times of 0 are below any gap. Rows without a load time, in any unit,
    are never cold. Empty where there is no clear gap. The split is that of single linkage into two
    clusters (Sneath, Journal of General Microbiology 17, 1957); both limits are our own.
    """
    known = [(value, i) for i, value in enumerate(load) if value is not None and value >= 0]
    rows = sorted((_log(value), i) for value, i in known if value < math.inf)
    split = _largest_gap([log for log, _ in rows])
    if split is None:
        return frozenset()
    warm, cold = [log for log, _ in rows[:split]], [log for log, _ in rows[split:]]
    return frozenset(i for _, i in rows[split:]) if _apart(warm, cold[0]) else frozenset()


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf


def _largest_gap(logs: Sequence[float]) -> int | None:
    """Return the index of the first value above the largest gap in the upper half."""
    least = (len(logs) + 1) // 2
    gaps = [(logs[i] - logs[i - 1], -i) for i in range(max(least, 1), len(logs))]
    gaps = [gap for gap in gaps if gap[0] >= math.log(GAP)]
    return -max(gaps)[1] if gaps else None


def _apart(warm: Sequence[float], coldest: float) -> bool:
    """Return whether the shortest cold load is no straggler of the warm ones."""
    centre = statistics.median(warm)
    if centre == -math.inf:
        return True
    spread = statistics.median(abs(log - centre) for log in warm)
    return coldest - centre >= _DEVIATIONS * _NORMAL * spread
