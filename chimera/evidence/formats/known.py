"""A document → what the formats of tools read of it, and what they left for the profiler."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TypeAlias

from chimera.evidence.decode import one_line
from chimera.evidence.document import Document, Json, mapping
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


@dataclass(frozen=True, slots=True)
class _Around:
    """Where a JSON value stands, and what the objects around it say of the rows in it."""

    template: str = ""
    context: tuple[tuple[str, str], ...] = ()
    depth: int = 0


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
            self._node(Node(values, places, "jsonl", lines=True), _Around())
        else:
            container: NodeContainer = "yaml" if document.format == "yaml" else "json"
            self._node(Node(document.value, ("",), container), _Around())

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

    def _node(self, node: Node, around: _Around) -> None:
        verdict = judge(node) if is_worth_judging(node.first) else NOTHING
        if verdict.matches:
            self._note(verdict, node.place)
        if verdict.believed is not None:
            rows = self._parse(verdict.believed, node)
            _add_context(rows, around.context)
            self._keep(verdict.believed, node.container, rows, around.template)
            self.known.claimed.add(id(node.value))
            if node.lines and isinstance(node.value, list):
                self.known.claimed.update(map(id, node.value))
        elif not verdict.ambiguous and around.depth < self._limits.depth:
            self._below(node, around)

    def _below(self, node: Node, around: _Around) -> None:
        if isinstance(node.value, list):
            template = "" if node.lines else f"{around.template}/*"
            below = replace(around, template=template, depth=around.depth + 1)
            for place, item in node.objects():
                self._node(Node(item, (place,), node.container), below)
            return
        value = mapping(node.value)
        nested = [(key, child) for key, child in value.items() if isinstance(child, dict | list)]
        if not nested:
            return
        own = _own_context(value, len(around.context))
        for key, child in nested:
            if key and child and (isinstance(child, dict) or isinstance(child[0], dict)):
                part = escape(key)
                below = _Around(
                    f"{around.template}/{part}", (*around.context, *own), around.depth + 1
                )
                self._node(Node(child, (f"{node.place}/{part}",), node.container), below)

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
