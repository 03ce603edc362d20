"""What a table says about its numbers outside their names: units and the better side."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from chimera.evidence.names import plain, resolve
from chimera.evidence.records import Direction
from chimera.evidence.tables.grid import HEADERS, Grid
from chimera.evidence.tables.roles import UNIT_NAMES
from chimera.evidence.units import family_of, unit_of
from chimera.evidence.words import words

_UNIT_ENDS = ("_unit", "_units")
_UNIT_END = re.compile(r"(?i)[^a-z0-9]?units?\W*\Z")  # the same in a name as it is written
_HIGHER = words("higher_is_better bigger_is_better larger_is_better more_is_better")
_LOWER = words("lower_is_better smaller_is_better less_is_better")
_BETTER = words("better direction objective goal optimum optimize optimise which_is_better")
_STATEMENTS = _HIGHER | _LOWER | _BETTER
_SIDES: dict[str, Direction] = {
    **dict.fromkeys(
        words("higher up max maximize maximise larger bigger more increase hib higher_is_better"),
        "higher",
    ),
    **dict.fromkeys(
        words("lower down min minimize minimise smaller less decrease lib lower_is_better"),
        "lower",
    ),
}
_TRUE, _FALSE = words("true yes 1"), words("false no 0")
_SAMPLES = words("samples values times runs data measurements results")
_VALUES = words("value val score mean median min max result measured reading measurement")
_SIGNS = "%°$€"  # units without a letter
_LONGEST = 24  # characters of a unit that we do not know
_FAMILIES = {
    "ttft": "time", "itl": "time", "tpot": "time", "e2e_latency": "time", "latency": "time",
    "duration": "time", "memory": "bytes", "throughput": "rate", "request_throughput": "rate",
    "bandwidth": "rate", "power": "power", "energy": "energy", "accuracy": "share",
}  # fmt: skip


@dataclass(slots=True)
class Stated:
    """Units and better sides that stand in columns of their own.

    Both are kept by the prefix of the columns beside them (`"ttft/"` for `ttft/unit`), or by the
    one column that they name (`latency_unit`). `columns` have nothing else to tell.
    """

    columns: set[str] = field(default_factory=set)
    units: dict[str, set[str]] = field(default_factory=dict)
    sides: dict[str, Direction | None] = field(default_factory=dict)

    def units_of(self, column: str, path: tuple[str, ...]) -> set[str]:
        """Return the units stated for a column; more than one where its rows differ."""
        if not self.units:
            return set()
        if column in self.units:
            return self.units[column]
        for prefix in _prefixes(column):
            found = self.units.get(prefix)
            if found and _fits(path, found, beside=prefix == prefix_of(column)):
                return found
        return set()

    def side_of(
        self, column: str, path: tuple[str, ...], *, alone: bool
    ) -> tuple[Direction | None] | None:
        """Return the better side stated for a column, with None within where its rows differ.

        `alone` says that no other number stands beside the statement, which then means this one.
        """
        if not self.sides:
            return None
        for key in (f"={plain(path[-1])}", prefix_of(column)):
            if key in self.sides and (key[:1] == "=" or alone or _is_value(path[-1])):
                return (self.sides[key],)
        return None

    def names_side(self, column: str) -> bool:
        """Tell whether a better side is stated beside a column, which then is a metric."""
        return prefix_of(column) in self.sides


def stated(grid: Grid) -> Stated:
    """Find the columns of a grid, and of the objects around it, that state units and sides."""
    found = Stated(sides={f"={plain(column)}": side for column, side in grid.sides.items() if side})
    for column in _stating(tuple(grid.columns)):
        _take(column, grid.columns[column], found)
    for column, cells in grid.context.items():
        leaf = plain(column.rpartition("/")[2])
        if leaf in UNIT_NAMES and "" not in found.units:
            _take(leaf, cells, found)
    return found


@lru_cache(maxsize=HEADERS)
def _stating(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(filter(_may_state, names))


def _may_state(column: str) -> bool:
    *above, leaf = [plain(part) for part in column.split("/")]
    names = {leaf, *above[-1:]}
    return leaf in UNIT_NAMES or leaf.endswith(_UNIT_ENDS) or not names.isdisjoint(_STATEMENTS)


def _take(column: str, cells: list[str], found: Stated) -> None:
    prefix, leaf = prefix_of(column), plain(column.rpartition("/")[2])
    if leaf in UNIT_NAMES:
        texts = {unit_of(cell) or cell.strip() for cell in cells if may_be_unit(cell)}
        if texts:
            found.units[prefix] = texts
        found.columns.add(column)
    elif leaf.endswith(_UNIT_ENDS):
        texts = {unit for cell in cells if (unit := unit_of(cell))}
        if texts:
            found.units[_UNIT_END.sub("", column)] = texts
            found.columns.add(column)
    elif leaf in _HIGHER or leaf in _LOWER or leaf in _BETTER:
        _take_sides(prefix, leaf, column, cells, found)
    elif plain(prefix.rstrip("/").rpartition("/")[2]) in _HIGHER | _LOWER:
        above = plain(prefix.rstrip("/").rpartition("/")[2])
        sides = _sides(above, cells)
        if sides:
            found.sides[f"={leaf}"] = sides.pop() if len(sides) == 1 else None
            found.columns.add(column)


def _take_sides(prefix: str, leaf: str, column: str, cells: list[str], found: Stated) -> None:
    sides = _sides(leaf, cells)
    if sides:
        found.sides[prefix] = sides.pop() if len(sides) == 1 else None
        found.columns.add(column)


def _sides(leaf: str, cells: list[str]) -> set[Direction]:
    """Return the sides that the cells of a column name, nothing where one cell names none."""
    sides: set[Direction] = set()
    for cell in filter(None, cells):
        word = plain(cell)
        if leaf in _BETTER:
            side = _SIDES.get(word)
        else:
            true, false = word in _TRUE, word in _FALSE
            side = (
                None if not (true or false) else "higher" if true == (leaf in _HIGHER) else "lower"
            )
        if side is None:
            return set()
        sides.add(side)
    return sides


def states_sides(column: str, cells: list[str]) -> bool:
    """Tell whether a column says for each of its rows which side is better."""
    leaf = plain(column)
    return leaf in _HIGHER | _LOWER | _BETTER and bool(_sides(leaf, cells))


def sides_in(column: str, cells: list[str]) -> Direction | None:
    """Return the better side that all cells of a column state, None where they do not."""
    leaf = plain(column)
    sides = _sides(leaf, cells) if leaf in _HIGHER | _LOWER | _BETTER else set()
    return sides.pop() if len(sides) == 1 else None


def may_be_unit(cell: str) -> bool:
    """Tell whether a cell among units is one: no number, no sentence, no dash."""
    text = cell.strip()
    wordy = any(char.isalpha() or char in _SIGNS for char in text)
    return wordy and len(text) <= _LONGEST and not text[0].isdigit()


def _fits(path: tuple[str, ...], units: set[str], *, beside: bool) -> bool:
    """Tell whether a unit belongs to a column: a value beside it, or a metric of its kind."""
    name = resolve(path)
    if beside and _is_value(path[-1]):
        return True
    expected = _FAMILIES.get(name.metric.rpartition("_")[2], _FAMILIES.get(name.metric))
    return all(family_of(unit) == expected for unit in units) or (
        not name.known and len(units) == 1 and _is_value(path[-1])
    )


def _is_value(leaf: str) -> bool:
    word = plain(leaf)
    return word in _VALUES or (resolve((leaf,)).metric == "value") or word in _SAMPLES


def prefix_of(column: str) -> str:
    """Return what stands in front of the last key of a column: `""`, `"ttft/"`."""
    return column[: column.rfind("/") + 1]


def _prefixes(column: str) -> Iterator[str]:
    """Yield the prefix of a column, then those of the objects around it, the nearest first."""
    prefix = prefix_of(column)
    yield prefix
    while prefix:
        prefix = prefix_of(prefix[:-1])
        yield prefix
