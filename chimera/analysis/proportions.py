"""Claims about proportions: accuracy and the like, of a number of items that is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from chimera.analysis.claims import ClaimBook
from chimera.analysis.facts import Fact, FactBook
from chimera.analysis.frames import Strength
from chimera.analysis.groups import Group, Panel, group_of
from chimera.analysis.names import name, placed
from chimera.analysis.pvalues import corrected, shown_p
from chimera.analysis.shares import Share, percent, share_of, shown
from chimera.analysis.starts import count_rows
from chimera.analysis.statistics import ALPHA, fisher, holm, mcnemar
from chimera.analysis.wording import plural, spoken
from chimera.evidence.names import plain
from chimera.evidence.records import Table
from chimera.evidence.words import words
from chimera.markup import code

_SHARES: Final = words(
    "accuracy exact_match success_rate error_rate pass_1 win_rate hit_rate acceptance_rate"
)
_ITEMS: Final = words(
    "num_samples n_samples total_samples completed_samples num_examples n_examples num_items "
    "n_items num_questions n_questions num_instances total_questions total_items sample_count"
)
_ITEM_NAMES: Final = words(
    "item item_id question question_id sample sample_id example example_id doc doc_id task_id "
    "prompt_id instance instance_id problem problem_id index idx id"
)
_NOT_ALTERNATIVES: Final = words(
    "task dataset benchmark scorer name subset level split category subject metric score language"
)
_WHOLE: Final = 0.05  # a share times its n is a count if it is this close to one
_LEAST_ITEMS: Final = 5
_MOST: Final = 8  # proportions told of one report; the tables have them all
_PAIR: Final = 2


@dataclass(frozen=True, slots=True)
class Counted:
    """Hits of one group, of its items."""

    group: Group
    hits: Fact
    total: Fact
    single: bool  # each item is a value of the group


@dataclass(frozen=True, slots=True)
class _Pair:
    first: Counted
    second: Counted
    p: float
    formula: str
    method: str


def proportions(panels: Sequence[Panel], facts: FactBook, claims: ClaimBook) -> None:
    """Give shares with Wilson's interval where the number of items is known; compare two of them.

    The items are single values of 0 and 1, or a count the table states beside a tool's share, if
    the share of it is a whole number. Two groups of one table are compared: on the same items by
    McNemar's test, else by Fisher's, corrected for all such pairs (Holm). Tasks are not compared.
    """
    pairs, told = [], 0
    for panel in panels:
        if panel.copy or panel.series.metric not in _SHARES or panel.table.bulk is not None:
            continue
        found = list(_counted(panel, facts))
        for counted in found[: max(0, _MOST - told)]:
            _say(counted, facts, claims)
            told += 1
        if len(found) == len(panel.groups) == _PAIR and _alternatives(panel):
            pairs.append(_tested(found[0], found[1], facts))
    adjusted = holm([pair.p for pair in pairs])
    for place, (pair, p) in enumerate(zip(pairs, adjusted, strict=True), start=1):
        _say_pair(pair, (place, p), pairs, facts, claims)


def _alternatives(panel: Panel) -> bool:
    """Return whether two groups are two ways to do the same, not two tasks."""
    columns = {plain(column) for group in panel.groups for column, _ in group.key}
    return bool(columns) and not columns & _NOT_ALTERNATIVES


def _counted(panel: Panel, facts: FactBook) -> Iterator[Counted]:
    for group in panel.groups:
        if panel.raw and group.n >= _LEAST_ITEMS and set(group.values) <= {0.0, 1.0}:
            yield _of_items(group, facts)
        elif group.n == 1 and group.rows and panel.series.statistic in {"raw", "aggregate"}:
            found = _of_share(group, facts)
            if found is not None:
                yield found


def _of_items(group: Group, facts: FactBook) -> Counted:
    total = count_rows("items", group, group.rows, facts)
    hits = facts.add(
        metric=group.series.metric,
        statistic="sum",
        value=sum(group.values),
        n=group.n,
        scope=group.centre.scope,
        formula="sum(values)",
        sources=group.centre.sources,
    )
    return Counted(group, hits, total, single=True)


def _of_share(group: Group, facts: FactBook) -> Counted | None:
    """Return the count behind a tool's share, None where there is none that fits."""
    n = _items(group.table, group.rows[0], group.series.statistic)
    of = 100.0 if group.series.unit == "%" else 1.0
    share = group.values[0] / of
    hits = round(share * n) if n else 0
    if n is None or not 0 <= share <= 1 or abs(share * n - hits) > _WHOLE:
        return None
    common: dict[str, Any] = {
        "statistic": "count",
        "scope": group.centre.scope,
        "sources": group.centre.sources,
        "of": f"items of {group.centre.id}",
    }
    total = facts.add(
        metric="items", value=n, n=n, formula=f"count(items behind {group.centre.id})", **common
    )
    made = f"whole({group.centre.id}, {total.id}, per={of:g})"
    counted = facts.add(metric="hits", value=hits, n=n, formula=made, **common)
    return Counted(group, counted, total, single=False)


def _items(table: Table, row: int, statistic: str) -> int | None:
    """Return the number of items a table states for a row, beside the share or by its format."""
    declared = table.declared_n[row] if table.declared_n else None
    if declared and statistic == "aggregate":
        return declared
    cells = (cells[row] for column, cells in table.params.items() if plain(column) in _ITEMS)
    return next((int(cell) for cell in cells if cell.isdecimal() and int(cell) > 0), None)


def _say(counted: Counted, facts: FactBook, claims: ClaimBook) -> None:
    group = counted.group
    metric = group.series.metric
    share = share_of(counted.hits, counted.total, metric, facts)
    subject = placed(group)
    parts = {
        "what": f"{subject['metric']} of {subject['where']}{subject['file']}: {_hits(counted)}",
        "share": percent(share.value),
        **shown(share),
        "more": "",
    }
    cited = [counted.hits, counted.total, *share.facts]
    about = f"{spoken(metric)} with its interval"
    claims.add("proportion", "observed", parts, cited, topic=about, metric=metric)


def _hits(counted: Counted) -> str:
    return f"{int(counted.hits.value):,} of {plural(int(counted.total.value), 'item')}"


def _tested(first: Counted, second: Counted, facts: FactBook) -> _Pair:
    """Test two proportions, on the items of both where they are the same."""
    table = first.group.table
    columns = (*table.ids.items(), *table.labels.items())
    named = [cells for column, cells in columns if plain(column) in _ITEM_NAMES]
    matched = (_matched(cells, first.group.rows, second.group.rows) for cells in named)
    rows = next(filter(None, matched), None) if first.single and second.single else None
    if rows:
        return _paired(first, second, rows, facts)
    one, other = ((int(c.hits.value), int(c.total.value)) for c in (first, second))
    ids = ", ".join(f.id for c in (first, second) for f in (c.hits, c.total))
    return _Pair(first, second, fisher(*one, *other), f"fisher_p({ids})", "Fisher's exact test")


def _matched(
    cells: Sequence[str], first: Sequence[int], second: Sequence[int]
) -> list[tuple[int, int]]:
    """Return the rows of the same item, empty unless both groups have the same items once each."""
    one, other = ({cells[i]: i for i in rows} for rows in (first, second))
    if one.keys() != other.keys() or not len(one) == len(first) == len(second):
        return []
    return [(row, other[item]) for item, row in one.items()]


def _paired(
    first: Counted, second: Counted, rows: Sequence[tuple[int, int]], facts: FactBook
) -> _Pair:
    """Test the items that only one group got right; both groups' facts list items in one order."""
    values = first.group.series.values
    only = [sum(values[a] != values[b] and values[a] == hit for a, b in rows) for hit in (1, 0)]
    stems = [
        group_of(c.group.table, c.group.series, c.group.key, side, facts).centre.stem
        for c, side in zip((first, second), zip(*rows, strict=True), strict=True)
    ]
    formula = f"mcnemar_p({', '.join(stems)})"
    return _Pair(first, second, mcnemar(*only), formula, "McNemar's test on the same items")


def _say_pair(
    pair: _Pair,
    found: tuple[int, float],
    pairs: Sequence[_Pair],
    facts: FactBook,
    claims: ClaimBook,
) -> None:
    place, p = found
    group = pair.first.group
    raw = [_raw_p(one, facts) for one in pairs]
    value = facts.add(
        metric=group.series.metric,
        scope=raw[place - 1].scope,
        sources=raw[place - 1].sources,
        of=f"compare({pair.first.hits.id}, {pair.second.hits.id})",
        **corrected(p, "holm", place, raw),
    )
    family = facts.count("pairs of proportions", len(pairs), "pairs of proportions")
    shares = [_share(one, facts) for one in (pair.first, pair.second)]
    parts = {
        "metric": placed(group)["metric"],
        "file": code(group.table.path),
        "factor": " and ".join(code(column) for column, _ in group.key),
        "shares": ", ".join(
            f"{name(one.group)} {percent(share.value)} ({_hits(one)})"
            for one, share in zip((pair.first, pair.second), shares, strict=True)
        ),
        "method": pair.method,
        "p": shown_p(p),
        "family": plural(len(pairs), "pair"),
    }
    metric = group.series.metric
    counts = [fact for one in (pair.first, pair.second) for fact in (one.hits, one.total)]
    cited = [*counts, *(share.share for share in shares), value, family]
    strength: Strength = "supported" if p <= ALPHA else "weak"
    about = f"{spoken(metric)} of two groups"
    claims.add("proportion", strength, parts, cited, topic=about, metric=metric)


def _share(counted: Counted, facts: FactBook) -> Share:
    return share_of(counted.hits, counted.total, counted.group.series.metric, facts)


def _raw_p(pair: _Pair, facts: FactBook) -> Fact:
    one, other = pair.first, pair.second
    return facts.add(
        metric=one.group.series.metric,
        statistic="p_raw",
        value=pair.p,
        scope=one.group.centre.scope,
        sources=[*one.hits.sources, *other.hits.sources],
        of=f"compare({one.hits.id}, {other.hits.id})",
        formula=pair.formula,
    )
