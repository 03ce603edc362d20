"""pytest collects `personas/tests/*.yaml`: an item for each case, answered from its recording.

Installed as the plugin `chimera`; `-p no:chimera` leaves it out. It costs nothing but its import
where there are no such files: what asks and judges loads with the first of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from chimera.cases.casefile import Case
    from chimera.cases.playing import Player
    from chimera.cases.suites import Suite


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--chimera-live`."""
    parser.getgroup("chimera").addoption(
        "--chimera-live",
        action="store_true",
        help="ask the model in persona tests instead of playing recorded answers",
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> PersonaFile | None:
    """Collect a YAML file of a folder `personas/tests/`."""
    if file_path.suffix != ".yaml" or file_path.parts[-3:-1] != ("personas", "tests"):
        return None
    collector: PersonaFile = PersonaFile.from_parent(parent, path=file_path)
    return collector


class PersonaFile(pytest.File):
    """A file of persona tests."""

    _player: Player | None = None

    def collect(self) -> Iterator[PersonaCase]:
        """Yield an item for each case.

        Raises:
            CollectError: If the file is wrong; the message names every line.
        """
        from chimera.cases.suites import read
        from chimera.errors import ChimeraError

        try:
            suite = read(self.path)
        except ChimeraError as error:
            raise self.CollectError(str(error)) from None
        for case in suite.file.cases:
            yield PersonaCase.from_parent(self, name=case.name, suite=suite, case=case)

    def player(self, suite: Suite) -> Player:
        """Return who asks the cases of the file, made once."""
        from chimera.cases.playing import Player
        from chimera.project import Project

        if self._player is None:
            project = Project.find(self.path.parents[2])
            live = bool(self.config.getoption("--chimera-live"))
            self._player = Player(project, suite, live=live)
        return self._player


class PersonaCase(pytest.Item):
    """One case of a persona."""

    def __init__(self, *, suite: Suite, case: Case, **given: Any) -> None:  # noqa: ANN401  pytest's
        super().__init__(**given)
        self._suite = suite
        self._case = case

    def runtest(self) -> None:
        """Ask the case, and fail where its answer does not hold."""
        from chimera.cases.wording import failure
        from chimera.errors import ChimeraError
        from chimera.loop import run_sync

        assert isinstance(self.parent, PersonaFile)  # noqa: S101  for the type checker
        try:
            verdict = run_sync(self.parent.player(self._suite).play(self._case))
        except ChimeraError as error:
            pytest.fail(str(error), pytrace=False)
        if not verdict.passed:
            pytest.fail(failure(verdict), pytrace=False)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the place of the case, its line from 0, and its title."""
        return self.path, self._suite.line(self._case) - 1, f"{self._suite.name}: {self.name}"
