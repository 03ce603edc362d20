"""Lines no Ollama server sends: each ends as an outcome, none as an exception of Python's."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage

from chimera.errors import CallError
from chimera.models import CallSite, Gateway, Ollama, Outcome, Prompt
from chimera.testing import Behaviour, OllamaStandIn

_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([0, 2**64, 10**400, float("inf"), float("nan")])
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["stop", "length", "load", "<think>", "</think>", "\ud800", "\0"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["role", "content", "thinking", "tool_calls", "function", "name", "arguments"]
            )
            | st.text(max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
_COUNTERS = ["eval_count", "prompt_eval_count", "prompt_eval_cached_count", "total_duration"]
_PARTS = ["message", "done", "done_reason", "error", "logprobs", "model", "created_at"]
_FIELDS = [*_PARTS, *_COUNTERS, "load_duration", "prompt_eval_duration", "eval_duration"]
_MESSAGES = st.fixed_dictionaries(
    {"content": st.text(max_size=8)},
    optional={"thinking": st.text(max_size=8), "tool_calls": _VALUES, "role": _VALUES},
)
_LINES = st.fixed_dictionaries(
    {"message": _MESSAGES | _VALUES, "done": st.sampled_from([False, True, True, "true", 1])},
    optional={name: _VALUES for name in _FIELDS if name not in {"message", "done", "error"}},
) | st.dictionaries(st.sampled_from(_FIELDS), _VALUES, max_size=4)


@settings(max_examples=150, deadline=None)
@given(st.lists(_LINES, min_size=1, max_size=3))
def test_no_line_breaks_the_reading(lines: list[dict[str, Any]]) -> None:
    """Fields of any type make a message that can be stored, or a `CallError`."""
    raw = tuple(json.dumps(line).encode() for line in lines)
    answer = Behaviour(text="", lines=raw, ending="no_done")
    with OllamaStandIn(script=[answer, answer]) as server:
        model = Ollama(model="m", base_url=server.base_url)
        for asked in (_whole(model), _streamed(model)):
            try:
                message = asyncio.run(asked)
            except CallError as error:
                assert error.outcome in list(Outcome)  # noqa: PT017  either is right
            else:
                str(message.content).encode()


async def _whole(model: Ollama) -> AIMessage:
    return await model.ainvoke("Hi")


async def _streamed(model: Ollama) -> AIMessage:
    pieces = [piece async for piece in model.astream("Hi")]
    return pieces[-1]


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        (b'data: {"message":{"content":"Hi"},"done":true}', Outcome.NOT_OLLAMA),
        (b"event: message", Outcome.NOT_OLLAMA),
        (b"5", Outcome.NOT_OLLAMA),
        (b'"x"', Outcome.NOT_OLLAMA),
        (b"true", Outcome.NOT_OLLAMA),
        (b"<html>", Outcome.NOT_OLLAMA),
        (b'{"message":{"content":"Hi"},"done":"true"}', Outcome.DROPPED_STREAM),
        (b'{"message":{"content":"Hi"},"done":1}', Outcome.DROPPED_STREAM),
        (b'{"message":{"content":"Hi"}}', Outcome.DROPPED_STREAM),
        (b'{"message":"Hi","done":true}', Outcome.SERVER_ERROR),
        (b'{"response":"Hi","done":false}', Outcome.SERVER_ERROR),
        (b'{"error":7}', Outcome.SERVER_ERROR),
        (b'{"error":["x"]}', Outcome.SERVER_ERROR),
        (b'{"error":""}', Outcome.SERVER_ERROR),
        (b"{}", Outcome.SERVER_ERROR),
        (b'{"done":true}', Outcome.EMPTY),
        (b'{"message":{"content":"Hi"},"done":true,"done_reason":["length"]}', Outcome.OK),
        (b'{"message":{"content":"Hi"},"done":true,"eval_duration":1e400}', Outcome.OK),
        (b'\xef\xbb\xbf{"message":{"content":"Hi"},"done":true}', Outcome.NOT_OLLAMA),
    ],
)
async def test_a_line_alone_has_its_outcome(
    connect: Callable[..., Gateway], prompt: Prompt, site: CallSite, line: bytes, outcome: Outcome
) -> None:
    """What is missing or mistyped decides; the detail is one printable line."""
    alone = Behaviour(text="", lines=(line,), ending="no_done")
    with OllamaStandIn(script=[alone] * 3) as server:
        record = (await connect(server.base_url).ask(prompt, call=site)).record
    assert record.outcome is outcome
    assert (record.detail or "x").isprintable()
    assert record.decode_ms is None


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"a\xc2\x85b\xe2\x80\xa8c", "a\u0085b\u2028c"),
        (b"a\xffb", "a\N{REPLACEMENT CHARACTER}b"),
        (b"a\\ud800b", "a\N{REPLACEMENT CHARACTER}b"),
        (b"\\ud83d\\ude00", "\N{GRINNING FACE}"),
        (b"a\\u0000b", "a\N{REPLACEMENT CHARACTER}b"),
        (b"a\\u001b[31mb", "a\x1b[31mb"),
    ],
)
async def test_odd_characters_become_clean_text(
    connect: Callable[..., Gateway], prompt: Prompt, site: CallSite, content: bytes, text: str
) -> None:
    """What can be encoded stays as it is, the rest becomes U+FFFD, heard and kept alike."""
    heard: list[str] = []
    line = b'{"message":{"content":"' + content + b'"},"done":true}'
    with OllamaStandIn(script=[Behaviour(text="", lines=(line,))]) as server:
        answer = await connect(server.base_url).ask(prompt, call=site, on_text=heard.append)
    assert (answer.record.outcome, answer.text, heard) == (Outcome.OK, text, [text])
