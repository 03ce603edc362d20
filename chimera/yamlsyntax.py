"""Text that is no YAML: on which line, and what to do about it."""

from __future__ import annotations

import re
from typing import Final

import yaml

_BARRED: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAB: Final = re.compile(r"^ *\t")
_REMEDIES: Final = (
    (
        "mapping values are not allowed",
        "each KEY: VALUE has its own line; a text with ': ' in quotes",
    ),
    ("expected ':'", "write KEY: VALUE"),
    ("another document", "a file is one document: take out this line --- and what follows"),
    ("unexpected end of stream", "close the quote that opens here"),
    ("cannot start any token", "put the text in quotes"),
    ("expected <block end>", "indent it like the lines it belongs to"),
    (
        "expected key",
        "indent it like the lines it belongs to; a text that opens with a quote ends with it",
    ),
    ("expected ',' or", "close the bracket that opens here, and put commas between"),
    ("expected the node content", "put the text in quotes"),
    ("unknown escape", "in double quotes a backslash is written twice"),
)
"""What to do, by a part of what the reader of YAML says."""
_OPENED: Final = ("flow", "quoted")  # the line that opens tells more than that where it is missed


def explained(error: yaml.YAMLError, text: str) -> tuple[int, str]:
    """Return the line of an error, from 0, and what is wrong there."""
    if barred := _BARRED.search(text):
        said = f"has the character U+{ord(barred[0]):04X}, which YAML does not allow: take it out"
        return text.count("\n", 0, barred.start()), said
    if not isinstance(error, yaml.MarkedYAMLError):
        return 0, f"not valid YAML: {str(error).splitlines()[0]}"
    mark = error.problem_mark
    opened = any(word in (error.context or "") for word in _OPENED)
    if error.context_mark is not None and opened:
        mark = error.context_mark
    line = mark.line if mark else 0
    what = error.problem or error.context or "cannot be read"
    lines = text.splitlines()
    if any(_TAB.match(near) for near in lines[max(line - 1, 0) : line + 1]):
        return line, "not valid YAML: indent with spaces, not with tabs"
    remedy = next((told for words, told in _REMEDIES if words in what), "")
    return line, f"not valid YAML: {what}{remedy and f'; {remedy}'}"
