"""Refusals to compare: each reason once, with the places it holds for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from chimera.analysis.claims import HEADLINE, ClaimBook, RefusalTopic
from chimera.analysis.contests import Barred, Contest
from chimera.analysis.facts import Fact, FactBook
from chimera.analysis.names import name, names
from chimera.analysis.wording import listed, number, plural, title
from chimera.analysis.workload import Unequal
from chimera.markup import code

_TOPICS: Final[dict[str, RefusalTopic]] = {
    "tests": "workload",
    "hosts": "confounded",
    "settings": "confounded",
    "cold": "confounded",
}
_REASONS: Final = {
    "tests": "No order is claimed across {columns} in {file}: the groups did different work.",
    "hosts": "{metric} of {groups} in {file} is not compared: they ran on different hosts.",
    "settings": (
        "{metric} of {groups} in {file} is not compared: they did not run under the same {columns}."
    ),
    "cold": (
        "{metric} of {groups} in {file} is not compared: all runs of one of them were cold starts."
    ),
}
_NEEDS: Final = {
    "tests": "the same work done by each of the alternatives, several times.",
    "hosts": "repeated runs of all of them on one host.",
    "settings": "repeated runs of each under the same settings, in mixed order.",
    "cold": "runs of each after one that is not counted, so that nothing has to be loaded.",
}


@dataclass
class _Case:
    """The first comparison a reason holds for, and how many more there are."""

    topic: RefusalTopic
    reason: str
    needs: str
    facts: list[Fact]
    panels: set[tuple[str, str, str]] = field(default_factory=set)  # file, table, metric


@dataclass
class Refusals:
    """Comparisons that are not made, by reason."""

    _cases: dict[str, _Case] = field(default_factory=dict)

    def bar(self, found: Barred) -> None:
        """Note groups of a headline metric that may not be compared."""
        panel, why = found.panel, found.why
        if panel.series.metric not in HEADLINE:
            return

        def case() -> _Case:
            parts = {
                "metric": title(panel.series.metric),
                "groups": names(found.groups),
                "file": code(panel.table.path),
                "columns": listed(map(code, found.columns)) if found.columns else "",
            }
            cited = [group.centre for group in found.groups[:2]]
            return _Case(_TOPICS[why], _REASONS[why].format_map(parts), _NEEDS[why], cited)

        self._note(why, case, found)

    def unequal(self, contest: Contest, work: Unequal) -> None:
        """Note a total that is not compared because the groups did unequal work."""

        def case() -> _Case:
            least, most = work.least, work.most
            reason = (
                f"{title(contest.panel.series.metric)} by {listed(map(code, contest.by))} in"
                f" {code(contest.panel.table.path)} is not compared: the groups did unequal work,"
                f" median {code(least.series.column)} of {number(least.centre.value)} for"
                f" {name(least)} and of {number(most.centre.value)} for {name(most)}."
            )
            needs = "the same work for every group, or a rate such as tokens per second."
            return _Case("workload", reason, needs, work.facts)

        self._note("unequal", case, contest)

    def skip(self, contest: Contest) -> None:
        """Note a contest that is not tested because there are too many pairs."""

        def case() -> _Case:
            reason = (
                f"{title(contest.panel.series.metric)} by {listed(map(code, contest.by))} in"
                f" {code(contest.panel.table.path)} is not compared: there are too many"
                " pairs for one report."
            )
            needs = "fewer groups, or a folder of its own for what is to be compared."
            return _Case("untested", reason, needs, [])

        self._note("skipped", case, contest)

    def say(self, facts: FactBook, claims: ClaimBook) -> None:
        """Refuse each reason once."""
        for why, case in self._cases.items():
            reason, cited = case.reason, list(case.facts)
            if (more := len(case.panels) - 1) > 0:
                cited.append(facts.count(f"further comparisons {why}", more, f"others {why}"))
                reason += f" The same holds for {plural(more, 'further comparison')}."
            claims.refuse(case.topic, reason, case.needs, cited)

    def _note(self, why: str, case: Callable[[], _Case], found: Barred | Contest) -> None:
        if why not in self._cases:
            self._cases[why] = case()
        panel = found.panel
        key = (panel.table.path, panel.table.name, panel.series.metric)
        self._cases[why].panels.add(key)
