"""Results of asv: version 1 holds scalars or objects, version 2 lists named by `result_columns`.

The time of version 2, and of version 1 with `stats`, is the median of `samples`; in version 1
without them it is the minimum or the median, whichever that asv took: an aggregate. Samples and
quantiles are in the unit of the result; the confidence interval is one of 99 %.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, product
from typing import NamedTuple

from chimera.evidence.document import Json, items, mapping
from chimera.evidence.formats.rows import Measure, Row, Rows, count, text, texts
from chimera.evidence.records import Direction
from chimera.evidence.tables.grid import escape

KIND = re.compile(r"(?:^|\.)(timeraw|time|peakmem|mem|track)_\w*\Z", re.IGNORECASE)
MEASURED: dict[str, tuple[str, str | None, Direction | None]] = {
    "time": ("duration", "s", "lower"),
    "timeraw": ("duration", "s", "lower"),
    "mem": ("memory", "B", "lower"),
    "peakmem": ("peak_memory", "B", "lower"),
}
_STATISTICS = {
    "stats_q_25": "p25",
    "stats_q_75": "p75",
    "stats_ci_99_a": "ci_low",
    "stats_ci_99_b": "ci_high",
}
_OLD = {  # where version 1 keeps them below the entry in `stats`
    "stats_q_25": ("q_25",),
    "stats_q_75": ("q_75",),
    "stats_ci_99_a": ("ci_99", 0),
    "stats_ci_99_b": ("ci_99", 1),
}
_MOST = 100_000  # combinations of parameters read of one benchmark


class _Number(NamedTuple):
    part: str  # result, samples, or a key of _STATISTICS
    place: str
    nth: int  # of the combinations of parameters
    value: Json


def parse_results(value: dict[str, Json], place: str) -> list[Rows]:
    """Return the tables of one file: those of one kind of benchmark and column stand together."""
    tables: dict[str, Rows] = {}
    columns = [text(column) for column in items(value.get("result_columns"))]
    ids = texts(value, "commit_hash", "date", "env_name") | texts(value.get("params"), "machine")
    environment = texts(value.get("requirements")) | texts(value.get("params"))
    environment = texts(value, "python") | {
        key: one for key, one in environment.items() if key not in ids
    }
    for name, found in mapping(value.get("results")).items():
        result = _Result(f"{place}/results/{escape(name)}", found, columns)
        for one in result.numbers():
            where, measure = _measure(name, one.part, median=result.is_median)
            params = environment | result.params(one.nth)
            row = Row(one.place, {"benchmark": name}, params, {"": text(one.value)})
            row.ids, row.n = ids, None if one.part == "samples" else result.repeats(one.nth)
            row.failure = "the benchmark failed" if one.value is None else None
            row.invalid = {"": "skipped"} if text(one.value) == "NaN" else {}
            tables.setdefault(where, Rows(where, {"": measure})).rows.append(row)
    return list(tables.values())


def _measure(name: str, part: str, *, median: bool) -> tuple[str, Measure]:
    """Return what a number is, and the name of the table for its like."""
    match = KIND.search(name)
    kind = match[1].lower() if match else "track"
    last = name.rpartition(".")[2]
    metric, unit, direction = MEASURED.get(kind, (last.removeprefix("track_"), None, None))
    statistic = _STATISTICS.get(part, "raw")
    if part == "result" and metric == "duration":
        statistic = "median" if median else "aggregate"
    stem = last if kind == "track" else f"{kind}_*"
    return f"/results/*{stem}/{statistic}", Measure(metric, unit, direction, statistic)


class _Result:
    """What a file says of one benchmark, in either version."""

    def __init__(self, place: str, value: Json, columns: list[str]) -> None:
        self.place, self.value = place, value
        if isinstance(value, list):
            self.found = dict(zip(columns, value, strict=False))
            self.keys = {column: str(index) for index, column in enumerate(columns)}
        else:
            self.found = mapping(value) if isinstance(value, dict) else {"result": value}
            self.keys = {key: key for key in self.found}
        self.axes = [[text(o) for o in items(axis)] for axis in items(self.found.get("params"))]

    @property
    def is_median(self) -> bool:
        """Whether asv took the median of samples."""
        return isinstance(self.value, list) or bool(items(self.found.get("stats")))

    def params(self, index: int) -> dict[str, str]:
        """Return the combination of that index; the last parameter changes fastest."""
        chosen = next(islice(product(*self.axes), index, None), ()) if self.axes else ()
        return {f"param{number}": one for number, one in enumerate(chosen, 1)}

    def repeats(self, index: int) -> int | None:
        """Return how many samples are behind a result, where the file says."""
        repeats = items(self.found.get("stats_repeat"))
        old = [mapping(one).get("repeat") for one in items(self.found.get("stats"))]
        said = repeats or old
        return count(said[index]) if index < len(said) else None

    def numbers(self) -> Iterator[_Number]:
        """Yield the results, then the statistics and samples behind them."""
        if not isinstance(self.value, dict | list):
            yield _Number("result", self.place, 0, self.value)
            return
        yield from self._results()
        for part in _STATISTICS:
            for index, one in enumerate(items(self.found.get(part))[:_MOST]):
                if one is not None:
                    yield _Number(part, f"{self.place}/{self.keys[part]}/{index}", index, one)
        yield from self._old_statistics()
        for index, some in enumerate(items(self.found.get("samples"))[:_MOST]):
            for number, one in enumerate(items(some)):
                at = f"{self.place}/{self.keys['samples']}/{index}/{number}"
                yield _Number("samples", at, index, one)

    def _results(self) -> Iterator[_Number]:
        results, at = self.found.get("result"), f"{self.place}/{self.keys.get('result', '')}"
        if not isinstance(results, list):
            yield _Number("result", at, 0, results)
            return
        for index, one in enumerate(results[:_MOST]):
            yield _Number("result", f"{at}/{index}", index, one)

    def _old_statistics(self) -> Iterator[_Number]:
        for index, stats in enumerate(items(self.found.get("stats"))[:_MOST]):
            for part, path in _OLD.items():
                value = mapping(stats).get(str(path[0]))
                if len(path) > 1 and isinstance(value, list):
                    value = value[int(path[1])] if len(value) > int(path[1]) else None
                if text(value):
                    at = "/".join(map(str, (self.place, "stats", index, *path)))
                    yield _Number(part, at, index, value)
