"""Statistics of a large table, computed by the engine that reads it, a column at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from chimera.analysis.statistics import PERCENTILES
from chimera.evidence.bulk import Bulk, named

_FEW = 24  # distinct cells up to which a column divides the rows
_MOST_GROUPS = 200
_BASIC = ("median", "avg", "min", "max", "stddev_samp")
_NAMES = ("median", "mean", "min", "max", "stdev")


def group_keys(bulk: Bulk, columns: Sequence[str]) -> list[str]:
    """Return the columns that divide the rows into groups: of a few distinct cells each."""
    if not columns:
        return []
    counted = ", ".join(f"approx_count_distinct({named(column)})" for column in columns)
    (counts,) = bulk.query(counted)
    kept = [c for c, n in zip(columns, counts, strict=True) if 1 < n <= _FEW]
    while (
        kept
        and math.prod(n for c, n in zip(columns, counts, strict=True) if c in kept) > _MOST_GROUPS
    ):
        kept.pop()
    return kept


def summaries(
    bulk: Bulk, column: str, keys: Sequence[str]
) -> Iterator[tuple[tuple[tuple[str, str], ...], dict[str, float]]]:
    """Yield the key of each group and its statistics, as `describe` names them, with its `n`.

    Percentiles are interpolated between order statistics, and only those that n supports.
    """
    name = named(column)
    ranks = [rank for rank, _ in PERCENTILES.values()]
    asked = [f"count({name})", *(f"{function}({name})" for function in _BASIC)]
    asked.append(f"quantile_cont({name}, {ranks})")
    shown = [f"coalesce({named(key)}, '')" for key in keys]
    rest = f"GROUP BY {', '.join(shown)} ORDER BY {', '.join(shown)}" if keys else ""
    for row in bulk.query(", ".join([*shown, *asked]), rest, valid=True):
        cells, (n, *figures) = row[: len(keys)], row[len(keys) :]
        if n:
            *basic, percentiles = figures
            found = dict(zip(_NAMES, basic, strict=True))
            for (rank, (_, least)), value in zip(PERCENTILES.items(), percentiles, strict=True):
                if n >= least:
                    found[rank] = value
            finite = {k: float(v) for k, v in found.items() if v is not None and math.isfinite(v)}
            yield tuple(zip(keys, map(str, cells), strict=True)), {"n": n, **finite}
