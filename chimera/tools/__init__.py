"""Tools of agents: functions and MCP servers go in, what they said to the model comes out.

A model's wish to call a tool arrives as `chimera.models.toolcalls.ToolCall`; `turns` answers it and
asks again until there is an answer. Every call of a tool becomes a `ToolRecord`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimera.lazy import attach

if TYPE_CHECKING:
    from chimera.tools.mcp import Server as Server
    from chimera.tools.record import ToolOutcome as ToolOutcome
    from chimera.tools.record import ToolRecord as ToolRecord

__all__ = ["Server", "ToolOutcome", "ToolRecord"]

_HOME = {"Server": "mcp", "ToolOutcome": "record", "ToolRecord": "record"}

if not TYPE_CHECKING:
    __getattr__, __dir__ = attach(__name__, _HOME)
