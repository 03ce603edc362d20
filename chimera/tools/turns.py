"""A question answered with tools: the model calls them, reads what they said, and answers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.messages.tool import tool_call

from chimera.models.prompt import Prompt, Section
from chimera.models.schema import schema_of
from chimera.models.toolcalls import ToolCall, names_of, written
from chimera.tools.bench import Bench
from chimera.tools.given import by_name, schemas
from chimera.tools.mcp import connected

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

    from chimera.calls import Call, Check
    from chimera.models.answer import Answer

ENOUGH: Final = "No more tools can be called. Answer now, from what you know."


async def with_tools(call: Call, prompt: Prompt) -> Answer[Any]:
    """Answer a question with the tools of its agent.

    Each turn of the model is one accounted call. Once as many tools were called, or as many turns
    taken, as the agent may, the model is asked for its answer without tools.

    Raises:
        SetupError: If a tool cannot be used.
        StageError: If an MCP server cannot be reached.
    """
    agent = call.agent
    if not agent.mcp:
        return await _with(agent.own_tools, call, prompt)
    async with connected(agent.name, agent.mcp, agent.timeouts.tool) as servers:
        return await _with([*agent.own_tools, *servers], call, prompt)


async def _with(given: list[BaseTool], call: Call, prompt: Prompt) -> Answer[Any]:
    tools = by_name(call.agent.name, given)
    bench = Bench(tools, call, call.agent.max_tool_calls)
    return await _turns(call, _asking(call, prompt, schemas(tools)), bench)


async def _turns(call: Call, prompt: Prompt, bench: Bench) -> Answer[Any]:
    turns: list[BaseMessage] = []
    for _ in range(call.agent.max_turns):
        answer = await call.ask(replace(prompt, turns=tuple(turns)))
        if not answer.tool_calls:
            return answer
        if answer.text:
            call.again()  # what was heard is no part of the answer
        turns += await _answered(answer, bench, len(turns))
        if bench.spent:
            break
    turns.append(HumanMessage(ENOUGH))
    last = replace(prompt, turns=tuple(turns), tools=())
    return await call.ask(last, check=_no_call(call.check, names_of(prompt.tools)))


async def _answered(answer: Answer[Any], bench: Bench, before: int) -> list[BaseMessage]:
    """Return a model's turn and the answers to its calls, made one after the other."""
    calls = [
        replace(c, id=c.id or f"call_{before + index}") for index, c in enumerate(answer.tool_calls)
    ]
    heard: list[BaseMessage] = [
        ToolMessage(await bench.answer(c, answer.record.id), tool_call_id=c.id, name=c.name)
        for c in calls
    ]
    said = "" if written(answer.text, [c.name for c in calls]) else answer.text
    return [AIMessage(said, tool_calls=[_as_langchain(c) for c in calls]), *heard]


def _as_langchain(call: ToolCall) -> Any:  # noqa: ANN401  LangChain's typed dict
    return tool_call(name=call.name, args=dict(call.arguments), id=call.id)


def _asking(call: Call, prompt: Prompt, tools: tuple[dict[str, Any], ...]) -> Prompt:
    """Return a prompt with tools; a server that is not held to the schema is told it in words."""
    if call.output is None or not tools:
        return replace(prompt, tools=tools)
    schema = json.dumps(schema_of(call.output, prompt.ids), separators=(",", ":"))
    first = max((section.priority for section in prompt.sections), default=0) + 1
    text = f"Once you need no more tools, answer with nothing but JSON of this schema:\n{schema}"
    return replace(prompt, tools=tools, sections=(*prompt.sections, Section("form", text, first)))


def _no_call(check: Check, names: list[str]) -> Check:
    def checked(text: str, value: Any) -> list[str]:  # noqa: ANN401  of any output
        called = value is None and written(text, names)
        return ["it calls a tool, which is no answer"] if called else check(text, value)

    return checked
