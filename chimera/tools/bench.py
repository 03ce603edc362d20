"""The tools at hand for one question: each call is run, or answered without, and recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from chimera.errors import nearest
from chimera.events import ToolAsked, ToolCalled
from chimera.models.faults import safe
from chimera.models.toolcalls import ToolCall
from chimera.tools.record import ToolOutcome, ToolRecord

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

    from chimera.calls import Call

MOST_SHOWN: Final = 8000  # characters of what a tool said; the rest is declared as left out

_PROBLEMS: Final = 5  # of wrong arguments, told to the model
_Said = tuple[ToolOutcome, str]


class Bench:
    """Runs the calls of one question.

    Args:
        tools: The tools by name.
        call: The question they are used for.
        most: How many calls may be run.
    """

    def __init__(self, tools: Mapping[str, BaseTool], call: Call, most: int) -> None:
        self._tools = tools
        self._call = call
        self._most = most
        self._made = 0
        self._known: dict[str, str] = {}

    @property
    def spent(self) -> bool:
        """Whether no more calls may be run."""
        return self._made >= self._most

    async def answer(self, wanted: ToolCall, model_call: str) -> str:
        """Answer one call; return what the model is told. Every call counts, run or not.

        Args:
            wanted: The call.
            model_call: Id of the model call it came with.
        """
        session, agent = self._call.session, self._call.agent
        session.emit(ToolAsked(self._call.stage, agent.name, wanted.name))
        started = session.clock.monotonic()
        outcome, text = await self._said(wanted)
        ms = (session.clock.monotonic() - started) * 1000
        self._made += 1
        shown = _shown(text)
        record = ToolRecord(
            id=f"T{len(session.tool_calls) + 1}",
            call=model_call,
            stage=self._call.stage,
            agent=agent.name,
            tool=wanted.name,
            arguments=dict(wanted.arguments),
            outcome=outcome,
            detail=None if outcome is ToolOutcome.OK else safe(text),
            ms=ms,
            characters=len(text),
            shown=min(len(text), MOST_SHOWN),
        )
        session.tool_calls.append(record)
        session.emit(ToolCalled(self._call.stage, agent.name, record))
        return shown

    async def _said(self, wanted: ToolCall) -> _Said:
        tool = self._tools.get(wanted.name)
        if self.spent:
            return ToolOutcome.NOT_RUN, f"not run: at most {self._most} calls of tools are made"
        if tool is None:
            near, there = nearest(wanted.name, self._tools), ", ".join(self._tools)
            return ToolOutcome.UNKNOWN, f"there is no tool {wanted.name!r}{near} (only: {there})"
        if wanted.wrong:
            return ToolOutcome.INVALID, wanted.wrong
        if (before := self._known.get(wanted.key)) is not None:
            return ToolOutcome.REPEATED, f"you made this call before; it said:\n{before}"
        outcome, text = await self._run(tool, wanted)
        self._known[wanted.key] = text
        return outcome, text

    async def _run(self, tool: BaseTool, wanted: ToolCall) -> _Said:
        from langgraph.errors import GraphBubbleUp

        seconds = self._call.agent.timeouts.tool
        given = {"type": "tool_call", "id": "1", "name": tool.name, "args": dict(wanted.arguments)}
        try:
            async with asyncio.timeout(seconds) as limit:
                message: Any = await tool.ainvoke(given)
        except GraphBubbleUp:  # an interrupt is LangGraph's
            raise
        except Exception as error:  # noqa: BLE001  the model is told, and may do otherwise
            if limit.expired():
                return ToolOutcome.TIMED_OUT, f"the tool did not end within {seconds:g} s"
            if isinstance(error, ValidationError) and error.title == _title(tool):
                return ToolOutcome.INVALID, f"the arguments do not fit: {_problems(error)}"
            return ToolOutcome.FAILED, f"the tool failed: {type(error).__name__}: {error}"
        failed = getattr(message, "status", "success") == "error"
        return (ToolOutcome.FAILED if failed else ToolOutcome.OK), _text(message)


def _title(tool: BaseTool) -> str:
    """Return the title of errors in a tool's arguments; a model inside of the tool has another."""
    return str(getattr(tool.args_schema, "__name__", tool.name))


def _shown(text: str) -> str:
    if len(text) <= MOST_SHOWN:
        return text
    return f"{text[:MOST_SHOWN]}\n[the first {MOST_SHOWN:,} of {len(text):,} characters]"


def _text(message: Any) -> str:  # noqa: ANN401  a ToolMessage, or what a tool makes instead
    text = str(getattr(message, "text", message))
    content = getattr(message, "content", None)
    if text or not isinstance(content, list):
        return text
    kinds = [str(block.get("type")) for block in content if isinstance(block, Mapping)]
    return f"(no text; the tool gave: {', '.join(kinds) or 'nothing'})"


def _problems(error: ValidationError) -> str:
    lines: Callable[[Any], str] = lambda e: f"{'.'.join(map(str, e['loc']))}: {e['msg']}"  # noqa: E731
    return "; ".join(map(lines, error.errors()[:_PROBLEMS]))
