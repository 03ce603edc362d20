"""What `benchmarks.json` of asv says of results: units, and names of parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from chimera.evidence.document import Json, items, mapping
from chimera.evidence.formats.link import Notes
from chimera.evidence.formats.rows import text
from chimera.evidence.records import Series, Table
from chimera.evidence.units import unit_of

_DESCRIBED = frozenset({"code", "name", "param_names", "params", "type", "unit"})


def is_notes(value: Mapping[str, Json]) -> bool:
    """Tell whether this is a `benchmarks.json`: benchmarks by name beside a version."""
    if not isinstance(value.get("version"), int):
        return False
    name, first = next(((k, v) for k, v in value.items() if k != "version"), ("", None))
    described = mapping(first)
    return described.keys() >= _DESCRIBED and described["name"] == name


def link(table: Table, notes: Notes) -> Table:
    """Return the table with the units and the names of parameters that the benchmarks give."""
    about = [mapping(notes.get(name)) for name in table.labels.get("benchmark", ())]
    if not any(about):
        return table
    units = [text(one.get("unit")) for one in about]
    units = [unit_of(unit) or unit for unit in units]
    series = [part for one in table.series for part in _by_unit(one, units)]
    return replace(table, series=tuple(series), params=_named(table, about))


def _by_unit(series: Series, units: list[str]) -> list[Series]:
    """Return one series per unit, as long as the table, without the cells of other units."""
    found = []
    for unit in dict.fromkeys(units):
        mine = [one == unit for one in units]
        texts = tuple(t if here else "" for t, here in zip(series.texts, mine, strict=True))
        values = tuple(v if here else None for v, here in zip(series.values, mine, strict=True))
        part = replace(series, texts=texts, values=values, unit=unit or series.unit)
        found.append(replace(part, invalid={i: r for i, r in series.invalid.items() if mine[i]}))
    return [one for one in found if any(one.texts)]


def _named(table: Table, about: list[dict[str, Json]]) -> dict[str, tuple[str, ...]]:
    """Return the parameters under their names: `param1` is the first of a benchmark."""
    found: dict[str, list[str]] = {}
    for column, cells in table.params.items():
        for index, cell in enumerate(cells):
            name = _name(column, about[index]) if cell else column
            found.setdefault(name, [""] * len(cells))[index] = cell
    return {name: tuple(cells) for name, cells in found.items()}


def _name(column: str, about: dict[str, Json]) -> str:
    names = [text(name) for name in items(about.get("param_names"))]
    known = {f"param{number}": name for number, name in enumerate(names, 1) if name}
    return known.get(column, column)
