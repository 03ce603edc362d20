"""Sweeps: what settings do to speed and quality, as far as the design of the runs can tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from chimera.analysis.claims import HEADLINE, ClaimBook
from chimera.analysis.cold import LOADED
from chimera.analysis.confounded import Case, alias_case, blocked_case, cold_case, cold_level
from chimera.analysis.design import Factor, audit
from chimera.analysis.effect_claims import claim_effects
from chimera.analysis.effect_facts import Sweep
from chimera.analysis.effects import Effect, effect, judged
from chimera.analysis.facts import FactBook
from chimera.analysis.groups import Panel
from chimera.analysis.loads import CLIENTS, RATES, USERS, WORKERS
from chimera.analysis.names import comparable
from chimera.analysis.roles import CHOICES, is_choice
from chimera.analysis.unranked import refuse_ranking
from chimera.analysis.wording import listed, plural
from chimera.evidence.records import Table
from chimera.evidence.words import words

MOST_TABLES: Final = 200
"""Tables of a report whose settings are tested, those with most runs first."""
LOADS: Final = (
    CLIENTS | USERS | WORKERS | RATES | words("num_prompts num_requests n_requests total_requests")
)
"""Settings of load, which the claims about scaling are about."""
_LOGS: Final = words("step global_step epoch")  # ids of readings of one process
_FURTHER: Final = 2  # cases named beside the first
_Kind = Literal["cold", "blocked", "alias"]


def sweeps(panels: Sequence[Panel], facts: FactBook, claims: ClaimBook) -> None:
    """Audit the design of every sweep, and say which settings have an effect and which do not.

    A sweep is a table of single runs under two settings or more. Settings of load are left to the
    claims about scaling, those that are a choice, such as the quantisation, to comparisons.
    """
    found = _sweeps(panels)
    work = _Round(facts)
    for members in found[:MOST_TABLES]:
        for panel in members:
            claim_effects(work.take(panel), claims)
    work.say(claims)
    refuse_ranking([members[0] for members in found], LOADS, facts, claims)
    if len(found) > MOST_TABLES:
        rest = facts.count("sweeps not tested", len(found) - MOST_TABLES, "sweeps not tested")
        claims.refuse(
            "sweep",
            f"The settings of {plural(int(rest.value), 'further sweep')} are not tested: those with"
            " fewest runs.",
            "a folder of its own for what is to be compared.",
            [rest],
            "further settings",
        )


def _sweeps(panels: Iterable[Panel]) -> list[list[Panel]]:
    """Return the headline series of each table that is a sweep, the table with most runs first."""
    by_table: dict[int, list[Panel]] = defaultdict(list)
    for panel in panels:
        known = panel.raw and not panel.copy and panel.series.metric in HEADLINE
        if known and comparable(panel) and _is_sweep(panel.table):
            by_table[id(panel.table)].append(panel)
    for members in by_table.values():
        members.sort(key=lambda panel: HEADLINE.index(panel.series.metric))
    return sorted(by_table.values(), key=lambda members: -len(members[0].table.rows))


def _is_sweep(table: Table) -> bool:
    """Return whether a table holds single runs under settings that vary."""
    if table.bulk is not None or any(name.lower() in _LOGS for name in table.ids):
        return False
    return any(
        name.lower() not in LOADS and len(set(cells)) > 1 for name, cells in table.params.items()
    )


@dataclass
class _Round:
    """One pass over the sweeps of a report, and what may not be claimed in them."""

    facts: FactBook
    cases: dict[_Kind, dict[tuple[str, ...], Case]] = field(
        default_factory=lambda: {"cold": {}, "blocked": {}, "alias": {}}
    )

    def take(self, panel: Panel) -> Sweep:
        """Test the settings of one series; note those that are confounded."""
        design = audit(panel.table, panel.series)
        left_out = design.cold if panel.series.metric in LOADED else frozenset[int]()
        sweep = Sweep(panel, design, (), left_out, self.facts)
        if design.history:
            return sweep
        free = [factor for factor in design.factors if self._is_free(sweep, factor)]
        tested = (effect(design, panel.series, factor, left_out) for factor in free)
        sweep.effects = tuple(judged([one for one in tested if one is not None]))
        for one in sweep.effects:
            if _is_blocked(one):
                self._note("blocked", blocked_case(sweep, one))
        return sweep

    def _is_free(self, sweep: Sweep, factor: Factor) -> bool:
        """Return whether nothing else goes with a setting; else note it."""
        if not factor.setting or factor.name.lower() in LOADS | CHOICES:
            return False
        if factor.name in sweep.design.aliases:
            if not _is_barred(sweep, factor):
                self._note("alias", alias_case(sweep, factor))
            return False
        level = cold_level(sweep, factor) if sweep.left_out else None
        if level is not None:
            self._note("cold", cold_case(sweep, factor, level))
        return level is None

    def _note(self, kind: _Kind, case: Case | None) -> None:
        if case is not None:
            self.cases[kind].setdefault(case.key, case)

    def say(self, claims: ClaimBook) -> None:
        """Refuse each reason once, by the case that stands out most."""
        for found in self.cases.values():
            cases = sorted(found.values(), key=lambda case: -case.weight)
            if cases:
                _refuse(cases, self.facts, claims)


def _is_barred(sweep: Sweep, factor: Factor) -> bool:
    """Return whether a setting goes with groups that are compared, which refuses them already."""
    groups, table = sweep.panel.groups, sweep.panel.table
    compared = {column for column, _ in groups[0].key if is_choice(table, column)}
    return not compared.isdisjoint(sweep.design.aliases[factor.name])


def _is_blocked(one: Effect) -> bool:
    return one.verdict == "differs" and one.factor.blocked


def _refuse(cases: Sequence[Case], facts: FactBook, claims: ClaimBook) -> None:
    first, further = cases[0], cases[1 : 1 + _FURTHER]
    reason, cited = first.reason, [*first.facts]
    named = [c.where if c.name == first.name else f"{c.name} in {c.where}" for c in further]
    cited += [fact for case in further for fact in case.facts]
    if (rest := len(cases) - 1 - len(further)) > 0:
        named.append(plural(rest, "further case"))
        keys = "; ".join(" ".join(case.key) for case in cases)
        cited.append(facts.count("further cases", rest, f"cases not named of {keys}"))
    if named:
        reason += f" The same holds for {listed(named)}."
    claims.refuse("confounded", reason, first.needs, cited, first.subject)
