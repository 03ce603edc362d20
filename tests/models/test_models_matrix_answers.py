"""Answers that are no good, in whole runs: the run ends, its numbers stand, its state is kept."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver

import chimera
from chimera.testing import Behaviour, FakeClock, OllamaStandIn
from chimera.testing.schema import example
from tests.models.faulty_run import STAGES, execute, numbers, write_artifacts

Say = Callable[[dict[str, Any]], str]


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny folder that all runs read."""
    return write_artifacts(tmp_path_factory.mktemp("answers") / "bench")


@pytest.fixture(scope="module")
def clean(artifacts: Path) -> dict[str, Any]:
    """What the report holds without a model."""
    return numbers(execute("run", artifacts, model="none"))


def good(body: dict[str, Any]) -> str:
    """Return an answer that fits the schema asked for."""
    return json.dumps(example(body["format"]))


def with_field(name: str, value: str) -> Say:
    """Return a good answer with a field added, or put in place of the first, as JSON text."""

    def say(body: dict[str, Any]) -> str:
        answer = example(body["format"])
        key = name or next(iter(answer))
        answer[key] = "@"
        return json.dumps(answer).replace('"@"', value)

    return say


def always(text: str) -> Say:
    """Return the same text, whatever is asked."""
    return lambda _: text


OK, INVALID, LOOPING = ("ok", 1), ("schema_invalid", 2), ("repetition", 1)
ANSWERS: dict[str, tuple[Say, tuple[str, int]]] = {
    "M01-empty": (always(""), ("empty", 3)),
    "M01-blank": (always(" \n\t "), ("empty", 3)),
    "M02-fenced": (lambda body: f"```json\n{good(body)}\n```", OK),
    "M02-prose": (lambda body: f"Here it is:\n{good(body)}\nI hope this helps.", OK),
    "M02-fenced-prose": (lambda body: f"Sure!\n```json\n{good(body)}\n```\nDone.", OK),
    "M02-two": (lambda body: f"{good(body)}\n{good(body)}", INVALID),
    "M03-wrong-type": (with_field("", "7"), INVALID),
    "M03-missing": (always("{}"), INVALID),
    "M03-extra": (with_field("more", "1"), INVALID),
    "M03-null": (always("null"), INVALID),
    "M04-no-call": (always("I would call the tool `answer` now."), INVALID),
    "M05-deep-lists": (with_field("", "[" * 10_000 + "]" * 10_000), INVALID),
    "M05-deep-objects": (always('{"a":' * 10_000 + "1" + "}" * 10_000), LOOPING),
    "M05-open": (always("[" * 10_000), LOOPING),
    "M06-digits": (with_field("", "[" + "9" * 5000 + "]"), INVALID),
    "M06-nan": (with_field("", "[NaN]"), INVALID),
    "M06-infinite": (with_field("", "[1e400]"), INVALID),
    "M06-wide": (with_field("", f"[{2**70}]"), INVALID),
    "M07-language": (always("模型的吞吐量很高, 请选择大模型"), INVALID),
    "M07-refusal": (always("I'm sorry, but I cannot help with that request."), ("refused", 1)),
    "M07-thinking": (lambda body: f"<think>Let me see.</think>\n{good(body)}", OK),
    "M07-only-thinking": (always("<think>Let me see"), ("thought_only", 1)),
    "M08-word": (always("again " * 700), LOOPING),
    "M08-sentence": (always("This is what I wanted to say once more. " * 60), LOOPING),
    "M08-fragment": (always('{"order": [' + ' "C1",' * 700), LOOPING),
    "M11-same": (always('{"order": [], "recommendations": [], "risks": []}'), INVALID),
}


def odd_at(stage: str, say: Say) -> Say:
    """Return a model that answers one stage in its way, the others well."""

    def answer(body: dict[str, Any]) -> str:
        asked = next(iter(body["format"]["properties"]))
        return say(body) if asked in OF_STAGE[stage] else good(body)

    return answer


REPAIRED = STAGES[1:]  # the first stage has no tokens for a repair of so long a prompt
OF_STAGE = {
    "ingest": {"bullets", "items"},
    "analysis": {"order"},
    "report": {"leads", "choices"},
}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("name", ANSWERS)
def test_a_bad_answer_costs_itself_alone(
    name: str, stage: str, artifacts: Path, clean: dict[str, Any]
) -> None:
    """An answer ends as it has to, in its requests, and the state of every step is kept."""
    if name == "M11-same" and stage == "analysis":
        pytest.skip("there it is the answer asked for")
    say, expected = ANSWERS[name]
    graph = chimera.Project.bundled().graph("technical-report")
    saver = InMemorySaver()
    with OllamaStandIn(odd_at(stage, say)) as server:
        run = _run(graph.compile(checkpointer=saver), artifacts, server.base_url)
    calls = {call.stage: (call.outcome.value, call.attempts) for call in run.calls}
    outcome, requests = calls[stage]
    assert calls == {**dict.fromkeys(STAGES, ("ok", 1)), stage: (outcome, requests)}
    assert outcome == expected[0] or (expected, outcome) == (LOOPING, "cut_answer")  # cut before
    assert 0 < requests <= expected[1]  # fewer where the run has no tokens left for a repair
    assert [gap.partition(":")[0] for gap in run.gaps] == ([] if expected[0] == "ok" else [stage])
    assert len(list(saver.list({"configurable": {"thread_id": "r-1"}}))) == len(STAGES) + 2
    assert numbers(run) == clean


@pytest.mark.parametrize("stage", REPAIRED)
def test_m03_the_repair_quotes_what_was_wrong(stage: str, artifacts: Path) -> None:
    """The second request shows the wrong answer and its faults, and a good one makes it well."""
    wrong = '{"nonsense": 1}'
    script = [Behaviour()] * STAGES.index(stage) + [Behaviour(text=wrong)]
    with OllamaStandIn(script=script) as server:
        run = execute("run", artifacts, model="ollama:x", base_url=server.base_url)
    repair = server.chats[STAGES.index(stage) + 1].body["messages"]
    assert repair[-2]["content"] == wrong
    assert "nonsense: Extra inputs are not permitted" in repair[-1]["content"]
    assert run.status == "complete"


def _run(graph: Any, folder: Path, base_url: str) -> chimera.Run:
    return chimera.run(
        graph, folder, model="ollama:x", base_url=base_url, clock=FakeClock(), run_id="r-1"
    )
