"""A decoded file on its way to tables: its format and its parsed content."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | bool | None"


class NumberText(str):
    """A JSON number with a fraction or an exponent, kept as it is written."""

    __slots__ = ()


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
    prose: bool | None = None  # markdown and text: more talk than output; None while not counted
    failed: bool = False  # the name promises a format that the content breaks
