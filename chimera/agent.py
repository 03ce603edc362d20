"""Agent: a persona that asks a model, and what its answer has to be."""

from __future__ import annotations

import warnings
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from threading import RLock
from typing import TYPE_CHECKING, Any, Generic, Self

from pydantic import BaseModel
from typing_extensions import TypeVar

from chimera import session as sessions
from chimera.agentfile import Fallback, merged, output_class, problem_of
from chimera.errors import AddressError, CallError, SetupError, StageError, nearest
from chimera.models.options import ModelOptions
from chimera.models.timeouts import Timeouts
from chimera.persona import Persona
from chimera.rules import texts_in
from chimera.session import DEFAULT_MODEL, NO_MODEL, ModelChoice

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from chimera.models.answer import Raw
    from chimera.models.gateway import Answer, Gateway, Prompt
    from chimera.models.records import CallRecord
    from chimera.models.request import Request
    from chimera.models.serving import Serving
    from chimera.project import Project
    from chimera.session import Session
    from chimera.stages import Node

T = TypeVar("T", bound="BaseModel | str", default=str)

_making = RLock()
Check = Callable[[str, Any], list[str]]


@dataclass(frozen=True, kw_only=True)
class Agent(Generic[T]):
    """A persona with a model, its options and an output contract.

    Attributes:
        persona: Who speaks.
        model: `provider:name`, a LangChain chat model, or `"none"`.
        options: Options of the model.
        output: The Pydantic model an answer has to be; None for text.
        name: How the agent is called in accounts; the persona's name if left out.
        base_url: Address of the model server, or several that hold the same model, the preferred
            first; None for the provider's default.
        timeouts: How long a call may take, in seconds.
        fallbacks: Who is asked where a call ends without an answer, one after the other.
        named: Whether somebody chose the model, rather than leaving it at the default.
    """

    persona: Persona
    model: str | BaseChatModel = DEFAULT_MODEL
    options: ModelOptions = field(default_factory=ModelOptions)
    output: type[T] | None = None
    name: str = ""
    base_url: str | Sequence[str] | None = field(default=None, repr=False)  # may hold a password
    timeouts: Timeouts = field(default_factory=Timeouts)
    fallbacks: tuple[Fallback, ...] = ()
    named: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "persona", self.persona.ready())
        if not self.name:
            object.__setattr__(self, "name", self.persona.name)
        if isinstance(self.model, str) and (problem := problem_of(self.model)):
            raise AddressError(f"model {self.model!r} {problem}")

    @classmethod
    def from_project(cls, project: Project, name: str, choice: ModelChoice) -> Self:
        """Load an agent by name, with the model and options a run was told to use.

        The model is the run's, else `CHIMERA_MODEL`, else the file's, else the default. A run that
        names a model or an address keeps to it: then the file's fallbacks are left aside.
        """
        path = project.path("agents", name)
        file = project.agent_file(name)
        slug = path.stem.replace("_", "-")
        model = choice.model or sessions.environment_model() or file.model
        serving = choice.serving or project.file().models
        options, timeouts = merged(slug, file, choice.options.get(slug, {}))
        return cls(
            persona=project.speaker(name),
            model=model or DEFAULT_MODEL,
            options=options,
            output=output_class(file.output) if file.output else None,
            name=slug,
            base_url=choice.base_url or file.base_url or _hosts(model or DEFAULT_MODEL, serving),
            timeouts=timeouts,
            fallbacks=() if choice.is_named else tuple(file.fallbacks),
            named=model is not None,
        )

    @property
    def addresses(self) -> list[str]:
        """Where an agent's Ollama model is asked, as addresses in one spelling."""
        from chimera.models.address import base_url, each

        given = (
            self.base_url if isinstance(self.model, str) else self.model.__dict__.get("base_url")
        )
        return [base_url(one) for one in each(given)]

    @property
    def silent(self) -> bool:
        """Whether the agent has no model to ask."""
        return self.model == NO_MODEL

    @property
    def model_name(self) -> str:
        """The model as `provider:name`."""
        if isinstance(self.model, str):
            return self.model
        name = getattr(self.model, "model", None) or getattr(self.model, "model_name", None)
        provider = self.model._llm_type.removeprefix("chat-")  # noqa: SLF001  LangChain's only name for a provider
        return f"{provider}:{name or type(self.model).__name__}"

    async def parameters(self) -> float | None:
        """Return how many parameters the agent's model has; None where nobody says.

        Its name says so, else the server that holds it.
        """
        from chimera.models.size import parameters

        size = parameters(self.model_name)
        if size is not None or self.silent:
            return size
        host = await self.gateways(sessions.current())[0].hosts.choose()
        return (await host.catalogue()).parameters(host.model_name)

    async def ask(self, question: str, *, output: type[Any] | None = None) -> T:
        """Ask one question and return the answer: text, or an object of the output contract.

        The persona's rules are checked on what comes back; a broken one is told to the model once.

        Raises:
            CallError: If the call ended in another outcome than ok.
            SetupError: If the agent has no model.
        """
        answer = await self.call(question, output=output)
        if not answer.ok:
            raise CallError(
                f"{self.name} got no answer from {self.model_name}: {answer.record.outcome.value}"
                f" ({answer.record.detail or 'no detail'})",
                outcome=answer.record.outcome.value,
                record=answer.record,
            )
        result: T = answer.text if answer.value is None else answer.value  # type: ignore[assignment]
        return result

    async def call(
        self,
        prompt: str | Prompt,
        *,
        output: type[Any] | None = None,
        check: Check | None = None,
    ) -> Answer[Any]:
        """Make one accounted call; trouble with the model is an outcome, not an exception.

        Args:
            prompt: A question, or a prompt planned in sections.
            output: Output contract of this call; the agent's own if left out.
            check: Says what is wrong with an answer; the persona's rules if left out.
        """
        from chimera.models.gateway import CallSite, Prompt, Section
        from chimera.progress import Told

        session, stage = sessions.current(), sessions.stage_name.get()
        speaker = session.adopt(self)
        if speaker is not self:
            return await speaker.call(prompt, output=output, check=check)
        if not any(known is self for known in session.spoke):
            session.spoke.append(self)
        if self.silent:
            raise SetupError(f"agent {self.name!r} has no model: it was set to {NO_MODEL!r}")
        if isinstance(prompt, str):
            prompt = Prompt(system=self.persona.prompt, sections=(Section("question", prompt),))

        wanted = output or self.output
        asked = "\n".join(section.text for section in prompt.sections)

        def kept(record: CallRecord) -> None:
            session.calls.append(record)
            facts = {"outcome": record.outcome.value, "tokens": record.output_tokens}
            session.emit("model.called", stage, agent=self.name, **facts)

        async def ask(gateway: Gateway, instead_of: str | None) -> Answer[Any]:
            session.emit("model.asked", stage, agent=self.name, model=gateway.name)
            told = Told(session, stage, self.name, structured=wanted is not None)
            if instead_of is not None:
                told.again()  # what was heard of the failed answer is no part of this one
            answer: Answer[Any] = await gateway.ask(
                prompt,
                output=wanted,
                call=CallSite(session.next_call_id(), stage, self.name, instead_of, kept),
                on_text=told if session.listener else None,
                check=check or partial(self._keeps_rules, asked),
            )
            return answer

        return await self._first_answer(ask, session)

    def node(self, *, reads: str, writes: str) -> Node[Any]:
        """Return a node for any LangGraph: asks with one field of the state, writes another.

        The node is asynchronous: run its graph with `ainvoke`, or with `chimera.run`.

        An answer with an output contract is written as plain JSON, which the next node's state
        model turns into its type again.

        Raises:
            StageError: (by the node) if the state lacks the field it reads, or what it writes does
                not fit a Pydantic state.
            CallError: (by the node) if there is no answer.
        """
        from chimera.stages import check_update, timed

        async def node(state: Any) -> dict[str, Any]:  # noqa: ANN401  any LangGraph state
            async with timed(self.name, speaker=self):
                question = _field(state, reads, self.name)
                text = question if isinstance(question, str) else _as_json(question)
                answer = await self.ask(text)
            plain = answer.model_dump(mode="json") if isinstance(answer, BaseModel) else answer
            if isinstance(state, BaseModel):
                return check_update(self.name, {writes: plain}, type(state))
            return {writes: plain}

        node.__name__ = self.name
        return node

    async def _first_answer(
        self, ask: Callable[[Gateway, str | None], Awaitable[Answer[Any]]], session: Session
    ) -> Answer[Any]:
        """Ask the agent's model, then its fallbacks, until one answers; return the last answer.

        A model that cannot be had is not tried again in the same run while there is a fallback.
        """
        from chimera.models.outcomes import LASTING, TABLE

        gateways = self.gateways(session)
        answer, failed = None, None
        for gateway in gateways:
            if gateway.place in session.unusable and gateway is not gateways[-1]:
                failed = failed or gateway.name
                continue
            answer = await ask(gateway, failed)
            outcome = answer.record.outcome
            if not TABLE[outcome].falls_back:
                break
            if outcome in LASTING:
                session.unusable.add(gateway.place)
            if gateway is not gateways[-1]:
                session.warn_once(
                    f"{self.name} got no answer from {gateway.name} ({outcome.value}):"
                    " its fallback was asked"
                )
            failed = failed or gateway.name
        assert answer is not None  # noqa: S101  the last one is always asked
        return answer

    def gateways(self, session: Session) -> list[Gateway]:
        """Return the ways to the agent's model and to its fallbacks, made once."""
        with _making:  # threads may share an agent
            if not self._gateways:
                self._gateways.extend([*self._made(session)])
        return self._gateways

    @cached_property
    def _gateways(self) -> list[Gateway]:
        return []

    def _made(self, session: Session) -> Iterator[Gateway]:
        from chimera.models.address import each
        from chimera.models.gateway import Gateway
        from chimera.models.hosts import Hosts
        from chimera.models.own import moved, settled
        from chimera.models.resolve import chat_model

        own = Fallback.model_construct()  # the agent's own model at its own address
        for other in (own, *self.fallbacks):
            model, options = other.model or self.model, self.options
            if isinstance(model, str):
                given = other.base_url or (self.base_url if _same(model, self.model) else None)
                with _told(session):
                    models = [
                        chat_model(model, options, base_url=address, timeouts=self.timeouts)
                        for address in each(given)
                    ]
            else:
                there = moved(model, other.base_url) if other.base_url else model
                model, options = settled(there, options)
                models = [model]
            gateway = Gateway(
                Hosts(models, session.serving.in_flight, pins=_pins, warn=_warn),
                name=other.model or self.model_name,
                options=options,
                timeouts=self.timeouts,
                sleep=_pause,
            )
            gateway.door = _through
            yield gateway

    def _keeps_rules(self, asked: str, text: str, value: object) -> list[str]:
        structured = isinstance(value, BaseModel)
        text = texts_in(value) if structured else text
        return self.persona.broken_by(text, asked=asked, structured=structured)


def _field(state: Any, name: str, agent: str) -> Any:  # noqa: ANN401  any LangGraph state
    """Return a field of a state, whatever kind of type it is."""
    known = list(state) if isinstance(state, Mapping) else list(vars(state))
    if name not in known:
        raise StageError(
            f"node {agent!r} reads {name!r}, which the state lacks{nearest(name, known)}"
        )
    return state[name] if isinstance(state, Mapping) else getattr(state, name)


def _hosts(model: object, serving: Serving) -> list[str] | None:
    """Return the project's servers, which are Ollama's."""
    ours = isinstance(model, str) and model.startswith("ollama:")
    return serving.hosts or None if ours else None


def _same(model: str, other: object) -> bool:
    """Return whether two models are of one provider, so that an address serves both."""
    return isinstance(other, str) and model.partition(":")[0] == other.partition(":")[0]


@contextmanager
def _told(session: Session) -> Iterator[None]:
    """Let a run tell once what a provider's library cannot be given."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        yield
    for one in caught:
        session.warn_once(str(one.message))


def _pins() -> dict[str, str]:
    """Return the digests that count in the run, of its own each; no run, no memory."""
    session = sessions.running()
    return {} if session is None else session.pins


def _warn(problem: str) -> None:
    """Warn in the run, once."""
    if session := sessions.running():
        session.warn_once(problem)


async def _pause(seconds: float) -> None:
    """Wait on the clock of the run."""
    await sessions.current().clock.sleep(seconds)


async def _through(request: Request, send: Callable[[], Awaitable[Raw]]) -> Raw:
    """Pass the door of the run."""
    return await sessions.current().door(request, send)


def _as_json(value: object) -> str:
    from pydantic_core import to_json

    return to_json(value, indent=1).decode()
