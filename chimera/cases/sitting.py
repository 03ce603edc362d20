"""All tests of a project in one go: asked, judged, and where told so recorded and accepted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chimera.cases.playing import STATUSES, Player, Verdict
from chimera.cases.suites import Suite, suites
from chimera.errors import ConfigError, Problem, SetupError
from chimera.loop import run_sync

if TYPE_CHECKING:
    from chimera.project import Project
    from chimera.session import ModelChoice

Heard = Callable[[Verdict], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """How the tests of a project are to be run.

    Attributes:
        live: Ask a model instead of playing recorded answers.
        record: Keep the live answers.
        accept: Accept each persona as it is now, where nothing else is wrong.
        choice: Which model is asked, and where.
    """

    live: bool = False
    record: bool = False
    accept: bool = False
    choice: ModelChoice | None = None

    def __post_init__(self) -> None:
        if self.record and not self.live:
            raise SetupError("only live answers can be recorded: say --live --record")
        if not self.live and self.choice is not None and self.choice.is_named:
            raise SetupError("recorded answers ask no model: say --live, or name no model")


@dataclass(frozen=True, slots=True)
class Tested:
    """What came of the tests.

    Attributes:
        verdicts: One for each case, in order.
        accepted: Files whose persona was accepted now.
        open: Files whose persona has never been accepted.
    """

    verdicts: tuple[Verdict, ...]
    accepted: tuple[str, ...]
    open: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether all is well."""
        return all(verdict.passed for verdict in self.verdicts)

    @property
    def summary(self) -> str:
        """The counts in one line: `3 cases: 2 passed, 1 failed`."""
        statuses = [verdict.status for verdict in self.verdicts]
        counts = [f"{statuses.count(s)} {s}" for s in STATUSES if s in statuses]
        return f"{len(statuses)} case{'s' * (len(statuses) != 1)}: {', '.join(counts)}"

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return {
            "schema": "chimera.test/1",
            "passed": self.passed,
            "cases": [verdict.as_dict() for verdict in self.verdicts],
            "accepted": list(self.accepted),
            "never_accepted": list(self.open),
        }


def run(
    project: Project,
    names: Iterable[str] = (),
    wish: Wish | None = None,
    heard: Heard | None = None,
) -> Tested:
    """Run the tests of a project, all or those of some files; each verdict is heard at once.

    Raises:
        SetupError: If a test, its persona or its model cannot be used; no model has been asked.
    """
    wish = wish or Wish()
    players = [
        Player(project, one, live=wish.live, choice=wish.choice, lenient=wish.accept)
        for one in suites(project, names)
    ]
    _refuse_unreadable(player.suite for player in players)
    found: list[Verdict] = []
    for player in players:
        for case in player.suite.file.cases:
            found.append(run_sync(player.play(case)))
            if heard is not None:
                heard(found[-1])
        if wish.record:
            player.record()
    good = {name for name, all_passed in _by_suite(found).items() if all_passed}
    open_ = [player for player in players if wish.accept and not player.is_accepted]
    taken = [player for player in open_ if player.suite.name in good]
    for player in taken:
        player.accept()
    names_taken = [player.suite.name for player in taken]
    never = {p.suite.name for p in players if p.suite.file.accepted is None} - {*names_taken}
    return Tested(tuple(found), tuple(names_taken), tuple(sorted(never)))


def _refuse_unreadable(suites_: Iterable[Suite]) -> None:
    """Refuse cases whose file cannot be read before any case is asked."""
    problems: list[Problem] = []
    for suite in suites_:
        for case in suite.file.cases:
            try:
                suite.question(case)
            except ConfigError as error:
                problems += error.problems
    if problems:
        raise ConfigError.of(*problems)


def _by_suite(verdicts: Iterable[Verdict]) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for verdict in verdicts:
        found[verdict.suite] = found.get(verdict.suite, True) and verdict.passed
    return found
