"""Whoever listens to an answer: told as long as listening goes well."""

from __future__ import annotations

from chimera.models.events import emit
from chimera.models.sender import OnText


class Heard:
    """Passes text on; a listener that raises is not told any more, and the call goes on.

    The answer is not the listener's to lose: a closed terminal would end a call otherwise, and look
    like trouble of the server.
    """

    def __init__(self, on_text: OnText) -> None:
        self._on_text: OnText | None = on_text

    def __call__(self, text: str) -> None:
        """Tell a piece of text."""
        if self._on_text is None:
            return
        try:
            self._on_text(text)
        except Exception as error:  # noqa: BLE001  whatever a listener raises is logged
            emit("model.listener_failed", error=type(error).__name__)
            self._on_text = None

    def again(self) -> None:
        """Tell that the answer begins anew, where that can be told."""
        if again := getattr(self._on_text, "again", None):
            again()
