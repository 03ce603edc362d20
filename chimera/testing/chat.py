"""What a real Ollama 0.33 says to a chat request: refusals, lines, counters."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chimera.testing.behaviour import Behaviour, failing
from chimera.testing.http1 import JSON, chunk, chunked_head, dumps, whole
from chimera.testing.schema import example

Body = dict[str, Any]
AnswerTo = Callable[[Body], str]

DEFAULT_NUM_CTX = 4096  # tokens
FILLER = "All is well, and this sentence stands in for an answer. "
TOO_LONG = (
    "the prompt is longer than the context length currently available to the model; shorten the "
    "prompt, adjust the context length in settings, or use a model with a longer context length"
)

_PIECE = re.compile(r"\s*\S+|\s+")


@dataclass(frozen=True, slots=True)
class Chat:
    """One chat to be answered.

    Attributes:
        body: The request.
        behaviour: How it is answered.
        answer: Makes the text where the behaviour has none.
    """

    body: Body
    behaviour: Behaviour
    answer: AnswerTo | None = None

    @property
    def preload(self) -> bool:
        """Whether the model is only to be loaded."""
        return not self.body.get("messages")

    def refusal(self) -> bytes | None:
        """Return the error response for a prompt that may not be cut, where it does not fit."""
        asked, window = self.prompt_tokens, self.num_ctx
        if asked < window - 3:
            return None
        if self.body.get("truncate") is False:
            inner = {
                "code": 400,
                "message": f"request ({asked} tokens) exceeds the available context size "
                f"({window} tokens), try increasing it",
                "type": "exceed_context_size_error",
                "n_prompt_tokens": asked,
                "n_ctx": window,
            }
            return _inner_error(dumps({"error": inner}).decode())
        return _inner_error(TOO_LONG) if self.body.get("shift") is False else None

    @property
    def num_ctx(self) -> int:
        """The context window, in tokens."""
        return int(self._options.get("num_ctx") or DEFAULT_NUM_CTX)

    @property
    def prompt_tokens(self) -> int:
        """The size of the prompt: a token for each word or three characters, six a message."""
        return sum(6 + tokens(str(m.get("content", ""))) for m in self.body.get("messages") or [])

    def pieces(self) -> list[str]:
        """Return the answer in tokens, as many as the request allows."""
        return self._wanted()[: self._limit()]

    def last(self) -> Body:
        """Return the end of the answer: `done`, its reason and the counters."""
        wanted, sent = self._wanted(), self.pieces()
        reason = self.behaviour.done_reason or ("length" if len(sent) < len(wanted) else "stop")
        asked = min(self.prompt_tokens, self.num_ctx - (self.num_ctx - 5) // 2)
        counted = self.prompt_tokens if self.prompt_tokens < self.num_ctx - 3 else asked
        line = {"done": True, "done_reason": reason}
        if not self.behaviour.counters:
            return line | dict(self.behaviour.last)
        spoken = len(sent) + (reason == "stop")
        return line | {
            "total_duration": 3_000_000 + 50_000 * counted + 1_000_000 * spoken,
            "load_duration": 1_000_000,
            "prompt_eval_count": counted,
            "prompt_eval_duration": 50_000 * counted,
            "eval_count": spoken,
            "eval_duration": 1_000_000 * spoken,
            **self.behaviour.last,
        }

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
        for piece in self.pieces()[: self.behaviour.pieces]:
            yield self.line({"content": piece})
        if self.behaviour.bulk:
            filler = b"x" * self.behaviour.bulk  # too much to go through the JSON encoder
            yield self.line({"content": "@"}).replace(b'"@"', b'"%s"' % filler)
        yield from self.behaviour.lines

    def unstreamed(self) -> bytes:
        """Return the response to `stream: false`."""
        message = {"content": "".join(self.pieces())}
        if self.behaviour.thinking is not None:
            message["thinking"] = self.behaviour.thinking
        return whole(200, [("Content-Type", JSON)], self.line(message, self.last()))

    def loaded(self) -> bytes:
        """Return the response to a request without messages."""
        reason = "unload" if self.body.get("keep_alive") == 0 else "load"
        end = {"done": True, "done_reason": reason}
        return whole(200, [("Content-Type", JSON)], self.line({}, end))

    @property
    def _options(self) -> Body:
        options = self.body.get("options")
        return options if isinstance(options, dict) else {}

    def _wanted(self) -> list[str]:
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
        limits = [int(self._options.get("num_predict") or 0)]
        if self.body.get("shift") is False:
            limits.append(self.num_ctx - self.prompt_tokens)
        return min((limit for limit in limits if limit > 0), default=None)


def tokens(text: str) -> int:
    """Return how many tokens the stand-in sees: one a word, or one for three characters."""
    return max(len(text.split()), -(-len(text) // 3))


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


def _inner_error(told: str) -> bytes:
    """Errors of the model's own server come in chunks, the others whole."""
    head = chunked_head("application/json", 400)
    return head + chunk(dumps({"error": told})) + chunk(b"")
