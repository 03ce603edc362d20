"""Progress on stderr: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Self

from chimera.events import Event

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status

_TAIL: Final = 60  # characters of a text that are shown
_OF_MODELS: Final = {
    "model.asked",
    "model.text",
    "model.progress",
    "model.restarted",
    "model.called",
}


class Progress:
    """Shows which stage runs, how many files it has read and what its model is writing.

    Args:
        enabled: Whether anything is shown at all.
        console: Where the live line goes; stderr if left out, and no live line unless that is a
            terminal.
    """

    def __init__(self, *, enabled: bool = True, console: Console | None = None) -> None:
        self.enabled = enabled
        self._console = console
        self._stage = ""
        self._files = 0
        self._pieces = 0  # of answers that have ended
        self._answers: dict[str, _Answer] = {}
        self._live: Status | None = None

    def __enter__(self) -> Self:
        if self.enabled and (self._console or sys.stderr.isatty()):
            from rich.console import Console

            self._live = (self._console or Console(stderr=True)).status("starting")
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    @property
    def line(self) -> str:
        """The live line as it is now."""
        tail = next((a.tail for a in reversed(self._answers.values()) if a.tail), "")
        return f"{self._stage}{self._counts()} {tail}".strip()

    def hear(self, event: Event) -> None:
        """Take note of an event and show it."""
        if not self.enabled:
            return
        if event.name == "stage.started":
            self._stage, self._files, self._pieces = event.stage or "", 0, 0
            self._answers.clear()
        elif event.name == "stage.finished":
            self._print(f"{event.stage}: {event.facts['seconds']:.2f} s{self._counts()}")
        elif event.name == "file.read":
            self._files += 1
        elif event.name in _OF_MODELS:
            self._hear_model(event.name, event.facts)
        else:
            return
        self._show()

    def _hear_model(self, name: str, facts: Mapping[str, Any]) -> None:
        """Keep the answer that came last at the end; one that is restarted or done is not kept."""
        agent = str(facts["agent"])
        answer = self._answers.pop(agent, None) or _Answer()
        if name == "model.asked":
            self._answers[agent] = _Answer(0, f"asking {facts['model']}")
        elif name == "model.called":
            self._pieces += answer.pieces if facts.get("tokens") is None else facts["tokens"]
        elif name == "model.text":
            self._answers[agent] = answer.and_text(str(facts["text"]))
        elif name == "model.progress":
            self._answers[agent] = _Answer(facts["pieces"], f"writing {facts['key'] or 'JSON'}")

    def _counts(self) -> str:
        pieces = self._pieces + sum(answer.pieces for answer in self._answers.values())
        counts = ((self._files, "file"), (pieces, "token"))
        return "".join(f", {n} {what}{'s' if n > 1 else ''}" for n, what in counts if n)

    def _show(self) -> None:
        if self._live is not None:
            from rich.markup import escape

            self._live.update(escape(self.line))

    def _print(self, line: str) -> None:
        if self._live is not None:
            self._live.console.print(line, markup=False, highlight=False)
        else:
            print(line, file=sys.stderr)  # noqa: T201  the command's own voice


class _Answer:
    """What has come of an answer: pieces, of about a token each, and the end of it to show."""

    def __init__(self, pieces: int = 0, text: str = "") -> None:
        self.pieces = pieces
        self.text = text

    @property
    def tail(self) -> str:
        """The end of the text on one line, without what would move a cursor."""
        seen = "".join(c if c.isprintable() else " " for c in self.text)
        return " ".join(seen.split())

    def and_text(self, text: str) -> _Answer:
        """Return what it is with the next piece of text."""
        return _Answer(self.pieces + 1, (self.text + text)[-_TAIL:])
