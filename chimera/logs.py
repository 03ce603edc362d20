"""Events of the library, through structlog.

If the importing program has configured structlog, events go where it says. If not, they go to the
standard library's logger `chimera`, as one line of keys and values: silent below warnings, like any
library. Only the `chimera` command calls `configure`.

structlog takes some 40 ms to load. Where nobody else has loaded it and nobody hears events below
warnings, it is loaded with the first warning.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import structlog

_bound: ContextVar[Mapping[str, Any]] = ContextVar("chimera_bound", default={})  # noqa: B039  never changed in place


class _Quiet:
    """A logger while nobody hears events below warnings."""

    def info(self, event: str, **facts: object) -> None:
        """Say nothing."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  a method of structlog's
        return getattr(_loud(), name)


_QUIET = _Quiet()
_STDLIB = logging.getLogger("chimera")


def logger() -> Any:  # noqa: ANN401  structlog's bound loggers share no type
    """Return a logger, to which run, stage and agent are bound."""
    return _loud() if heard() else _QUIET


def heard() -> bool:
    """Return whether somebody may hear events below warnings."""
    return "structlog" in sys.modules or _STDLIB.isEnabledFor(logging.INFO)


def bound(**facts: str) -> Bound:
    """Bind facts to all events inside a `with` block, through structlog's context variables too."""
    return Bound(facts)


class Bound:
    """Facts that are bound inside a block."""

    __slots__ = ("_facts", "_loud", "_token")

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self._facts = facts

    def __enter__(self) -> None:
        outer = _bound.get()
        self._token = _bound.set({**outer, **self._facts} if outer else self._facts)
        self._loud: Any = None
        if "structlog" in sys.modules:
            from structlog.contextvars import bound_contextvars

            self._loud = bound_contextvars(**self._facts)
            self._loud.__enter__()

    def __exit__(self, *_: object) -> None:
        if self._loud is not None:
            self._loud.__exit__(None, None, None)
        _bound.reset(self._token)


def _loud() -> Any:  # noqa: ANN401  structlog's bound loggers share no type
    import structlog

    if structlog.is_configured():
        return structlog.get_logger("chimera").bind(**_bound.get())
    wrapped = structlog.wrap_logger(
        logging.getLogger("chimera"),
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    return wrapped.bind(**_bound.get())


def configure(*, verbose: bool = False) -> None:
    """Send events to stderr: all with `verbose` or `CHIMERA_LOG`, else none.

    `CHIMERA_LOG=json` writes one JSON object per line, any other value key-value lines.
    """
    import structlog

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
