"""What a server that speaks OpenAI's protocol says to a chat: chunks, a whole, errors."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from chimera.testing.behaviour import Behaviour
from chimera.testing.http1 import dumps
from chimera.testing.schema import example
from chimera.testing.window import prompt_tokens, tokens

Body = dict[str, Any]
AnswerTo = Callable[[Body], str]

FILLER = "All is well, and this sentence stands in for an answer. "

_PIECE = re.compile(r"\s*\S+|\s+")
_ID = "chatcmpl-839"


@dataclass(frozen=True)
class Completion:
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
    def prompt_tokens(self) -> int:
        """The size of the prompt, in tokens."""
        return prompt_tokens(self.body.get("messages") or [])

    @cached_property
    def pieces(self) -> list[str]:
        """The answer in tokens, as many as the request allows."""
        limit = self.body.get("max_completion_tokens") or self.body.get("max_tokens")
        return self._wanted if self.behaviour.boundless else self._wanted[:limit]

    @property
    def reason(self) -> str:
        """Why the answer ends."""
        cut = len(self.pieces) < len(self._wanted)
        ended = "tool_calls" if self._calls else "stop"
        return self.behaviour.done_reason or ("length" if cut else ended)

    @property
    def usage(self) -> Body:
        """The token counts; thinking is part of the answer's."""
        spoken = len(self.pieces) + tokens(self.behaviour.thinking or "")
        asked = self.prompt_tokens
        return {
            "prompt_tokens": asked,
            "completion_tokens": spoken,
            "total_tokens": asked + spoken,
        }

    def events(self) -> Iterator[bytes]:
        """Return the data of each event before the end: thinking, then text or a refusal."""
        role: Body = {"role": "assistant"}
        for delta in self._deltas():
            yield self._event({**role, **delta})
            role = {}
        yield from self.behaviour.lines

    def ending(self) -> list[bytes]:
        """Return the data of the last events: the reason, the usage where asked for, the mark."""
        events = [self._event({}, self.reason)]
        asked = self.body.get("stream_options") or {}
        if self.behaviour.counters and asked.get("include_usage"):
            events.append(dumps({**self._start("chat.completion.chunk"), **self._counted([])}))
        return [*events, b"[DONE]", *self.behaviour.after]

    def whole(self) -> bytes:
        """Return the body of an answer that is not streamed."""
        message: Body = {"role": "assistant", "content": "".join(self.pieces)}
        if self.behaviour.thinking is not None:
            message["reasoning_content"] = self.behaviour.thinking
        if self.behaviour.refusal is not None:
            message |= {"content": None, "refusal": self.behaviour.refusal}
        if self._calls:
            message["tool_calls"] = self._calls
        choices = [{"index": 0, "message": message, "finish_reason": self.reason}]
        return dumps({**self._start("chat.completion"), **self._counted(choices)}) + b"\n"

    def _counted(self, choices: list[Body]) -> Body:
        usage = {"usage": self.usage} if self.behaviour.counters else {}
        return {"choices": choices, **usage}

    def _start(self, kind: str) -> Body:
        return {
            "id": _ID,
            "object": kind,
            "created": int(time.time()),
            "model": self.body.get("model", ""),
            "system_fingerprint": "fp_ollama",
        }

    def _event(self, delta: Body, reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return dumps({**self._start("chat.completion.chunk"), "choices": [choice]})

    def _deltas(self) -> Iterator[Body]:
        behaviour = self.behaviour
        if behaviour.thinking is not None:
            yield {"reasoning_content": behaviour.thinking}
        if behaviour.refusal is not None:
            yield {"refusal": behaviour.refusal}
            return
        for piece in self.pieces[: behaviour.pieces]:
            yield {"content": piece}
        if self._calls:
            yield {"tool_calls": self._calls}

    @property
    def _calls(self) -> list[Body]:
        """The tool calls, where the request offers tools."""
        calls = self.behaviour.tool_calls if self.body.get("tools") else ()
        return [
            {
                "index": index,
                "id": f"call_{index}",
                "type": "function",
                "function": {"name": name, "arguments": json.dumps(dict(given))},
            }
            for index, (name, given) in enumerate(calls)
        ]

    @cached_property
    def _wanted(self) -> list[str]:
        if self.behaviour.refusal is not None:
            return []
        if self.behaviour.tool_calls:
            written = "" if self._calls else self.behaviour.written_calls
            return _PIECE.findall((self.behaviour.text or "") + written)
        if self.behaviour.text is not None:
            return _PIECE.findall(self.behaviour.text * self.behaviour.repeat)
        if self.answer is not None:
            return _PIECE.findall(self.answer(self.body))
        form = self.body.get("response_format") or {}
        if form.get("type") == "json_schema":
            return _PIECE.findall(json.dumps(example(form["json_schema"].get("schema", {}))))
        return _PIECE.findall("{}" if form.get("type") == "json_object" else FILLER.strip())


def refusing(
    status: int, message: str, *, code: str | None = None, kind: str = "invalid_request_error"
) -> Behaviour:
    """Return an error in OpenAI's shape; 429 says when to come again."""
    error = {"message": message, "type": kind, "param": None, "code": code}
    later = (("Retry-After", "1"),) if status == 429 else ()  # noqa: PLR2004  too many requests
    return Behaviour(
        status=status,
        headers=(("Content-Type", "application/json"), *later),
        body=dumps({"error": error}) + b"\n",
    )


def too_long(asked: int, num_ctx: int) -> Behaviour:
    """Return OpenAI's words for a prompt that does not fit."""
    return refusing(
        400,
        f"This model's maximum context length is {num_ctx} tokens. However, your messages "
        f"resulted in {asked} tokens. Please reduce the length of the messages.",
        code="context_length_exceeded",
    )


def too_long_inside(asked: int, num_ctx: int) -> Behaviour:
    """Return llama.cpp's words for a prompt that does not fit."""
    error = {
        "code": 400,
        "message": f"request ({asked} tokens) exceeds the available context size "
        f"({num_ctx} tokens), try increasing it",
        "type": "exceed_context_size_error",
        "n_prompt_tokens": asked,
        "n_ctx": num_ctx,
    }
    return Behaviour(
        status=400,
        headers=(("Content-Type", "application/json"),),
        body=dumps({"error": error}),
    )


_TROUBLE = dumps({"error": {"message": "the engine died", "type": "server_error", "code": 500}})

TROUBLES: dict[str, Behaviour] = {
    "too-long": too_long(5000, 4096),
    "too-long-llama-cpp": too_long_inside(5000, 4096),
    "unauthorised": refusing(401, "Incorrect API key provided.", code="invalid_api_key"),
    "missing": refusing(404, "The model `missing` does not exist.", code="model_not_found"),
    "rate-limited": refusing(429, "Rate limit reached.", code="rate_limit_exceeded"),
    "server-error": refusing(500, "The server had an error.", kind="server_error"),
    "busy": refusing(503, "The engine is overloaded.", kind="server_error"),
    "bad-request": refusing(400, "'temperature' must be a number."),
    "filtered-before": refusing(400, "The prompt was filtered.", code="content_filter"),
    "filtered": Behaviour(text="So far so", done_reason="content_filter"),
    "refused": Behaviour(refusal="I will not answer this."),
    "cut": Behaviour(done_reason="length"),
    "empty": Behaviour(text=""),
    "thought-only": Behaviour(text="", thinking="Let me see."),
    "thinking": Behaviour(thinking="Let me see."),
    "think-tags": Behaviour(text="<think>Let me see.</think>\n\nAll is well."),
    "no-usage": Behaviour(counters=False),
    "no-finish": Behaviour(pieces=2, ending="no_done"),
    "error-event": Behaviour(pieces=1, ending="no_done", lines=(_TROUBLE,)),
    "torn-event": Behaviour(pieces=1, lines=(b'{"id":"x","cho',)),
    "dropped": Behaviour(pieces=2, ending="close"),
    "reset": Behaviour(pieces=2, ending="reset"),
    "close-first": Behaviour(raw=b""),
    "silent": Behaviour(first_token_s=3600.0),
    "stalled": Behaviour(pieces=1, ending="silence"),
    "not-http": Behaviour(raw=b"SSH-2.0-OpenSSH_9.9\r\nProtocol mismatch.\r\n\r\n"),
}
