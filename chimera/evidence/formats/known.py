"""A document → what the formats of tools read of it, and what they left for the profiler."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TypeAlias

from chimera.evidence.decode import one_line
from chimera.evidence.document import Document, Json, items
from chimera.evidence.formats.link import Notes, linked_format
from chimera.evidence.formats.match import CLOSE, Match
from chimera.evidence.formats.registry import NOTHING, Format, Verdict, is_worth_judging, judge
from chimera.evidence.formats.rows import Measure, Row, Rows, text
from chimera.evidence.formats.samples import Cell, Console, Node, NodeContainer, Sample, Sheet
from chimera.evidence.limits import Limits
from chimera.evidence.records import Container, Recognised, Table
from chimera.evidence.tables.grid import escape
from chimera.evidence.tables.roles import is_context, role_of

_LINE = re.compile(r"line (\d+)")
_LONGEST_PLACE = 400  # characters
_MOST_CONTEXT = 200  # texts around a row
_LONGEST_CONTEXT = 500  # characters of one
_MOST_NAMED = 8  # formats of one file that the inventory lists


@dataclass(slots=True)
class Known:
    """What the formats made of a document."""

    tables: list[Table] = field(default_factory=list)
    recognised: list[Recognised] = field(default_factory=list)
    claimed: set[int] = field(default_factory=set)  # identities of the JSON values they took
    lines: set[int] = field(default_factory=set)  # numbers of the text lines they took
    problems: list[str] = field(default_factory=list)
    notes: dict[str, Notes] = field(default_factory=dict)  # by format: what explains other files


@dataclass(slots=True)
class _Spot:
    """A JSON value and where it stands; its names are put together when a format takes it."""

    value: Json
    above: _Spot | None = None
    part: str = ""  # of its pointer
    step: str = ""  # of its template, in which `*` stands for an index
    depth: int = 0
    said: tuple[tuple[str, str], ...] | None = None

    @property
    def place(self) -> str:
        """The pointer to the value; the line it stands in, where the file is of lines."""
        return f"{self.above.place}/{self.part}" if self.above and self.step else self.part

    @property
    def template(self) -> str:
        """The pointer without indices."""
        return f"{self.above.template}/{self.step}" if self.above and self.step else ""

    @property
    def context(self) -> tuple[tuple[str, str], ...]:
        """What the objects around the value say of the rows in it."""
        if self.above is None:
            return ()
        if self.said is None:
            around, value = self.above.context, self.above.value
            own = _own_context(value, len(around)) if isinstance(value, dict) else ()
            self.said = (*around, *own)
        return self.said


# Name of the format, place in the file, container and measures: what rows of one table share.
_Key: TypeAlias = tuple[str, str, Container, tuple[tuple[str, Measure], ...]]


class Reader:
    """Collects the tables of one document."""

    def __init__(self, document: Document, limits: Limits) -> None:
        self.known = Known()
        self._document = document
        self._limits = limits
        self._merged: dict[_Key, tuple[Format, Rows]] = {}

    def tree(self) -> None:
        """Read a JSON or YAML value, or the values of JSON Lines as one list."""
        document = self._document
        if document.format == "jsonl":
            places = tuple(str(number) for number, _ in document.lines)
            values: list[Json] = [value for _, value in document.lines]
            spot = _Spot(values)
            if not self._takes(Node(values, places, "jsonl", lines=True), spot):
                self._lines(spot, places)
        else:
            self._visit(_Spot(document.value), "yaml" if document.format == "yaml" else "json")

    def sheet(self, sheet: Sheet, name: str = "") -> bool:
        """Read records; tell whether a format took them."""
        verdict = judge(sheet)
        place = "" if sheet.container == "csv" else f"line {sheet.places[0]}"
        self._note(verdict, place)
        if verdict.believed is None:
            return False
        rows = self._parse(verdict.believed, sheet)
        self._keep(verdict.believed, sheet.container, rows, name)
        if sheet.container == "markdown":
            self.known.lines.update(map(int, sheet.places))
        return any(one.rows for one in rows)

    def console(self, console: Console) -> None:
        """Read the text of a console; formats whose lines do not meet are all believed."""
        taken: list[tuple[Format, Match, list[Rows], set[int]]] = []
        for one, match in judge(console).matches:
            rows = self._parse(one, console)
            lines = set(_lines(rows))
            if lines:
                taken.append((one, match, rows, lines))
        for one, match, rows, lines in taken:
            rivals = [(o, m) for o, m, _, others in taken if o is not one and others & lines]
            if any(m.score * CLOSE > match.score for _, m in rivals):
                continue
            close = [(o, m) for o, m in rivals if m.score >= CLOSE * match.score]
            self._note(Verdict(((one, match), *close)), f"line {min(lines)}")
            if not close:
                self._keep(one, "text", rows, "")
                self.known.lines |= lines

    def finish(self) -> Known:
        """Return everything read, one table per format and place."""
        for (name, _, container, _), (_, rows) in self._merged.items():
            table = rows.table(self._document.path, container, name)
            if table.series or table.failures:
                self.known.tables.append(table)
        return self.known

    def _lines(self, spot: _Spot, places: tuple[str, ...]) -> None:
        """Read the objects among the values of JSON Lines, one by one."""
        for place, item in zip(places, items(spot.value), strict=True):
            if isinstance(item, dict) and self._limits.depth > 0:
                self._visit(_Spot(item, spot, place, depth=1), "jsonl")

    def _visit(self, spot: _Spot, container: NodeContainer) -> None:
        """Offer a value to the formats; where none takes it, what is in it."""
        value = spot.value
        first = value[0] if isinstance(value, list) and value else value
        hinted = isinstance(first, dict) and is_worth_judging(first)
        if hinted and self._takes(Node(value, (spot.place,), container), spot):
            return
        if spot.depth < self._limits.depth:
            self._below(spot, value, container)

    def _below(self, spot: _Spot, value: Json, container: NodeContainer) -> None:
        depth = spot.depth + 1
        if isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, dict):
                    self._visit(_Spot(item, spot, str(index), "*", depth), container)
        elif isinstance(value, dict):
            for key, child in value.items():
                if isinstance(child, dict | list) and key and child and _holds_objects(child):
                    part = escape(key)
                    self._visit(_Spot(child, spot, part, part, depth), container)

    def _takes(self, node: Node, spot: _Spot) -> bool:
        """Read a value by the format that fits best; tell whether there is nothing more to do."""
        verdict = judge(node) if is_worth_judging(node.first) else NOTHING
        if verdict.matches:
            self._note(verdict, node.place)
        if verdict.believed is None:
            return verdict.ambiguous
        rows = self._parse(verdict.believed, node)
        _add_context(rows, spot.context)
        self._keep(verdict.believed, node.container, rows, spot.template)
        self.known.claimed.add(id(node.value))
        if node.lines and isinstance(node.value, list):
            self.known.claimed.update(map(id, node.value))
        return True

    def _parse(self, one: Format, sample: Sample) -> list[Rows]:
        linked = linked_format(one.NAME)
        if linked is not None and (notes := linked.notes(sample)):
            self.known.notes[one.NAME] = notes
        return one.parse(sample)

    def _keep(self, one: Format, container: Container, rows: list[Rows], template: str) -> None:
        for part in (part for part in rows if part.rows):
            name = template + part.name if container not in {"csv", "text"} else part.name
            key = (one.NAME, name, container, tuple(part.measures.items()))
            if key in self._merged:
                self._merged[key][1].rows.extend(part.rows)
            elif len(self._merged) < self._limits.tables:
                self._merged[key] = (one, replace(part, name=name))
            else:
                hit = f"more than {self._limits.tables} tables: the rest was not read"
                self._document.limits += [hit] if hit not in self._document.limits else []

    def _note(self, verdict: Verdict, place: str) -> None:
        named = [r.format for r in self.known.recognised]
        for one, match in verdict.matches if verdict.ambiguous else verdict.matches[:1]:
            if one.NAME in named or len(named) >= _MOST_NAMED:
                continue
            self.known.recognised.append(
                Recognised(
                    format=one.NAME,
                    score=match.score,
                    evidence=list(match.evidence),
                    place=one_line(place, _LONGEST_PLACE),
                    believed=not verdict.ambiguous,
                )
            )
        if verdict.ambiguous:
            names = " and ".join(f"{o.NAME} ({m.score:.2f})" for o, m in verdict.matches[:2])
            where = f" at {place}" if place else ""
            self.known.problems.append(f"ambiguous{where}: {names} fit alike, neither was believed")


def _holds_objects(value: Json) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and isinstance(value[0], dict))


def _own_context(value: dict[str, Json], known: int) -> tuple[tuple[str, str], ...]:
    """Return what an object says of the rows in it, as far as rows can repeat it."""
    scalars = ((key, text(child)) for key, child in value.items())
    said = (p for p in scalars if 0 < len(p[1]) <= _LONGEST_CONTEXT and is_context(escape(p[0])))
    return tuple(islice(said, max(0, _MOST_CONTEXT - known)))


def _lines(rows: list[Rows]) -> Iterator[int]:
    cells = (cell for part in rows for row in part.rows for cell in row.cells.values())
    for cell in cells:
        if isinstance(cell, Cell) and (match := _LINE.match(cell.place)):
            yield int(match[1])


def _add_context(rows: list[Rows], context: tuple[tuple[str, str], ...]) -> None:
    """Tell rows what the objects around them say, where the format does not know better."""
    labels = {key: value for key, value in context if role_of((key,)) == "label"}
    params = {key: value for key, value in context if key not in labels}
    for part in rows:
        for row in part.rows:
            _fill(row, labels, params)


def _fill(row: Row, labels: dict[str, str], params: dict[str, str]) -> None:
    known = row.labels.keys() | row.params.keys() | row.ids.keys()
    row.labels = {**{k: v for k, v in labels.items() if k not in known}, **row.labels}
    row.params = {**{k: v for k, v in params.items() if k not in known}, **row.params}
