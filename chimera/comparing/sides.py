"""Sides: what each of two folders measured, told apart by the paths of one inventory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from chimera.analysis.facts import FactBook
from chimera.analysis.groups import Group, Panel, panels
from chimera.analysis.roles import HOSTS
from chimera.evidence.collect import Evidence
from chimera.evidence.records import Inventory, Table
from chimera.evidence.words import words

Cells = tuple[tuple[str, str], ...]

_MACHINE: Final = HOSTS | words(
    "gpu_name gpu_model gpu_count gpu_info gpu cpu_model cpu_model_name cpu_name cpu_count cpu_info"
    " cpu hardware processor machine architecture system os platform ram_gb compute_capability"
)
_VERSION: Final = re.compile(
    r"(?:^|_)(?:version|commit|revision|build|branch|driver|sha|tag|release|engine|image)(?:_|$)"
)
_VARYING: Final = re.compile(r"[0-9a-f]*\d[0-9a-f]*")


@dataclass(frozen=True, slots=True)
class Names:
    """What the two sources are called in the paths of the inventory."""

    before: str
    after: str

    def within(self, path: str) -> str:
        """Return a path relative to its source; a source that is one file has an empty one."""
        _, _, rest = path.partition("/")
        return rest


@dataclass(frozen=True, slots=True)
class Measured:
    """One group of one series of a side, and everything it has in common with its rows."""

    panel: Panel
    group: Group
    path: str  # relative to its source
    labels: Cells  # what was measured
    settings: Cells  # under which settings
    machine: Cells  # on what
    versions: Cells  # of what

    @property
    def metric(self) -> str:
        """Canonical name of the metric."""
        return self.panel.series.metric

    @property
    def key(self) -> Cells:
        """All of it, as the scope of the facts on it holds it."""
        known = dict((*self.labels, *self.settings, *self.machine, *self.versions))
        return tuple({**dict(self.group.key), **known}.items())

    @property
    def place(self) -> str:
        """The relative path without what varies from run to run: dates, numbers, hashes."""
        return _VARYING.sub("#", self.path)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two folders."""

    tables: tuple[Table, ...]
    measured: tuple[Measured, ...]


def names(inventory: Inventory) -> Names:
    """Return what the sources are called: as the root of the inventory joins them."""
    parts = inventory.root.split(" + ")
    paths = [entry.path for entry in inventory.files]
    found = []
    for cut in range(1, len(parts)):
        before, after = " + ".join(parts[:cut]), " + ".join(parts[cut:])
        found.append(Names(before, f"{before}-2" if after == before else after))
    return next((n for n in found if all(_of(path, n.before, n.after) for path in paths)), found[0])


def sides(evidence: Evidence) -> tuple[Side, Side]:
    """Return what was measured before and after.

    The bytes of a file that stands in both folders were measured once: such files are on no side.
    """
    called = names(evidence.inventory)
    shared = set(copied(evidence.inventory, called))
    tables = [table for table in evidence.tables if table.evidence and table.path not in shared]
    before = tuple(table for table in tables if _of(table.path, called.before))
    after = tuple(table for table in tables if not _of(table.path, called.before))
    return _side(before, called), _side(after, called)


def copied(inventory: Inventory, called: Names) -> list[str]:
    """Return the paths of files whose bytes stand in both folders."""
    return [
        path
        for same in inventory.duplicates
        if len({_of(path, called.before) for path in same}) > 1
        for path in same
    ]


def _of(path: str, *sources: str) -> bool:
    return any(path == name or path.startswith(f"{name}/") for name in sources)


def _side(tables: tuple[Table, ...], called: Names) -> Side:
    found = panels(list(tables), FactBook())  # facts are stated again for what is compared
    kept = [panel for panel in found if not panel.copy]
    return Side(tables, tuple(_measured(panel, group, called) for panel, group in _groups(kept)))


def _groups(found: Iterable[Panel]) -> Iterable[tuple[Panel, Group]]:
    return ((panel, group) for panel in found for group in panel.groups)


def _measured(panel: Panel, group: Group, called: Names) -> Measured:
    table = panel.table
    labels, params, ids = (
        _constant(columns, group) for columns in (table.labels, table.params, table.ids)
    )
    machine = [item for item in (*params, *ids) if item[0].lower() in _MACHINE]
    versions = [item for item in (*labels, *params, *ids) if _VERSION.search(item[0].lower())]
    apart = {*machine, *versions}
    return Measured(
        panel,
        group,
        called.within(table.path),
        tuple(item for item in labels if item not in apart or item in group.key),
        tuple(item for item in params if item not in apart),
        tuple(machine),
        tuple(item for item in versions if item not in group.key),
    )


def _constant(columns: Mapping[str, object], group: Group) -> Cells:
    """Return the cells that all rows of a group share."""
    found = []
    for name, cells in columns.items():
        values = {cells[i] for i in group.rows}  # type: ignore[index]  # a sequence of texts
        if len(values) == 1 and (value := values.pop()):
            found.append((name, str(value)))
    return tuple(found)
