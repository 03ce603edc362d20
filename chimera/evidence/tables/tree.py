"""JSON → grids: lists of objects, dicts of like objects, lists of numbers, remaining leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from itertools import chain, islice

from chimera.evidence.document import Json, NumberText
from chimera.evidence.jsontext import written
from chimera.evidence.limits import Limits
from chimera.evidence.names import plain, resolve, singular
from chimera.evidence.records import Container
from chimera.evidence.spelling import spell
from chimera.evidence.tables.columnar import Block, block_of, rows_of, sample_lists
from chimera.evidence.tables.grid import Grid, escape
from chimera.evidence.tables.roles import LONGEST_NAME, is_context, is_identity

_ALIKE = 0.5  # share of common numeric keys that makes the objects of a dict rows of one table
_LONGEST_POINTER = 4096  # characters; every row repeats the keys that lead to it
_LONGEST_CONTEXT = 500  # characters of a text that the rows below repeat
_PER_CELL = 16  # characters of a pointer that count as a cell
_TRIED = 500  # keys
_OBJECTS = 0.8  # of a dict's values are objects
_SOME_OBJECTS, _VERY_ALIKE = 0.6, 0.99  # fewer will do where they are of one kind


@dataclass(slots=True)
class _Row:
    pointer: str
    cells: dict[str, str]
    context: dict[str, str]
    labels: dict[str, str]
    places: dict[str, str] | None = None  # of cells that the pointer does not lead to


@dataclass(slots=True)  # not frozen: that takes twice the time, and there is one per object
class _Place:
    """Where the reader stands, and what the objects around it say."""

    pointer: str
    template: str
    context: dict[str, str]
    labels: dict[str, str] = field(default_factory=dict)
    depth: int = 0
    weight: int = 0  # of context and labels, which every row here repeats, in cells

    def below(self, key: str, *, step: str | None = None) -> _Place:
        """Return the place of a child; `step` stands for its key in the template."""
        part = escape(key)
        step = part if step is None else step
        pointer, template = f"{self.pointer}/{part}", f"{self.template}/{step}"
        return _Place(pointer, template, self.context, self.labels, self.depth + 1, self.weight)

    def row(self, key: str, label: str) -> _Place:
        """Return the place of a child that is a row, its key being a label."""
        below = self.below(key, step="*")
        below.weight += _weight([key])
        below.labels = {**self.labels, label: key}
        return below

    def telling(self, own: dict[str, str]) -> _Place:
        """Return this place with what the object there says of the rows in it."""
        context, weight = {**self.context, **own}, self.weight + _weight(own.values())
        return _Place(self.pointer, self.template, context, self.labels, self.depth, weight)

    def nested(self, column: str) -> _Place:
        """Return the place of what stands at a pointer from here."""
        pointer, template = f"{self.pointer}/{column}", f"{self.template}/{column}"
        depth = self.depth + column.count("/") + 1
        return _Place(pointer, template, self.context, self.labels, depth, self.weight)


class TreeReader:
    """Reads JSON values into grids, one per template; several values share the templates."""

    def __init__(
        self, container: Container, limits: Limits, claimed: AbstractSet[int] = frozenset()
    ) -> None:
        self._claimed = claimed  # identities of values that are read already
        self.limits_hit: list[str] = []
        self._container = container
        self._limits = limits
        self._rows: dict[tuple[str, bool], list[_Row]] = {}  # by template; by columns or not
        self._cells = 0  # read
        self._filled = 0  # of the grids, empty ones included

    def read(self, value: Json, start: str = "") -> None:
        """Take in one value; `start` is put in front of its pointers."""
        if id(value) not in self._claimed:
            self._value(value, _Place(start, "", {}))

    def grids(self) -> list[Grid]:
        """Return the grids of everything read so far."""
        made = (self._grid(template, rows) for (template, _), rows in self._rows.items())
        return [grid for grid in made if grid.rows]

    def _value(self, value: Json, place: _Place) -> None:
        if self._is_too_far(place):
            return
        if isinstance(value, dict):
            if lists := sample_lists(value, place.template.rpartition("/")[2]):
                label = _label_for(place)
                for key, child in lists.items():
                    self._list(child, place.row(key, label))
            elif is_keyed(value):
                self._keyed(value, place)
            else:
                self._object(value, place)
        elif isinstance(value, list):
            self._list(value, place)

    def _list(self, value: list[Json], place: _Place) -> None:
        if len(value) > 1 and all(map(_is_number, value)):
            for index, item in enumerate(value[: self._limits.rows]):
                self._add(place, f"{place.pointer}/{index}", {"": written(item)})
            if len(value) > self._limits.rows:
                self._hit(f"more than {self._limits.rows} rows: the rest was not read")
            return
        if len(value) > 1 and isinstance(value[0], list) and (block := rows_of(value)):
            self._block(block, place)
            return
        for index, item in enumerate(value):
            if isinstance(item, dict) and id(item) not in self._claimed:
                below = place.below(str(index), step="*")
                if not self._is_too_far(below):
                    self._object(item, below)

    def _is_too_far(self, place: _Place) -> bool:
        if place.depth > self._limits.depth:
            self._hit(f"nested deeper than {self._limits.depth}: not read below")
            return True
        return self._is_too_long(place.pointer)

    def _keyed(self, value: dict[str, Json], place: _Place) -> None:
        """Read a dict whose objects are alike: its keys are labels of the rows."""
        label = _label_for(place)
        apart: dict[str, Json] = {
            key: child for key, child in value.items() if not isinstance(child, dict)
        }
        if any(map(_is_number, apart.values())):
            self._object(apart, place)
        for key, child in value.items():
            if not isinstance(child, dict) or id(child) in self._claimed:
                continue
            below = place.row(key, label)
            if self._is_too_far(below):
                continue
            if is_level(child):
                self._keyed(child, below)
            else:
                self._object(child, below)

    def _object(self, value: dict[str, Json], place: _Place) -> None:
        cells: dict[str, str] = {}
        later: list[tuple[str, Json]] = []
        block = block_of(value)
        if block is not None:
            value = {key: child for key, child in value.items() if key not in block.keys}
        self._flatten(value, "", cells, later, place.depth)
        self._add(place, place.pointer, cells)
        if not later and block is None:
            return
        own = {
            column: text
            for column, text in cells.items()
            if 0 < len(text) <= _LONGEST_CONTEXT and _holds_below(column, text)
        }
        if own:
            place = place.telling(own)
        if block is not None:
            self._block(block, place)
        for column, child in later:
            self._value(child, place.nested(column))

    def _block(self, block: Block, place: _Place) -> None:
        """Add the rows of a table that is written by columns."""
        place = replace(place, template=place.template + block.step)
        for row in range(min(block.rows, self._limits.rows)):
            cells = {name: written(values[row]) for name, values in block.columns.items()}
            places = {c: self._locator(place.pointer + block.pointer(c, row)) for c in cells}
            self._add(place, f"{place.pointer}/*/{row}", cells, places)
        if block.rows > self._limits.rows:
            self._hit(f"more than {self._limits.rows} rows: the rest was not read")

    def _locator(self, pointer: str) -> str:
        if self._container != "jsonl":
            return pointer
        line, _, inner = pointer.partition("/")
        return f"row {line}, column {inner}"

    def _flatten(
        self,
        value: dict[str, Json],
        prefix: str,
        cells: dict[str, str],
        later: list[tuple[str, Json]],
        depth: int,
    ) -> None:
        claimed, most = self._claimed, self._limits.columns
        for key, child in value.items():
            column = prefix + (escape(key) if "/" in key or "~" in key else key)
            # A pointer with an empty segment could not be told from its parent's.
            if not key or (claimed and id(child) in claimed):
                continue
            if len(column) > _LONGEST_POINTER and self._is_too_long(column):
                continue
            if isinstance(child, dict):
                if depth > self._limits.depth or is_keyed(child) or sample_lists(child, key):
                    later.append((column, child))
                else:
                    self._flatten(child, column + "/", cells, later, depth + 1)
            elif isinstance(child, list):
                later.append((column, child))
            elif len(cells) < most:
                cells[column] = (
                    child if isinstance(child, str) and child.isascii() else written(child)
                )
            else:
                self._hit(
                    f"more than {self._limits.columns} keys in one object: the rest was not read"
                )
                return

    def _add(
        self,
        place: _Place,
        pointer: str,
        cells: dict[str, str],
        places: dict[str, str] | None = None,
    ) -> None:
        if not cells:
            return
        key = (place.template, places is not None)
        rows = self._rows.get(key, [])
        self._cells += len(cells) + place.weight + len(pointer) // _PER_CELL
        if len(rows) >= self._limits.rows:
            self._hit(f"more than {self._limits.rows} rows: the rest was not read")
        elif self._cells > self._limits.cells:
            self._hit(f"more than {self._limits.cells} cells: the rest was not read")
        elif not rows and len(self._rows) >= self._limits.tables:
            self._hit(f"more than {self._limits.tables} tables: the rest was not read")
        else:
            rows.append(_Row(pointer, cells, place.context, place.labels, places))
            self._rows[key] = rows

    def _is_too_long(self, pointer: str) -> bool:
        if len(pointer) > _LONGEST_POINTER:
            self._hit(f"keys longer than {_LONGEST_POINTER} characters: not read below")
            return True
        return False

    def _hit(self, line: str) -> None:
        if line not in self.limits_hit:
            self.limits_hit.append(line)

    def _grid(self, template: str, rows: list[_Row]) -> Grid:
        names = list(dict.fromkeys(chain.from_iterable([row.cells for row in rows])))
        if len(names) > self._limits.columns:
            self._hit(f"more than {self._limits.columns} keys in one table: the rest was not read")
            names = names[: self._limits.columns]
        around = dict.fromkeys(chain.from_iterable([row.context for row in rows]))
        keys = dict.fromkeys(chain.from_iterable([row.labels for row in rows]))
        rows = self._fitting(rows, len(names) + len(around) + len(keys))
        context = _columns(around, [row.context for row in rows])
        columns = _columns(names, [row.cells for row in rows])
        labels = _columns(keys, [row.labels for row in rows])
        pointers = [row.pointer for row in rows]
        grid = Grid(self._container, template, pointers, columns, context, labels=labels)
        if rows and rows[0].places is not None:
            grid.places = {
                name: [(row.places or {}).get(name, "") for row in rows] for name in names
            }
        return grid

    def _fitting(self, rows: list[_Row], width: int) -> list[_Row]:
        """Return the rows for whose cells, empty ones included, there is room."""
        most = (self._limits.cells - self._filled) // max(1, width)
        if len(rows) > most:
            self._hit(f"more than {self._limits.cells} cells: the rest was not read")
            rows = rows[:most]
        self._filled += len(rows) * width
        return rows


def _columns(names: Iterable[str], rows: list[dict[str, str]]) -> dict[str, list[str]]:
    if len(rows) == 1:  # most tables of JSON
        return {name: [rows[0][name]] for name in names}
    return {name: [row.get(name, "") for row in rows] for name in names}


def _holds_below(column: str, text: str) -> bool:
    """Tell whether what an object says also holds for the tables inside it."""
    return is_context(column) or (len(text) <= LONGEST_NAME and is_identity(column))


def is_keyed(value: dict[str, Json]) -> bool:
    """Tell whether a dict is a table: its objects share numeric keys, its keys name them."""
    objects = [child for child in value.values() if isinstance(child, dict)]
    if len(objects) < 2:  # noqa: PLR2004 - one object is no table
        return False
    filled = sum(child is not None for child in value.values())
    if len(objects) < _SOME_OBJECTS * filled:
        return False
    sets = [set(_number_names(child, 4)) for child in objects]
    counts = Counter(name for names in sets for name in names)
    common = {name for name, count in counts.items() if count * 2 > len(sets)}
    if not common:
        return False
    alike = sum(len(names & common) / len(names | common) for names in sets) / len(sets)
    enough = _ALIKE if len(objects) >= _OBJECTS * filled else _VERY_ALIKE
    return alike >= enough and not _names_metrics(value)


def is_level(value: dict[str, Json]) -> bool:
    """Tell whether an object of a keyed dict only holds further rows."""
    children = list(value.values())
    return (
        bool(children)
        and all(isinstance(child, dict) and _has_numbers(child) for child in children)
        and not _names_metrics(value)
    )


def _names_metrics(value: dict[str, Json]) -> bool:
    """Tell whether the keys are metrics (`{"ttft": {"mean": …}, "itl": {…}}`), not entities."""
    tried = list(islice(value.items(), _TRIED))
    known = sum(resolve((key or "value",)).known for key, _ in tried)
    units = {str(c.get("unit")) for _, c in tried if isinstance(c, dict) and "unit" in c}
    return known * 2 > len(tried) or (known > 0 and len(units) > 1)


def _has_numbers(value: dict[str, Json]) -> bool:
    return any(map(_is_number, value.values()))


def _number_names(value: dict[str, Json], depth: int) -> list[str]:
    names: list[str] = []
    for key, child in value.items():
        if isinstance(child, dict) and depth:
            names += _number_names(child, depth - 1)
        elif _is_number(child):
            names.append(key)
    return names


def _label_for(place: _Place) -> str:
    """Name the label after the parent key (`backends` → `backend`), else `name`, `variant`, …."""
    last = place.template.rpartition("/")[2]
    if last and last != "*" and spell(last).unit is None:  # `latency_ms` is what is measured
        return singular(plain(last).rpartition("_by_")[2])
    for name in ("name", "variant"):
        if name not in place.labels:
            return name
    return f"variant_{len(place.labels)}"


def _is_number(value: Json) -> bool:
    return isinstance(value, NumberText) or (isinstance(value, int) and not isinstance(value, bool))


def _weight(texts: Iterable[str]) -> int:
    return sum(1 + len(text) // _PER_CELL for text in texts)
