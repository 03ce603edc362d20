"""Groups: the rows of a table that measured the same thing under the same settings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from chimera.analysis.columns import group_keys, summaries
from chimera.analysis.facts import Fact, FactBook, Source
from chimera.analysis.places import places
from chimera.analysis.roles import is_choice
from chimera.analysis.statistics import describe
from chimera.evidence.bulk import Bulk
from chimera.evidence.records import Series, Table

RAW = "raw"
_TELLING = 3  # different values from which two equal series are copies and not a coincidence
_FEW_ROWS = 24  # named rows up to which each is a group of its own


@dataclass(frozen=True, slots=True)
class Group:
    """Values of one series that belong together, with the facts about them."""

    table: Table
    series: Series
    key: tuple[tuple[str, str], ...]  # labels and settings that tell it from the other groups
    values: tuple[float, ...]
    facts: dict[str, Fact]  # statistic -> fact
    rows: tuple[int, ...] = ()  # of the values, as indices in the table; empty for a large table

    @property
    def n(self) -> int:
        """Number of values."""
        return len(self.values)

    @property
    def centre(self) -> Fact:
        """The fact that stands for the group: its median, its only value, or the tool's figure."""
        return self.facts.get("median") or next(iter(self.facts.values()))


@dataclass(frozen=True, slots=True)
class Panel:
    """One series of one table, split into its groups."""

    table: Table
    series: Series
    groups: tuple[Group, ...]
    swept: tuple[str, ...]  # settings and work that vary within the groups: no cell has repeats
    copy: bool = False  # an earlier file gave the same values, such as a CSV beside its JSON

    @property
    def raw(self) -> bool:
        """Whether the values are single measurements rather than a tool's own statistics."""
        return self.series.statistic == RAW


def panels(tables: list[Table], book: FactBook) -> list[Panel]:
    """Split every series of the tables that are evidence into groups and state their facts."""
    found = []
    for table in tables:
        if not table.evidence:
            continue
        if table.bulk is not None:
            found += _large(table, table.bulk, book)
            continue
        split, swept = _split(table)
        made = (_panel(table, series, split, swept, book) for series in table.series)
        found += [panel for panel in made if panel.groups]
    return _copies_marked(found)


def _large(table: Table, bulk: Bulk, book: FactBook) -> list[Panel]:
    """Return the panels of a large table, whose engine computes the statistics of each group."""
    keys = group_keys(bulk, [*table.labels, *table.params])
    found = []
    for series in table.series:
        summary = replace(series, statistic="median") if series.statistic == RAW else series
        groups = []
        for key, figures in summaries(bulk, series.column, keys):
            facts = _large_facts((table, series, bulk), key, figures, book)
            groups.append(Group(table, summary, key, (figures["median"],), facts))
        if groups:
            found.append(Panel(table, summary, tuple(groups), ()))
    return found


def _large_facts(
    read: tuple[Table, Series, Bulk],
    key: tuple[tuple[str, str], ...],
    figures: dict[str, float],
    book: FactBook,
) -> dict[str, Fact]:
    table, series, bulk = read
    where = " and ".join(f"{name} = {value}" for name, value in key)
    place = f"rows {bulk.first}-{bulk.first + bulk.count - 1}, column {series.column}"
    return {
        statistic: book.add(
            metric=series.metric,
            statistic=statistic,
            value=value,
            unit=series.unit,
            direction=series.direction,
            n=int(figures["n"]),
            scope=_scope(table, series, key),
            formula=f"{statistic}(values{' where ' + where if where else ''})",
            sources=[Source.model_construct(path=table.path, locator=place)],
        )
        for statistic, value in figures.items()
        if statistic != "n"
    }


def _copies_marked(found: list[Panel]) -> list[Panel]:
    seen: set[tuple[object, ...]] = set()
    marked = []
    for panel in found:
        values = tuple((tuple(v for _, v in group.key), group.values) for group in panel.groups)
        key = (panel.series.metric, panel.series.unit, panel.series.statistic, values)
        different = {value for group in panel.groups for value in group.values}
        marked.append(replace(panel, copy=len(different) >= _TELLING and key in seen))
        seen.add(key)
    return marked


def _panel(
    table: Table,
    series: Series,
    split: dict[tuple[tuple[str, str], ...], list[int]],
    swept: tuple[str, ...],
    book: FactBook,
) -> Panel:
    raw = series.statistic == RAW
    groups = []
    for key, indices in split.items() if raw else _single_rows(table):
        kept = [i for i in indices if series.values[i] is not None and i not in table.failures]
        if kept:
            groups.append(group_of(table, series, key, kept, book))
    return Panel(table, series, tuple(groups), swept if raw else ())


def group_of(
    table: Table,
    series: Series,
    key: tuple[tuple[str, str], ...],
    indices: Sequence[int],
    book: FactBook,
) -> Group:
    """Return the values of those rows as a group, with their facts, in the order of the rows given.

    Facts of the same rows in the same order are the same facts.
    """
    values = tuple(value for i in indices if (value := series.values[i]) is not None)
    raw = series.statistic == RAW
    found = describe(values) if raw else {series.statistic: values[0]}
    scope = _scope(table, series, key)
    sources = [
        Source.model_construct(path=table.path, locator=place)
        for place in places(table, series, indices)
    ]
    n = len(values) if raw else (table.declared_n[indices[0]] if table.declared_n else None)
    facts = {
        statistic: book.add(
            metric=series.metric,
            statistic=statistic,
            value=value,
            unit=series.unit,
            direction=series.direction,
            n=n,
            scope=scope,
            formula=_formula(statistic, raw=raw),
            sources=sources,
        )
        for statistic, value in found.items()
    }
    return Group(table, series, key, values, facts, tuple(indices))


def _scope(table: Table, series: Series, key: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Return what a fact holds for; labels of the file do not hide where it was read."""
    where = {"path": table.path, "column": series.column}
    if table.name:
        where["table"] = table.name
    if series.definition:
        where["definition"] = series.definition
    return {**where, **{f"{k} of the row" if k in where else k: v for k, v in key}}


def _formula(statistic: str, *, raw: bool) -> str:
    if not raw:
        return "as written by the tool"
    return "as written" if statistic == "value" else f"{statistic}(values)"


def _split(
    table: Table,
) -> tuple[dict[tuple[tuple[str, str], ...], list[int]], tuple[str, ...]]:
    """Group the rows by what varies and repeats; name the settings that vary without repeats.

    In a short table whose rows all have names, each row is a group. Names that differ in nearly
    every row of a longer table do not split. Settings split only if the cells they make hold two
    rows or more; else the sweep is pooled and its settings named, and then the labels that say
    which work was done.
    """
    rows = [i for i in range(len(table.rows)) if i not in table.failures]
    named = next((c for c, cells in table.labels.items() if _names(cells, rows)), None)
    if named is not None:
        return {((named, table.labels[named][i]),): [i] for i in rows}, ()
    labels = _distinct(
        {c: cells for c, cells in table.labels.items() if _repeats(cells, rows)}, rows
    )
    params = [c for c, cells in table.params.items() if len({cells[i] for i in rows}) > 1]
    columns = {**table.labels, **table.params}
    chosen = [column for column in labels if is_choice(table, column)]
    work = [column for column in labels if column not in chosen]
    for keys, swept in (
        (labels + params, ()),
        (labels, tuple(params)),
        (chosen, tuple(work + params)),
    ):
        cells = _cells(columns, keys, rows)
        if keys and cells and median(map(len, cells.values())) >= 2:  # noqa: PLR2004  a repeat
            return cells, swept
    return {_constant(table, rows): rows} if rows else {}, tuple(params)


def _constant(table: Table, rows: list[int]) -> tuple[tuple[str, str], ...]:
    """Return the first label that all rows share, so that a file of one model goes by its name."""
    for column, cells in table.labels.items():
        if len({cells[i] for i in rows}) == 1 and cells[rows[0]]:
            return ((column, cells[rows[0]]),)
    return ()


def _distinct(labels: dict[str, Sequence[str]], rows: list[int]) -> list[str]:
    """Return the label columns; of those that split the rows alike, the one with shortest names."""
    chosen: dict[tuple[int, ...], str] = {}
    for column, cells in labels.items():
        first = {cell: i for i, cell in reversed(list(enumerate(cells)))}
        pattern = tuple(first[cells[i]] for i in rows)
        other = chosen.get(pattern)
        if other is None or sum(map(len, cells)) < sum(map(len, labels[other])):
            chosen[pattern] = column
    return list(chosen.values())


def _names(cells: Sequence[str], rows: list[int]) -> bool:
    found = {cells[i] for i in rows}
    return 1 < len(found) == len(rows) <= _FEW_ROWS and "" not in found


def _repeats(cells: Sequence[str], rows: list[int]) -> bool:
    distinct = len({cells[i] for i in rows})
    return 1 < distinct <= len(rows) / 2


def _cells(
    columns: dict[str, Sequence[str]], keys: list[str], rows: list[int]
) -> dict[tuple[tuple[str, str], ...], list[int]]:
    cells: dict[tuple[tuple[str, str], ...], list[int]] = defaultdict(list)
    for i in rows:
        cells[tuple((key, columns[key][i]) for key in keys)].append(i)
    return dict(cells)


def _single_rows(table: Table) -> list[tuple[tuple[tuple[str, str], ...], list[int]]]:
    """Return every row as its own group, told apart by all labels and settings that vary.

    A single row goes by its first label.
    """
    columns = {**table.labels, **table.params}
    varying = [c for c, cells in columns.items() if len(set(cells)) > 1]
    if len(table.rows) == 1:
        varying = list(table.labels)[:1]
    return [
        (tuple((c, columns[c][i]) for c in varying if columns[c][i]), [i])
        for i in range(len(table.rows))
    ]
