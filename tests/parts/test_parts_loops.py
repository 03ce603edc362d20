"""loop: rounds, verdicts, why it stopped."""

import operator
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from langgraph.graph import StateGraph
from pydantic import BaseModel

import chimera
from chimera.errors import CallError, ConfigError, NotFoundError, StageError
from chimera.models.records import CallRecord
from chimera.parts import Turn, Verdict, loop
from chimera.testing import ScriptedModel
from tests.parts.speakers import agent, alone


class State(BaseModel):
    topic: str
    style: str = "plain"
    text: str = ""
    verdict: Verdict | None = None
    stopped: Literal["content", "rounds", "failed"] | None = None
    calls: Annotated[list[CallRecord], operator.add] = []
    gaps: Annotated[list[str], operator.add] = []


class Bare(BaseModel):
    topic: str
    text: str = ""
    stopped: str = ""


async def longer(turn: Turn) -> str:
    """Write a letter more in every round."""
    return (turn.draft or "") + "x"


def wants(length: int) -> Any:
    """Return a reviewer that is content with so many letters."""

    async def review(turn: Turn) -> bool:
        return len(turn.draft) >= length

    return review


def looping(writer: Any, reviewer: Any, state: Any = State, **options: Any) -> Any:
    """Return a graph that is one loop."""
    given = {"reads": "topic", "writes": "text", **options}
    return alone(state, lambda g, n: loop(g, n, writer, reviewer, **given))


@pytest.mark.parametrize(("wanted", "stopped"), [(1, "content"), (3, "content"), (4, "rounds")])
def test_it_stops_when_the_reviewer_is_content_or_rounds_are_used_up(
    wanted: int, stopped: str
) -> None:
    """The draft that stands is the last one, and the state says why the loop stopped."""
    run = chimera.run(looping(longer, wants(wanted), stopped="stopped"), "x")
    assert run.state.text == "x" * min(wanted, 3)
    assert run.state.stopped == stopped
    assert run.gaps == (["part: review was not content after 3 rounds: false"] * (wanted > 3))


def test_many_rounds_need_no_limit_of_steps() -> None:
    """The bound is the rounds', not LangGraph's on steps, which a run sets to 100."""
    run = chimera.run(looping(longer, wants(150), rounds=200), "x")
    assert len(run.state.text) == 150


def test_agents_take_turns_and_hear_each_other() -> None:
    """The writer is shown its draft and what was said of it; the verdict is kept as its type."""
    writer = agent("Writer", "fast", "210 ms")
    critic = agent(
        "Critic", '{"content": false, "why": "how fast?"}', '{"content": true, "why": "good"}'
    )
    run = chimera.run(looping(writer, critic, verdict="verdict"), "the server")
    assert run.state.text == "210 ms"
    assert run.state.verdict == Verdict(content=True, why="good")
    assert [call.agent for call in run.state.calls] == ["Writer", "Critic"] * 2
    second = writer.model.prompts[1]  # type: ignore[union-attr]
    assert second.index("the server") < second.index("fast") < second.index("how fast?")


def test_several_fields_are_read_by_name() -> None:
    """A turn's task holds each of them as its type."""

    async def write(turn: Turn) -> str:
        return f"{turn.task['topic']} in {turn.task['style']} words"

    run = chimera.run(looping(write, wants(1), reads=["topic", "style"]), "bees")
    assert run.state.text == "bees in plain words"


def test_a_draft_may_be_a_model() -> None:
    """Drafts and verdicts arrive as the types that the state declares."""

    class Plan(BaseModel):
        steps: list[str]

    class Planning(BaseModel):
        topic: str
        plan: Plan | None = None
        gaps: Annotated[list[str], operator.add] = []

    async def write(turn: Turn) -> Plan:
        return Plan(steps=[*(turn.draft.steps if turn.draft else []), "step"])

    async def review(turn: Turn) -> bool:
        return len(turn.draft.steps) == 2

    graph = looping(write, review, Planning, writes="plan")
    assert chimera.run(graph, "x").state.plan == Plan(steps=["step", "step"])


def test_a_verdict_may_say_it_in_another_field() -> None:
    """`content=` names the field that says yes or no."""

    class Marked(BaseModel):
        passed: bool

    async def review(turn: Turn) -> Marked:
        return Marked(passed=turn.round == 2)

    run = chimera.run(looping(longer, review, content="passed"), "x")
    assert run.state.text == "xx"


def test_a_later_failure_keeps_the_draft() -> None:
    """What was written before a turn failed stands, and the failure is a gap."""
    writer = agent("Writer", "a draft", ValueError("no more"))
    run = chimera.run(looping(writer, wants(99), stopped="stopped"), "x")
    assert run.state.text == "a draft"
    assert run.state.stopped == "failed"
    assert len(run.gaps) == 1
    assert run.gaps[0].startswith("part: round 2 failed: Writer got no answer")


def test_without_gaps_a_failure_ends_the_run() -> None:
    """The error says in which node, and what."""
    graph = looping(agent("Writer", ValueError("no")), wants(1), Bare, stopped="stopped")
    with pytest.raises(StageError, match="part failed: Writer got no answer") as caught:
        chimera.run(graph, "x")
    assert isinstance(caught.value.__cause__, CallError)


def test_the_picture_shows_both_taking_turns() -> None:
    """Writer and reviewer are drawn with the way back."""
    picture = looping(longer, wants(1)).compile().get_graph(xray=True)
    ways = {(edge.source, edge.target) for edge in picture.edges}
    assert {("part:longer", "part:review"), ("part:review", "part:longer")} <= ways


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rounds": 0}, "rounds=0 lets nothing through"),
        ({"stopped": "style"}, None),
        ({"stopped": "gaps"}, r"may write 'content' to 'gaps', which is list"),
        ({"verdict": "topic"}, r"the verdict str does not say yes or no"),
        ({"content": "contnet"}, r"with `contnet: bool`; did you mean 'content'\?"),
        ({"reads": "tpoic"}, r"reads its task from 'tpoic'.*did you mean 'topic'"),
    ],
)
def test_what_cannot_work_is_refused_while_the_graph_is_built(
    change: dict[str, Any], message: str | None
) -> None:
    """The error names the part, the value and what to declare instead; any text field will do."""
    critic = agent("Critic")
    if message is None:
        assert looping(longer, critic, **change).nodes.keys() == {"part"}
        return
    with pytest.raises(ConfigError, match=rf"loop 'part'.*{message}"):
        looping(longer, critic, **change)


def test_an_outcome_that_leaves_no_trace_is_refused() -> None:
    """A state without gaps needs a field for why the loop stopped."""
    with pytest.raises(ConfigError, match=r"or name a field for the outcome with stopped=…"):
        loop(StateGraph(Bare), "part", longer, wants(1), reads="topic", writes="text")


def test_agents_of_the_project_are_loaded_before_anything_runs() -> None:
    """A name that leads nowhere is a set-up error, wherever in the graph its part stands."""
    started = []

    async def write(turn: Turn) -> str:
        started.append(turn)
        return "x"

    with pytest.raises(NotFoundError, match=r"'analist'.*did you mean 'analyst'"):
        chimera.run(looping(write, "analist"), "x", model="none")
    assert started == []


def test_a_worker_may_be_an_agent_of_the_project(tmp_path: Path) -> None:
    """It is found by name, with the model of the run."""
    for kind, text in (
        ("personas", "name: Ann\ntitle: reader\ninstructions: Read."),
        ("agents", "persona: ann"),
        ("graphs", ""),
    ):
        (tmp_path / kind).mkdir()
        if text:
            (tmp_path / kind / "ann.yaml").write_text(text)
    model = ScriptedModel(answers=["a draft"])
    run = chimera.run(looping("ann", wants(1)), "x", model=model, project=tmp_path)
    assert run.state.text == "a draft"
    assert run.calls[0].agent == "ann"
