"""Artifact text inside Markdown: on one line, cut to a bearable length, never rendered."""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 100

_SPECIAL: Final = re.compile(
    r"([\\`*{}\[\]<>#|~&@]|(?<!\w)_|_(?!\w)|:(?=//)|(?<=www)\.|^[-+=])", re.IGNORECASE
)
_LIST_MARK: Final = re.compile(r"^(\d{1,9})([.)])(?= |$)")


def code(text: str) -> str:
    """Return text as a Markdown code span; pipes and backticks are shown by their look-alikes."""
    shown = one_line(text).replace("|", "¦").replace("`", "'")
    return f"`{shown}`" if shown else "`(empty)`"


def plain(text: str, longest: int = LONGEST) -> str:
    """Return text that Markdown shows as it stands: no markup, link, entity or list mark in it."""
    return _LIST_MARK.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", one_line(text, longest)))


def one_line(text: str, longest: int = LONGEST) -> str:
    """Return text without control characters and line breaks, cut with an ellipsis."""
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    shown = " ".join(text.split())
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def table(header: list[str], rows: list[list[str]], *, align: str = "") -> str:
    """Return a Markdown table; cells are Markdown already. `align` holds l or r per column."""
    rules = ["---:" if mark == "r" else "---" for mark in align.ljust(len(header), "l")]
    lines = [header, rules, *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
