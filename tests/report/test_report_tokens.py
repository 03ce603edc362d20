"""How much a report asks of a model: few tokens, whatever it answers, and prompts to be cached."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from chimera.analysis.material import CLAIMS_BYTES, OTHERS_BYTES, REFUSALS_BYTES, RULES
from chimera.analysis.plan import Order, Plan
from chimera.evidence.brief import SHOWN_BYTES, BriefOrder, BriefPlan
from chimera.models.estimate import MESSAGE_TOKENS
from chimera.models.schema import schema_of
from chimera.project import Project
from chimera.report.narrative import TASK, Choices, Leads
from chimera.slots import LONGEST_ANSWER, REPORT_PROMPT
from chimera.testing import Behaviour, OllamaStandIn
from chimera.testing.chat import Chat, tokens

SHARED = Path(__file__).parents[3] / "shared"
MOST_PROMPT, MOST_OUTPUT = 3000, 550
BY_AGENT = {"data-collector": (BriefPlan, BriefOrder), "analyst": (Plan, Order, Leads, Choices)}
WORDS = "so it is the way of all the run and the bar "


def filled(schema: dict[str, Any], root: dict[str, Any]) -> Any:
    """Return the longest answer that fits a schema."""
    if "$ref" in schema:
        return filled(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    if schema.get("type") == "object":
        return {name: filled(field, root) for name, field in schema["properties"].items()}
    if schema.get("type") == "array":
        return [filled(schema["items"], root)] * schema["maxItems"]
    return max(schema.get("enum", [""]), key=len) or (WORDS * 9)[: schema["maxLength"]]


def to_the_brim(body: dict[str, Any]) -> str:
    """Answer with all that the schema allows, none of which can be printed."""
    return json.dumps(filled(body["format"], body["format"]))


def in_few_words(body: dict[str, Any]) -> str:
    """Answer with valid JSON that holds an unknown id, so that every stage asks again."""
    del body
    return '{"bullets": [{"item": "I0", "lead": ""}], "order": ["C0"]}'


def without_end(body: dict[str, Any]) -> str:
    """Open an answer and never close it."""
    start = json.dumps(filled(body["format"], body["format"])).partition("so it")[0]
    return start + WORDS * 500


def nothing(body: dict[str, Any]) -> str:
    """Answer nothing at all."""
    del body
    return ""


@pytest.fixture(params=["examples", "llm-bench"])
def artifacts(request: pytest.FixtureRequest) -> Path:
    """Folders of artifacts: the examples, and the corpus where it is."""
    if request.param == "examples":
        found: Path = request.getfixturevalue("examples")
        return found
    if not (SHARED / "corpora" / "llm-bench").is_dir():
        pytest.skip("the corpora are not on this machine")
    return SHARED / "corpora" / "llm-bench"


def spent(server: OllamaStandIn, answer: Callable[[dict[str, Any]], str]) -> tuple[int, int]:
    """Return the tokens of all requests and of their answers, as the server counted them."""
    ends = [Chat(request.body, Behaviour(), answer).last() for request in server.chats]
    return sum(e["prompt_eval_count"] for e in ends), sum(e["eval_count"] for e in ends)


@pytest.mark.parametrize("answer", [to_the_brim, in_few_words, without_end, nothing])
def test_no_model_takes_more_than_the_budget(
    artifacts: Path, make: Any, answer: Callable[[dict[str, Any]], str]
) -> None:
    """Three stages and what is repaired take 3,000 tokens of prompts and 550 of answers at most."""
    with OllamaStandIn(answer=answer) as server:
        made = make(artifacts, model="ollama:gemma3:latest", base_url=server.base_url)
    stages = [call["stage"] for call in made.document["calls"]]
    sent, said = spent(server, answer)
    assert stages == ["ingest", "analysis", "report"]
    assert sent <= MOST_PROMPT
    assert said <= MOST_OUTPUT


def test_json_that_is_cut_stays_a_cut_answer(folder: Path, make: Any) -> None:
    """An answer that never ends is none, at all three stages, and is not asked for again."""
    with OllamaStandIn(answer=without_end) as server:
        made = make(folder, model="ollama:gemma3:latest", base_url=server.base_url)
    told = [(call["outcome"], call["attempts"]) for call in made.document["calls"]]
    assert told == [("cut_answer", 1)] * 3
    assert made.status == "partial"


@pytest.mark.parametrize("agent", BY_AGENT)
def test_no_answer_within_its_schema_is_cut(agent: str) -> None:
    """The longest answer that a schema allows fits, at three characters a token."""
    room = Project.bundled().agent_file(agent).options.num_predict
    outputs: tuple[type[BaseModel], ...] = BY_AGENT[agent]
    ids = ["I12"] if agent == "data-collector" else ["Ck3f9"]
    forms = [schema_of(output, ids) for output in outputs]
    assert room is not None
    assert max(tokens(json.dumps(filled(form, form))) for form in forms) <= room


def test_the_longest_answers_fit_the_budget() -> None:
    """One answer of the collector and two of the analyst, as long as they may be."""
    files = [Project.bundled().agent_file(name).options for name in BY_AGENT]
    collector, analyst = (options.num_predict for options in files)
    assert collector is not None
    assert analyst == LONGEST_ANSWER
    assert collector + 2 * analyst <= MOST_OUTPUT


def test_the_longest_prompts_fit_the_budget() -> None:
    """However much a folder holds: a brief's prompt and two of the analyst's."""
    project = Project.bundled()
    collector, analyst = (project.persona(p) for p in ("data-collector-9000", "analyst"))
    frame = 250  # bytes of headings, ids and blank lines, more than there are
    shown = CLAIMS_BYTES + REFUSALS_BYTES + OTHERS_BYTES + frame
    report = len(analyst.prompt + RULES + TASK) + shown
    ingest = len(collector.prompt) + SHOWN_BYTES + 500  # bytes of its task
    longest = [-(-size // 3) + 2 * MESSAGE_TOKENS for size in (report, ingest)]
    assert longest[0] <= REPORT_PROMPT
    assert 2 * REPORT_PROMPT + longest[1] <= MOST_PROMPT


def messages_of(server: OllamaStandIn) -> list[list[str]]:
    """Return the texts of all messages sent."""
    return [[m["content"] for m in request.body["messages"]] for request in server.chats]


@pytest.mark.parametrize("model", ["ollama:gemma3:latest", "ollama:gemma3:1b"])
def test_the_calls_of_an_analyst_share_their_start(folder: Path, make: Any, model: str) -> None:
    """Persona, rules and claims stand first in both; what is wanted follows."""
    with OllamaStandIn() as server:
        make(folder, model=model, base_url=server.base_url)
    _, first, second = messages_of(server)
    assert first[0] == second[0]
    pairs = zip(first[1], second[1], strict=False)
    shared = "".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    assert shared.endswith("\n\nReturn JSON on one line. ")
    material = first[1].partition("\n\nReturn JSON")[0]
    assert shared.startswith(material)
    assert material.count("\nC") > 2
    assert len(first[0] + shared) >= 0.6 * len(second[0] + second[1])


SCRIPT = """
import json, sys
import chimera
from chimera.testing import ScriptedModel
model = ScriptedModel()
chimera.run("technical-report", sys.argv[1], model=model, out=sys.argv[2])
print(json.dumps(model.prompts))
"""


def prompts_elsewhere(folder: Path, out: Path, seed: str, zone: str) -> str:
    """Return the prompts of a run in a process of its own."""
    changed = {"PYTHONHASHSEED": seed, "TZ": zone}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder), str(out)],
        env={**os.environ, **changed},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_prompts_are_the_same_bytes_everywhere(folder: Path, tmp_path: Path) -> None:
    """Hash seed, time zone, place and dates of the files change no byte of a prompt."""
    elsewhere = tmp_path / "another place" / "bench"
    elsewhere.mkdir(parents=True)
    for path in folder.iterdir():
        (elsewhere / path.name).write_bytes(path.read_bytes())
        os.utime(elsewhere / path.name, (1_000_000_000, 1_000_000_000))
    here = prompts_elsewhere(folder, tmp_path / "a", "0", "UTC")
    there = prompts_elsewhere(elsewhere, tmp_path / "b", "4711", "Asia/Tokyo")
    assert len(json.loads(here)) == 3
    assert here == there
