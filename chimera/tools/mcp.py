"""MCP servers of an agent: started or connected for a question, closed after it.

LangChain's adapters (`langchain-mcp-adapters`, the extra `mcp`) do the talking; nothing of them is
loaded for agents without servers.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from chimera.errors import SetupError, StageError, nearest

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

_VARIABLE: Final = re.compile(r"\$\{(\w+)\}")


class Server(BaseModel):
    """One MCP server: a command that is started, or an address that is connected to.

    `${NAME}` in `env` and `headers` is taken from the environment, so that no secret stands in a
    file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    command: str | None = Field(default=None, min_length=1, description="Program to start.")
    args: list[str] = Field(default_factory=list, description="Its arguments.")
    env: dict[str, str] = Field(
        default_factory=dict, repr=False, description="Its environment, beside a safe minimum."
    )
    cwd: str | None = Field(default=None, description="Folder it is started in.")
    url: str | None = Field(default=None, description="Address that speaks streamable HTTP.")
    headers: dict[str, str] = Field(
        default_factory=dict, repr=False, description="Headers of every request."
    )
    only: list[str] = Field(
        default_factory=list, description="Tools to take; all of them if left out."
    )

    @field_validator("url")
    @classmethod
    def _is_http(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value

    @model_validator(mode="after")
    def _is_one_kind(self) -> Self:
        if (self.command is None) == (self.url is None):
            raise ValueError("must have a command or a url, and not both")
        if self.url is not None and (self.args or self.env or self.cwd):
            raise ValueError("args, env and cwd belong to a command, not to a url")
        if self.command is not None and self.headers:
            raise ValueError("headers belong to a url, not to a command")
        return self

    def connection(self) -> dict[str, Any]:
        """Return the server as LangChain's adapters take it.

        Raises:
            SetupError: If a variable of the environment is not set.
        """
        if self.url is not None:
            headers = _filled(self.headers)
            return {"transport": "streamable_http", "url": self.url, "headers": headers}
        return {
            "transport": "stdio",
            "command": self.command,
            "args": self.args,
            "cwd": self.cwd,
            "env": _filled(self.env) or None,
        }


@asynccontextmanager
async def connected(
    agent: str, servers: Mapping[str, Server], seconds: float
) -> AsyncIterator[list[BaseTool]]:
    """Connect to servers for the length of a block; yield their tools.

    Args:
        agent: Who asks, for messages.
        servers: The servers by name.
        seconds: How long one server may take to start.

    Raises:
        SetupError: If the extra is not installed, or a server lacks a tool that `only` names.
        StageError: If a server cannot be started or reached, or its connection breaks.
    """
    failed: Exception | None = None
    try:
        async with AsyncExitStack() as stack:
            try:
                yield await _opened(agent, servers, stack, seconds)
            except Exception as error:  # noqa: BLE001  raised below: its task groups would wrap it
                failed = error
    except ExceptionGroup as group:
        failed = failed or _broken(agent, ", ".join(servers), group)
    if failed is not None:
        raise failed


async def _opened(
    agent: str, servers: Mapping[str, Server], stack: AsyncExitStack, seconds: float
) -> list[BaseTool]:
    try:
        from langchain_mcp_adapters.sessions import create_session
        from langchain_mcp_adapters.tools import load_mcp_tools
    except ImportError:
        raise SetupError(
            f"agent {agent!r} has MCP servers: install chimera-agents[mcp] to use them"
        ) from None
    found: list[BaseTool] = []
    for name, server in servers.items():
        connection: Any = server.connection()
        try:
            async with asyncio.timeout(seconds):
                session = await stack.enter_async_context(create_session(connection))
                await session.initialize()
                tools = await load_mcp_tools(session)
        except Exception as error:  # whatever a server does wrong is told as such
            raise _broken(agent, name, error) from error
        found += _taken(name, server, tools)
    return found


def _broken(agent: str, server: str, error: BaseException) -> StageError:
    while isinstance(error, BaseExceptionGroup):  # the first error inside of groups tells it
        error = error.exceptions[0]
    told = f"{type(error).__name__}: {error}".removesuffix(": ")
    return StageError(f"MCP server {server!r} of agent {agent!r} does not answer: {told}")


def _taken(name: str, server: Server, tools: list[BaseTool]) -> list[BaseTool]:
    there = [tool.name for tool in tools]
    for wanted in server.only:
        if wanted not in there:
            raise SetupError(
                f"MCP server {name!r} has no tool {wanted!r}{nearest(wanted, there)}"
                f" (there are: {', '.join(there)})"
            )
    return [tool for tool in tools if not server.only or tool.name in server.only]


def _filled(values: Mapping[str, str]) -> dict[str, str]:
    """Put variables of the environment into values."""

    def value(found: re.Match[str]) -> str:
        if (text := os.environ.get(found[1])) is None:
            raise SetupError(f"the environment has no {found[1]!r}, which an MCP server needs")
        return text

    return {name: _VARIABLE.sub(value, text) for name, text in values.items()}
