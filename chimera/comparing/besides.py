"""What is not compared and why, and what else changed between before and after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from chimera.analysis.claims import Claim, RefusalTopic
from chimera.analysis.facts import Fact
from chimera.analysis.failures import Failures, reliability
from chimera.analysis.groups import Group, group_of
from chimera.analysis.names import measure, name
from chimera.analysis.starts import count_rows
from chimera.analysis.wording import listed, plural
from chimera.comparing.changes import Change, Refused, Why
from chimera.comparing.matching import Match, Matched
from chimera.comparing.said import Books
from chimera.comparing.sides import Measured
from chimera.evidence.records import Table
from chimera.markup import code

_WHAT: Final = "{metric}{where}, in {first} and {second}"
_REASONS: Final[dict[Why, tuple[RefusalTopic, str, str]]] = {
    "large": (
        "untested",
        f"{_WHAT}, is not tested: one of them is too large to be held.",
        "fewer rows in one file.",
    ),
    "reported": (
        "untested",
        f"{_WHAT}, is not tested: it is a tool's own statistic, and its runs are not in the file.",
        "the single runs, several on each side.",
    ),
    "direction": (
        "units",
        f"{_WHAT}, is not judged: the files do not say which way is better.",
        "a name of the column that says what was measured.",
    ),
    "unit": (
        "units",
        f"{_WHAT}, is not compared: the units are unknown or not the same.",
        "the same unit in the name of both columns.",
    ),
    "definition": (
        "definition",
        f"{_WHAT}, is not compared: the tools define it in different ways.",
        "the same tool on both sides.",
    ),
    "machine": (
        "confounded",
        f"{_WHAT}, is not compared: {{columns}} changed too.",
        "both sides on one machine.",
    ),
    "settings": (
        "confounded",
        f"{_WHAT}, is not compared: {{columns}} changed too.",
        "both sides under the same settings.",
    ),
    "copied": (
        "untested",
        f"{_WHAT}, is not compared: both hold the same values, so one was not measured anew.",
        "runs of their own on each side.",
    ),
    "cold": (
        "confounded",
        f"{_WHAT}, is not compared: all runs of one side were cold starts.",
        "runs after one that is not counted, so that nothing has to be loaded.",
    ),
    "swept": (
        "confounded",
        f"{_WHAT}, is not compared: few settings of {{columns}} were run once on both sides.",
        "the same settings on both sides, or several runs of each.",
    ),
    "work": (
        "workload",
        f"{_WHAT}, is not compared: the work was unequal by {{columns}}.",
        "the same work on both sides, or a rate such as tokens per second.",
    ),
    "positive": (
        "untested",
        f"{_WHAT}, is not compared: not all values are positive, so there is no ratio.",
        "positive values.",
    ),
    "many": (
        "untested",
        f"{_WHAT}, is not tested: there are too many comparisons for one run.",
        "folders of their own, or only the metrics that decide, named in the input.",
    ),
}
_LEFT: Final[dict[str, tuple[str, str]]] = {
    "ambiguous": (
        "{metric}{where}, in {first}, is not compared: several on both sides fit.",
        "a column that tells them apart, or the same file names on both sides.",
    ),
    "gone": (
        "{metric}{where}, in {first}, is not compared: it stands before only.",
        "the same measurement after.",
    ),
    "new": (
        "{metric}{where}, in {first}, is not compared: it stands after only.",
        "the same measurement before.",
    ),
}


def refuse(refused: Iterable[Refused], books: Books) -> None:
    """Refuse what was matched and not tested: each reason once, with how many more it holds for."""
    by_why: dict[Why, list[Refused]] = defaultdict(list)
    for one in refused:
        by_why[one.why].append(one)
    for why in (why for why in _REASONS if why in by_why):
        topic, reason, needs = _REASONS[why]
        same = _worth(by_why[why]) if why in {"direction", "reported"} else by_why[why]
        if not same:
            continue
        groups = [_group(one, books) for one in _both(same[0].match)]
        columns = listed(map(code, same[0].columns)) if same[0].columns else ""
        text = reason.format_map({**_named(groups), "columns": columns})
        _add(topic, (text, needs, why), groups, len(same) - 1, books)


def refuse_left(matched: Matched, books: Books) -> None:
    """Refuse what was measured and matches nothing."""
    for why, (reason, needs) in _LEFT.items():
        left = [one for one in getattr(matched, why) if one.panel.series.direction is not None]
        if left:
            groups = [_group(left[0], books)]
            text = reason.format_map(_named(groups))
            _add("untested", (text, needs, why), groups, len(left) - 1, books)


def _worth(refused: list[Refused]) -> list[Refused]:
    """Return those worth a word: of tools' own figures the middles, of others what has a unit."""
    return [
        one
        for one in refused
        if one.match.before.panel.series.statistic in {"raw", "mean", "median"}
    ]


def _add(
    topic: RefusalTopic,
    said: tuple[str, str, str],
    groups: Sequence[Group],
    more: int,
    books: Books,
) -> None:
    text, needs, why = said
    cited = [group.centre for group in groups]
    if more > 0:
        cited.append(books.facts.count(f"further comparisons {why}", more, f"others {why}"))
        text += f" The same holds for {plural(more, 'further comparison')}."
    books.claims.refuse(topic, text, needs, cited)


def _group(one: Measured, books: Books) -> Group:
    """Return what was measured with its facts; of a large table, those of its engine."""
    if one.panel.table.bulk is not None:
        for fact in one.group.facts.values():
            books.facts.facts.setdefault(fact.id, fact)
        return one.group
    whole = group_of(one.panel.table, one.panel.series, one.key, one.group.rows, books.facts)
    return Group(whole.table, whole.series, one.group.key, whole.values, whole.facts, whole.rows)


def _named(groups: Sequence[Group]) -> dict[str, str]:
    first, last = groups[0], groups[-1]
    return {
        "metric": measure(first.series),
        "where": f" of {name(first)}" if first.key else "",
        "first": code(first.table.path),
        "second": code(last.table.path),
    }


def _both(match: Match) -> tuple[Measured, Measured]:
    return match.before, match.after


@dataclass(frozen=True, slots=True)
class _Difference:
    """A column that says something else before than after, and an example."""

    column: str
    before: str
    after: str
    change: Change


def besides(changes: Sequence[Change], shared: int, books: Books) -> list[Claim]:
    """Claim what else changed between the sides of what was compared: what could explain it."""
    found = [_differs(one, books) for one in _differences(changes)]
    uneven = [c for c in changes if c.before.n != c.after.n]
    if uneven:
        found.append(_uneven(uneven, books))
    renamed = [c for c in changes if c.match.before.path != c.match.after.path]
    if renamed:
        found.append(_renamed(renamed, books))
    if shared:
        found.append(_shared(shared, books))
    return found


def _shared(count: int, books: Books) -> Claim:
    fact = books.facts.count("files in both folders", count, "files whose bytes stand in both")
    text = f"{plural(count, 'file')} with the same bytes in both folders"
    return _observed(text, "they were measured once and are not compared", [fact], books)


def _differences(changes: Sequence[Change]) -> list[_Difference]:
    found: dict[tuple[str, str, str], _Difference] = {}
    for change in changes:
        before, after = dict(change.match.before.versions), dict(change.match.after.versions)
        for column in before.keys() & after.keys():
            one, other = before[column], after[column]
            if one != other:
                found.setdefault((column, one, other), _Difference(column, one, other, change))
    return [found[key] for key in sorted(found)]


def _differs(one: _Difference, books: Books) -> Claim:
    """Say of a column what stood in it before and after."""
    sides = (one.change.before, one.before), (one.change.after, one.after)
    facts = [
        count_rows("runs", group, group.rows, books.facts, **{one.column: value})
        for group, value in sides
    ]
    text = f"{code(one.column)} is {code(one.before)} before and {code(one.after)} after"
    return _observed(text, "it is a part of the change", facts, books)


def _uneven(changes: Sequence[Change], books: Books) -> Claim:
    fact = books.facts.count(
        "comparisons with unequal runs", len(changes), "comparisons with unequal runs"
    )
    first = changes[0]
    text = (
        f"{plural(len(changes), 'comparison')} with unequal numbers of runs, such as"
        f" {code(first.before.table.path)} (n = {first.before.n:,}) and"
        f" {code(first.after.table.path)} (n = {first.after.n:,})"
    )
    cited = [fact, first.before.centre, first.after.centre]
    return _observed(text, "the smaller side limits what can be told", cited, books)


def _renamed(changes: Sequence[Change], books: Books) -> Claim:
    first = changes[0]
    text = (
        f"{code(first.before.table.path)} and {code(first.after.table.path)} are compared, as they"
        " alone hold the same measurement under the same settings"
    )
    cited = [first.before.centre, first.after.centre]
    return _observed(text, "check that they belong together", cited, books)


def _observed(found: str, consequence: str, facts: Iterable[Fact], books: Books) -> Claim:
    parts = {"found": found, "consequence": consequence}
    return books.claims.add("data_quality", "observed", parts, facts, topic="what else changed")


def failed(tables: Iterable[Table], books: Books) -> list[Failures]:
    """Count the runs that failed, folder by folder: a side without them may only look faster."""
    folders: dict[tuple[str, ...], list[Table]] = defaultdict(list)
    for table in tables:
        folders[tuple(table.path.split("/")[:-1][:2])].append(table)
    found = [reliability(same, books.facts, books.claims) for _, same in sorted(folders.items())]
    return [one for some in found for one in some]
