"""The columns of a grid, each filed under what it is: a metric, a label, a setting, …."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from chimera.evidence.compact import shared
from chimera.evidence.metrics import COUNT_WORDS, LOWER
from chimera.evidence.names import Name, plain, resolve, singular
from chimera.evidence.numerals import Numbers, read_clock, read_column
from chimera.evidence.tables.grid import HEADERS, Grid, path_of
from chimera.evidence.tables.roles import (
    LONGEST_NAME,
    UNIT_NAMES,
    Role,
    is_set,
    is_setting,
    looks_numeric,
    role_of,
)
from chimera.evidence.tables.stated import Stated
from chimera.evidence.units import family_of
from chimera.evidence.words import words

_FEW = 24  # distinct texts that still name groups
_MOST_WORDS = 8  # of a label or an identifier; sentences have more
_DEVICE = words("power_draw fan_speed utilization_gpu gpu_util clock_graphics gpu_utilization")
_LONGITUDES = words("lon lng long longitude")
_VALUES = words("value score mean median min max result")
_CLASSIFIED = words("recall f1 f1_score fp tn fn")  # `precision` and `tp` beside them are theirs
_NOT_SAMPLES = words(
    "ci ci95 range bounds shape dims size "
    "percentiles quantiles histogram bins buckets edges thresholds outliers"
)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d|\d\d?[./]\d\d?[./]\d{4}|\d{8}[-_T]\d{4,6}\Z")
_HASH = re.compile(r"(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}\Z|[0-9a-f]{8}-[0-9a-f]{4}-")
# What tells repetitions apart and nothing else: `3`, `run-3`, `r3`, a moment, a hash.
_REPETITION = re.compile(
    r"(?i)(?:run|rep|repeat|trial|iter|iteration|sample|test|r|t|n|#)?[ _#-]?\d+\Z"
    rf"|{_MOMENT.pattern}|{_HASH.pattern}"
)
_COUNTS = ("n_", "num_", "max_num_")
_EPOCHS = (1e9, 2.2e9)  # seconds since 1970, for a column that is called nothing but `time`
_Cells = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Look:
    """What can be said of a column before its cells are seen."""

    path: tuple[str, ...]
    name: str  # the last part of the path, in snake case
    filed: str  # the name that its cells are filed under
    role: Role | None
    fixed: bool  # in an object of settings
    setting: bool
    bare: bool  # a value, a statistic: the name says no metric
    found: Name


@dataclass(frozen=True, slots=True)
class _Header:
    """What can be said of the columns of a grid by their names; files of a folder are alike."""

    looks: tuple[_Look, ...]
    hardware: bool  # readings of a device, whose temperature is no setting


@lru_cache(maxsize=8192)
def _look(path: tuple[str, ...], *, nested: bool = False) -> _Look:
    """`nested` says that the parent holds single values, and no rows."""
    name, found, role = plain(path[-1]), resolve(path), role_of(path)
    if nested and role is None and not (found.known or is_setting(path[-1])):
        found = resolve(path, inherits=True)
    bare = name in _VALUES or (found.metric == "value" and found.statistic != "raw")
    filed = singular(plain(path[-2])) if name == "name" and len(path) > 1 else name
    fixed = role == "parameter" and is_set(path)
    return _Look(path, name, filed, role, fixed, is_setting(path[-1]), bare, found)


@lru_cache(maxsize=8192)
def _look_around(column: str) -> _Look:
    return _look(tuple(column.split("/")))


@lru_cache(maxsize=HEADERS)
def _header(
    names: tuple[str, ...], paths: tuple[tuple[str, ...], ...], template: str | None = None
) -> _Header:
    leaves = {plain(name.rpartition("/")[2]) for name in names}
    places = not leaves.isdisjoint(_LONGITUDES)
    single = template is not None and not template.endswith("*")
    nested = [single or (template is not None and "/" in name) for name in names]
    looks = [_look(path, nested=one) for path, one in zip(paths, nested, strict=True)]
    for index, look in enumerate(looks):
        if places and look.name == "lat":  # no latency
            looks[index] = replace(look, role="ignored")
        elif look.name in {"precision", "tp"} and not leaves.isdisjoint(_CLASSIFIED):
            looks[index] = replace(look, role=None, setting=False)
        elif names[index] == "" and look.role in {"runs", "label"}:  # a list, and not its name
            looks[index] = replace(look, role=None)
    return _Header(tuple(looks), not leaves.isdisjoint(_DEVICE))


@lru_cache(maxsize=HEADERS)
def _header_below(names: tuple[str, ...], template: str | None) -> _Header:
    return _header(names, tuple(path_of(name, template) for name in names), template)


@dataclass(slots=True)
class Columns:
    """The columns of a grid by what they are."""

    labels: _Cells = field(default_factory=dict)
    params: _Cells = field(default_factory=dict)
    ids: _Cells = field(default_factory=dict)
    metrics: list[tuple[str, Name, Numbers]] = field(default_factory=list)
    failures: list[tuple[str, list[str]]] = field(default_factory=list)
    runs: list[list[str]] = field(default_factory=list)
    texts: list[list[str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def file_columns(grid: Grid, siblings: Mapping[str, str], said: Stated) -> Columns:
    """Sort the columns of a grid.

    `siblings` gives units of names that carry one elsewhere, `said` what the grid itself states.
    """
    names = tuple(grid.columns)
    if grid.paths:
        header = _header(names, tuple(map(grid.path, names)))
    else:
        header = _header_below(names, grid.template)
    filer = _Filer(grid, siblings, said, header.hardware)
    for name, cells in grid.labels.items():
        into = filer.found.params if role_of((name,)) == "parameter" else filer.found.labels
        into[name] = tuple(cells)
    for look, (column, cells) in zip(header.looks, grid.columns.items(), strict=True):
        if column not in said.columns:
            filer.file(column, cells, look)
    for column, cells in grid.context.items():
        filer.file_context(column, cells)
    return filer.found


@dataclass(slots=True)
class _Filer:
    grid: Grid
    siblings: Mapping[str, str]
    stated: Stated
    hardware: bool
    found: Columns = field(default_factory=Columns)

    def file(self, column: str, cells: list[str], look: _Look) -> None:
        """File one column under its role, as a metric where it may be one."""
        numbers = _WAYS[look.role](self, column, cells, look)
        if numbers is not None:
            self._measure(column, cells, look, numbers)
            for text in numbers.problems:
                self.found.problems.append(f"column {column}: {text}")

    def file_context(self, column: str, cells: list[str]) -> None:
        """File what an object around the rows says."""
        look = _look_around(column)
        found, role = self.found, look.role
        if role == "failure":
            found.failures.append((look.path[-1], cells))
        elif role == "runs":
            found.runs.append(cells)
        elif look.name not in UNIT_NAMES:
            known = {"label": found.labels, "identifier": found.ids}
            into = known.get(role or "", found.params)
            if look.name not in into:
                _put(into, look, cells)

    # One way per role: files a column, and returns its numbers where it may be a metric.

    def failure(self, _column: str, cells: list[str], look: _Look) -> Numbers | None:
        self.found.failures.append((look.path[-1], cells))
        return read_column(cells) if look.name in COUNT_WORDS else None

    def runs(self, _column: str, cells: list[str], _look: _Look) -> None:
        self.found.runs.append(cells)

    def text(self, _column: str, cells: list[str], _look: _Look) -> None:
        self.found.texts.append(cells)

    def ignored(self, _column: str, _cells: list[str], _look: _Look) -> None:
        pass

    def identifier(self, column: str, cells: list[str], look: _Look) -> Numbers | None:
        if self._is_other(column, cells, look):
            return self.unnamed(column, cells, look)
        self._identify(column, cells, look)
        return None

    def _is_other(self, column: str, cells: list[str], look: _Look) -> bool:
        """Tell what names no run: `stall_index` in points, `user` as a share, `run` by a name."""
        if look.name == "run":
            return not any(map(_REPETITION.match, filter(None, cells)))
        return column in self.grid.units or (look.name == "user" and _are_fractions(cells))

    def unnamed(self, column: str, cells: list[str], look: _Look) -> Numbers | None:
        numbers = None
        if looks_numeric(cells):
            numbers = read_column(cells, decimal_comma=self.grid.decimal_comma)
            if numbers is None and _is_duration(look):
                numbers = read_clock(cells)
        if numbers is None:
            if any(cells):
                self._text(column, cells, look)
        elif look.name == "time" and _are_moments(numbers.values):
            self._identify(column, cells, look)
            return None
        return numbers

    def named(self, column: str, cells: list[str], look: _Look) -> Numbers | None:
        """File a label, a setting or a fact of the environment; return what is a reading."""
        if look.fixed:
            if any(cells) and not _is_partial(self.grid, column, cells):
                _put(self.found.params, look, cells)
            return None
        if look.name in {"temperature", "temp"} and (self.hardware or column in self.grid.units):
            return read_column(cells)
        numbers, known = None, look.found.known
        if (look.role == "label" or known) and looks_numeric(cells):
            numbers = read_column(cells, decimal_comma=self.grid.decimal_comma)
        if numbers is not None and (_has_fractions(numbers) or (known and look.role == "label")):
            return numbers
        if any(cells) and not _is_partial(self.grid, column, cells):
            label = look.role == "label" and not (numbers is not None and look.setting)
            _put(self.found.labels if label else self.found.params, look, cells)
        return None

    def _identify(self, column: str, cells: list[str], look: _Look) -> None:
        if any(cells) and not _is_partial(self.grid, column, cells) and _are_short(cells):
            _put(self.found.ids, look, cells)

    def _text(self, column: str, cells: list[str], look: _Look) -> None:
        """File a text column: a setting, a label, an identifier, else only text."""
        filled = [cell for cell in cells if cell]
        distinct = set(filled)
        if _is_partial(self.grid, column, cells):
            self.found.texts.append(cells)
        elif look.setting:
            _put(self.found.params, look, cells)
        elif {cell.lower() for cell in distinct} <= {"true", "false"}:
            if len(distinct) > 1:
                _put(self.found.params, look, cells)
        elif not _are_short(distinct):
            self.found.texts.append(cells)
        elif len(distinct) <= min(_FEW, len(filled) // 2):
            _put(self.found.labels, look, cells)
        else:
            self._near_unique(column, cells, look)

    def _near_unique(self, column: str, cells: list[str], look: _Look) -> None:
        """File texts that hardly repeat: they name the rows of a small table, else the runs."""
        self.found.texts.append(cells)  # one of them may be an error message
        first = next(cell for cell in cells if cell)
        odd = looks_numeric(cells) and not (_MOMENT.match(first) or _HASH.match(first))
        if odd or len(cells) < 2 or "" in cells:  # noqa: PLR2004 - one row needs no name
            return
        names = not (self.found.labels or "/" in column or _MOMENT.match(first))
        if names and len(cells) <= _FEW and not _HASH.match(first):
            _put(self.found.labels, look, cells)
        else:
            _put(self.found.ids, look, cells)

    def _measure(self, column: str, cells: list[str], look: _Look, numbers: Numbers) -> None:
        """File numbers as a metric or a setting, or drop them where nothing says what they are."""
        units = self.stated.units_of(column, look.path) if self.stated.units else set()
        if len(units) > 1:
            numbers.problems.append("mixes units: " + ", ".join(sorted(units)))
        if len(units) > 1 or (column == "" and _is_interval(look.name)) or not numbers.any:
            return
        unit = self.grid.units.get(column) or numbers.unit or next(iter(units), None)
        unit = unit or self.siblings.get(look.name)
        name = look.found
        if unit is not None or self.hardware:
            name = self._of_cells(resolve(look.path, unit, hardware=self.hardware), numbers)
        doubles = name.metric == "size" and _are_powers(numbers.values)
        counts = look.name.startswith(_COUNTS)  # a setting as well, unless it has fractions
        setting = look.setting and not (counts and _has_fractions(numbers))
        if name.known and not doubles and not (name.unit is None and setting):
            self.found.metrics.append((column, name, numbers))
        elif setting or _is_design(numbers.values) or doubles:
            _put(self.found.params, look, cells)
        elif look.bare or self._is_telling(column, numbers):
            self.found.metrics.append((column, name, numbers))

    def _is_telling(self, column: str, numbers: Numbers) -> bool:
        """Tell whether numbers of an unknown name may be a metric: they vary, or are fractions."""
        filled = [value for value in numbers.values if value is not None]
        if not _has_fractions(numbers):
            return False
        alone = self.grid.container == "json" or bool(self.grid.places)
        return (
            len(set(filled)) > 1 or self.stated.names_side(column) or (len(filled) == 1 and alone)
        )

    def _of_cells(self, name: Name, numbers: Numbers) -> Name:
        """Return a name with the unit behind the numbers themselves, where it has another."""
        if numbers.unit is None or name.unit is None or numbers.unit == name.unit:
            return name
        if family_of(numbers.unit) != family_of(name.unit):
            what = f"its name says {name.unit}, its cells say {numbers.unit}"
            numbers.problems.append(what)
            return replace(name, unit=numbers.unit, direction=None)
        return replace(name, unit=numbers.unit)


def _are_fractions(cells: list[str]) -> bool:
    numbers = read_column(cells) if looks_numeric(cells) else None
    return numbers is not None and _has_fractions(numbers)


def _has_fractions(numbers: Numbers) -> bool:
    return any(value is not None and value % 1 for value in numbers.values)


_WAYS: dict[Role | None, Callable[[_Filer, str, list[str], _Look], Numbers | None]] = {
    None: _Filer.unnamed,
    "failure": _Filer.failure,
    "identifier": _Filer.identifier,
    "parameter": _Filer.named,
    "label": _Filer.named,
    "environment": _Filer.named,
    "runs": _Filer.runs,
    "text": _Filer.text,
    "ignored": _Filer.ignored,
}


def _is_partial(grid: Grid, column: str, cells: list[str]) -> bool:
    """Tell whether a nested key describes only some rows: it then divides nothing by itself."""
    return "/" in column and "" in cells and grid.is_tree


def _is_duration(look: _Look) -> bool:
    """Tell a name that means a span of time; `time` alone may be that of the day."""
    return look.found.known and look.name != "time" and look.found.metric in LOWER


def _are_moments(values: list[float | None]) -> bool:
    low, high = _EPOCHS
    return all(v is None or low < v < high or low < v / 1000 < high for v in values)


def _are_short(cells: Iterable[str]) -> bool:
    return all(len(cell) <= LONGEST_NAME and cell.count(" ") < _MOST_WORDS for cell in cells)


def _put(into: _Cells, look: _Look, cells: list[str]) -> None:
    """File cells under the plain name, qualified by the parent where another column has it."""
    name = look.filed
    values = shared(cells)
    if name in into and len(look.path) > 1:
        if all(mine in {"", other} for mine, other in zip(values, into[name], strict=True)):
            return
        name = f"{plain(look.path[-2])}_{name}"
    into.setdefault(name, values)


def _is_interval(word: str) -> bool:
    """Tell a list of numbers that are no samples: the ends of an interval, buckets, a shape."""
    return word in _NOT_SAMPLES or "confidence" in word or word.startswith("ci_")


def _are_powers(values: list[float | None]) -> bool:
    """Tell several powers of two: sizes that somebody went through."""
    return len(set(values)) > 1 and all(
        value is not None and value >= 1 and value % 1 == 0 and int(value).bit_count() == 1
        for value in values
    )


def _is_design(values: list[float | None]) -> bool:
    """Tell whole numbers that somebody chose: each of a few occurs as often as the others."""
    if len(values) < 2 or values[0] is None or values[0] % 1:  # noqa: PLR2004 - one is no choice
        return False
    counts = Counter(values)
    times = set(counts.values())
    if not 1 < len(counts) <= _FEW or len(times) > 1 or times == {1}:
        return False
    return all(value is not None and value % 1 == 0 for value in counts)
