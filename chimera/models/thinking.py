"""Thinking that a model writes into its text, between tags, taken apart from the answer."""

from __future__ import annotations

import re
from typing import Final

OPEN: Final = "<think>"
CLOSE: Final = "</think>"

_BLANKS_HELD: Final = 64  # characters; more at the start is text of its own
_ALONE: Final = re.compile(r"(?:\A|\n)[ \t]*</think>[ \t]*(?:\n|\Z)")


class Thinking:
    """Tells thinking from text while both come in pieces.

    Only a tag at the very start of an answer opens thinking: later ones are talk about tags.

    Attributes:
        over: Whether all that follows is text.
    """

    def __init__(self) -> None:
        self.over = False
        self._inside = False
        self._answering = False
        self._held = ""

    def feed(self, piece: str) -> tuple[str, str]:
        """Take in a piece; return the thinking and the text that are certain now."""
        held = self._held + piece
        if self.over:
            return "", piece
        if self._answering:
            return "", self._answer(held)
        if self._inside:
            return self._think(held)
        return self._start(held)

    def end(self) -> tuple[str, str]:
        """Return the thinking and the text held back, as nothing follows."""
        held, self._held, self.over = self._held, "", True
        if self._answering:
            return "", ""
        return (held, "") if self._inside else ("", held)

    def _start(self, held: str) -> tuple[str, str]:
        begun = held.lstrip()
        if begun.startswith(OPEN):
            self._inside = True
            return self._think(begun[len(OPEN) :])
        if OPEN.startswith(begun) and len(held) <= _BLANKS_HELD:
            self._held = held
            return "", ""
        self._held, self.over = "", True
        return "", held

    def _think(self, held: str) -> tuple[str, str]:
        thought, closed, text = held.partition(CLOSE)
        if closed:
            self._inside, self._held = False, ""
            self._answering = True
            return thought, self._answer(text)
        cut = _could_close(held)
        self._held = held[cut:]
        return held[:cut], ""

    def _answer(self, held: str) -> str:
        """Return the text without the blanks between thinking and answer."""
        text = held.lstrip()
        self._held, self.over = "", bool(text)
        return text


def apart(text: str) -> tuple[str, str]:
    """Return thinking and text of a whole answer.

    Some templates open the thinking in the prompt, so that an answer has its end alone: a closing
    tag on a line of its own, without an opening one, ends thinking too.
    """
    if CLOSE not in text and OPEN not in text:
        return "", text
    alone = _ALONE.search(text)
    if alone and OPEN not in text and text.count(CLOSE) == 1:
        return text[: alone.start()].strip(), text[alone.end() :].lstrip()
    thinking = Thinking()
    thought, answer = thinking.feed(text)
    more, rest = thinking.end()
    return thought + more, answer + rest


def _could_close(held: str) -> int:
    """Return where a closing tag might begin that is not all there yet; else the length."""
    start = held.rfind("<", max(0, len(held) - len(CLOSE) + 1))
    return start if start >= 0 and CLOSE.startswith(held[start:]) else len(held)
