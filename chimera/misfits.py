"""What an agent was given in Python that is of another type than it has to be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel

from chimera.errors import ConfigError
from chimera.memory import Memory
from chimera.models.options import ModelOptions
from chimera.models.timeouts import Timeouts
from chimera.persona import Persona
from chimera.tools.mcp import Server

if TYPE_CHECKING:
    from chimera.agent import Agent

_SHOWN: Final = 80  # characters of a value in a message
_CONTRACT: Final = "a Pydantic model, the class itself, or None for text"


def refuse_misfits(agent: Agent[Any]) -> None:
    """Refuse an agent one of whose parts is no such part.

    Raises:
        ConfigError: If so; the message says which, and what it has to be.
    """
    for name, wanted in _misfits(agent):
        raise _error(f"{name} must be {wanted}", getattr(agent, name))


def refuse_output(output: object) -> None:
    """Refuse an output contract that is none.

    Raises:
        ConfigError: If it is neither a Pydantic model nor None.
    """
    if not _is_contract(output):
        raise _error(f"output must be {_CONTRACT}", output)


def _misfits(agent: Agent[Any]) -> Iterator[tuple[str, str]]:
    for name, (fits, wanted) in _PARTS.items():
        if not fits(getattr(agent, name)):
            yield name, wanted


def _is_contract(output: object) -> bool:
    return output is None or (isinstance(output, type) and issubclass(output, BaseModel))


def _are_servers(given: object) -> bool:
    return isinstance(given, Mapping) and all(isinstance(v, Server) for v in given.values())


def _is_a_model(given: object) -> bool:
    return isinstance(given, str) or hasattr(given, "ainvoke")


_PARTS: Final[Mapping[str, tuple[Callable[[object], bool], str]]] = {
    "persona": (
        lambda given: isinstance(given, Persona),
        "a Persona, from Persona.load(path) or Project.find().persona(name)",
    ),
    "model": (_is_a_model, "PROVIDER:NAME, or a LangChain chat model"),
    "options": (
        lambda given: isinstance(given, ModelOptions),
        "ModelOptions(…), from chimera.models",
    ),
    "timeouts": (lambda given: isinstance(given, Timeouts), "Timeouts(…), from chimera.models"),
    "output": (_is_contract, _CONTRACT),
    "tools": (lambda given: isinstance(given, list | tuple), "a list, also of one"),
    "mcp": (_are_servers, "servers by name, each a Server(…), from chimera.tools"),
    "memory": (
        lambda given: isinstance(given, Memory | None),
        "Memory(…), from chimera.memory, or None",
    ),
}
"""By name: whether a value fits, and what it has to be."""


def _error(said: str, given: object) -> ConfigError:
    shown = repr(given)
    cut = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
    return ConfigError(f"agent: {said}, not {cut}")
