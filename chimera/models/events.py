"""Log events of model calls."""

from __future__ import annotations


def emit(event: str, **facts: str | float | None) -> None:
    """Log one event with its facts: never a prompt, never a secret."""
    from chimera.logs import logger

    logger().info(event, **facts)
