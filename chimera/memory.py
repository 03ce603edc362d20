"""What an agent remembers of earlier questions, kept in LangGraph's store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field

from chimera.errors import SetupError

if TYPE_CHECKING:
    from langgraph.store.base import BaseStore

    from chimera.clock import Clock
    from chimera.models.prompt import Prompt

LONGEST: Final = 2000  # characters that are kept of a question, and of an answer

_SPARE: Final = 100  # exchanges beyond `last` that concurrent runs may have written


class Memory(BaseModel):
    """What an agent remembers: its last questions and answers, across threads and runs.

    They stand before the question in the prompt, the oldest first, and are the first to be left
    out where the context window is too small; the receipt of the call says so.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    per: str | None = Field(
        default="user_id",
        min_length=1,
        description="Whose memory it is: a key of the run's `configurable`, or a field of its"
        " context. null keeps one memory for everybody.",
    )
    last: int = Field(default=6, ge=1, le=100, description="Exchanges kept; older ones are lost.")


class Remembered:
    """The memory of one agent for one user.

    Raises:
        SetupError: If the graph has no store, or the run does not say whose memory it is.
    """

    def __init__(self, agent: str, memory: Memory) -> None:
        runtime, configurable = _running(agent)
        self._store: BaseStore = runtime.store
        whose = _whose(agent, memory, configurable, runtime)
        self._namespace = ("chimera", "memory", _label(agent), whose)
        self._last = memory.last

    async def before(self, prompt: Prompt) -> Prompt:
        """Return the prompt with what is remembered before it."""
        from chimera.models.prompt import Section

        exchanges = (await self._kept())[-self._last :]
        oldest = -len(exchanges)
        sections = [
            Section(f"memory {index + 1}", _told(item.value), oldest + index)
            for index, item in enumerate(exchanges)
        ]
        return replace(prompt, sections=(*sections, *prompt.sections))

    async def keep(self, prompt: Prompt, answer: str, clock: Clock) -> None:
        """Remember a question and its answer; forget the oldest ones."""
        asked = "\n\n".join(section.text for section in prompt.sections)
        now = clock.now().isoformat()
        value = {"at": now, "asked": _cut(asked), "answered": _cut(answer)}
        await self._store.aput(self._namespace, f"{now} {uuid4().hex}", value, index=False)
        for item in (await self._kept())[: -self._last]:
            await self._store.adelete(self._namespace, item.key)

    async def _kept(self) -> Sequence[Any]:
        found = await self._store.asearch(self._namespace, limit=self._last + _SPARE)
        return sorted(found, key=lambda item: item.key)


def _running(agent: str) -> tuple[Any, Mapping[str, Any]]:
    """Return LangGraph's runtime and `configurable` of the node that runs."""
    from langgraph.config import get_config
    from langgraph.runtime import get_runtime

    try:
        runtime, config = get_runtime(), get_config()
    except (KeyError, RuntimeError):
        raise SetupError(
            f"agent {agent!r} remembers, and was asked outside of a graph: let it stand in one,"
            " by Agent.node"
        ) from None
    if runtime.store is None:
        raise SetupError(
            f"agent {agent!r} remembers, and its graph has no store: compile it with store=…"
        )
    return runtime, config.get("configurable", {})


def _whose(agent: str, memory: Memory, configurable: Mapping[str, Any], runtime: Any) -> str:  # noqa: ANN401
    """Return whose memory it is, as a part of a namespace."""
    if memory.per is None:
        return "everybody"
    context = runtime.context
    named = context.get if isinstance(context, Mapping) else partial(getattr, context)
    who = configurable.get(memory.per, named(memory.per, None))
    if who in (None, ""):
        raise SetupError(
            f"agent {agent!r} remembers per {memory.per!r}, which the run does not say:"
            f" give it as config={{'configurable': {{{memory.per!r}: …}}}}"
        )
    return f"per {_label(str(who))}"


def _label(text: str) -> str:
    """Return a text as a part of a namespace, in which a store takes no dots."""
    return quote(text, safe="").replace(".", "%2E")


def _told(exchange: Mapping[str, Any]) -> str:
    asked, answered = exchange["asked"], exchange["answered"]
    return f"Earlier you were asked:\n{asked}\nYou answered:\n{answered}"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} […]"
