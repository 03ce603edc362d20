"""Log events of model calls, for those who have set structlog up; otherwise silence."""

from __future__ import annotations

import sys


def listening() -> bool:
    """Whether anybody has set structlog up."""
    structlog = sys.modules.get("structlog")
    return structlog is not None and structlog.is_configured()


def emit(event: str, **facts: str | float | None) -> None:
    """Log one event with its facts; never a prompt, never a secret.

    Without a set-up structlog would print to stdout, which belongs to the caller: a process
    that has not configured it hears nothing.
    """
    if listening():
        sys.modules["structlog"].get_logger("chimera").info(event, **facts)
