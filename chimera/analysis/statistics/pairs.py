"""Order statistics of all pairwise sums, without building them all where they are many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BUILT: Final = 250_000  # sums that are built and partitioned at once
_EQUAL: Final = 1e-14  # sums closer than the rounding of logs are one value


def sums_at(
    rows: NDArray[np.float64],
    columns: NDArray[np.float64],
    ranks: Sequence[int],
    *,
    upper: bool = False,
) -> list[float]:
    """Return the sums `rows[i] + columns[j]` at those ranks, from 0, of all sums in order.

    Rows and columns are in ascending order; `upper` keeps j >= i only. Many sums are never built:
    bisection by value, counting a row at a time, narrows them to few (the idea of Johnson and
    Mizoguchi, SIAM Journal on Computing 7, 1978).
    """
    import numpy as np

    if len(rows) * len(columns) > _BUILT:
        first = np.arange(len(rows)) if upper else np.zeros(len(rows), dtype=int)
        return [_select(rows, columns, first, rank) for rank in ranks]
    sums = np.add.outer(rows, columns)
    flat = sums[np.triu_indices(len(rows))] if upper else sums.ravel()
    return [float(value) for value in np.partition(flat, list(ranks))[list(ranks)]]


def _select(
    rows: NDArray[np.float64], columns: NDArray[np.float64], first: NDArray[np.int64], rank: int
) -> float:
    import numpy as np

    def stops(value: float) -> NDArray[np.int64]:
        return np.maximum(np.searchsorted(columns, value - rows, side="right"), first)

    low, high = float(rows[0] + columns[0]) - 1, float(rows[-1] + columns[-1]) + 1
    below, above = first, np.full(len(rows), len(columns))
    while (above - below).sum() > _BUILT:
        middle = (low + high) / 2
        if high - low < _EQUAL or not low < middle < high:
            row = int(np.argmax(above > below))
            return float(rows[row] + columns[below[row]])
        found = stops(middle)
        if (found - first).sum() > rank:
            high, above = middle, found
        else:
            low, below = middle, found
    lengths = above - below
    starts = np.repeat(below - np.cumsum(lengths) + lengths, lengths)
    sums = np.repeat(rows, lengths) + columns[starts + np.arange(lengths.sum())]
    left = rank - int((below - first).sum())
    return float(np.partition(sums, left)[left])
