"""JSON and JSON Lines text → values, with what is odd about them; numbers keep their spelling."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import cast

from chimera.evidence.document import Json, NumberText

_LONG_INTEGER = 4300  # digits; CPython refuses to convert more


class Loader:
    """Loads JSON values and collects what deserves a mention in `notes`."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self._decode = self._decoder(None)

    def load(self, text: str) -> Json:
        """Return the value of a JSON text.

        Raises:
            ValueError: The text is no JSON, or nested too deeply.

        """
        try:
            return cast("Json", self._decode(text))
        except json.JSONDecodeError:
            raise
        except RecursionError:
            raise ValueError("nested too deeply") from None
        except ValueError:
            return self._load_long(text)

    def _load_long(self, text: str) -> Json:
        """Load a text with an integer longer than CPython converts: keep its digits as text."""
        self._note("integers of more than 4300 digits")
        try:
            return cast("Json", self._decoder(_integer)(text))
        except RecursionError:
            raise ValueError("nested too deeply") from None

    def _decoder(self, parse_int: Callable[[str], int | str] | None) -> Callable[[str], object]:
        decoder = json.JSONDecoder(
            object_pairs_hook=self._object,
            parse_float=NumberText,
            parse_int=parse_int,
            parse_constant=self._constant,
        )
        return cast("Callable[[str], object]", decoder.decode)

    def _object(self, pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        found = dict(pairs)
        if len(found) != len(pairs):
            self._note("a key occurs twice in one object: the last one counts")
        return found

    def _constant(self, name: str) -> NumberText:
        self._note(f"{name} is no JSON number")
        return NumberText(name)

    def _note(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)


def load_lines(text: str, loader: Loader) -> tuple[list[tuple[int, Json]], list[tuple[int, str]]]:
    r"""Return the values of a JSON Lines text by line number, and the lines that are none.

    Only `\n` ends a line: U+2028 and U+0085 may stand inside a string.
    """
    good: list[tuple[int, Json]] = []
    bad: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        if line.lstrip()[0] not in "{[":
            bad.append((number, "no JSON object"))
            continue
        try:
            good.append((number, loader.load(line)))
        except ValueError as error:
            bad.append((number, getattr(error, "msg", str(error))))
    return good, bad


def written(value: Json) -> str:
    """Return a scalar as a cell: a number as the file writes it, nothing for null."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _LONG_INTEGER else digits
