"""Agents as nodes of any LangGraph: state in, one field out, in `invoke` and in `ainvoke`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any, Final

from langchain_core.runnables import Runnable, RunnableConfig
from pydantic import BaseModel

from chimera.approval import approved
from chimera.conversations import as_message, holds_messages, told
from chimera.errors import StageError, nearest
from chimera.loop import run_sync
from chimera.models.prompt import Prompt, Section
from chimera.stages import TIMED, timed
from chimera.updates import check_update, fields_of, unknown_key

if TYPE_CHECKING:
    from chimera.agent import Agent


_READ: Final = "__pregel_read"  # LangGraph's key; it has no public one


@dataclass(frozen=True, slots=True)
class Wiring:
    """How a node stands in its graph.

    Attributes:
        reads: Fields of the state it asks with.
        writes: Field of the state the answer goes to.
        output: Output contract; None for the agent's own.
        approve: Whether a person has to approve the answer.
        state: The state's type, where it is a TypedDict, which values do not tell.
    """

    reads: tuple[str, ...]
    writes: str
    output: type[BaseModel] | None = None
    approve: bool = False
    state: type | None = None


class AgentNode(Runnable[Any, dict[str, Any]]):
    """An agent that stands in a graph.

    LangGraph gives a node of this kind the state as its type has it; `invoke` waits on Chimera's
    own event loop, so that a graph runs from plain scripts too.
    """

    def __init__(self, agent: Agent[Any], wiring: Wiring) -> None:
        self.name = self.__name__ = agent.name
        self.__dict__[TIMED] = True
        self._agent = agent
        self._wiring = wiring

    def invoke(
        self,
        input: Any,  # noqa: A002, ANN401  LangChain's
        config: RunnableConfig | None = None,
        **_: Any,  # noqa: ANN401
    ) -> dict[str, Any]:
        """Ask with the state's fields and return the update."""
        return run_sync(self._update(input, config, threads=True))

    async def ainvoke(
        self,
        input: Any,  # noqa: A002, ANN401  LangChain's
        config: RunnableConfig | None = None,
        **_: Any,  # noqa: ANN401
    ) -> dict[str, Any]:
        """Ask with the state's fields and return the update."""
        return await self._update(input, config, threads=False)

    async def __call__(self, state: Any) -> dict[str, Any]:  # noqa: ANN401  any LangGraph state
        """Ask with the state's fields and return the update."""
        return await self.ainvoke(state)

    async def _update(
        self,
        state: Any,  # noqa: ANN401  any LangGraph state
        config: RunnableConfig | None,
        *,
        threads: bool,
    ) -> dict[str, Any]:
        agent, wiring = self._agent, self._wiring
        node = self._called(config)
        async with timed(node, speaker=agent):
            prompt = self._prompt(state, node)
            there = self._there(state, config)

            async def ask(why: str = "") -> Any:  # noqa: ANN401  plain JSON
                answer = await agent.ask(
                    _again(prompt, why), output=wiring.output, remember=not wiring.approve
                )
                return answer.model_dump(mode="json") if isinstance(answer, BaseModel) else answer

            output = wiring.output or agent.output
            if wiring.approve:
                plain = await approved(agent.name, ask, output=output, threads=threads)
                await agent.remember(prompt, _text(plain))
            else:
                plain = await ask()
        return self._written(state, there, plain, node)

    def _called(self, config: RunnableConfig | None) -> str:
        """Return the node's name in its graph; the agent's where it runs outside of one."""
        return str((config or {}).get("metadata", {}).get("langgraph_node") or self._agent.name)

    def _there(self, state: Any, config: RunnableConfig | None) -> Any:  # noqa: ANN401
        """Return what the field to be written holds now; None where no graph is running.

        Raises:
            StageError: If the state has no such field: LangGraph would drop what is written to it.
        """
        name, node = self._wiring.writes, self._called(config)
        read = (config or {}).get("configurable", {}).get(_READ)
        try:
            return read(name) if read else None
        except KeyError:
            model = self._model(state)
            if model is not None:
                said = unknown_key(f"node {node!r} writes", name, fields_of(model).names)
            else:
                said = f"node {node!r} writes {name!r}, which is no field of the graph's state"
            raise StageError(said) from None

    def _model(self, state: Any) -> type | None:  # noqa: ANN401  any LangGraph state
        return self._wiring.state or (None if isinstance(state, Mapping) else type(state))

    def _written(self, state: Any, there: Any, plain: Any, node: str) -> dict[str, Any]:  # noqa: ANN401
        """Return the update, as the field takes it that holds `there` now."""
        name, agent, model = self._wiring.writes, self._agent.name, self._model(state)
        if holds_messages(there, model, name):
            return {name: [as_message(_text(plain), agent)]}
        return {name: plain} if model is None else check_update(node, {name: plain}, model)

    def _prompt(self, state: Any, node: str) -> Prompt:  # noqa: ANN401  any LangGraph state
        names, agent = self._wiring.reads, self._agent
        texts = [_shown(state, name, node) for name in names]
        if len(names) == 1:
            return Prompt(agent.persona.prompt, (Section("question", texts[0]),))
        sections = [
            Section(name, f"{name}:\n{text}", len(names) - rank)
            for rank, (name, text) in enumerate(zip(names, texts, strict=True))
        ]
        return Prompt(agent.persona.prompt, tuple(sections))


def wired(agent: Agent[Any], reads: str | Sequence[str], wiring: Mapping[str, Any]) -> AgentNode:
    """Return the node of an agent that reads one field or several."""
    names = (reads,) if isinstance(reads, str) else tuple(reads)
    if not names:
        raise StageError(f"node {agent.name!r} must read at least one field of the state")
    return AgentNode(agent, Wiring(names, **wiring))


def _again(prompt: Prompt, why: str) -> Prompt:
    """Return a prompt with why the answer to it was rejected."""
    if not why:
        return prompt
    told = f"A person read your answer and rejected it:\n{why}\nAnswer again, in full."
    first = max(section.priority for section in prompt.sections) + 1
    section = Section("rejection", told, first)
    return Prompt(prompt.system, (*prompt.sections, section))


def _shown(state: Any, name: str, agent: str) -> str:  # noqa: ANN401  any LangGraph state
    """Return a field of a state as the model is shown it."""
    from pydantic_core import PydanticSerializationError

    known = _names(state)
    if name not in known:
        raise StageError(
            f"node {agent!r} reads {name!r}, which the state lacks{nearest(name, known)}"
        )
    value = _value(state, name)
    try:
        return _text(value) if (conversation := told(value)) is None else conversation
    except PydanticSerializationError as error:
        raise StageError(
            f"node {agent!r} reads {name!r}, whose type {type(value).__name__!r} cannot be shown to"
            f" a model ({error}): put it into the state as text, or as plain JSON"
        ) from None


def _names(state: Any) -> list[str]:  # noqa: ANN401  any LangGraph state
    if isinstance(state, Mapping):
        return list(state)
    return [one.name for one in fields(state)] if is_dataclass(state) else list(vars(state))


def _value(state: Any, name: str) -> Any:  # noqa: ANN401  any LangGraph state
    return state[name] if isinstance(state, Mapping) else getattr(state, name)


def _text(value: object) -> str:
    from pydantic_core import to_json

    return value if isinstance(value, str) else to_json(value, indent=1).decode()
