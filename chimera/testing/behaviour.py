"""How a stand-in server answers a request: well, or in a way that servers were seen to fail."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Ending = Literal["done", "no_done", "close", "reset", "silence", "slow_close", "runner_died"]

RUNNER_DIED = "an error was encountered while running the model: unexpected EOF"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How one chat is answered; the default is well and at once.

    Attributes:
        text: The answer; None leaves it to the server's `answer`, the schema, or filler.
        repeat: How often the text is said.
        boundless: Whether the text ignores `num_predict` and the context window.
        thinking: What the model thinks before it answers, one piece.
        first_token_s: Silence before the first byte, headers included, in seconds.
        token_s: Silence before each further line, in seconds.
        bytes_per_s: Bandwidth, in bytes per second; 0 is without limit.
        pieces: How many pieces of text are sent before the ending; None means all.
        ending: `done` as Ollama ends, `no_done` a clean end without `done: true`, `close` in the
            middle of a chunk, `reset` (RST), `silence` until the client leaves, `slow_close`,
            `runner_died` as when the model's process is killed: an error, the model unloaded.
        done_reason: Overrides `stop` and `length`.
        last: Fields of the last line that override what the server would say.
        lines: Raw lines sent after the pieces and before the ending.
        after: Raw lines sent after the last one.
        bulk: Size of one more line of filler, in bytes, sent after the pieces; 0 is none.
        newline: What ends a line.
        status: With any other status than 200 `body` is sent instead of an answer.
        headers: Header lines of that answer beyond Date and Content-Length.
        body: Body of that answer.
        raw: These bytes instead of HTTP; then the connection is closed.
        slice_bytes: Send the answer in slices of so many bytes; 0 leaves it whole.
        counters: Whether the last line has counters.
        refusal: What the model declines with, in the field OpenAI's protocol has for it.
        tool_calls: Name and arguments of each tool the model calls, after its text. Where the
            request offers no tools it writes them as text, as models do.
    """

    text: str | None = None
    repeat: int = 1
    boundless: bool = False
    thinking: str | None = None
    first_token_s: float = 0.0
    token_s: float = 0.0
    bytes_per_s: float = 0.0
    pieces: int | None = None
    ending: Ending = "done"
    done_reason: str | None = None
    last: Mapping[str, Any] = field(default_factory=dict)
    lines: tuple[bytes, ...] = ()
    after: tuple[bytes, ...] = ()
    bulk: int = 0
    newline: bytes = b"\n"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    raw: bytes | None = None
    slice_bytes: int = 0
    counters: bool = True
    refusal: str | None = None
    tool_calls: tuple[tuple[str, Mapping[str, Any]], ...] = ()

    @property
    def written_calls(self) -> str:
        """The tool calls as models print them where they are offered no tools."""
        calls = ({"name": name, "parameters": dict(given)} for name, given in self.tool_calls)
        return "\n".join(map(json.dumps, calls))


def failing(status: int, error: str) -> Behaviour:
    """Return an answer of Ollama's usual error shape."""
    return Behaviour(
        status=status,
        headers=(("Content-Type", "application/json; charset=utf-8"),),
        body=error_line(error),
    )


def error_line(text: str) -> bytes:
    """Return `{"error": text}` as Ollama writes it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'{{"error":"{escaped}"}}'.encode()
