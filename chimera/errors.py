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

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chimera.models.records import CallRecord


class ChimeraError(Exception):
    """Anything Chimera raises on purpose."""


class SetupError(ChimeraError):
    """The set-up is wrong: no stage has run, no model was called."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a file of a project.

    Attributes:
        file: The file.
        line: Its line, from 1; None where no line can be told.
        message: What is wrong, with which value, and what to do.
        key: The key it is about, dotted; empty if it is about none.
        allowed: What may stand there instead, where that can be listed.
        nearest: The one of them that was probably meant.
    """

    file: str
    line: int | None
    message: str
    key: str = ""
    allowed: tuple[str, ...] = ()
    nearest: str | None = None

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.message}"


class ConfigError(SetupError):
    """A persona, an agent or an option does not hold; the message names place, value, remedy.

    Attributes:
        problems: All that is wrong, where it stands in files; empty if it stands in none.
    """

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)

    @classmethod
    def of(cls, *problems: Problem) -> Self:
        """Return the error of these problems, a line each."""
        return cls("\n".join(map(str, problems)), problems)


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
    match = nearest_of(name, names)
    return f"; did you mean {match!r}?" if match else ""


def nearest_of(name: str, names: Iterable[str]) -> str | None:
    """Return the name that was probably meant; None if none is near."""
    return next(iter(get_close_matches(name, list(names), n=1, cutoff=0.6)), None)
