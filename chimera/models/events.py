"""Log events of model calls, for those who have set structlog up; otherwise silence."""

from __future__ import annotations

import sys


def emit(event: str, **facts: str | float | None) -> None:
    """Log one event with its facts.

    Never a prompt, never a secret. Without a set-up structlog would print to stdout, which
    belongs to the caller: so a process that has not configured it hears nothing.
    """
    structlog = sys.modules.get("structlog")
    if structlog is not None and structlog.is_configured():
        structlog.get_logger("chimera").info(event, **facts)
