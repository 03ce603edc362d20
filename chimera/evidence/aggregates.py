"""Tables of statistics against the rows they were computed from: linked, computed again, compared.

A table of means beside the runs it summarises says nothing new; where it says something else, one
of the two is wrong, and the reader has to know.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from math import fsum, sqrt
from statistics import fmean, median

from chimera.evidence.numerals import EXACT, rounding
from chimera.evidence.records import Series, Table
from chimera.evidence.words import words

_MARKS = words(
    "summary summaries agg aggregate aggregated mean means stats statistics overview avg"
)
_SHOWN = 3  # disagreements of a column that are told
_MOST_PAIRS = 20_000  # of a summary and a table of its folder
_MOST_NEAR = 32  # tables that a summary in a larger folder is held against
_MOST = 200_000  # raw rows that are computed again
_CUT = 1e6  # from this mean on, whole numbers are taken for ns that a tool cut
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """Tables whose statistics name the rows behind them, and what is wrong, by path."""

    tables: tuple[Table, ...]
    problems: dict[str, list[str]]


def check_aggregates(tables: Sequence[Table]) -> Checked:
    """Compute the statistics of aggregate tables again from raw rows in the same folder.

    A series that agrees in every row gets `derived`, such as `mean of ttft_s in runs.csv`; one that
    does not, a problem of its file. Rows belong together by equal labels and settings.
    """
    problems: dict[str, list[str]] = defaultdict(list)
    done: dict[int, Table] = {}
    for summary, beside in _summaries(tables):
        checked = _checked(summary, beside, problems)
        if checked is not None:
            done[id(summary.table)] = checked
    return Checked(tuple(done.get(id(table), table) for table in tables), dict(problems))


class _Looked:
    """A table, and what is asked of it often."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.length = len(table.rows)
        self._rounding: dict[int, float] = {}
        self._rows: dict[Key, dict[Key, list[int]]] = {}

    @cached_property
    def columns(self) -> dict[str, Sequence[str]]:
        """Its settings and labels."""
        return {**self.table.params, **self.table.labels}

    @cached_property
    def sources(self) -> dict[tuple[str, str | None], Series]:
        raw = [one for one in self.table.series if one.statistic == "raw"]
        return {(one.metric, one.unit): one for one in reversed(raw)}

    @cached_property
    def stated(self) -> dict[int, tuple[str, str | None]]:
        """What its statistics are of, by the index of their series."""
        series = enumerate(self.table.series)
        return {i: (one.metric, one.unit) for i, one in series if one.statistic != "raw"}

    def rounding(self, one: Series) -> float:
        """Return what rounding hides of a column of the table."""
        if id(one) not in self._rounding:
            self._rounding[id(one)] = rounding(one.texts)
        return self._rounding[id(one)]

    def rows_by(self, names: Key) -> dict[Key, list[int]]:
        """Return the rows that did not fail, by what they hold in some columns."""
        if names not in self._rows:
            found: dict[Key, list[int]] = defaultdict(list)
            for index, key in enumerate(_keys([self.columns[name] for name in names], self.length)):
                if index not in self.table.failures:
                    found[key].append(index)
            self._rows[names] = dict(found)
        return self._rows[names]


def _summaries(tables: Sequence[Table]) -> Iterator[tuple[_Looked, list[_Looked]]]:
    """Yield the tables with statistics, with the tables of their folder."""
    folders: dict[str, list[Table]] = defaultdict(list)
    for table in tables:
        if table.evidence and table.bulk is None:
            folders[table.path.rpartition("/")[0]].append(table)
    for beside in folders.values():
        if len(beside) > 1:
            together = [_Looked(table) for table in beside]
            found = [one for one in together if one.stated]
            near = None if len(found) * len(together) <= _MOST_PAIRS else _Near(together)
            yield from ((one, near.to(one.table) if near else together) for one in found)


class _Near:
    """The tables of a large folder that one may summarise: of its file, or of files it names."""

    def __init__(self, tables: Iterable[_Looked]) -> None:
        self._by_path: dict[str, list[_Looked]] = defaultdict(list)
        self._by_name: dict[tuple[str, ...], list[_Looked]] = defaultdict(list)
        for one in tables:
            self._by_path[one.table.path].append(one)
            self._by_name[_name(one.table)].append(one)

    def to(self, table: Table) -> list[_Looked]:
        """Return at most some dozens of tables."""
        name = _name(table)
        named = [self._by_name.get(name[:end], []) for end in range(len(name), 0, -1)]
        others = [o for some in named for o in some[:_MOST_NEAR] if o.table is not table]
        return [*self._by_path[table.path][:_MOST_NEAR], *others[:_MOST_NEAR]]


def _name(table: Table) -> tuple[str, ...]:
    """Return the words of a file's name without those that mark a summary."""
    return tuple(word for word in _stem(table.path).split("_")[:_MOST_NEAR] if word not in _MARKS)


def _stem(path: str) -> str:
    """Return a file's name without its ending (`pathlib` keeps a copy of every name it sees)."""
    name = path.rpartition("/")[2]
    stem, _, ending = name.rpartition(".")
    return (stem if stem and ending else name).lower()


def _checked(
    mine: _Looked, beside: Iterable[_Looked], problems: dict[str, list[str]]
) -> Table | None:
    """Return a table with its links to raw rows; None where there are none."""
    table = mine.table
    wanted = set(mine.stated.values())
    longer = [one for one in beside if mine.length < one.length <= _MOST]
    telling = [one for one in longer if not wanted.isdisjoint(one.sources)]
    for raw in sorted(telling, key=lambda other: other.table.path != table.path):
        found = _verdicts(mine, raw, _groups(mine, raw))
        right = sum(verdict.right for verdict in found.values())
        wrong = sum(len(verdict.wrong) for verdict in found.values())
        if right and (right >= wrong or _is_named_after(table, raw.table)):
            told = (_told(verdict, table) for verdict in found.values())
            problems[table.path] += chain.from_iterable(told)
            linked = (_linked(one, found.get(index)) for index, one in enumerate(table.series))
            return replace(table, series=tuple(linked))
    return None


def _verdicts(mine: _Looked, raw: _Looked, groups: list[list[int]]) -> dict[int, _Verdict]:
    """Compare the statistics of a table, by their index; no more once most of them are wrong."""
    if not groups:
        return {}
    sources = {i: raw.sources[of] for i, of in mine.stated.items() if of in raw.sources}
    left = len(groups) * len(sources)
    wrong, found = 0, {}
    for index, source in sources.items():
        found[index] = verdict = _compare(mine.table.series[index], source, (mine, raw), groups)
        wrong += len(verdict.wrong)
        if wrong * 2 > left and not _is_named_after(mine.table, raw.table):
            return {}
    return found


@dataclass(slots=True)
class _Verdict:
    one: Series
    source: str  # column of the raw rows, and their table
    where: str
    right: int = 0
    wrong: list[tuple[int, float, int]] = field(default_factory=list)  # index, expected, n

    @property
    def formula(self) -> str:
        """What the statistic was computed from."""
        return f"{self.one.statistic} of {self.source} in {self.where}"


def _told(verdict: _Verdict, table: Table) -> Iterator[str]:
    """Yield the first disagreements as sentences."""
    one = verdict.one
    for index, expected, count in verdict.wrong[:_SHOWN]:
        shown = f"{expected:.{_digits(one.values[index] or 0.0)}g}"
        yield (
            f"{table.locate(one, index)} says {one.texts[index]}, but the {one.statistic} of"
            f" the {count} valid rows in {verdict.where} is {shown}"
        )


def _linked(one: Series, verdict: _Verdict | None) -> Series:
    if verdict is None or verdict.wrong or not verdict.right:
        return one
    return replace(one, derived=one.derived or verdict.formula)


def _groups(mine: _Looked, raw: _Looked) -> list[list[int]]:
    """Return the raw rows behind each row of a table; nothing where they cannot be told."""
    shared = tuple(name for name in mine.columns if name in raw.columns)
    keys = _keys([mine.columns[name] for name in shared], mine.length)
    if len(set(keys)) < len(keys):
        return []
    rows = raw.rows_by(shared)
    found = [rows.get(key, []) for key in keys]
    return found if all(found) else []


def _keys(columns: list[Sequence[str]], rows: int) -> list[Key]:
    return list(zip(*columns, strict=True)) if columns else [()] * rows


def _compare(
    one: Series, source: Series, tables: tuple[_Looked, _Looked], groups: list[list[int]]
) -> _Verdict:
    """Compare a statistic of the first table with what the raw rows of the second give."""
    mine, raw = tables
    path = raw.table.path
    where = path.rpartition("/")[2] if path != mine.table.path else raw.table.name
    off = mine.rounding(one) + raw.rounding(source)
    verdict = _Verdict(one, source.column or source.metric, where)
    for index, rows in enumerate(groups):
        stated = one.values[index]
        values = [v for row in rows if (v := source.values[row]) is not None]
        if stated is None or not values:
            continue
        slack = off + EXACT * abs(stated) + _cancelled(one, stated, values)
        expected = list(_statistics(one.statistic, values))
        if any(low - slack <= stated <= high + slack for low, high in expected):
            verdict.right += 1
        elif expected:
            verdict.wrong.append((index, expected[0][0], len(values)))
    return verdict


def _cancelled(one: Series, stated: float, values: list[float]) -> float:
    """Return what a deviation of whole numbers loses where it is computed from their squares.

    llama-bench takes it from the mean cut to whole ns: off by 1, it moves the variance by 2 means.
    """
    told = one.statistic == "stdev" and stated and len(values) > 1  # one value deviates from none
    if not told or any(value % 1 for value in values):
        return 0.0
    mean = fmean(values)
    return mean * len(values) / (len(values) - 1) / stated if mean > _CUT else 0.0


def _digits(value: float) -> int:
    """Return how many digits show a number as exactly as one of its size is written."""
    return max(6, min(15, len(str(int(abs(value))))))


def _statistics(name: str, values: list[float]) -> Iterator[tuple[float, float]]:
    """Yield what a statistic of values may be, as ranges: tools differ in quantiles and spreads."""
    ordered = sorted(values)
    simple = {"mean": fmean, "median": median, "min": min, "max": max, "sum": sum}
    if name in simple:
        value = simple[name](ordered)  # type: ignore[operator]
        yield value, value
    elif name == "stdev" and len(values) > 1:
        mean = fmean(values)
        squares = fsum((value - mean) ** 2 for value in values)
        for freedom in (len(values) - 1, len(values)):
            yield (spread := sqrt(squares / freedom)), spread
    elif name[:1] == "p" and name[1:].replace(".", "", 1).isdigit():
        place = min(float(name[1:]), 100.0) / 100 * (len(ordered) - 1)
        yield ordered[int(place)], ordered[min(len(ordered) - 1, int(place) + 1)]


def _is_named_after(table: Table, raw: Table) -> bool:
    """Tell `runs_summary.csv` beside `runs.csv`."""
    mine, theirs = (set(_stem(t.path).split("_")) for t in (table, raw))
    return table.path != raw.path and bool(mine & _MARKS) and theirs - _MARKS <= mine
