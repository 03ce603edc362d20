"""Tool calls of the stand-ins."""

import json
from typing import Any

import httpx
import pytest
from langchain_core.messages import AIMessage

from chimera.testing import Behaviour, OllamaStandIn, ScriptedModel, calling

TOOL = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}
CALL = Behaviour(tool_calls=(("add", {"a": 1}),))


def chat(server: OllamaStandIn, **more: Any) -> list[dict[str, Any]]:
    """Return the lines of the answer to a chat."""
    body = {"model": "x", "messages": [{"role": "user", "content": "?"}], **more}
    text = httpx.post(f"{server.base_url}/api/chat", json=body).text
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("stream", [True, False])
def test_a_call_comes_in_its_own_field(stream: bool) -> None:
    """The message that carries a call has no text; a stream ends with a line of its own."""
    with OllamaStandIn(script=[CALL]) as server:
        lines = chat(server, tools=[TOOL], stream=stream)
    assert lines[0]["message"]["content"] == ""
    assert lines[0]["message"]["tool_calls"] == [
        {"function": {"name": "add", "arguments": {"a": 1}}}
    ]
    assert (len(lines), lines[-1]["done"], lines[-1]["done_reason"]) == (1 + stream, True, "stop")


def test_without_tools_a_call_is_written_out() -> None:
    """A model that was offered no tools can only print its call."""
    with OllamaStandIn(script=[CALL]) as server:
        lines = chat(server)
    text = "".join(line["message"]["content"] for line in lines)
    assert json.loads(text) == {"name": "add", "parameters": {"a": 1}}


def test_scripted_calls_are_the_same_streamed_and_whole() -> None:
    """A scripted call comes whole, or as chunks that add up to it."""
    whole = ScriptedModel(answers=[calling("add", a=1)]).invoke("?")
    first, *rest = ScriptedModel(answers=[calling("add", a=1)]).stream("?")
    total: Any = sum(rest, first)
    assert isinstance(whole, AIMessage)
    assert whole.tool_calls == total.tool_calls
    assert whole.tool_calls[0]["args"] == {"a": 1}


def test_a_model_without_script_calls_the_first_tool_once() -> None:
    """A flow with tools runs to its end without a script."""
    model = ScriptedModel().bind_tools([TOOL])
    call = model.invoke("?")
    assert [c["name"] for c in call.tool_calls] == ["add"]
    told: list[Any] = [("human", "?"), call, ("tool", "3")]
    told[-1] = {"role": "tool", "content": "3", "tool_call_id": call.tool_calls[0]["id"]}
    assert model.invoke(told).tool_calls == []
