"""The files of `personas/tests/`: found, read, and written where a persona is accepted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from chimera import yamlfile
from chimera.cases.casefile import Case, CaseFile
from chimera.errors import ConfigError, NotFoundError, Problem, SetupError, nearest
from chimera.project import Project
from chimera.yamlfile import Document

FOLDER = Path("personas", "tests")
INPUT_BYTES = 1024 * 1024

_ACCEPTED = re.compile(r"^accepted:[^\r\n]*", re.MULTILINE)
_SPEAKER = re.compile(r"^(?:persona|agent):[^\r\n]*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Suite:
    """One file of tests.

    Attributes:
        path: The file.
        file: What it says.
        document: Where it says so.
    """

    path: Path
    file: CaseFile
    document: Document

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.stem

    @property
    def recorded(self) -> Path:
        """The file with the recorded answers."""
        return self.path.parent / "recorded" / f"{self.name}.json"

    def line(self, case: Case) -> int:
        """Return the line a case begins on, from 1."""
        return self.document.place("cases", self.file.cases.index(case)).line

    def question(self, case: Case) -> str:
        """Return what a case asks.

        Raises:
            ConfigError: If its file cannot be read, or lies outside of the folder of the tests.
        """
        if case.input is not None:
            return case.input
        folder = self.path.parent.resolve()
        path = (folder / str(case.input_file)).resolve()
        try:
            if not path.is_relative_to(folder):
                raise self._wrong(case, "lies outside of the folder of the tests")
            if (size := path.stat().st_size) > INPUT_BYTES:
                raise self._wrong(case, f"has {size} bytes; at most {INPUT_BYTES} are read")
            return path.read_text(encoding="utf-8")
        except OSError as error:
            raise self._wrong(case, f"cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise self._wrong(case, "is no UTF-8 text") from None

    def accept(self, hash_: str) -> None:
        """Write the hash of an accepted persona into the file; nothing else in it changes.

        Raises:
            SetupError: If it cannot be written.
        """
        line = f"accepted: {hash_}"
        try:
            text = self.path.read_bytes().decode("utf-8")
            changed, count = _ACCEPTED.subn(line, text, count=1)
            if not count:
                changed = _SPEAKER.sub(lambda found: f"{found[0]}\n{line}", text, count=1)
            if not _says(changed, hash_):
                raise SetupError(f"{self.path}: no place is found for the line; write {line!r}")
            self.path.write_bytes(changed.encode("utf-8"))
        except OSError as error:
            raise SetupError(f"cannot write {str(self.path)!r}: {error.strerror}") from None

    def _wrong(self, case: Case, what: str) -> ConfigError:
        index = self.file.cases.index(case)
        message = f"input_file {case.input_file!r} {what}"
        return ConfigError.of(self.document.problem(message, "cases", index, "input_file"))


def read(path: Path) -> Suite:
    """Read one file of tests.

    Raises:
        NotFoundError: If there is no such file.
        ConfigError: If it holds something else; all that is wrong is said.
    """
    document = yamlfile.read(path)
    return Suite(path, yamlfile.fit(document, CaseFile), document)


def paths(project: Project) -> list[Path]:
    """Return the files of tests of a project, by name."""
    return sorted((project.root / FOLDER).glob("*.yaml"))


def suites(project: Project, names: Iterable[str] = ()) -> list[Suite]:
    """Return the tests of a project: all, or those of some files.

    Raises:
        NotFoundError: If there are none, or none of that name.
        ConfigError: If a file is wrong; all that is wrong in all of them is said.
    """
    known = {path.stem: path for path in paths(project)}
    if not known:
        raise NotFoundError(
            f"there are no persona tests in {str(project.root / FOLDER)!r}: write a NAME.yaml"
            " there, or say which project with --project"
        )
    for name in names:
        if name not in known:
            there = ", ".join(known)
            hint = nearest(name, known)
            raise NotFoundError(f"no persona test is called {name!r}{hint} (there are: {there})")
    return _all([known[name] for name in dict.fromkeys(names)] or [*known.values()])


def _all(files: list[Path]) -> list[Suite]:
    found: list[Suite] = []
    problems: list[Problem] = []
    for path in files:
        try:
            found.append(read(path))
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError.of(*problems)
    return found


def _says(text: str, hash_: str) -> bool:
    try:
        return yamlfile.parse(text, CaseFile, source="").accepted == hash_
    except ConfigError:
        return False
