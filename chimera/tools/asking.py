"""An agent as a tool that other agents call."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from chimera.errors import CallError

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

    from chimera.agent import Agent


def tool_of(agent: Agent[Any], name: str | None, description: str | None) -> BaseTool:
    """Return a LangChain tool that asks an agent one question, in `invoke` and in `ainvoke`."""
    from langchain_core.tools import StructuredTool, ToolException

    from chimera.loop import run_sync

    async def ask(question: str) -> str:
        try:
            answer = await agent.ask(question)
        except CallError as error:
            raise ToolException(str(error)) from error
        return answer.model_dump_json() if isinstance(answer, BaseModel) else str(answer)

    def ask_now(question: str) -> str:
        return run_sync(ask(question))

    return StructuredTool.from_function(
        func=ask_now,
        coroutine=ask,
        name=name or re.sub(r"\W+", "_", agent.name).strip("_"),
        description=description or f"Asks {agent.persona.name}, {agent.persona.title}.",
        handle_tool_error=True,
    )
