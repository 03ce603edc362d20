"""What the terminal shows while a run goes on."""

import io

import pytest
from rich.console import Console

from chimera.cli.progress import Progress
from chimera.events import (
    Event,
    ModelCalled,
    ModelProgress,
    ModelRestarted,
    ModelText,
    StageFinished,
    StageStarted,
)
from chimera.models.records import CallRecord, Outcome


def heard(*events: Event) -> Progress:
    """Return a progress that has heard of a stage and some events of it."""
    progress = Progress()
    for event in (StageStarted("report"), *events):
        progress.hear(event)
    return progress


def text(piece: str, agent: str = "analyst") -> Event:
    """Return a piece of an answer."""
    return ModelText("report", agent, piece)


def written(key: str | None, pieces: int, agent: str = "analyst") -> Event:
    """Return the progress of a structured answer."""
    return ModelProgress("report", agent, key, 4 * pieces, pieces)


def called(tokens: int | None, agent: str = "analyst") -> Event:
    """Return the end of a call."""
    record = CallRecord(id="M1", model="ollama:x", outcome=Outcome.OK, output_tokens=tokens)
    return ModelCalled("report", agent, record)


def test_a_text_is_shown_as_it_comes() -> None:
    """The live line ends in the end of the text."""
    assert heard(text("All is"), text(" well.\n")).line == "report, 2 tokens All is well."
    assert len(heard(text("x" * 500)).line) < 100


def test_a_structured_answer_shows_what_is_written() -> None:
    """The key being written stands there, and no JSON."""
    assert heard(written("summary", 12)).line == "report, 12 tokens writing summary"
    assert heard(written(None, 1)).line == "report, 1 token writing JSON"


def test_tokens_of_ended_answers_are_the_servers() -> None:
    """At the end of a call its pieces give way to what the server counted, where it did."""
    assert heard(text("a"), text("b"), called(9), text("c")).line == "report, 10 tokens c"
    assert heard(text("a"), text("b"), called(None)).line == "report, 2 tokens"


def test_two_agents_do_not_mix() -> None:
    """The line shows the agent that spoke last, and counts both."""
    assert heard(text("red"), text("blue", "critic")).line == "report, 2 tokens blue"
    assert heard(text("red"), text("blue", "critic"), text("!")).line == "report, 3 tokens red!"


def test_a_restarted_answer_is_not_shown_twice() -> None:
    """What came before the question was asked anew is taken back."""
    again = ModelRestarted("report", "analyst")
    assert heard(text("All"), again, text("All is")).line == "report, 1 token All is"


def test_control_characters_do_not_reach_the_terminal() -> None:
    """A model cannot move the cursor or set colours."""
    assert "\x1b" not in heard(text("a\x1b[31mred")).line


def test_the_live_line_is_rendered() -> None:
    """On a terminal the line stands there, markup of a text unread."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100)
    with Progress(console=console) as progress:
        progress.hear(StageStarted("report"))
        progress.hear(text("[bold]loud"))
        console.print(progress._live.renderable if progress._live else "")
    assert "report, 1 token [bold]loud" in out.getvalue()


def test_without_a_terminal_only_stages_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Pieces of text make no lines in a log file."""
    progress = heard(text("All is well."), called(3))
    progress.hear(StageFinished("report", 1.5))
    assert capsys.readouterr().err == "report: 1.50 s, 3 tokens\n"
