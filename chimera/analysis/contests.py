"""Contests: groups of one series that may be compared, since all else about them is equal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from chimera.analysis.cold import LOADED, cold_rows
from chimera.analysis.facts import Fact, FactBook, Source
from chimera.analysis.groups import Group, Panel, group_of
from chimera.analysis.places import places
from chimera.analysis.roles import HOSTS, WORK, is_choice
from chimera.evidence.records import Table

_LEAST: Final = 2


@dataclass(frozen=True, slots=True)
class Contest:
    """Groups of one series under the same settings and at the same work."""

    panel: Panel
    by: tuple[str, ...]  # columns that tell the groups apart
    held: tuple[tuple[str, str], ...]  # what is the same for all groups and differs elsewhere
    groups: tuple[Group, ...]  # their keys hold the columns of `by` only
    paired: tuple[str, ...] = ()  # settings whose cells pair the values, position by position
    cold: tuple[Fact, Fact] | None = None  # cold starts left out, of how many runs


@dataclass(frozen=True, slots=True)
class Barred:
    """Groups that may not be compared, and why."""

    panel: Panel
    groups: tuple[Group, ...]
    why: str  # tests, hosts, settings, load
    columns: tuple[str, ...] = ()


def contests(panel: Panel, facts: FactBook) -> Iterator[Contest | Barred]:
    """Yield what may be compared within a panel, and what may not though it looks alike.

    Groups are compared where they share all settings and the work they did. Groups that ran one
    sweep of settings each, without repeats, are paired by setting. Where a time includes loading,
    cold starts are left out. Groups on different hosts are never compared.
    """
    if not panel.raw or panel.copy or panel.table.bulk is not None or _is_log(panel.table):
        return
    columns = [column for column, _ in panel.groups[0].key] if panel.groups else []
    by = tuple(column for column in columns if is_choice(panel.table, column))
    if not by:
        if any(column in WORK for column in columns) and _repeated(panel.groups):
            yield Barred(panel, panel.groups, "tests", tuple(columns))
        return
    found = blocks(panel.groups, by)
    for held, groups in found.items():
        if len(groups) >= _LEAST:
            yield _fair(Contest(panel, by, held, tuple(groups)), facts)
    if len(found) >= _LEAST and not any(len(groups) >= _LEAST for groups in found.values()):
        yield Barred(panel, panel.groups, "settings", tuple(c for c in columns if c not in by))


def _is_log(table: Table) -> bool:
    """Return whether the rows are readings of one process in time and no runs of their own."""
    timed = any("time" in name.lower() or name.lower() in {"ts", "date"} for name in table.ids)
    readings = all(s.unit not in {"s", "ms", "us", "ns"} for s in table.series)
    rates = any(s.metric.endswith("throughput") or s.direction == "higher" for s in table.series)
    return timed and readings and not rates


def _repeated(groups: Iterable[Group]) -> bool:
    return sum(group.n >= _LEAST for group in groups) >= _LEAST


def blocks(
    groups: Iterable[Group], by: tuple[str, ...]
) -> dict[tuple[tuple[str, str], ...], list[Group]]:
    """Return the groups by what they have in common, their keys without it."""
    found: dict[tuple[tuple[str, str], ...], list[Group]] = defaultdict(list)
    for group in groups:
        held = tuple(item for item in group.key if item[0] not in by)
        found[held].append(replace(group, key=tuple(i for i in group.key if i[0] in by)))
    return dict(found)


def _fair(contest: Contest, facts: FactBook) -> Contest | Barred:
    """Return a contest without cold starts, paired where it has to be, or why there is none."""
    panel, table = contest.panel, contest.panel.table
    for why, names, columns in (("hosts", HOSTS, table.ids), ("tests", WORK, table.labels)):
        differing = tuple(
            column
            for column, cells in columns.items()
            if column.lower() in names and _differs(contest.groups, cells)
        )
        if differing and not set(differing) & {column for column, _ in contest.held}:
            return Barred(panel, contest.groups, why, differing)
    cold = cold_rows(table)
    if panel.series.metric == "load" and cold:
        return Barred(panel, contest.groups, "load")
    if panel.swept:
        return _paired(contest, cold if panel.series.metric in LOADED else frozenset(), facts)
    return _warm(contest, cold, facts) if panel.series.metric in LOADED and cold else contest


def _differs(groups: Iterable[Group], cells: Iterable[str]) -> bool:
    """Return whether two groups have no cell in common, as far as both have any."""
    column = list(cells)
    sets = [{column[i] for i in group.rows} - {""} for group in groups]
    known = [found for found in sets if found]
    return any(
        not (one & other) for i, one in enumerate(known) for other in known[i + 1 :]
    )  # a pair without overlap is never compared


def _warm(contest: Contest, cold: frozenset[int], facts: FactBook) -> Contest | Barred:
    """Leave the cold starts out, so that no group carries more of them than another."""
    rows = [i for group in contest.groups for i in group.rows]
    left_out = [i for i in rows if i in cold]
    if not left_out:
        return contest
    kept = [[i for i in group.rows if i not in cold] for group in contest.groups]
    if not all(kept):
        return Barred(contest.panel, contest.groups, "cold")
    return replace(
        contest,
        groups=_of_rows(contest, kept, facts),
        cold=_left_out(contest, left_out, rows, facts),
    )


def _paired(contest: Contest, cold: frozenset[int], facts: FactBook) -> Contest | Barred:
    """Pair the rows of the groups by their settings, each combination that all groups ran once."""
    panel = contest.panel
    columns = {**panel.table.labels, **panel.table.params}
    settings = [list(columns[column]) for column in panel.swept]
    cells = [_by_setting(group, settings) for group in contest.groups]
    common = [key for key in cells[0] if all(len(found.get(key, ())) == 1 for found in cells)]
    every = [found[key][0] for key in common for found in cells]
    common = sorted(key for key in common if not any(found[key][0] in cold for found in cells))
    if len(common) < _LEAST:
        return Barred(panel, contest.groups, "settings", panel.swept)
    rows = [[found[key][0] for key in common] for found in cells]
    left_out = [i for i in every if i in cold]
    return replace(
        contest,
        groups=_of_rows(contest, rows, facts),
        paired=panel.swept,
        cold=_left_out(contest, left_out, every, facts) if left_out else None,
    )


def _by_setting(group: Group, settings: list[list[str]]) -> dict[tuple[str, ...], list[int]]:
    found: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for i in group.rows:
        found[tuple(cells[i] for cells in settings)].append(i)
    return found


def _of_rows(contest: Contest, rows: list[list[int]], facts: FactBook) -> tuple[Group, ...]:
    """Return the groups of other rows of theirs; facts keep the whole key as their scope."""
    panel, made = contest.panel, []
    for group, kept in zip(contest.groups, rows, strict=True):
        cells = dict(contest.held) | dict(group.key)
        key = tuple((column, cells[column]) for column, _ in panel.groups[0].key)
        whole = group_of(panel.table, panel.series, key, kept, facts)
        made.append(replace(whole, key=group.key))
    return tuple(made)


def _left_out(
    contest: Contest, cold: Sequence[int], rows: Sequence[int], facts: FactBook
) -> tuple[Fact, Fact]:
    """State how many of the rows were cold starts, with the places of both."""
    return (
        _counted("cold starts left out", contest, cold, facts),
        _counted("runs with cold starts", contest, rows, facts),
    )


def _counted(what: str, contest: Contest, rows: Sequence[int], facts: FactBook) -> Fact:
    table, series = contest.panel.table, contest.panel.series
    return facts.add(
        metric=what,
        statistic="count",
        value=len(rows),
        n=len(rows),
        scope={"path": table.path, "column": series.column, **dict(contest.held)},
        formula=f"count({what} in {table.path})",
        sources=[
            Source.model_construct(path=table.path, locator=place)
            for place in places(table, series, sorted(rows))
        ],
    )
