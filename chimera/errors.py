"""The errors Chimera raises.

ChimeraError
├── SetupError        the set-up is wrong; nothing has run yet (exit code 2)
│   ├── ConfigError   a persona, agent or option does not hold: file, line, value, remedy
│   ├── NotFoundError a name or path leads nowhere: what was asked for, what there is
│   └── AddressError  a model address cannot be used
└── RunError          the run failed (exit code 1)
    ├── StageError    a stage raised, or returned an update that does not fit its state
    └── CallError     a model call ended in another outcome than ok
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chimera.models.records import CallRecord


class ChimeraError(Exception):
    """Anything Chimera raises on purpose."""


class SetupError(ChimeraError):
    """The set-up is wrong: no stage has run, no model was called."""


class ConfigError(SetupError):
    """A persona, an agent or an option does not hold; the message names place, value, remedy."""


class NotFoundError(SetupError):
    """A name or a path leads nowhere; the message names what there is instead."""


class AddressError(SetupError):
    """A model address or model name cannot be used."""


class RunError(ChimeraError):
    """The run started and failed."""


class StageError(RunError):
    """A stage raised, or returned an update that does not fit the state."""


class CallError(RunError):
    """A model call ended in another outcome than ok.

    Attributes:
        outcome: The name of the outcome, as in `chimera.models.Outcome`.
        record: The account of the call, or None where it never became one.
    """

    def __init__(self, message: str, *, outcome: str, record: CallRecord | None = None) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.record = record


def nearest(name: str, names: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` for the nearest of the names, or an empty string."""
    matches = get_close_matches(name, list(names), n=1, cutoff=0.6)
    return f"; did you mean {matches[0]!r}?" if matches else ""
