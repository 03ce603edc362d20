"""Unranked configurations: sweeps whose combinations of settings ran once each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from chimera.analysis.claims import ClaimBook
from chimera.analysis.effect_facts import needed
from chimera.analysis.facts import Fact, FactBook
from chimera.analysis.groups import RAW, Panel
from chimera.analysis.statistics import least_runs
from chimera.analysis.wording import listed, plural
from chimera.markup import code

_MOST: Final = 3  # sweeps named


def refuse_ranking(
    panels: Sequence[Panel], loads: Collection[str], facts: FactBook, claims: ClaimBook
) -> None:
    """Refuse to rank the configurations of sweeps without repeats, all in one refusal."""
    once = {panel.table.path: panel for panel in reversed(panels) if is_once(panel, loads)}
    found = [panel for panel in panels if once.get(panel.table.path) is panel]
    if not found:
        return
    cited = [_counted(panel, facts) for panel in found[:_MOST]]
    named = [
        f"{code(panel.table.path)} ({plural(int(fact.value), 'run')})"
        for panel, fact in zip(found, cited, strict=False)
    ]
    if (rest := len(found) - _MOST) > 0:
        named.append(plural(rest, "further file"))
        cited.append(facts.count("further sweeps", rest, "files with settings not repeated"))
    settings = list(dict.fromkeys(column for panel in found for column in _settings(panel)))
    what = f"{'combination' if settings[1:] else 'level'} of {listed(map(code, settings))}"
    often = "each" if all(map(_is_single, found)) else "nearly each"
    need = needed(least_runs(), "per combination to tell two combinations apart", facts)
    claims.refuse(
        "sweep",
        f"No configuration is ranked in {listed(named)}: {often} {what} ran once.",
        f"at least {int(need.value)} runs of each combination to choose between, in mixed order,"
        " after one run that is not counted.",
        [*cited, need],
        f"the best {what}",
    )


def is_once(panel: Panel, loads: Collection[str]) -> bool:
    """Return whether a sweep has no repeats: neither runs nor figures that a tool made of some."""
    computed = any(series.statistic != RAW for series in panel.table.series)
    varied = [name for name in _settings(panel) if name.lower() not in loads]
    return bool(varied) and not computed


def _counted(panel: Panel, facts: FactBook) -> Fact:
    path, rows = panel.table.path, sum(group.n for group in panel.groups)
    return facts.count("rows of the sweep", rows, f"valid rows of {path}", path=path)


def _is_single(panel: Panel) -> bool:
    """Return whether no combination of labels and settings ran twice."""
    table = panel.table
    columns = [*table.labels.values(), *(table.params[name] for name in _settings(panel))]
    valid = [i for i in range(len(table.rows)) if i not in table.failures]
    return len({tuple(column[i] for column in columns) for i in valid}) == len(valid)


def _settings(panel: Panel) -> list[str]:
    return [name for name in panel.swept if name in panel.table.params]
