"""An MCP server over stdio, for tests: two tools about texts."""

import logging

from mcp.server.fastmcp import FastMCP

server = FastMCP("files", log_level="ERROR")


@server.tool()
def length(text: str) -> int:
    """Return how many characters a text has."""
    return len(text)


@server.tool()
def fail() -> str:
    """Fail on purpose."""
    raise ValueError("on purpose")


if __name__ == "__main__":
    logging.disable()
    server.run()
