"""Cold starts: the rows of a table whose run had to load first."""

from __future__ import annotations

from typing import Final

from chimera.analysis.statistics import split_cold
from chimera.evidence.records import Table

LOADED: Final = frozenset({"ttft", "latency", "e2e_latency", "duration"})
"""Metrics of time that include loading, where a run had to load."""
_LOAD: Final = "load"
_RAW: Final = "raw"


def cold_rows(table: Table) -> frozenset[int]:
    """Return the indices of the rows that were cold starts, by the table's own load times.

    The load times are those of the first series of raw load times whose split is clear, with
    `split_cold`. Failed rows are never cold, nor is any row of a table without load times or of one
    too large to be held.
    """
    if table.bulk is not None:
        return frozenset()
    for series in table.series:
        if series.metric == _LOAD and series.statistic == _RAW:
            valid = [None if i in table.failures else v for i, v in enumerate(series.values)]
            if found := split_cold(valid):
                return found
    return frozenset()
