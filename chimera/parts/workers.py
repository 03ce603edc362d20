"""Workers: what does the work of a part, an agent or an async function."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, get_origin, get_type_hints

from pydantic import BaseModel, TypeAdapter, ValidationError, create_model

from chimera.agent import Agent
from chimera.errors import ConfigError, StageError
from chimera.parts.fields import spelled, without_none
from chimera.parts.turns import text_of

if TYPE_CHECKING:
    from chimera.session import Session
    from chimera.stages import StageContext

Work = Agent[Any] | str | Callable[..., Awaitable[Any]]
"""An agent, the name of one of the project's, or an async function of the value, and of the
`StageContext` too if it takes two."""

_NOT_IN_NODES = str.maketrans("|:", "/ ")  # LangGraph keeps these to itself


@dataclass(frozen=True)
class Worker:
    """One worker of one part.

    Attributes:
        work: The agent or the function.
        part: The part, for messages.
        seconds: How long one piece of work may take; None sets no limit.
    """

    work: Work
    part: str
    seconds: float | None = None

    def __post_init__(self) -> None:
        if isinstance(self.work, Agent | str):
            return
        if not inspect.iscoroutinefunction(self.work) or not 1 <= len(self._parameters) <= 2:  # noqa: PLR2004  value, context
            raise ConfigError(
                f"{self.part}: {self.name!r} must be an agent, the name of one, or an async"
                " function of the value, and of the StageContext if it wants one"
            )

    @property
    def name(self) -> str:
        """How the worker is called in graph pictures and messages."""
        if isinstance(self.work, str):
            return in_nodes(self.work)
        name = (
            self.work.name
            if isinstance(self.work, Agent)
            else getattr(_function(self.work), "__name__", "worker")
        )
        return in_nodes(name)

    @property
    def asks(self) -> bool:
        """Whether the worker asks a model what it is given."""
        return isinstance(self.work, Agent | str)

    @property
    def agent_name(self) -> str | None:
        """Name of the project's agent, which a run loads before it starts."""
        return self.work if isinstance(self.work, str) else None

    @property
    def takes(self) -> Any:  # noqa: ANN401  a type
        """What the worker says it is given; None if it does not say."""
        return None if isinstance(self.work, Agent | str) else self._hint(self._parameters[0])

    @property
    def gives(self) -> Any:  # noqa: ANN401  a type
        """What the worker says it returns; None if it does not say."""
        if isinstance(self.work, Agent):
            return self.work.output
        return None if isinstance(self.work, str) else self._hint("return")

    async def __call__(self, value: Any, output: Any, context: StageContext) -> Any:  # noqa: ANN401
        """Do one piece of work and return the result as plain JSON of the type `output`.

        Raises:
            StageError: If the result does not fit, or is not there in time.
        """
        deadline = asyncio.timeout(self.seconds)
        try:
            async with deadline:
                result = await self._result(value, output, context)
        except TimeoutError:
            if not deadline.expired():
                raise
            raise StageError(f"{self.name} took longer than {self.seconds:g} s") from None
        adapter = TypeAdapter(output)
        if isinstance(result, BaseModel):  # of another type with the same fields, it may be
            result = result.model_dump()
        if isinstance(result, Enum) and get_origin(output) is Literal:  # of a field that is an enum
            result = result.value
        try:
            return adapter.dump_python(adapter.validate_python(result), mode="json")
        except ValidationError as error:
            first = error.errors()[0]
            at = "".join(f"[{part!r}]" for part in first["loc"])
            raise StageError(
                f"{self.name} returned no {spelled(output)}:"
                f" {f'at {at}: ' if at else ''}{first['msg']}, not {first['input']!r:.200}"
            ) from None

    async def _result(self, value: Any, output: Any, context: StageContext) -> Any:  # noqa: ANN401
        if isinstance(self.work, Agent | str):
            session = context.session
            agent = session.adopt(await self._agent(session, self.work))
            if agent.silent:  # as the run was told: no wrong set-up, so other branches may go on
                raise StageError(f"{agent.name} has no model to ask: it was set to {agent.model!r}")
            return await _asked(agent, text_of(value), without_none(output))
        return await self.work(*(value, context)[: len(self._parameters)])

    @staticmethod
    async def _agent(session: Session, work: Agent[Any] | str) -> Agent[Any]:
        """Return the agent; one of the project is loaded in a thread, if no run has loaded it."""
        if isinstance(work, Agent):
            return work
        if work in session.agents:
            return session.agents[work]
        return await asyncio.to_thread(session.agent, work)

    @property
    def _parameters(self) -> list[str]:
        """The parameters that the function has to be given."""
        given = inspect.signature(self.work).parameters.values()  # type: ignore[arg-type]
        return [
            one.name
            for one in given
            if one.default is one.empty
            and one.kind in {one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD}
        ]

    def _hint(self, name: str) -> Any:  # noqa: ANN401  a type
        """Return an annotation of the function; None if it has none or it cannot be found."""
        try:
            return get_type_hints(_function(self.work)).get(name)
        except NameError:  # a type of the function's surroundings
            return None


def in_nodes(name: str) -> str:
    """Return a name as LangGraph takes it for a node."""
    return name.translate(_NOT_IN_NODES)


def _function(work: Any) -> Any:  # noqa: ANN401  something to call
    """Return the function behind a partial one."""
    return work.func if isinstance(work, partial) else work


async def _asked(agent: Agent[Any], question: str, output: Any) -> Any:  # noqa: ANN401
    """Ask an agent for a value of any type that JSON can hold."""
    if output is str or output is Any or agent.output is not None:
        return await agent.ask(question)
    if isinstance(output, type) and issubclass(output, BaseModel):
        return await agent.ask(question, output=output)
    answer: Any = await agent.ask(question, output=wrapped(output))
    return answer.answer


def wrapped(kind: Any) -> type[BaseModel]:  # noqa: ANN401  a type
    """Return a model with the one field `answer`: models of language answer with objects."""
    return create_model("Answer", answer=(kind, ...))
