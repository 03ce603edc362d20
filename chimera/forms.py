"""Forms of a free text, such as a list or one line: how a prompt asks for them, how one is told."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Final, Literal, NoReturn

Form = Literal["prose", "bullets", "numbered", "markdown", "json", "line"]
_SHOWN: Final = 6  # words, enough to find a place


def opening(text: str) -> str:
    """Return the first words of a text."""
    words = text.split()
    return " ".join(words[:_SHOWN]) + (" …" if len(words) > _SHOWN else "")


_BULLET: Final = re.compile(r"\s*[-*+•]\s+\S")
_NUMBER: Final = re.compile(r"(\d{1,3})[.)]\s+\S")
_MARKED: Final = re.compile(r"\s*(?:[-*+•]\s|\d{1,3}[.)]\s|#{1,6}\s|>\s|\||```|~~~)")
_BLOCK: Final = re.compile(r"^(?:#{1,6} \S|[-*+] \S|\d{1,3}[.)] \S|\|.*\||```)", re.MULTILINE)
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>\n]*>")
_CODE: Final = re.compile(r"(```|~~~).*?\1|`[^`\n]*`", re.DOTALL)


def _not_prose(text: str) -> str | None:
    marked = next((line for line in text.splitlines() if _MARKED.match(line)), None)
    if marked is not None:
        return f"must be prose, without lists, headings, tables or code: {opening(marked)!r}"
    return None if text.strip() else "must be prose, is empty"


def _not_bullets(text: str) -> str | None:
    return _not_listed(text, _BULLET.match, "bullet points, each line opening with '- '")


def _not_numbered(text: str) -> str | None:
    if wrong := _not_listed(text, _NUMBER.match, "a numbered list, its lines opening with '1. '"):
        return wrong
    numbers = [int(m.group(1)) for line in text.splitlines() if (m := _NUMBER.match(line))]
    if numbers != list(range(1, len(numbers) + 1)):
        return f"must be numbered from 1 on, is numbered {', '.join(map(str, numbers))}"
    return None


def _not_listed(text: str, opens: Callable[[str], object], what: str) -> str | None:
    """Say which line is no item; an indented line belongs to the item above it."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    for number, line in enumerate(lines):
        inside = number > 0 and line.startswith((" ", "\t"))
        if not opens(line) and not inside:
            return f"must be {what}: {opening(line)!r} is none"
    return None if lines else f"must be {what}, is empty"


def _not_markdown(text: str) -> str | None:
    if text.count("```") % 2:
        return "must be Markdown, has a block of code without an end"
    if tag := _TAG.search(_CODE.sub("", text)):
        return f"must be Markdown without HTML, has {tag.group()!r}"
    return None if _BLOCK.search(text) else "must be Markdown with a heading, a list or a table"


def _not_json(text: str) -> str | None:
    try:
        found = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        why = str(error) if isinstance(error, ValueError) else "nested too deeply"
        return f"must be JSON and nothing else: {why}"
    return None if isinstance(found, dict | list) else "must be a JSON object or list"


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _not_a_line(text: str) -> str | None:
    count = len(text.strip().splitlines())
    return None if count == 1 else f"must be one line, has {count}"


_Check = Callable[[str], str | None]
FORMS: Final[Mapping[str, tuple[str, _Check]]] = {
    "prose": ("prose, without lists, headings or tables", _not_prose),
    "bullets": ("bullet points only, each line opening with '- '", _not_bullets),
    "numbered": ("a numbered list only, its lines opening with '1. ', '2. '", _not_numbered),
    "markdown": ("Markdown with a heading, a list or a table", _not_markdown),
    "json": ("JSON and nothing else", _not_json),
    "line": ("one line", _not_a_line),
}
"""By name: the words of the prompt, and the check, which says what is wrong, or None."""
