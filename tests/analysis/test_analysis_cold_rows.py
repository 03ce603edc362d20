"""Which rows of a table were cold starts."""

from collections.abc import Sequence
from dataclasses import replace

from chimera.analysis.cold import cold_rows
from chimera.evidence.records import Series, Table


def series(values: Sequence[float | None], metric: str = "load", statistic: str = "raw") -> Series:
    """Return a series of times in seconds."""
    texts = ["" if value is None else str(value) for value in values]
    return Series(f"{metric}_s", metric, "s", "lower", statistic, values, texts)


def table(*columns: Series) -> Table:
    """Return a CSV table of the columns."""
    rows = [str(i + 2) for i in range(len(columns[0].values))]
    return Table("runs.csv", "csv", "", rows, series=columns)


def test_long_loads_are_cold_starts() -> None:
    """Rows whose load time stands far above the others are cold, by their index."""
    assert cold_rows(table(series([3.1, 0.05, 0.06, 0.05, 2.9, 0.05]))) == {0, 4}


def test_without_load_times_nothing_is_cold() -> None:
    """A slow run alone is no cold start, and neither is a tool's mean load time."""
    slow = [9.0, 0.1, 0.1, 0.1]
    assert cold_rows(table(series(slow, metric="ttft"))) == frozenset()
    assert cold_rows(table(series(slow, statistic="mean"))) == frozenset()


def test_failed_rows_are_never_cold() -> None:
    """A failed row that loaded long is not counted."""
    found = replace(table(series([3.1, 0.05, 0.06, 0.05])), failures={0: "timeout"})
    assert cold_rows(found) == frozenset()
