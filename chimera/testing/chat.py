"""What a real Ollama 0.33 says to a chat request: refusals, lines, counters."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from chimera.testing.behaviour import RUNNER_DIED, Behaviour, failing
from chimera.testing.http1 import JSON, chunk, chunked_head, dumps, whole
from chimera.testing.scheduler import Grant, Machine, Profile
from chimera.testing.schema import example
from chimera.testing.window import (
    DEFAULT_NUM_CTX,
    NUM_KEEP,
    SMALLEST,
    Message,
    Window,
    prompt_tokens,
    rendered,
    tokens,
)

__all__ = ["FILLER", "AnswerTo", "Body", "Chat", "tokens", "wrong_request"]

Body = dict[str, Any]
AnswerTo = Callable[[Body], str]

FILLER = "All is well, and this sentence stands in for an answer. "
LENGTH = 131_072  # tokens the models were made for, where nobody says otherwise
TOO_LONG = (
    "the prompt is longer than the context length currently available to the model; shorten the "
    "prompt, adjust the context length in settings, or use a model with a longer context length"
)

_PIECE = re.compile(r"\s*\S+|\s+")
_TIMES_WINDOW = 10  # without num_predict the server stops after so many windows
_PREFILL_NS = 50_000  # a token
_DECODE_NS = 1_000_000  # a token
_READY_NS = 1_000_000  # to find a model that is loaded
_OTHER_NS = 2_000_000
_MS = 1_000_000  # nanoseconds
_UNCHUNKED = 2048  # bytes; Go sends more than that in chunks


@dataclass(frozen=True)
class Chat:
    """One chat to be answered.

    Attributes:
        body: The request.
        behaviour: How it is answered.
        answer: Makes the text where the behaviour has none.
        machine: The server it is answered by.
    """

    body: Body
    behaviour: Behaviour
    answer: AnswerTo | None = None
    machine: Machine = field(default_factory=Machine)

    @property
    def name(self) -> str:
        """The model asked for."""
        return str(self.body.get("model", ""))

    @property
    def preload(self) -> bool:
        """Whether the model is only to be loaded."""
        return not self._messages

    @property
    def profile(self) -> Profile:
        """What the model has to be loaded with."""
        shift = self.body.get("shift") is not False or self.machine.get("old", False)
        return Profile(self.num_ctx, self._options.get("num_gpu"), shift)

    @property
    def num_ctx(self) -> int:
        """The context window in force, in tokens."""
        asked = self._options.get("num_ctx")
        wanted = max(SMALLEST, int(DEFAULT_NUM_CTX if asked is None else asked))
        return min(wanted, self.machine.get("context_length", LENGTH))

    @cached_property
    def prompt(self) -> str:
        """The text of what reaches the model, before the last cut."""
        return rendered(self._kept)

    def refusal(self) -> bytes | None:
        """Return the error response for a prompt that may not be cut, where it does not fit."""
        if self._window.holds(self._messages) or self.machine.get("old"):
            return None
        fits = self._window.holds(self._kept)
        if self.body.get("truncate") is False or (self.machine.get("native") and not fits):
            return self._inner_error(self._exceeded(prompt_tokens(self._messages)))
        return self._inner_error(TOO_LONG) if self.body.get("shift") is False and not fits else None

    @cached_property
    def pieces(self) -> list[str]:
        """The answer in tokens, as many as the request allows."""
        return self._wanted[: self._limit()]

    def last(self, grant: Grant | None = None, cached: int = 0) -> Body:
        """Return the end of the answer: `done`, its reason and the counters."""
        cut = len(self.pieces) < len(self._wanted)
        reason = self.behaviour.done_reason or ("length" if cut else "stop")
        line = {"done": True, "done_reason": reason}
        if self.behaviour.counters:
            line |= self._counters(len(self.pieces) + (reason == "stop"), grant, cached)
        return line | dict(self.behaviour.last)

    def line(self, message: Body, end: Body | None = None) -> bytes:
        """Return one line of a stream, or the whole of an answer that is not streamed."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"
        start = {"model": self.body.get("model", ""), "created_at": now}
        message = {"role": "assistant", "content": "", **message}
        return dumps({**start, "message": message, **(end or {"done": False})})

    def lines(self) -> Iterator[bytes]:
        """Return the lines of the stream before its last one."""
        if self.behaviour.thinking is not None:
            yield self.line({"thinking": self.behaviour.thinking})
        for piece in self.pieces[: self.behaviour.pieces]:
            yield self.line({"content": piece})
        if self._calls:
            yield self.line({"tool_calls": self._calls})
        if self.behaviour.bulk:
            filler = b"x" * self.behaviour.bulk  # too much to go through the JSON encoder
            yield self.line({"content": "@"}).replace(b'"@"', b'"%s"' % filler)
        yield from self.behaviour.lines

    def unstreamed(self, end: Body) -> bytes:
        """Return the response to `stream: false`."""
        if self.behaviour.ending == "runner_died":
            died = failing(500, RUNNER_DIED)
            return whole(500, died.headers, died.body)
        message: Body = {"content": "".join(self.pieces)}
        if self._calls:
            message["tool_calls"] = self._calls
        if self.behaviour.thinking is not None:
            message["thinking"] = self.behaviour.thinking
        body = self.line(message, end)
        if len(body) > _UNCHUNKED:
            return chunked_head(JSON) + chunk(body) + chunk(b"")
        return whole(200, [("Content-Type", JSON)], body)

    def loaded(self, reason: str = "load") -> bytes:
        """Return the response to a request without messages."""
        end = {"done": True, "done_reason": reason}
        return whole(200, [("Content-Type", JSON)], self.line({}, end))

    def cached_tokens(self, share: float) -> int:
        """Return how many tokens of the prompt need no work; one always does."""
        return min(int(self._counted * share), self._counted - 1)

    @property
    def _options(self) -> Body:
        options = self.body.get("options")
        return options if isinstance(options, dict) else {}

    @property
    def _messages(self) -> list[Message]:
        return self.body.get("messages") or []

    @cached_property
    def _window(self) -> Window:
        return Window(self.num_ctx, int(self._options.get("num_keep", NUM_KEEP)))

    @cached_property
    def _kept(self) -> list[Message]:
        return self._window.shortened(self._messages)

    @cached_property
    def _counted(self) -> int:
        return self._window.counted(self._kept)

    def _counters(self, spoken: int, grant: Grant | None, cached: int) -> Body:
        """Return the counters; those that are zero are left out."""
        load = _READY_NS + (grant.load_ms if grant else 0) * _MS
        prefill, decode = _PREFILL_NS * (self._counted - cached), _DECODE_NS * spoken
        waited = (grant.slot_ms if grant else 0) * _MS
        newer = {"prompt_eval_cached_count": cached} if self.machine.get("cached_count") else {}
        counters = {
            "total_duration": _OTHER_NS + waited + load + prefill + decode,
            "load_duration": load,
            "prompt_eval_count": self._counted,
            **newer,
            "prompt_eval_duration": prefill,
            "eval_count": spoken,
            "eval_duration": decode,
        }
        return {name: value for name, value in counters.items() if value}

    @property
    def _calls(self) -> list[Body]:
        """The tool calls, where the request offers tools."""
        calls = self.behaviour.tool_calls if self.body.get("tools") else ()
        return [{"function": {"name": name, "arguments": dict(given)}} for name, given in calls]

    @cached_property
    def _wanted(self) -> list[str]:
        if self.behaviour.tool_calls:
            written = "" if self._calls else self.behaviour.written_calls
            return _PIECE.findall((self.behaviour.text or "") + written)
        if self.behaviour.text is not None:
            return _PIECE.findall(self.behaviour.text * self.behaviour.repeat)
        if self.answer is not None:
            return _PIECE.findall(self.answer(self.body))
        form = self.body.get("format")
        if form:
            return _PIECE.findall(json.dumps(example(form) if isinstance(form, dict) else {}))
        return _PIECE.findall(FILLER.strip())

    def _limit(self) -> int | None:
        if self.behaviour.boundless:
            return None
        wanted = int(self._options.get("num_predict") or 0)
        limits = [wanted if wanted > 0 else self.num_ctx * _TIMES_WINDOW]
        if not self.profile.shift:
            limits.append(self.num_ctx - self._counted)
        return min((limit for limit in limits if limit > 0), default=None)

    def _inner_error(self, told: str) -> bytes:
        """Return an error of the model's own server: in chunks where a stream was asked for."""
        body = dumps({"error": told})
        if self.body.get("stream") is False:
            return whole(400, [("Content-Type", JSON)], body)
        return chunked_head("application/json", 400) + chunk(body) + chunk(b"")

    def _exceeded(self, asked: int) -> str:
        inner = {
            "code": 400,
            "message": f"request ({asked} tokens) exceeds the available context size "
            f"({self.num_ctx} tokens), try increasing it",
            "type": "exceed_context_size_error",
            "n_prompt_tokens": asked,
            "n_ctx": self.num_ctx,
        }
        return dumps({"error": inner}).decode()


def wrong_request(method: str, content: bytes, body: Body) -> Behaviour | None:
    """Return the refusal of a chat request that is none."""
    if method != "POST":
        return Behaviour(
            status=405,
            headers=(("Allow", "POST"), ("Content-Type", "text/plain")),
            body=b"405 method not allowed",
        )
    if not content:
        return failing(400, "missing request body")
    try:
        json.loads(content)
    except ValueError:
        return failing(400, "unexpected EOF")
    return None if body.get("model") else failing(400, "model is required")
