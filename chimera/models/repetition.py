"""An answer that repeats itself without end: seen while it streams, and told from real text."""

from __future__ import annotations

from typing import Final

BLANKS: Final = 1000  # characters without anything in them
LONGEST: Final = 400  # characters of the longest unit that is recognised
TIMES: Final = 24  # a unit follows itself at least so often
WORDS: Final = 800  # characters a unit of words has to fill; prose never comes near it
SIGNS: Final = 3000  # any other unit: separators, rows of zeros and like objects are real text
ALIKE: Final = 30  # tokens alike, blanks apart, after which Ollama itself gives up

_REACH: Final = max(SIGNS, LONGEST * TIMES)
_IN_WORDS: Final = frozenset(" \n,.!?;'-\N{RIGHT SINGLE QUOTATION MARK}")


class Watch:
    """Looks now and then at the end of a text that grows.

    Attributes:
        pieces: What has come, in order; to be added to.
        size: Characters seen by the last look.
    """

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.size = 0
        self._tail = ""
        self._seen = 0  # pieces

    @property
    def text(self) -> str:
        """All that has come."""
        return "".join(self.pieces)

    def look(self) -> bool:
        """Return whether the text now repeats itself without end."""
        fresh = "".join(self.pieces[self._seen :])
        self._seen = len(self.pieces)
        self.size += len(fresh)
        self._tail = (self._tail + fresh)[-_REACH:]
        return bool(fresh) and repeats(self._tail)


def repeats(text: str) -> bool:
    """Return whether a text's end repeats beyond what real text does."""
    if len(text) >= BLANKS and text[-BLANKS:].isspace():
        return True
    period = _period(text)
    if period is None:
        return False
    need = max(TIMES * period, WORDS if _of_words(text[-period:]) else SIGNS)
    return _follows_itself(text, period, need)


def given_up(pieces: list[str]) -> bool:
    """Return whether an answer without an end is one Ollama stopped because of its repetition.

    Ollama counts tokens; where they came as one piece, the last words are taken for them.
    """
    last = [piece.strip() for piece in pieces[-ALIKE:]]
    if len(last) == ALIKE:
        return len(set(last)) == 1
    text = "".join(pieces)
    if len(text) >= ALIKE and text[-ALIKE:].isspace():
        return True
    words = text.split()[-ALIKE:]
    return len(words) == ALIKE and len(set(words)) == 1


def _period(text: str) -> int | None:
    """Return the shortest unit, in characters, that the end of a text could be made of.

    The last 400 characters are looked for further left. A longer unit than the one found that way
    would be a multiple of it, as two periods of one stretch have their divisor as a period too.
    """
    probe = text[-LONGEST:]
    if len(probe) < LONGEST:
        return None
    start = max(0, len(text) - 2 * LONGEST)
    found = text.rfind(probe, start, len(text) - 1)
    return None if found < 0 else len(text) - LONGEST - found


def _follows_itself(text: str, period: int, need: int) -> bool:
    """Return whether the last `need` characters have this period."""
    return len(text) >= need and text[-need:-period] == text[period - need :]


def _of_words(unit: str) -> bool:
    """Return whether a unit is words and their punctuation; a run of letters alone may be data."""
    return (" " in unit or not unit.isascii()) and all(c.isalpha() or c in _IN_WORDS for c in unit)
