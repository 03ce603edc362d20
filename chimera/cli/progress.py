"""Progress on stderr: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Self

from chimera.session import Event

if TYPE_CHECKING:
    from rich.status import Status


class Progress:
    """Shows which stage runs, how many files it has read and how much the model has said."""

    def __init__(self, *, enabled: bool = True) -> None:
        self.enabled = enabled
        self._stage = ""
        self._files = 0
        self._pieces = 0
        self._text = ""
        self._live: Status | None = None

    def __enter__(self) -> Self:
        if self.enabled and sys.stderr.isatty():
            from rich.console import Console

            self._live = Console(stderr=True).status("starting")
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def hear(self, event: Event) -> None:
        """Take note of an event and show it."""
        if not self.enabled:
            return
        if event.name == "stage.started":
            self._stage, self._files, self._pieces, self._text = event.stage or "", 0, 0, ""
            self._show()
        elif event.name == "stage.finished":
            self._print(f"{event.stage}: {event.facts['seconds']:.2f} s{self._counts()}")
        elif event.name == "file.read":
            self._files += 1
            self._show()
        elif event.name == "model.text":
            self._pieces += 1
            self._text = (self._text + str(event.facts["text"]))[-_TAIL:]
            self._show()

    def _counts(self) -> str:
        files = f", {self._files} files" if self._files else ""
        return files + (f", {self._pieces} tokens" if self._pieces else "")

    def _show(self) -> None:
        if self._live is not None:
            from rich.markup import escape

            tail = " ".join(self._text.split())
            self._live.update(escape(f"{self._stage}{self._counts()} {tail}".strip()))

    def _print(self, line: str) -> None:
        if self._live is not None:
            self._live.console.print(line, markup=False, highlight=False)
        else:
            print(line, file=sys.stderr)  # noqa: T201  the command's own voice


_TAIL = 60
