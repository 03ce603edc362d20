"""An answer as it comes: pieces of its text, then the whole of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any, Generic, Self

from typing_extensions import TypeVar

from chimera.errors import SetupError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from chimera.models.records import CallRecord
    from chimera.models.sender import OnText

T = TypeVar("T", bound="BaseModel | str", default=str)
Answering = Callable[["OnText"], Awaitable[tuple[Any, "CallRecord"]]]


class Piece(str):
    """A piece of an answer's text.

    Attributes:
        restarted: Whether the answer begins anew with it: the request was repeated, another model
            was asked, or a tool was called. What came before is no part of the answer.
    """

    __slots__ = ("restarted",)

    restarted: bool

    def __new__(cls, text: str, *, restarted: bool = False) -> Self:
        """Make a piece."""
        piece = super().__new__(cls, text)
        piece.restarted = restarted
        return piece


class Stream(Generic[T]):
    """One question being answered; made by `Agent.stream`.

    Attributes:
        text: The text of the answer so far, without what was restarted.
    """

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._queue: asyncio.Queue[Piece | None] = asyncio.Queue()
        self._task: asyncio.Task[tuple[Any, CallRecord]] | None = None
        self._restarted = False
        self.text = ""

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._queue, self._restarted, self.text = asyncio.Queue(), False, ""  # it may be used again
        self._task = asyncio.ensure_future(self._answering(self))
        self._task.add_done_callback(lambda _: self._queue.put_nowait(None))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Give the answer up, if it is not there yet; the call is accounted for all the same."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def __aiter__(self) -> AsyncIterator[Piece]:
        """Yield the pieces as they come.

        Raises:
            CallError: At the end, if the call ended in another outcome than ok.
            SetupError: If the agent has no model, or the stream is not used by `async with`.
        """
        if self._task is None:
            raise SetupError("a stream is read inside of `async with agent.stream(…) as answer:`")
        while (piece := await self._queue.get()) is not None:
            self.text = str(piece) if piece.restarted else self.text + piece
            yield piece
        self._queue.put_nowait(None)
        await self._task

    def __call__(self, text: str) -> None:
        """Take in a piece; some libraries tell theirs from a thread."""
        piece = Piece(text, restarted=self._restarted)
        self._restarted = False
        self._loop.call_soon_threadsafe(self._queue.put_nowait, piece)

    def again(self) -> None:
        """Take in that the answer begins anew."""
        self._restarted = True

    @property
    def value(self) -> T:
        """The whole answer: text, or an object of the output contract.

        Raises:
            CallError: If the call ended in another outcome than ok.
            SetupError: If the stream was not read to its end.
        """
        found: T = self._ended[0]
        return found

    @property
    def record(self) -> CallRecord:
        """The account of the call; errors as for `value`."""
        return self._ended[1]

    @property
    def _ended(self) -> tuple[Any, CallRecord]:
        if self._task is None or not self._task.done() or self._task.cancelled():
            raise SetupError("the answer is not there: read its stream to the end first")
        return self._task.result()
