"""Agent: a persona that asks a model, and what its answer has to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from typing_extensions import TypeVar

from chimera import session as sessions
from chimera.errors import (
    AddressError,
    CallError,
    ConfigError,
    SetupError,
    StageError,
    nearest,
)
from chimera.models.options import ModelOptions
from chimera.persona import Persona
from chimera.session import DEFAULT_MODEL, NO_MODEL, ModelChoice

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from chimera.models.gateway import Answer, Gateway, Prompt
    from chimera.project import Project
    from chimera.stages import Node

T = TypeVar("T", bound="BaseModel | str", default=str)
Check = Callable[[str, Any], list[str]]


class AgentFile(BaseModel):
    """What an agent's YAML file says."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    persona: str = Field(min_length=1, description="Name of the persona.")
    model: str | None = Field(default=None, description="provider:name, for example ollama:gemma3.")
    options: ModelOptions = Field(default_factory=ModelOptions, description="Options of the model.")
    output: str | None = Field(
        default=None, description="Pydantic model of the answer, as package.module:Class."
    )

    @field_validator("model")
    @classmethod
    def _provider_and_name(cls, value: str | None) -> str | None:
        if value is not None and (problem := _problem_of(value)):
            raise ValueError(problem)
        return value

    @field_validator("output")
    @classmethod
    def _importable(cls, value: str | None) -> str | None:
        if value is not None:
            _output_class(value)
        return value


@dataclass(frozen=True, kw_only=True)
class Agent(Generic[T]):
    """A persona with a model, its options and an output contract.

    Attributes:
        persona: Who speaks.
        model: `provider:name`, a LangChain chat model, or `"none"`.
        options: Options of the model.
        output: The Pydantic model an answer has to be; None for text.
        name: How the agent is called in accounts; the persona's name if left out.
        base_url: Address of the model server; None for the provider's default.
        named: Whether somebody chose the model, rather than leaving it at the default.
    """

    persona: Persona
    model: str | BaseChatModel = DEFAULT_MODEL
    options: ModelOptions = field(default_factory=ModelOptions)
    output: type[T] | None = None
    name: str = ""
    base_url: str | None = None
    named: bool = True

    def __post_init__(self) -> None:
        if not self.name:
            object.__setattr__(self, "name", self.persona.name)
        if isinstance(self.model, str) and (problem := _problem_of(self.model)):
            raise AddressError(f"model {self.model!r} {problem}")

    @classmethod
    def from_project(cls, project: Project, name: str, choice: ModelChoice) -> Self:
        """Load an agent by name, with the model and options a run was told to use.

        The model is the run's, else `CHIMERA_MODEL`, else the file's, else the default.
        """
        path = project.path("agents", name)
        file = project.agent_file(name)
        slug = path.stem.replace("_", "-")
        model = choice.model or sessions.environment_model() or file.model
        return cls(
            persona=project.persona(file.persona),
            model=model or DEFAULT_MODEL,
            options=_merge(slug, file.options, choice.options.get(slug, {})),
            output=_output_class(file.output) if file.output else None,
            name=slug,
            base_url=choice.base_url,
            named=model is not None,
        )

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
        return f"{self.model._llm_type}:{name or type(self.model).__name__}"  # noqa: SLF001  LangChain's only name for a provider

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
        if self.silent:
            raise SetupError(f"agent {self.name!r} has no model: it was set to {NO_MODEL!r}")
        if isinstance(prompt, str):
            prompt = Prompt(system=self.persona.prompt, sections=(Section("question", prompt),))
        answer = await self._gateway.ask(
            prompt,
            output=output or self.output,  # type: ignore[arg-type]
            call=CallSite(id=session.next_call_id(), stage=stage, agent=self.name),
            on_text=Told(session, stage, self.name, structured=(output or self.output) is not None),
            check=check or self._keeps_rules,
        )
        session.calls.append(answer.record)
        record = answer.record
        facts = {"outcome": record.outcome.value, "tokens": record.output_tokens}
        session.emit("model.called", stage, agent=self.name, **facts)
        return answer

    def node(self, *, reads: str, writes: str) -> Node[Any]:
        """Return a node for any LangGraph: asks with one field of the state, writes another.

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

    @cached_property
    def _gateway(self) -> Gateway:
        from chimera.models.gateway import Gateway
        from chimera.models.resolve import chat_model

        model = self.model
        if isinstance(model, str):
            model = chat_model(model, self.options, base_url=self.base_url)
        return Gateway(model, name=self.model_name, options=self.options, sleep=_pause)

    def _keeps_rules(self, text: str, value: object) -> list[str]:
        if isinstance(value, BaseModel):
            text = "\n".join(_texts(value.model_dump()))
        return self.persona.rules.broken_by(text)


def parse_options(settings: list[str]) -> dict[str, dict[str, Any]]:
    """Read `AGENT.OPTION=VALUE` settings of the command line into agent → option → value.

    Raises:
        ConfigError: If a setting has another form, or its option does not exist.
    """
    import yaml

    options: dict[str, dict[str, Any]] = {}
    for setting in settings:
        target, equals, value = setting.partition("=")
        agent, dot, option = target.partition(".")
        if not (equals and dot and agent and option):
            raise ConfigError(f"--set {setting!r}: write AGENT.OPTION=VALUE")
        if option not in ModelOptions.model_fields:
            names = sorted(ModelOptions.model_fields)
            raise ConfigError(
                f"--set {setting!r}: no option {option!r}{nearest(option, names)}"
                f" (there are: {', '.join(names)})"
            )
        try:
            options.setdefault(agent, {})[option] = yaml.safe_load(value)
        except yaml.YAMLError:
            raise ConfigError(f"--set {setting!r}: the value cannot be read") from None
    return options


def _problem_of(model: str) -> str | None:
    """Return what is wrong with a model's name, None if it can be used."""
    provider, _, name = model.partition(":")
    if model == NO_MODEL:
        return None
    if not (provider and name):
        return "must read provider:name, for example ollama:gemma3:latest"
    if provider != "ollama" and (hint := nearest(provider, ["ollama"])):
        return f"must name a provider{hint}"
    return None


def _field(state: Any, name: str, agent: str) -> Any:  # noqa: ANN401  any LangGraph state
    """Return a field of a state, whatever kind of type it is."""
    known = list(state) if isinstance(state, Mapping) else list(vars(state))
    if name not in known:
        raise StageError(
            f"node {agent!r} reads {name!r}, which the state lacks{nearest(name, known)}"
        )
    return state[name] if isinstance(state, Mapping) else getattr(state, name)


async def _pause(seconds: float) -> None:
    """Wait on the clock of the run."""
    await sessions.current().clock.sleep(seconds)


def _merge(agent: str, options: ModelOptions, changes: Mapping[str, Any]) -> ModelOptions:
    if not changes:
        return options
    try:
        return ModelOptions.model_validate({**options.model_dump(), **changes})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        raise ConfigError(
            f"option {agent}.{name}: {first['msg']}, not {first['input']!r}"
        ) from None


def _output_class(path: str) -> Any:  # noqa: ANN401  a class chosen by name
    module, _, name = path.partition(":")
    try:
        found = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(f"cannot be imported: {error}") from None
    if not (isinstance(found, type) and issubclass(found, BaseModel)):
        raise ValueError(  # noqa: TRY004  Pydantic reports a ValueError with its field
            "must name a Pydantic model, as package.module:Class"
        )
    return found


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list | tuple):
        return [text for item in value for text in _texts(item)]
    return []


def _as_json(value: object) -> str:
    from pydantic_core import to_json

    return to_json(value, indent=1).decode()
