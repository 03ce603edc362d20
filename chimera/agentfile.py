"""What an agent's YAML file says, and what a run changes of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from chimera.errors import AddressError, ConfigError, NotFoundError, nearest
from chimera.flaws import Flaw
from chimera.memory import Memory
from chimera.models.options import ModelOptions
from chimera.models.timeouts import Timeouts
from chimera.outputs import Output
from chimera.session import NO_MODEL
from chimera.tools.given import tool_at
from chimera.tools.mcp import Server

if TYPE_CHECKING:
    from chimera.persona import Persona
    from chimera.project import Project

M = TypeVar("M", bound=BaseModel)

MAX_TOOL_CALLS: Final = 8
MAX_TURNS: Final = 8

_TIMEOUTS = "timeouts."


def problem_of(model: str) -> str | None:
    """Return what is wrong with a model's name, None if it can be used."""
    provider, _, name = model.partition(":")
    if model == NO_MODEL:
        return None
    if not (provider and name):
        return "must read provider:name, for example ollama:gemma3:latest"
    if provider != "ollama" and (hint := nearest(provider, ["ollama"])):
        return f"must name a provider{hint}"
    return None


def _named(model: str) -> str:
    if problem := problem_of(model):
        raise ValueError(problem)
    return model


def _usable(address: str) -> str:
    from chimera.models.address import base_url

    try:
        return base_url(address)
    except AddressError as error:
        raise ValueError(str(error)) from None


def _there(place: str) -> str:
    tool_at(place)
    return place


ModelName = Annotated[str, AfterValidator(_named)]
Address = Annotated[str, AfterValidator(_usable)]
ToolPlace = Annotated[str, AfterValidator(_there)]


class Fallback(BaseModel):
    """Who is asked where an agent's model gives no answer: another model, another server, or both.

    Attributes:
        model: `provider:name`; the agent's own if left out.
        base_url: Address of the server; the agent's own if left out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    model: ModelName | None = Field(default=None, description="provider:name.")
    base_url: Address | None = Field(default=None, description="Address of the model server.")

    @model_validator(mode="after")
    def _is_another(self) -> Self:
        if self.model is None and self.base_url is None:
            raise ValueError("must name a model, a base_url, or both")
        if self.model == NO_MODEL:
            raise ValueError("an agent without fallbacks has an empty list")
        return self


class AgentFile(BaseModel):
    """What an agent's YAML file says."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    persona: str = Field(min_length=1, description="Name of the persona.")
    variables: dict[str, str | bool | int | float] = Field(
        default_factory=dict, description="Values of the persona's variables, by name."
    )
    model: ModelName | None = Field(
        default=None, description="provider:name, for example ollama:gemma3."
    )
    base_url: Address | None = Field(
        default=None, description="Address of its model server; the project's if left out."
    )
    options: ModelOptions = Field(default_factory=ModelOptions, description="Options of the model.")
    timeouts: Timeouts = Field(
        default_factory=Timeouts, description="How long a call may take, in seconds."
    )
    fallbacks: list[Fallback] = Field(
        default_factory=list,
        max_length=8,
        description="Asked one after the other where a call ends without an answer.",
    )
    output: Output | None = Field(
        default=None,
        description="What an answer has to be: package.module:Class, or fields by name.",
    )
    tools: list[ToolPlace] = Field(
        default_factory=list,
        description="Functions the model may call, as package.module:function.",
    )
    mcp: dict[str, Server] = Field(
        default_factory=dict, description="MCP servers whose tools it may call, by name."
    )
    max_tool_calls: int = Field(
        default=MAX_TOOL_CALLS, ge=1, le=1000, description="Calls of tools for one question."
    )
    max_turns: int = Field(
        default=MAX_TURNS, ge=1, le=100, description="Answers with calls in them for one question."
    )
    memory: Memory | None = Field(default=None, description="What it remembers of earlier answers.")
    approval: bool = Field(
        default=False, description="Whether a person has to approve what its node writes."
    )


def spoken(path: Path, file: AgentFile, project: Project) -> Persona:
    """Return an agent's persona with the values that the agent's file gives its variables.

    Raises:
        NotFoundError: If there is no such persona; the message names file and line.
        ConfigError: If a value does not fit, or a variable has none.
    """
    from chimera import yamlfile

    try:
        persona = project.persona(file.persona, near=path)
    except NotFoundError as error:
        place = yamlfile.read(path).problem(f"persona: {error}", "persona")
        raise NotFoundError(str(place)) from None
    flaws = [
        Flaw(flaw.message, ("variables", *flaw.where), flaw.allowed, flaw.nearest)
        for flaw in persona.flaws_of(file.variables)
    ]
    flaws += [
        Flaw(f"persona {persona.name!r} needs a value: {name} has none", ("variables",))
        for name in persona.lacking
        if name not in file.variables
    ]
    if flaws:
        document = yamlfile.read(path)
        raise ConfigError.of(*(document.told(flaw) for flaw in flaws))
    return persona.with_values(file.variables) if file.variables else persona


def parse_options(settings: list[str]) -> dict[str, dict[str, Any]]:
    """Read `AGENT.OPTION=VALUE` settings of the command line into agent → option → value.

    An option is one of the model, or a time limit as `timeouts.NAME`.

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
        if option not in _OPTIONS:
            raise ConfigError(
                f"--set {setting!r}: no option {option!r}{nearest(option, _OPTIONS)}"
                f" (there are: {', '.join(_OPTIONS)})"
            )
        try:
            options.setdefault(agent, {})[option] = yaml.safe_load(value)
        except yaml.YAMLError:
            raise ConfigError(f"--set {setting!r}: the value cannot be read") from None
    return options


def merged(
    agent: str, file: AgentFile, changes: Mapping[str, Any]
) -> tuple[ModelOptions, Timeouts]:
    """Return a file's options and time limits with what a run changes of them.

    Raises:
        ConfigError: If a change does not fit.
    """
    limits = {
        name.removeprefix(_TIMEOUTS): float(value) if type(value) is int else value
        for name, value in changes.items()
        if name.startswith(_TIMEOUTS)
    }
    options = {name: v for name, v in changes.items() if not name.startswith(_TIMEOUTS)}
    return _changed(agent, file.options, options), _changed(agent, file.timeouts, limits)


def _changed(agent: str, model: M, changes: Mapping[str, Any]) -> M:
    if not changes:
        return model
    try:
        return type(model).model_validate({**model.model_dump(), **changes})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        raise ConfigError(
            f"option {agent}.{name}: {first['msg']}, not {first['input']!r}"
        ) from None


_OPTIONS = sorted([*ModelOptions.model_fields, *(_TIMEOUTS + n for n in Timeouts.model_fields)])
