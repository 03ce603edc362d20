"""Agents with tools: calls, caps, faults, accounts."""

import json
import math
from typing import Any

import pytest
from langchain_core.tools import StructuredTool, tool
from pydantic import BaseModel

from chimera import Agent, Persona
from chimera.errors import CallError, ConfigError, SetupError
from chimera.events import Event
from chimera.models import Timeouts
from chimera.rules import Rules
from chimera.session import Session, active
from chimera.testing import Behaviour, OllamaStandIn, ScriptedModel, calling
from chimera.testing.behaviour import failing
from tests.agents.desk import CLERK, add, asked, broken, lengthy, strict


class Sum(BaseModel):
    total: int


def clerk(*answers: Any, **fields: Any) -> Agent[Any]:
    """Return an agent that adds, with its answers written down."""
    model = ScriptedModel(answers=list(answers))
    return Agent(**{"persona": CLERK, "model": model, "tools": [add], **fields})


async def test_a_tool_is_called_and_its_result_reaches_the_model() -> None:
    """The model reads what the tool said, and answers."""
    agent = clerk(calling("add", a=1, b=2), "It is 3.")
    answer, calls, _ = await asked(agent, "1 + 2?")
    assert answer == "It is 3."
    assert [(c.tool, c.arguments, c.outcome) for c in calls] == [("add", {"a": 1, "b": 2}, "ok")]
    assert agent.model.prompts[1].endswith("3")  # type: ignore[union-attr]


async def test_each_turn_is_an_accounted_call() -> None:
    """Every turn of the model has its record, and every call of a tool names its turn."""
    _, calls, session = await asked(clerk(calling("add", a=1, b=2), calling("add", a=3, b=3), "6"))
    assert [(call.id, call.outcome) for call in session.calls] == [
        ("M1", "ok"),
        ("M2", "ok"),
        ("M3", "ok"),
    ]
    assert [(call.id, call.call) for call in calls] == [("T1", "M1"), ("T2", "M2")]


async def test_ollama_gets_tools_and_gives_calls() -> None:
    """On Ollama's wire tools are offered, calls come in `tool_calls`, results go as `tool`."""
    call = Behaviour(tool_calls=(("add", {"a": 1, "b": 2}),))
    with OllamaStandIn(script=[call, Behaviour(text="3")]) as server:
        agent = clerk(model="ollama:x", base_url=server.base_url)
        answer, _, session = await asked(agent)
    first, second = (chat.body for chat in server.chats)
    assert answer == "3"
    assert first["tools"][0]["function"]["name"] == "add"
    assert second["messages"][-1] | {"tool_call_id": ""} == {
        "role": "tool",
        "content": "3",
        "tool_call_id": "",
        "tool_name": "add",
    }
    assert session.calls[0].request_hash != session.calls[1].request_hash


async def test_the_same_conversation_has_the_same_hashes() -> None:
    """The ids that a server gives to calls are no part of what was asked."""
    hashes = []
    for _ in range(2):
        call = Behaviour(tool_calls=(("add", {"a": 1, "b": 2}),))
        with OllamaStandIn(
            script=[call, Behaviour(text="3")], models=["x"], digests={"x": "ab"}
        ) as server:
            _, _, session = await asked(clerk(model="ollama:x", base_url=server.base_url))
        hashes.append([call.request_hash for call in session.calls])
    assert hashes[0] == hashes[1]


async def test_output_contract_holds_after_tools() -> None:
    """The answer after the tools is an object of the contract; no schema binds the turns before."""
    call = Behaviour(tool_calls=(("add", {"a": 1, "b": 2}),))
    with OllamaStandIn(script=[call, Behaviour(text='{"total": 3}')]) as server:
        agent = clerk(model="ollama:x", base_url=server.base_url, output=Sum)
        answer, _, _ = await asked(agent)
    assert answer == Sum(total=3)
    assert [("format" in chat.body, "tools" in chat.body) for chat in server.chats] == [
        (False, True)
    ] * 2


async def test_prose_after_tools_is_repaired_under_the_schema() -> None:
    """An answer in prose is asked for once more, without tools and held to the schema."""
    script = [
        Behaviour(tool_calls=(("add", {"a": 1, "b": 2}),)),
        Behaviour(text="Three."),
        Behaviour(text='{"total": 3}'),
    ]
    with OllamaStandIn(script=script) as server:
        agent = clerk(model="ollama:x", base_url=server.base_url, output=Sum)
        answer, _, session = await asked(agent)
    assert answer == Sum(total=3)
    last = server.chats[-1].body
    assert ("format" in last, "tools" in last) == (True, False)
    assert [call.attempts for call in session.calls] == [1, 2]


async def test_rules_are_checked_on_the_final_answer() -> None:
    """A broken rule is told once after the tools, too."""
    persona = CLERK.model_copy(update={"rules": Rules(max_words=2)})
    agent = clerk(calling("add", a=1, b=2), "It is three.", "Three.", persona=persona)
    assert (await asked(agent))[0] == "Three."


@pytest.mark.parametrize(
    ("call", "outcome", "told"),
    [
        (calling("add", a="one", b=2), "invalid", "a: Input should be a valid integer"),
        (calling("ad", a=1, b=2), "unknown", "did you mean 'add'"),
        (calling("broken", text="x"), "failed", "OSError: no disk for x"),
        (calling("strict", text="x"), "failed", "the tool failed: ValidationError"),
    ],
)
async def test_what_goes_wrong_is_told_to_the_model(call: Any, outcome: str, told: str) -> None:
    """Wrong arguments, unknown names and failing tools are answers to the model, not failures."""
    agent = clerk(call, "I see.", tools=[add, broken, strict])
    answer, calls, _ = await asked(agent)
    assert (answer, calls[0].outcome) == ("I see.", outcome)
    assert told in agent.model.prompts[1]  # type: ignore[union-attr]
    assert told in str(calls[0].detail)


async def test_a_repeated_call_is_answered_and_not_run() -> None:
    """The same call with the same arguments runs once."""
    ran = []

    def note(text: str) -> str:
        """Note a text."""
        ran.append(text)
        return "noted"

    agent = clerk(calling("note", text="a"), calling("note", text="a"), "Done.", tools=[note])
    _, calls, _ = await asked(agent)
    assert ran == ["a"]
    assert [call.outcome for call in calls] == ["ok", "repeated"]


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "add", "arguments": {"a": 1, "b": 2}}',
        '```json\n{"name": "add", "parameters": {"a": 1, "b": 2}}\n```',
        '<tool_call>{"name": "add", "arguments": {"a": 1, "b": 2}}</tool_call>',
        '{"name": "add", "arguments": "{\\"a\\": 1, \\"b\\": 2}"}',
        '[TOOL_CALLS] [{"name": "add", "arguments": {"a": 1, "b": 2}}]',
        '{"type": "function", "function": {"name": "add", "arguments": {"a": 1, "b": 2}}}',
    ],
)
async def test_a_call_written_as_text_is_a_call(text: str) -> None:
    """Small models print their calls; what is nothing but a call of a known tool is one."""
    answer, calls, _ = await asked(clerk(text, "3"))
    assert (answer, [call.outcome for call in calls]) == ("3", ["ok"])


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "sub", "arguments": {"a": 1}}',
        '{"name": "add"}',
        'I would call {"name": "add", "arguments": {"a": 1, "b": 2}} now.',
        "[]",
    ],
)
async def test_other_json_stays_an_answer(text: str) -> None:
    """JSON that calls no tool of the agent is what the model says."""
    assert (await asked(clerk(text)))[0] == text


async def test_calls_written_one_after_the_other_are_all_made() -> None:
    """Two calls as text need no comma between them."""
    text = "\n".join(json.dumps({"name": "add", "parameters": {"a": n, "b": 0}}) for n in range(2))
    _, calls, _ = await asked(clerk(text, "0 and 1"))
    assert [call.arguments["a"] for call in calls] == [0, 1]


async def test_two_calls_in_one_turn_are_both_made() -> None:
    """A turn with several calls gets an answer to each."""
    script = [
        Behaviour(tool_calls=(("add", {"a": 1, "b": 2}), ("add", {"a": 3, "b": 4}))),
        Behaviour(text="3 and 7"),
    ]
    with OllamaStandIn(script=script) as server:
        _, calls, _ = await asked(clerk(model="ollama:x", base_url=server.base_url))
    assert [call.shown for call in calls] == [1, 1]
    assert [m["content"] for m in server.chats[1].body["messages"][-2:]] == ["3", "7"]


async def test_calls_are_capped_and_an_answer_is_asked_for() -> None:
    """After the last call the model is asked once more, without tools."""
    calls = [calling("add", a=n, b=n) for n in range(2)]
    agent = clerk(*calls, "Enough.", max_tool_calls=2)
    answer, made, _ = await asked(agent)
    assert (answer, len(made)) == ("Enough.", 2)
    assert "No more tools can be called" in agent.model.prompts[-1]  # type: ignore[union-attr]


async def test_calls_beyond_the_cap_are_not_run() -> None:
    """Of a turn with more calls than are left, the rest is answered without running."""
    script = [
        Behaviour(tool_calls=tuple(("add", {"a": n, "b": 0}) for n in range(3))),
        Behaviour(text="Enough."),
    ]
    with OllamaStandIn(script=script) as server:
        agent = clerk(model="ollama:x", base_url=server.base_url, max_tool_calls=2)
        _, calls, _ = await asked(agent)
    assert [call.outcome for call in calls] == ["ok", "ok", "not_run"]
    assert "tools" not in server.chats[-1].body


async def test_turns_are_capped() -> None:
    """A model that calls for ever is stopped after its turns."""
    agent = clerk(*(calling("add", a=n, b=0) for n in range(3)), "Enough.", max_turns=3)
    assert (await asked(agent))[0] == "Enough."


async def test_a_call_instead_of_the_final_answer_is_repaired_once() -> None:
    """Whoever prints a call where no tools are left is told so, then fails with its outcome."""
    text = '{"name": "add", "arguments": {"a": 1, "b": 2}}'
    agent = clerk(calling("add", a=1, b=1), text, "2", max_tool_calls=1)
    assert (await asked(agent))[0] == "2"
    agent = clerk(calling("add", a=1, b=1), text, text, max_tool_calls=1)
    with pytest.raises(CallError, match="calls a tool, which is no answer"):
        await agent.ask("?")


async def test_a_long_result_is_cut_where_the_model_can_see_it() -> None:
    """What is left out of a long result is declared to the model and in the record."""
    agent = clerk(calling("lengthy", size=9000), "Long.", tools=[lengthy])
    _, calls, _ = await asked(agent)
    assert (calls[0].characters, calls[0].shown) == (9000, 8000)
    assert "the first 8,000 of 9,000 characters" in agent.model.prompts[1]  # type: ignore[union-attr]


async def test_a_tool_that_hangs_is_given_up() -> None:
    """A tool has a time limit; the model is told."""

    async def wait() -> str:
        """Wait for ever."""
        import asyncio

        await asyncio.Event().wait()
        return "never"

    limits = Timeouts(tool=0.01)
    agent = clerk(calling("wait"), "Too slow.", tools=[wait], timeouts=limits)
    _, calls, _ = await asked(agent)
    assert calls[0].outcome == "timed_out"


async def test_langchain_tools_are_taken_as_they_are() -> None:
    """Decorated functions and tools made by hand work as plain functions do."""

    @tool
    def shout(text: str) -> str:
        """Shout."""
        return text.upper()

    made = StructuredTool.from_function(add, name="plus", description="Adds.")
    agent = clerk(calling("shout", text="a"), calling("plus", a=1, b=1), "ok", tools=[shout, made])
    _, calls, _ = await asked(agent)
    assert [call.outcome for call in calls] == ["ok", "ok"]


def undocumented(text: str) -> str:
    return text


async def test_function_without_docstring_is_refused() -> None:
    """The model reads the docstring, so there has to be one."""
    with pytest.raises(SetupError, match=r"'undocumented' is no tool: .*docstring"):
        await clerk(tools=[undocumented]).ask("?")


async def test_function_whose_arguments_have_no_names_is_refused() -> None:
    """A model gives arguments by name; `math.sqrt(x=4)` is a mistake in Python."""
    with pytest.raises(SetupError, match="'sqrt' is no tool: its argument 'x' cannot be given"):
        await clerk(tools=[math.sqrt]).ask("?")


async def test_two_tools_of_one_name_are_refused() -> None:
    """A model could not tell them apart."""
    with pytest.raises(SetupError, match="two tools called 'add'"):
        await clerk(tools=[add, add]).ask("?")


def test_caps_are_at_least_one() -> None:
    """An agent that may never call is one without tools."""
    with pytest.raises(ConfigError, match="at least 1"):
        clerk(max_tool_calls=0)


async def test_a_model_that_takes_no_tools_says_so() -> None:
    """Ollama's refusal of a model without tools is the call's outcome."""
    refusal = failing(400, "registry.ollama.ai/library/x:latest does not support tools")
    with OllamaStandIn(behaviours={"x": refusal}) as server:
        agent = clerk(model="ollama:x", base_url=server.base_url)
        with pytest.raises(CallError, match="does not support tools") as caught:
            await agent.ask("?")
    assert caught.value.outcome == "bad_request"


async def test_calls_of_tools_are_told_to_listeners() -> None:
    """A listener hears when a tool is asked and how it ended."""
    heard: list[Event] = []
    with active(Session(listener=heard.append)):
        await clerk(calling("add", a=1, b=2), "3").ask("?")
    told = [(e.name, e.facts.get("outcome")) for e in heard if e.name.startswith("tool.")]
    assert told == [("tool.asked", None), ("tool.called", "ok")]


async def test_results_count_in_the_window() -> None:
    """A window that was not set grows with what the tools said."""
    script = [Behaviour(tool_calls=(("lengthy", {"size": 8000}),)), Behaviour(text="Long.")]
    wide = [Behaviour(tool_calls=(("lengthy", {"size": n}),)) for n in range(7999, 7997, -1)]
    with OllamaStandIn(script=[*wide, *script]) as server:
        await asked(clerk(model="ollama:x", base_url=server.base_url, tools=[lengthy]))
    windows = [chat.body["options"]["num_ctx"] for chat in server.chats]
    assert windows[0] == 4096
    assert windows[-1] > 8192


async def test_agent_without_tools_sends_none() -> None:
    """Nothing of tools is in the request of an agent without any."""
    with OllamaStandIn("Fine.") as server:
        await Agent(persona=CLERK, model="ollama:x", base_url=server.base_url).ask("?")
    assert "tools" not in server.chats[0].body


async def test_agent_as_tool_of_another_agent() -> None:
    """An agent can be asked by another one; its failure is told in words."""
    expert = Persona(name="The Expert", title="expert", instructions="Know.")
    inner = Agent(persona=expert, model=ScriptedModel(answers=["42"]))
    calls = [calling("The_Expert", question="what?"), calling("The_Expert", question="again?")]
    outer = clerk(*calls, "It is 42.", tools=[inner.as_tool()])
    answer, made, session = await asked(outer)
    assert answer == "It is 42."
    assert [call.outcome for call in made] == ["ok", "failed"]
    assert {call.agent for call in session.calls} == {"Clerk", "The Expert"}


def test_agent_as_tool_works_in_plain_invoke() -> None:
    """The tool of an agent answers with and without an event loop."""
    agent = Agent(persona=CLERK, model=ScriptedModel(answers=['{"total": 3}']), output=Sum)
    assert json.loads(agent.as_tool().invoke({"question": "?"})) == {"total": 3}
