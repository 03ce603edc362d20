"""Tools with a model that speaks OpenAI's protocol."""

from typing import Any

import pytest
from pydantic import BaseModel

from chimera import Agent
from chimera.models import ModelOptions
from chimera.testing import Behaviour, OpenAIStandIn
from tests.agents.desk import CLERK, add, asked

pytest.importorskip("langchain_openai", reason="the extra `openai` is not installed")


class Sum(BaseModel):
    total: int


async def test_tools_and_contract_work_over_openais_protocol(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The calls of a turn are answered by their ids; the contract holds at the end."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-nothing")
    calls = (("add", {"a": 1, "b": 2}), ("add", {"a": 3, "b": 4}))
    script = [Behaviour(tool_calls=calls), Behaviour(text="Three."), Behaviour(text='{"total": 3}')]
    with OpenAIStandIn(script=script) as server:
        agent: Agent[Any] = Agent(
            persona=CLERK,
            model="openai:x",
            base_url=server.api_url,
            options=ModelOptions(num_ctx=4096),
            tools=[add],
            output=Sum,
        )
        answer, made, session = await asked(agent)
    second, last = (chat.body for chat in server.chats[1:])
    assert answer == Sum(total=3)
    assert [call.outcome for call in made] == ["ok", "ok"]
    assert [message.get("tool_call_id") for message in second["messages"][-2:]] == [
        "call_0",
        "call_1",
    ]
    assert ("tools" in last, last["response_format"]["type"]) == (False, "json_schema")
    assert [call.attempts for call in session.calls] == [1, 2]
