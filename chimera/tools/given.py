"""What an agent was given as tools, turned into LangChain's tools."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from chimera.errors import SetupError
from chimera.places import object_at

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

Tool = Any  # a LangChain tool, a typed function, or its place as package.module:function


def tool_at(path: str) -> Any:  # noqa: ANN401  whatever stands there
    """Return the function or LangChain tool that `package.module:function` names.

    Raises:
        ValueError: If there is none.
    """
    found = object_at(path)
    if not (callable(found) or hasattr(found, "ainvoke")):
        raise ValueError("must name a function or a LangChain tool, as package.module:function")
    return found


def made(agent: str, tools: Iterable[Tool]) -> list[BaseTool]:
    """Return tools as LangChain has them.

    Raises:
        SetupError: If one is none: a function needs type hints and a docstring, which the model
            reads.
    """
    return [_made(agent, tool) for tool in tools]


def by_name(agent: str, tools: Iterable[BaseTool]) -> dict[str, BaseTool]:
    """Return tools by name.

    Raises:
        SetupError: If two have the same name.
    """
    named: dict[str, BaseTool] = {}
    for tool in tools:
        if tool.name in named:
            raise SetupError(
                f"agent {agent!r} has two tools called {tool.name!r}: rename one, leave one out,"
                " or name those you want of an MCP server under `only`"
            )
        named[tool.name] = tool
    return named


def schemas(tools: Mapping[str, BaseTool]) -> tuple[dict[str, Any], ...]:
    """Return the schemas of tools as models take them."""
    from langchain_core.utils.function_calling import convert_to_openai_tool

    return tuple(convert_to_openai_tool(tool) for tool in tools.values())


def _made(agent: str, given: Tool) -> BaseTool:
    from langchain_core.tools import BaseTool, tool

    try:
        found: BaseTool | Callable[..., Any] = tool_at(given) if isinstance(given, str) else given
        if isinstance(found, BaseTool):
            return found
        _refuse_nameless(found)
        made: BaseTool = tool(found)
    except (TypeError, ValueError, NameError) as error:
        name = getattr(given, "__name__", given)
        raise SetupError(f"agent {agent!r}: {name!r} is no tool: {error}") from None
    return made


def _refuse_nameless(function: Callable[..., Any]) -> None:
    """Refuse a function with an argument that has no name: a model gives every one by its name."""
    for one in inspect.signature(function).parameters.values():
        if one.kind in {one.POSITIONAL_ONLY, one.VAR_POSITIONAL}:
            raise TypeError(f"its argument {one.name!r} cannot be given by name")
