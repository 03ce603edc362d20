"""Claims about the data itself: what is covered, what stands twice, what is absent."""

from __future__ import annotations

from typing import Final

from chimera.analysis.claims import HEADLINE, QUALITY, ClaimBook
from chimera.analysis.facts import Fact, FactBook
from chimera.analysis.groups import Group, Panel
from chimera.analysis.names import comparable, name
from chimera.analysis.statistics import PERCENTILES
from chimera.analysis.wording import listed, plural, spoken, title
from chimera.evidence.records import Inventory
from chimera.markup import code


def coverage(inventory: Inventory, panels: list[Panel], facts: FactBook, claims: ClaimBook) -> None:
    """Say in how many files throughput, TTFT and quality were found, or that they are absent."""
    read = facts.count("files read", _read(inventory), "files where status = read")
    for label, metrics in (
        ("throughput", ("throughput",)),
        ("ttft", ("ttft",)),
        ("quality", QUALITY),
    ):
        found = [panel for panel in panels if panel.series.metric in metrics]
        name = "Quality" if label == "quality" else title(label)
        if not found:
            parts = {"what": name, "files": plural(int(read.value), "file")}
            about = f"absent {name}"
            claims.add("absence", "observed", parts, [read], topic=about, metric=label)
            continue
        files = facts.count(
            f"files with {label}", len({p.table.path for p in found}), f"files with {label}"
        )
        values = facts.count(
            f"values of {label}", sum(_values(p) for p in found if not p.copy), f"{label} values"
        )
        units = sorted({p.series.unit for p in found if p.series.unit})
        unit = f" in {' and '.join(units)}" if units else ""
        parts = {
            "what": f"{name}{unit}",
            "files": plural(int(files.value), "file"),
            "values": plural(int(values.value), "value"),
        }
        about, cited = f"coverage of {name}", [files, values]
        claims.add("coverage", "observed", parts, cited, topic=about, metric=label)


def duplicates(inventory: Inventory, facts: FactBook, claims: ClaimBook) -> None:
    """Say how many files hold the bytes of another one."""
    copies = sum(len(paths) - 1 for paths in inventory.duplicates)
    if copies:
        fact = facts.count("duplicate files", copies, "files where status = duplicate")
        parts = {
            "found": f"{plural(copies, 'file')} held the same bytes as another",
            "consequence": "each was measured once",
        }
        claims.add("data_quality", "observed", parts, [fact], topic="duplicate files")


def refusals(inventory: Inventory, panels: list[Panel], facts: FactBook, claims: ClaimBook) -> None:
    """Refuse what the samples cannot carry."""
    _tails(panels, facts, claims)
    _documents(inventory, facts, claims)
    _directions(panels, facts, claims)


def _tails(panels: list[Panel], facts: FactBook, claims: ClaimBook) -> None:
    """Refuse percentiles of the groups whose n does not carry them, the largest named."""
    groups = [
        (_size(group), panel, group)
        for panel in panels
        if (panel.raw or panel.table.bulk is not None) and not panel.copy
        for group in panel.groups
    ]
    if not groups:
        return
    missing: dict[str, list[tuple[int, Panel, Group]]] = {
        name: [found for found in groups if found[0] < least]
        for name, (_, least) in PERCENTILES.items()
    }
    nowhere = [name for name, lacking in missing.items() if len(lacking) == len(groups)]
    partly = [n for n, lacking in missing.items() if lacking and n not in nowhere]
    if nowhere:
        _no_tails(nowhere, groups, facts, claims)
    elif partly:
        _some_tails(partly, missing, len(groups), (facts, claims))


def _no_tails(
    names: list[str], groups: list[tuple[int, Panel, Group]], facts: FactBook, claims: ClaimBook
) -> None:
    """Refuse percentiles that no group carries."""
    largest, panel, group = _largest(groups)
    limits = [_limit(name, facts) for name in names]
    needs = listed(f"{int(limit.value):,} runs for {limit.statistic}" for limit in limits)
    where = f"{name(group)} in " if group.key else ""
    claims.refuse(
        "tails",
        f"No {listed(names, 'or')} is computed: the largest group, {where}"
        f"{code(panel.table.path)}, has n = {largest:,}.",
        f"at least {needs} in one group.",
        [group.centre, *limits],
        listed(names),
    )


def _some_tails(
    names: list[str],
    missing: dict[str, list[tuple[int, Panel, Group]]],
    total: int,
    books: tuple[FactBook, ClaimBook],
) -> None:
    """Say of how many groups percentiles are missing that others have."""
    facts, claims = books
    limits = [_limit(name, facts) for name in names]
    every = facts.count("groups", total, "groups of raw values")
    lacking = [
        facts.count(f"groups without {name}", len(missing[name]), f"groups with n below {name}")
        for name in names
    ]
    largest, panel, group = _largest(missing[names[-1]])
    said = listed(f"{name} of {len(missing[name]):,}" for name in names)
    needs = listed(f"{int(limit.value):,} runs for {limit.statistic}" for limit in limits)
    where = f"{name(group)} in " if group.key else ""
    claims.refuse(
        "tails",
        f"Of {total:,} groups, {said} {'is' if len(names) == 1 else 'are'} not computed since they"
        f" are too small, the largest of them {where}{code(panel.table.path)} (n = {largest:,}).",
        f"at least {needs} in each group.",
        [every, *lacking, group.centre, *limits],
        f"{listed(names)} of the smaller groups",
    )


def _largest(groups: list[tuple[int, Panel, Group]]) -> tuple[int, Panel, Group]:
    """Return the group of most values, of a headline metric if one has as many."""
    return max(groups, key=lambda found: (found[0], found[1].series.metric in HEADLINE))


def _size(group: Group) -> int:
    """Return how many values a group has, in a large table as its engine counted them."""
    return (group.centre.n or 1) if group.table.bulk is not None else group.n


def _limit(percentile: str, facts: FactBook) -> Fact:
    rank, least = PERCENTILES[percentile]
    return facts.add(
        metric="values needed",
        statistic=percentile,
        value=least,
        formula=f"least n with 1 - {rank}^n >= 0.95",
    )


def _documents(inventory: Inventory, facts: FactBook, claims: ClaimBook) -> None:
    count = sum(entry.document for entry in inventory.files)
    if count:
        fact = facts.count("documents", count, "files where document")
        claims.refuse(
            "documents",
            f"{plural(count, 'Markdown document')} may quote figures; none of them is used here,"
            " since a document repeats results and does not record them.",
            "the data files the documents were written from.",
            [fact],
        )


def _directions(panels: list[Panel], facts: FactBook, claims: ClaimBook) -> None:
    unknown = sorted({p.series.metric for p in panels if p.raw and not comparable(p)})
    if unknown:
        fact = facts.count("metrics without unit", len(unknown), "metrics where unit = unknown")
        names = ", ".join(code(spoken(metric)) for metric in unknown[:_MOST_NAMES])
        more = " and others" if len(unknown) > _MOST_NAMES else ""
        claims.refuse(
            "units",
            f"{plural(len(unknown), 'metric')} without a unit ({names}{more}): values are given as"
            " written and not ranked.",
            "a unit in the name of the column.",
            [fact],
        )


def _read(inventory: Inventory) -> int:
    return sum(entry.status == "read" for entry in inventory.files)


def _values(panel: Panel) -> int:
    return sum(group.n for group in panel.groups)


_MOST_NAMES: Final = 5
