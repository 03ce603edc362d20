"""What a run tells of an answer while it is generated: its text, or how far an object is."""

from __future__ import annotations

from typing import Final

from chimera.events import ModelProgress, ModelRestarted, ModelText
from chimera.session import Session

EVERY: Final = 16  # pieces of a structured answer between two events about the same key
_LONGEST: Final = 60  # characters of a key that are told


class Told:
    """Takes the pieces of one answer and emits the events of a call.

    A text is told piece by piece as `model.text`. A structured answer is no reading matter: of it
    `model.progress` tells the key being written, the characters and the pieces so far, with the
    first piece, with each new key and with every 16th piece. Ollama sends about one token a piece.
    """

    def __init__(self, session: Session, stage: str | None, agent: str, structured: bool) -> None:
        self._session = session
        self._stage = stage
        self._agent = agent
        self._keys = Keys() if structured else None
        self._characters = 0
        self._pieces = 0
        self._said = 0

    def __call__(self, text: str) -> None:
        """Take in the next piece."""
        if self._session.listener is None:
            return
        if self._keys is None:
            self._session.emit(ModelText(self._stage, self._agent, text))
            return
        self._characters += len(text)
        self._pieces += 1
        new = self._keys.read(text)
        if new or self._said == 0 or self._pieces - self._said >= EVERY:
            self._tell(self._keys.last)

    def again(self) -> None:
        """Take in that the question is asked anew: what was told is no part of the answer."""
        if self._keys is not None:
            self._keys = Keys()
        self._characters = self._pieces = self._said = 0
        self._session.emit(ModelRestarted(self._stage, self._agent))

    def _tell(self, key: str | None) -> None:
        self._said = self._pieces
        self._session.emit(
            ModelProgress(self._stage, self._agent, key, self._characters, self._pieces)
        )


class Keys:
    """Finds the keys of a JSON text that comes in pieces, cut anywhere.

    Attributes:
        last: The key whose value is being written; None before the first.
    """

    def __init__(self) -> None:
        self.last: str | None = None
        self._string: list[str] | None = None  # of the string being read, None outside of one
        self._ended = ""  # the string that was read last
        self._escaped = False

    def read(self, text: str) -> bool:
        """Take in a piece; return whether a key came with it."""
        found = False
        for character in text:
            if self._string is not None:
                self._inside(character, self._string)
            elif character == '"':
                self._string = []
            elif character == ":":
                self.last, found = self._ended, True
        return found

    def _inside(self, character: str, string: list[str]) -> None:
        if self._escaped:
            self._escaped = False
        elif character == "\\":
            self._escaped = True
        elif character == '"':
            self._ended, self._string = "".join(string), None
            return
        if len(string) < _LONGEST:
            string.append(character)
