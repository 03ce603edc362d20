"""A decoded file on its way to tables: its format and its parsed content."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from chimera.evidence.tables.grid import Grid
    from chimera.evidence.tables.markdown import Reading

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | bool | None"


class NumberText(str):
    """A JSON number with a fraction or an exponent, kept as it is written."""

    __slots__ = ()


def mapping(value: Json) -> dict[str, Json]:
    """Return a JSON object, an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: Json) -> list[Json]:
    """Return a JSON array, an empty one for anything else."""
    return value if isinstance(value, list) else []


@dataclass(slots=True)
class Document:
    """One text file; which of the content fields is filled depends on its format."""

    path: str  # relative to the root
    kind: str  # what the name says
    format: str  # what the content is: json, jsonl, csv, markdown, html, xml, text, empty
    text: str
    value: Json = None  # json
    lines: list[tuple[int, Json]] = field(default_factory=list)  # jsonl: line number, value
    records: list[list[str]] = field(default_factory=list)  # csv: every record, also blank ones
    delimiter: str = ","  # csv
    problems: list[str] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    grids: list[Grid] | None = None  # of a database or a columnar file
    reading: Reading | None = None  # text of any kind: its Markdown tables and other lines
    failed: bool = False  # the name promises a format that the content breaks
