"""Agent: a persona that asks a model, and what its answer has to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Generic, Self, TypedDict, Unpack

from pydantic import BaseModel
from typing_extensions import TypeVar

from chimera import session as sessions
from chimera import yamlfile
from chimera.agentfile import (
    MAX_TOOL_CALLS,
    MAX_TURNS,
    AgentFile,
    Fallback,
    merged,
    problem_of,
    spoken,
)
from chimera.calls import Call, Check, as_prompt
from chimera.errors import AddressError, CallError, ConfigError, SetupError
from chimera.gateways import hosts, ways
from chimera.misfits import refuse_misfits, refuse_output
from chimera.models.options import ModelOptions
from chimera.models.timeouts import Timeouts
from chimera.persona import Persona
from chimera.places import beside
from chimera.project import Project
from chimera.rules import texts_in
from chimera.session import DEFAULT_MODEL, NO_MODEL, ModelChoice
from chimera.streaming import Stream

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.tools import BaseTool

    from chimera.memory import Memory
    from chimera.models.gateway import Answer, Gateway, Prompt
    from chimera.models.records import CallRecord
    from chimera.models.sender import OnText
    from chimera.nodes import AgentNode
    from chimera.session import Session
    from chimera.tools.mcp import Server

T = TypeVar("T", bound="BaseModel | str", default=str)

_making = RLock()


class _Where(TypedDict, total=False):
    base_url: str | Sequence[str] | None
    project: str | Path | None


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
        tools: What the model may call: LangChain tools, typed functions with a docstring, or their
            places as `package.module:function`.
        mcp: MCP servers whose tools it may call, by name.
        max_tool_calls: Calls of tools for one question.
        max_turns: Answers with calls in them for one question; then it is asked without tools.
        memory: What it remembers of earlier answers; nothing if None.
        approval: Whether a person has to approve what its node writes.
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
    tools: Sequence[Any] = ()
    mcp: Mapping[str, Server] = field(default_factory=dict)
    max_tool_calls: int = MAX_TOOL_CALLS
    max_turns: int = MAX_TURNS
    memory: Memory | None = None
    approval: bool = False

    def __post_init__(self) -> None:
        refuse_misfits(self)
        object.__setattr__(self, "persona", self.persona.ready())
        if not self.name:
            object.__setattr__(self, "name", self.persona.name)
        if self.max_tool_calls < 1 or self.max_turns < 1:
            raise ConfigError(f"agent {self.name!r}: max_tool_calls and max_turns are at least 1")
        if isinstance(self.model, str) and (problem := problem_of(self.model)):
            raise AddressError(f"model {self.model!r} {problem}")

    @classmethod
    def from_project(cls, project: Project, name: str, choice: ModelChoice) -> Self:
        """Load an agent by name, with the model and options a run was told to use.

        The model is the run's, else `CHIMERA_MODEL`, else the file's, else the default. A run that
        names a model or an address keeps to it: then the file's fallbacks are left aside.
        """
        path = project.path("agents", name)
        return cls._of(path, project.agent_file(name), project, choice)

    @classmethod
    def load(
        cls, name: str | Path, *, model: str | BaseChatModel | None = None, **where: Unpack[_Where]
    ) -> Self:
        """Load an agent from a YAML file, or by its name from the project.

        Args:
            name: Path of a file that ends with `.yaml`, or the name of one in `agents/`.
            model: Model in place of the file's; also a LangChain chat model.
            where: `base_url` of the model server, and `project`: found from the file, else from the
                working folder, if left out.

        Raises:
            NotFoundError: If there is no such file, name or persona.
            ConfigError: If the file does not hold; the message names file and line.
        """
        choice = ModelChoice(model=model, base_url=where.get("base_url"))
        path = Path(name)
        if path.suffix != ".yaml":
            return cls.from_project(Project.find(where.get("project")), str(name), choice)
        given = where.get("project")
        project = Project.find(given) if given else Project.around(path)
        with beside(project.root):
            file = yamlfile.load(path, AgentFile)
        return cls._of(path, file, project, choice)

    @classmethod
    def _of(cls, path: Path, file: AgentFile, project: Project, choice: ModelChoice) -> Self:
        slug = path.stem.replace("_", "-")
        model = choice.model or sessions.environment_model() or file.model
        serving = choice.serving or project.file().models
        options, timeouts = merged(slug, file, choice.options.get(slug, {}))
        return cls(
            persona=spoken(path, file, project),
            model=model or DEFAULT_MODEL,
            options=options,
            output=_output(file, slug),
            name=slug,
            base_url=choice.base_url or file.base_url or hosts(model or DEFAULT_MODEL, serving),
            timeouts=timeouts,
            fallbacks=() if choice.is_named else tuple(file.fallbacks),
            named=model is not None,
            tools=tuple(file.tools),
            mcp=file.mcp,
            max_tool_calls=file.max_tool_calls,
            max_turns=file.max_turns,
            memory=file.memory,
            approval=file.approval,
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

    async def ask(
        self,
        question: str | Prompt,
        *,
        output: type[Any] | None = None,
        remember: bool = True,
    ) -> T:
        """Ask one question and return the answer: text, or an object of the output contract.

        The persona's rules are checked on what comes back; a broken one is told to the model once.

        Raises:
            CallError: If the call ended in another outcome than ok.
            SetupError: If the agent has no model.
        """
        return self._value(await self.call(question, output=output, remember=remember))

    async def call(
        self,
        prompt: str | Prompt,
        *,
        output: type[Any] | None = None,
        check: Check | None = None,
        heard: OnText | None = None,
        remember: bool = True,
    ) -> Answer[Any]:
        """Make one accounted call; trouble with the model is an outcome, not an exception.

        Args:
            prompt: A question, or a prompt planned in sections.
            output: Output contract of this call; the agent's own if left out.
            check: Says what is wrong with an answer; the persona's rules if left out.
            heard: Hears the text as it arrives; where it has a method `again`, that is called when
                the answer begins anew.
            remember: Whether an agent with a memory keeps this question and its answer.
        """
        session, stage = sessions.current(), sessions.stage_name()
        speaker = session.adopt(self)
        if speaker is not self:
            given: dict[str, Any] = {"output": output, "check": check, "heard": heard}
            return await speaker.call(prompt, remember=remember, **given)
        if not any(known is self for known in session.spoke):
            session.spoke.append(self)
        if self.silent:
            raise SetupError(
                f"agent {self.name!r} has no model: it was set to {NO_MODEL!r}, and this graph"
                " cannot do without; name one by --model or model="
            )
        refuse_output(output)
        prompt = as_prompt(prompt, self.persona.prompt)
        asked = "\n".join(section.text for section in prompt.sections)
        check = check or partial(self._keeps_rules, asked)
        call = Call(self, session, stage, output or self.output, check, heard)
        if self.memory is None:
            return await self._answer(call, prompt)
        from chimera.memory import Remembered

        remembered = Remembered(self.name, self.memory)
        answer = await self._answer(call, await remembered.before(prompt))
        if answer.ok and remember:
            await remembered.keep(prompt, answer.text, session.clock)
        return answer

    async def remember(self, prompt: Prompt, answer: str) -> None:
        """Keep a question and its answer, if the agent has a memory.

        Raises:
            SetupError: If there is no store to keep them in.
        """
        from chimera.memory import Remembered

        if self.memory is not None:
            clock = sessions.current().clock
            await Remembered(self.name, self.memory).keep(prompt, answer, clock)

    def stream(self, question: str | Prompt, *, output: type[Any] | None = None) -> Stream[T]:
        """Ask one question and hear the answer as it comes.

        Read it inside of `async with agent.stream(…) as answer:`, by `async for piece in answer:`;
        then `answer.value` is what `ask` would have returned. It is accounted for as `ask` is.
        """

        async def answering(heard: OnText) -> tuple[Any, CallRecord]:
            answer = await self.call(question, output=output, heard=heard)
            return self._value(answer), answer.record

        return Stream(answering)

    def node(
        self,
        *,
        reads: str | Sequence[str],
        writes: str,
        output: type[BaseModel] | None = None,
        approve: bool | None = None,
        state: type | None = None,
    ) -> AgentNode:
        """Return a node for any LangGraph: asks with fields of the state, writes another.

        It works in `invoke` and in `ainvoke`. An answer with an output contract is written as plain
        JSON, which the next node's state model turns into its type again. What is written is
        checked against a state that is a Pydantic model or a dataclass.

        Args:
            reads: The field to ask with, or several: each becomes a section of the prompt under its
                name, the first ones kept longest where not all fit.
            writes: The field the answer goes to.
            output: Output contract of this node; the agent's own if left out.
            approve: Whether a person has to approve the answer, by LangGraph's `interrupt`; as the
                agent says if left out.
            state: The state's type, to have what is written checked against a TypedDict too.

        Raises:
            StageError: (by the node) if the state lacks a field it reads, what it writes does not
                fit the state, or its answer was rejected twice.
            CallError: (by the node) if there is no answer.
        """
        from chimera.nodes import wired

        asked = self.approval if approve is None else approve
        wiring = {"writes": writes, "output": output, "approve": asked, "state": state}
        return wired(self, reads, wiring)

    def as_tool(self, name: str | None = None, description: str | None = None) -> BaseTool:
        """Return a LangChain tool that asks the agent, for other agents to call.

        Without an answer the tool says so in words, which the calling model reads.

        Args:
            name: Name of the tool; the agent's if left out.
            description: What it is for; the persona's title if left out.
        """
        from chimera.tools.asking import tool_of

        return tool_of(self, name, description)

    def _value(self, answer: Answer[Any]) -> T:
        if not answer.ok:
            raise CallError(
                f"{self.name} got no answer from {self.model_name}: {answer.record.outcome.value}"
                f" ({answer.record.detail or 'no detail'})",
                outcome=answer.record.outcome.value,
                record=answer.record,
            )
        result: T = answer.text if answer.value is None else answer.value  # type: ignore[assignment]
        return result

    async def _answer(self, call: Call, prompt: Prompt) -> Answer[Any]:
        if not (self.tools or self.mcp):
            return await call.ask(prompt)
        from chimera.tools.turns import with_tools

        return await with_tools(call, prompt)

    @cached_property
    def own_tools(self) -> list[BaseTool]:
        """The tools the agent was given, as LangChain has them.

        Raises:
            SetupError: If one cannot be used.
        """
        from chimera.tools.given import made

        return made(self.name, self.tools)

    def gateways(self, session: Session) -> list[Gateway]:
        """Return the ways to the agent's model and to its fallbacks, made once."""
        with _making:  # threads may share an agent
            if not self._gateways:
                self._gateways.extend([*ways(self, session)])
        return self._gateways

    @cached_property
    def _gateways(self) -> list[Gateway]:
        return []

    def _keeps_rules(self, asked: str, text: str, value: object) -> list[str]:
        structured = isinstance(value, BaseModel)
        text = texts_in(value) if structured else text
        return self.persona.broken_by(text, asked=asked, structured=structured)


def _output(file: AgentFile, slug: str) -> Any:  # noqa: ANN401  a class made from fields
    name = "".join(part.title() for part in slug.split("-")) + "Answer"
    return file.output.model(name) if file.output else None
