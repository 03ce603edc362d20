"""Limits of silence for models of other libraries, fed by LangChain's token callback."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from chimera.models.faults import WireError
from chimera.models.listener import TextListener
from chimera.models.records import Outcome
from chimera.models.timeouts import Timeouts

T = TypeVar("T")

_MARKS = ("reasoning_content", "reasoning", "refusal")


class Watchdog(TextListener):
    """A callback that passes text on, takes times, and ends an answer that falls silent.

    A model that does not stream tells nothing before its answer is whole: `first_token` then limits
    all of it. Work that runs in a thread cannot be ended from outside; its result is let go.

    Attributes:
        first_ms: Request sent to first text, in milliseconds; None without any.
        first_thought_ms: Request sent to first thinking, in milliseconds; None without any.
    """

    def __init__(self, timeouts: Timeouts, hear: Callable[[str], None] | None) -> None:
        super().__init__(hear or (lambda _: None))
        self._timeouts = timeouts
        self._told = self.hear
        self.hear = self._hear
        self._begun = False
        self.first_ms: float | None = None
        self.first_thought_ms: float | None = None

    async def within(self, work: Awaitable[T]) -> T:
        """Return what the work returns, unless silence lasts too long.

        Raises:
            WireError: Where nothing came in time, or nothing more.
        """
        self._loop = asyncio.get_running_loop()
        self._sent = time.perf_counter()
        try:
            async with asyncio.timeout(self._timeouts.first_token) as self._scope:
                return await work
        except TimeoutError:
            if not self._scope.expired():
                raise
        if self._begun:
            silent = f"silent for {self._timeouts.idle:g} s mid-answer"
            raise WireError(Outcome.STALLED, silent)
        late = f"no answer within {self._timeouts.first_token:g} s"
        raise WireError(Outcome.FIRST_TOKEN_TIMEOUT, late)

    async def on_llm_new_token(
        self,
        token: str | list[str | dict[str, Any]],
        *,
        chunk: Any = None,  # noqa: ANN401  LangChain's
        **_: Any,  # noqa: ANN401  LangChain's
    ) -> None:
        """Take in a piece; models that work in a thread report from there."""
        if asyncio.get_running_loop() is self._loop:
            self._take(token, chunk)
        else:
            self._loop.call_soon_threadsafe(self._take, token, chunk)

    def _take(self, token: object, chunk: Any) -> None:  # noqa: ANN401  LangChain's
        message = getattr(chunk, "message", None)
        extra = getattr(message, "additional_kwargs", None) or {}
        thought = any(extra.get(mark) for mark in _MARKS)
        if thought and self.first_thought_ms is None:
            self.first_thought_ms = self._elapsed_ms()
        self._begun = self._begun or bool(token) or thought
        if self._begun and not self._scope.expired():
            self._scope.reschedule(self._loop.time() + self._timeouts.idle)
        if token and isinstance(token, str):
            self._pass_on(self._tags.feed(token)[1])

    def _hear(self, text: str) -> None:
        if self.first_ms is None:
            self.first_ms = self._elapsed_ms()
        self._told(text)

    def _elapsed_ms(self) -> float:
        return (time.perf_counter() - self._sent) * 1000
