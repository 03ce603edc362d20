"""debate: order, bounds, verdict."""

import asyncio
import operator
from typing import Annotated, Any, Literal

import pytest
from langgraph.graph import StateGraph
from pydantic import BaseModel

import chimera
from chimera.errors import ConfigError, StageError
from chimera.models.records import CallRecord
from chimera.parts import Debate, Speech, debate
from tests.parts.speakers import agent, alone


class State(BaseModel):
    motion: str
    talk: list[Speech] = []
    verdict: Literal["yes", "no"] | None = None
    calls: Annotated[list[CallRecord], operator.add] = []
    gaps: Annotated[list[str], operator.add] = []


class Bare(BaseModel):
    motion: str
    verdict: str = ""


async def zoe(heard: Debate) -> str:
    """Speak late, and say how much was heard."""
    await asyncio.sleep(0.001)
    return f"zoe heard {len(heard.speeches)}"


async def abe(heard: Debate) -> str:
    """Speak at once, and say how much was heard."""
    return f"abe heard {len(heard.speeches)}"


async def mute(heard: Debate) -> str:
    """Fail to speak."""
    raise ValueError("no voice")


async def judge(heard: Debate) -> str:
    """Say yes to four speeches or more."""
    return "yes" if len(heard.speeches) >= 4 else "no"


def debating(speakers: Any, by: Any = judge, state: Any = State, **rules: Any) -> Any:
    """Return a graph that is one debate."""
    given = {"reads": "motion", "writes": "verdict", **rules}
    return alone(state, lambda g, n: debate(g, n, speakers, by, **given))


def test_speeches_stand_in_the_order_of_rounds_and_speakers() -> None:
    """Neither speed nor alphabet decides; all of a round have heard the rounds before."""
    run = chimera.run(debating([zoe, abe], transcript="talk"), "x")
    assert [(one.round, one.speaker, one.text) for one in run.state.talk] == [
        (1, "zoe", "zoe heard 0"),
        (1, "abe", "abe heard 0"),
        (2, "zoe", "zoe heard 2"),
        (2, "abe", "abe heard 2"),
    ]
    assert run.state.verdict == "yes"


def test_there_are_as_many_rounds_as_said() -> None:
    """One round of two speakers gives the judge two speeches."""
    assert chimera.run(debating([zoe, abe], rounds=1), "x").state.verdict == "no"


def test_agents_debate_and_an_agent_judges() -> None:
    """Each hears who said what; the verdict is held to the type of its field."""
    pro, con = agent("Pro", "for", "still for"), agent("Con", "against", "still against")
    chair = agent("Chair", '{"answer": "no"}')
    run = chimera.run(debating([pro, con], chair), "more tests?")
    assert run.state.verdict == "no"
    assert len(run.state.calls) == 5
    assert "## Con, round 1\n\nagainst" in pro.model.prompts[1]  # type: ignore[union-attr]
    heard = chair.model.prompts[0]  # type: ignore[union-attr]
    assert [heard.index(text) for text in ("more tests?", "still for", "still against")]


def test_no_more_speak_at_once_than_the_bound() -> None:
    """The bound of a debate is its own."""
    speaking, most = 0, 0

    async def speak(heard: Debate) -> str:
        nonlocal speaking, most
        speaking += 1
        most = max(most, speaking)
        await asyncio.sleep(0)
        speaking -= 1
        return "x"

    crowd = {f"speaker {n}": speak for n in range(9)}
    chimera.run(debating(crowd, at_once=3), "x")
    assert most == 3


def test_a_long_speech_is_cut_and_that_is_said() -> None:
    """The transcript is bounded; a warning tells how much was said."""

    async def long(heard: Debate) -> str:
        return "y" * 50

    run = chimera.run(debating([long, abe], rounds=1, characters=20, transcript="talk"), "x")
    assert run.state.talk[0].text == "y" * 20 + " […]"
    assert run.warnings == ["part: of 50 characters long said, 20 were kept"]


def test_a_speaker_that_fails_is_a_gap() -> None:
    """The others go on, and the judge hears them."""
    run = chimera.run(debating([mute, abe]), "x")
    assert run.state.verdict == "no"
    assert run.gaps == [f"part: mute in round {n}: ValueError: no voice" for n in (1, 2)]


def test_silence_is_not_judged() -> None:
    """Where nobody has spoken there is no verdict."""
    run = chimera.run(debating({"one": mute, "two": mute}, rounds=1), "x")
    assert run.state.verdict is None
    assert run.gaps[-1] == "part: judge: nobody has spoken, so there is nothing to judge"


def test_without_gaps_a_failure_ends_the_run() -> None:
    """The error names the node and the cause."""
    with pytest.raises(StageError, match="part failed: ValueError: no voice"):
        chimera.run(debating([mute, abe], state=Bare), "x")


def test_the_picture_shows_who_takes_part() -> None:
    """Speakers and judge are drawn inside the node."""
    nodes = debating([zoe, abe]).compile().get_graph(xray=True).nodes
    assert {"part:zoe", "part:abe", "part:judge"} <= set(nodes)


@pytest.mark.parametrize(
    ("speakers", "change", "message"),
    [
        ([abe], {}, r"needs two speakers or more, not \['abe'\]"),
        ([abe, abe], {}, r"two speakers have one name; give a mapping"),
        ([abe, zoe], {"rounds": 0}, r"rounds=0 lets nothing through"),
        ([abe, zoe], {"transcript": "motion"}, r"'motion', which is str in State: declare it as"),
        ([abe, zoe], {"writes": "verdcit"}, r"'verdcit'.*did you mean 'verdict'"),
    ],
)
def test_what_cannot_work_is_refused_while_the_graph_is_built(
    speakers: Any, change: dict[str, Any], message: str
) -> None:
    """The error names the part, the value, and what to give instead."""
    with pytest.raises(ConfigError, match=rf"debate 'part'.*{message}"):
        debate(
            StateGraph(State),
            "part",
            speakers,
            judge,
            **{"reads": "motion", "writes": "verdict", **change},
        )
