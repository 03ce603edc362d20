"""Events of the library, through structlog.

If the importing program has configured structlog, events go where it says. If not, they go to the
standard library's logger `chimera`, as one line of keys and values: silent below warnings, like any
library. Only the `chimera` command calls `configure`.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

import structlog


def logger() -> Any:  # noqa: ANN401  structlog's bound loggers share no type
    """Return a logger; run, stage and agent come from structlog's context variables."""
    if structlog.is_configured():
        return structlog.get_logger("chimera")
    return structlog.wrap_logger(
        logging.getLogger("chimera"),
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def configure(*, verbose: bool = False) -> None:
    """Send events to stderr: all with `verbose` or `CHIMERA_LOG`, else none.

    `CHIMERA_LOG=json` writes one JSON object per line, any other value key-value lines.
    """
    wanted = os.environ.get("CHIMERA_LOG", "")
    shown = verbose or bool(wanted)
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if wanted == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), sort_keys=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.INFO if shown else logging.CRITICAL
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
