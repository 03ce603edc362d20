"""Files of persona tests: strict, and every problem with its line."""

from pathlib import Path

import pytest

from chimera.cases.suites import suites
from chimera.errors import ConfigError, NotFoundError
from chimera.project import Project
from tests.cases.conftest import Write, case

HEAD = "persona: skeptic\ncases:\n"
CASE = "  - name: one\n    input: x\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cases:\n" + CASE, "needs either persona or agent"),
        ("persona: a\nagent: b\ncases:\n" + CASE, "needs either persona or agent"),
        ("agent: b\nvariables: {a: 1}\ncases:\n" + CASE, "variables are for a persona"),
        ("persona: skeptic\n", "key 'cases' is missing"),
        ("persona: skeptic\ncases: []\n", "skeptic.yaml:2: cases: must not be empty"),
        (HEAD + "  - name: one\n", "skeptic.yaml:3: .*needs either input or input_file"),
        (HEAD + CASE + "    input_file: y\n", "needs either input or input_file"),
        (HEAD + CASE + CASE, "two cases are called 'one'"),
        (HEAD + CASE + "    expct: {}\n", "skeptic.yaml:5: unknown key .*did you mean 'expect'"),
        (HEAD + CASE + "    expect: {mention: [a]}\n", "did you mean 'mentions'"),
        (HEAD + CASE + "    expect: {rules: kapt}\n", "one of kept, broken, .*did you mean 'kept'"),
        (HEAD + CASE + "    expect: {matches: '('}\n", "is no regular expression"),
        (HEAD + CASE + "    expect: {mentions: [a], not_mentions: [A]}\n", "'A' has to be"),
        (HEAD + CASE + "    expect: {min_words: 3, max_words: 2}\n", "min_words 3 is more"),
        (HEAD + CASE + "    expect: {mentions: [' ']}\n", "must not be blank"),
        (HEAD + CASE + "    expect: {max_words: '3'}\n", "skeptic.yaml:5: .*whole number"),
        ("accepted: abc\n" + HEAD + CASE, "skeptic.yaml:1: accepted"),
        (HEAD + "  - name: 'a\n\n      b'\n    input: x\n", "skeptic.yaml:3: cases.0.name"),
    ],
)
def test_wrong_file_is_refused(project: Project, write: Write, text: str, message: str) -> None:
    """What is wrong is said with file, line and what may stand there."""
    write(text)
    with pytest.raises(ConfigError, match=message):
        suites(project)


def test_problems_of_all_files_are_said_at_once(project: Project, write: Write) -> None:
    """A wrong file does not hide the next one."""
    write("persona: skeptic\n", "a")
    write("agent: judge\n", "b")
    with pytest.raises(ConfigError) as caught:
        suites(project)
    assert [Path(problem.file).stem for problem in caught.value.problems] == ["a", "b"]


def test_project_without_tests_says_where_they_would_be(project: Project) -> None:
    """Nothing to test is no success."""
    with pytest.raises(NotFoundError, match=r"no persona tests in '.*personas.tests'"):
        suites(project)


def test_unknown_name_has_the_nearest(project: Project, write: Write) -> None:
    """A name that leads nowhere gets the nearest one."""
    write(case())
    with pytest.raises(NotFoundError, match="did you mean 'skeptic'"):
        suites(project, ["sceptic"])


def test_tests_are_no_personas(project: Project, write: Write) -> None:
    """The names of a project's personas are those of personas."""
    write(case(), "only-a-test")
    assert "only-a-test" not in project.names("personas")


def test_question_may_stand_in_a_file(project: Project, write: Write) -> None:
    """A long question stands beside the tests."""
    path = write(HEAD + "  - name: one\n    input_file: inputs/long.txt\n")
    (path.parent / "inputs").mkdir()
    (path.parent / "inputs" / "long.txt").write_text("Is it so?")
    (suite,) = suites(project)
    assert suite.question(suite.file.cases[0]) == "Is it so?"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gone.txt", "skeptic.yaml:4: input_file 'gone.txt' cannot be read: No such file"),
        ("../skeptic.yaml", "lies outside of the folder of the tests"),
        ("/etc/hostname", "lies outside of the folder of the tests"),
        (".", "cannot be read"),
    ],
)
def test_file_of_a_question_is_checked(
    project: Project, write: Write, name: str, message: str
) -> None:
    """A question comes from a file in the folder of the tests, or is a problem of its line."""
    write(HEAD + f"  - name: one\n    input_file: {name}\n")
    (suite,) = suites(project)
    with pytest.raises(ConfigError, match=message):
        suite.question(suite.file.cases[0])
