"""Agents: loading, asking, standing in a graph."""

import json
from pathlib import Path
from typing import Any, TypedDict

import pytest
import structlog
from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel
from structlog.testing import LogCapture

import chimera
from chimera import Agent, Persona, Project
from chimera.agentfile import parse_options
from chimera.errors import (
    AddressError,
    CallError,
    ConfigError,
    NotFoundError,
    SetupError,
    StageError,
)
from chimera.models import ModelOptions
from chimera.rules import Rules
from chimera.session import ModelChoice, Session, active
from chimera.testing import OllamaStandIn, ScriptedModel

PERSONA = Persona(name="Skeptic", title="reviewer", instructions="Doubt it.")


class Verdict(BaseModel):
    holds: bool
    why: str


def test_run_model_comes_before_environment_and_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model is the run's, else the environment's, else the default."""
    project = Project.bundled()
    assert Agent.from_project(project, "analyst", ModelChoice()).model == "ollama:gemma3:latest"
    monkeypatch.setenv("CHIMERA_MODEL", "ollama:mistral")
    assert Agent.from_project(project, "analyst", ModelChoice()).model == "ollama:mistral"
    chosen = Agent.from_project(project, "analyst", ModelChoice(model="ollama:qwen3"))
    assert chosen.model == "ollama:qwen3"


def test_default_model_is_nobodys_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a model that somebody named counts as named."""
    monkeypatch.delenv("CHIMERA_MODEL", raising=False)
    project = Project.bundled()
    assert not Agent.from_project(project, "analyst", ModelChoice()).named
    assert Agent.from_project(project, "analyst", ModelChoice(model="ollama:x")).named


def test_options_of_a_run_change_the_files() -> None:
    """An option set for a run takes the place of the file's; the others stay."""
    choice = ModelChoice(options={"analyst": {"num_ctx": 4096}})
    agent = Agent.from_project(Project.bundled(), "analyst", choice)
    assert (agent.options.num_ctx, agent.options.temperature) == (4096, 0.2)


def test_option_out_of_range_is_refused() -> None:
    """A wrong option of a run names agent, option and value."""
    choice = ModelChoice(options={"analyst": {"temperature": 99}})
    with pytest.raises(ConfigError, match=r"analyst\.temperature.*99"):
        Agent.from_project(Project.bundled(), "analyst", choice)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("persona: analyst\nmodle: x\n", r":2: unknown key 'modle'; did you mean 'model'"),
        ("persona: analyst\nmodel: gemma3\n", r":2: model: must read provider:name"),
        ("persona: analyst\nmodel: olama:x\n", r":2: model: .*did you mean 'ollama'"),
        ("persona: analyst\noptions:\n  num_ctx: big\n", r":3: options.num_ctx"),
        ("persona: analyst\noptions:\n  top_p: 2\n", r":3: options.top_p: must be at most 1"),
        ("persona: analyst\noutput: nowhere:Class\n", r":2: output: cannot be imported"),
        ("model: ollama:x\n", r":1: key 'persona' is missing"),
    ],
)
def test_wrong_agent_file_is_refused(tmp_path: Path, text: str, why: str) -> None:
    """A wrong key, type or range names file, line and what is allowed."""
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "a.yaml").write_text(text)
    with pytest.raises(ConfigError, match=why):
        Project.find(tmp_path).agent_file("a")


@pytest.mark.parametrize("setting", ["analyst", "analyst.num_ctx", "num_ctx=3", ".num_ctx=3"])
def test_setting_of_another_form_is_refused(setting: str) -> None:
    """A setting has the form AGENT.OPTION=VALUE."""
    with pytest.raises(ConfigError, match=r"write AGENT\.OPTION=VALUE"):
        parse_options([setting])


def test_settings_are_read_by_agent() -> None:
    """Settings come out by agent and option, with YAML's types."""
    read = parse_options(["a.num_ctx=4096", "a.temperature=0.5", "b.keep_alive=5m"])
    assert read == {"a": {"num_ctx": 4096, "temperature": 0.5}, "b": {"keep_alive": "5m"}}


def test_setting_of_unknown_option_names_the_nearest() -> None:
    """A misspelt option is refused with the nearest one."""
    with pytest.raises(ConfigError, match="did you mean 'num_ctx'"):
        parse_options(["a.numctx=4"])


def test_model_needs_a_provider() -> None:
    """A bare model name is refused with the way to write it."""
    with pytest.raises(AddressError, match="must read provider:name"):
        Agent(persona=PERSONA, model="gemma3")


async def test_ask_returns_the_output_contract() -> None:
    """An agent with an output contract answers with an object of it."""
    model = ScriptedModel(answers=[json.dumps({"holds": True, "why": "It does."})])
    agent = Agent(persona=PERSONA, model=model, output=Verdict)
    assert await agent.ask("Does it?") == Verdict(holds=True, why="It does.")


async def test_ask_without_contract_returns_text() -> None:
    """An agent without an output contract answers with text."""
    assert await Agent(persona=PERSONA, model=ScriptedModel(answers=["Yes."])).ask("?") == "Yes."


async def test_broken_rule_is_told_once_and_mended() -> None:
    """An answer that breaks a rule is asked for again, with the rule."""
    persona = PERSONA.model_copy(update={"rules": Rules(max_words=3)})
    model = ScriptedModel(answers=["one two three four", "one two three"])
    assert await Agent(persona=persona, model=model).ask("?") == "one two three"


async def test_broken_rule_twice_is_a_typed_failure() -> None:
    """An answer that breaks a rule again is no answer."""
    persona = PERSONA.model_copy(update={"rules": Rules(max_words=3)})
    model = ScriptedModel(answers=["one two three four"] * 2)
    with pytest.raises(CallError) as caught:
        await Agent(persona=persona, model=model).ask("?")
    assert caught.value.outcome == "rules_broken"


async def test_unusable_answer_is_a_typed_failure() -> None:
    """An answer that never fits the contract ends in schema_invalid, with its record."""
    model = ScriptedModel(answers=["no JSON"] * 3)
    with pytest.raises(CallError) as caught:
        await Agent(persona=PERSONA, model=model, output=Verdict).ask("?")
    assert caught.value.outcome == "schema_invalid"
    assert caught.value.record is not None


async def test_missing_model_names_the_remedy() -> None:
    """A model the server does not have says how to get it."""
    with OllamaStandIn(models=["other"]) as server:
        agent = Agent(persona=PERSONA, model="ollama:nothere", base_url=server.base_url)
        with pytest.raises(CallError, match="ollama pull nothere") as caught:
            await agent.ask("?")
    assert caught.value.outcome == "model_missing"


async def test_agent_without_model_cannot_be_asked() -> None:
    """Asking an agent set to none is a mistake in the set-up."""
    with pytest.raises(SetupError, match="has no model"):
        await Agent(persona=PERSONA, model="none").ask("?")


async def test_calls_are_accounted_for() -> None:
    """Every call of an agent is in its session."""
    session = Session()
    with active(session):
        await Agent(persona=PERSONA, model=ScriptedModel(answers=["Yes."]), name="s").ask("?")
    assert [(call.id, call.agent, call.outcome) for call in session.calls] == [("M1", "s", "ok")]


def test_agent_stands_in_any_graph() -> None:
    """A node of an agent reads one field, writes another, is timed and accounted for."""

    class Draft(TypedDict, total=False):
        draft: str
        verdict: dict[str, Any]

    answer = json.dumps({"holds": False, "why": "No."})
    agent = Agent(persona=PERSONA, model=ScriptedModel(answers=[answer]), output=Verdict)
    builder = StateGraph(Draft)
    builder.add_node("review", agent.node(reads="draft", writes="verdict"))
    builder.add_edge(START, "review")
    builder.add_edge("review", END)
    run = chimera.run(builder, {"draft": "All is well."})
    assert run.state["verdict"] == {"holds": False, "why": "No."}
    assert [call.stage for call in run.calls] == ["review"]


class Reviewed(BaseModel):
    draft: str = "All is well."
    verdict: Verdict | None = None


def reviewing(agent: Agent[Any], **fields: Any) -> Any:
    """Return a graph of one node with an agent."""
    builder = StateGraph(Reviewed)
    builder.add_node("review", agent.node(**{"reads": "draft", "writes": "verdict", **fields}))
    builder.add_edge(START, "review")
    builder.add_edge("review", END)
    return builder


def test_node_refuses_fields_the_state_lacks() -> None:
    """A node that reads or writes an unknown field fails by name, with the nearest one."""
    agent = Agent(persona=PERSONA, model=ScriptedModel(answers=["Yes."] * 2))
    with pytest.raises(StageError, match="unknown key 'verdikt'; did you mean 'verdict'"):
        chimera.run(reviewing(agent, writes="verdikt"), {})
    with pytest.raises(StageError, match="reads 'drafd', which the state lacks"):
        chimera.run(reviewing(agent, reads="drafd"), {})


def test_node_refuses_what_does_not_fit() -> None:
    """An answer that does not fit the state fails in its node, not in the next one."""
    agent = Agent(persona=PERSONA, model=ScriptedModel(answers=["just text"]))
    with pytest.raises(StageError, match="'verdict' that does not fit"):
        chimera.run(reviewing(agent), {})


def test_model_of_the_run_reaches_agents_made_in_python() -> None:
    """`model` of a run counts for every agent, wherever it was made."""
    first, other = ScriptedModel(answers=["first"]), ScriptedModel(answers=["other"])
    agent = Agent(persona=PERSONA, model=first)
    run = chimera.run(reviewing(agent, writes="draft"), {}, model=other)
    assert run.state.draft == "other"


def test_model_none_of_the_run_reaches_agents_made_in_python() -> None:
    """With `model="none"` no agent asks a model."""
    agent = Agent(persona=PERSONA, model=ScriptedModel(answers=["asked"]))
    with pytest.raises(SetupError, match="has no model"):
        chimera.run(reviewing(agent, writes="draft"), {}, model="none")


@pytest.mark.parametrize("value", ["forever", "10 minutes", ""])
def test_keep_alive_is_a_duration(value: str) -> None:
    """A duration that the server would refuse is refused at load."""
    with pytest.raises(ValueError, match="duration"):
        ModelOptions(keep_alive=value)


def test_keep_alive_takes_what_ollama_takes() -> None:
    """Seconds and Go durations are taken."""
    assert [ModelOptions(keep_alive=v).keep_alive for v in (30, "-1", "5m", "1h30m")] == [
        30,
        "-1",
        "5m",
        "1h30m",
    ]


def test_events_of_a_node_name_its_agent() -> None:
    """Every event of an agent's node carries the run, the stage and the agent."""
    capture = LogCapture()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, capture])
    try:
        agent = Agent(persona=PERSONA, model=ScriptedModel(answers=["Yes."]), name="skeptic")
        chimera.run(reviewing(agent, writes="draft"), {}, run_id="r3")
    finally:
        structlog.reset_defaults()
    names = [entry["event"] for entry in capture.entries]
    assert names == ["stage.started", "model.call.finished", "stage.finished"]
    bound = {(entry["run"], entry["stage"], entry["agent"]) for entry in capture.entries}
    assert bound == {("r3", "review", "skeptic")}


async def test_citations_are_held_against_the_question() -> None:
    """An answer that cites what was not given is sent back once, and then is none."""
    persona = PERSONA.model_copy(update={"rules": Rules(cites="answer")})
    model = ScriptedModel(answers=["So says [F9].", "So says [F1]."])
    agent = Agent(persona=persona, model=model)
    assert await agent.ask("[F1] It is fast.") == "So says [F1]."
    assert "cites [F9], which was not given; there are [F1]" in model.prompts[1]


async def test_forms_do_not_hold_for_an_answer_with_a_contract() -> None:
    """A persona of bullet points can be asked for an object."""
    persona = PERSONA.model_copy(update={"rules": Rules(format="bullets", cites="sentence")})
    model = ScriptedModel(answers=['{"holds": true, "why": "It is so."}'])
    agent = Agent(persona=persona, model=model, output=Verdict)
    assert (await agent.ask("Is it?")).holds


def test_unknown_persona_of_an_agent_names_its_line(tmp_path: Path) -> None:
    """The agent's file is named, not only the name that leads nowhere."""
    path = tmp_path / "judge.yaml"
    path.write_text("model: ollama:x\npersona: analist\n")
    with pytest.raises(NotFoundError, match=r"judge.yaml:2: persona: .* did you mean 'analyst'"):
        Agent.load(path)


@pytest.mark.parametrize(
    ("part", "given", "why"),
    [
        ("persona", "analyst", r"persona must be a Persona, from Persona\.load"),
        ("model", 3, "model must be PROVIDER:NAME"),
        ("options", {"num_ctx": 4096}, r"options must be ModelOptions"),
        ("timeouts", 30, r"timeouts must be Timeouts"),
        ("output", dict, "output must be a Pydantic model, the class itself"),
        ("output", ModelOptions(), "output must be a Pydantic model, the class itself"),
        ("tools", len, "tools must be a list"),
        ("mcp", {"files": {"command": "serve"}}, r"mcp must be servers by name"),
        ("memory", True, "memory must be Memory"),
    ],
)
def test_a_part_of_another_type_is_named(part: str, given: Any, why: str) -> None:
    """What cannot be used says at once which part it is, and what it has to be."""
    parts = {"persona": Project.bundled().persona("analyst"), part: given}
    with pytest.raises(ConfigError, match=f"{why}.*, not "):
        Agent(**parts)


async def test_a_question_and_a_contract_of_another_type_are_refused() -> None:
    """A question is a text or a prompt; a contract is a class."""
    agent: Any = Agent(persona=Project.bundled().persona("analyst"), model=ScriptedModel())
    with pytest.raises(ConfigError, match="asked with a text or a Prompt, not None"):
        await agent.ask(None)
    with pytest.raises(ConfigError, match="output must be a Pydantic model"):
        await agent.ask("?", output=dict)


def test_persona_that_lacks_a_value_is_refused() -> None:
    """An agent cannot speak with a placeholder; the error says where a value can be set."""
    said = {"name": "N", "title": "t", "instructions": "For {{ who }}.", "variables": {"who": {}}}
    persona = Persona.model_validate(said)
    with pytest.raises(ConfigError, match="lacks a value for its variable 'who'"):
        Agent(persona=persona)
    agent = Agent(persona=persona.with_values({"who": "managers"}))
    assert agent.persona.instructions == "For managers."


def speaking(root: Path, agent: str) -> Project:
    """Write a project with a persona for an audience, and an agent's file."""
    for kind in ("personas", "agents"):
        (root / kind).mkdir()
    (root / "personas" / "p.yaml").write_text(
        "name: P\ntitle: t\ninstructions: For {{ who }}.\nvariables:\n"
        "  who: {choices: [engineers, managers]}\n"
    )
    (root / "agents" / "a.yaml").write_text(agent)
    return Project.find(root)


def test_agent_file_gives_values(tmp_path: Path) -> None:
    """What stands under `variables` in an agent's file is in its persona's prompt."""
    project = speaking(tmp_path, "persona: p\nvariables: {who: managers}\n")
    agent = Agent.from_project(project, "a", ModelChoice())
    assert agent.persona.prompt.endswith("For managers.")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("variables:\n  who: manager\n", r"a\.yaml:3: variables\.who: .*did you mean 'managers'"),
        ("variables:\n  hwo: x\n  who: managers\n", r"a\.yaml:3: .*did you mean 'who'"),
        ("variables: {}\n", r"a\.yaml:2: variables: persona 'P' needs a value: who has none"),
        ("", r"a\.yaml:1: variables: persona 'P' needs a value: who has none"),
        ("variables: {who: [x]}\n", r"a\.yaml:2: variables\.who"),
    ],
)
def test_values_that_do_not_fit_are_refused_where_they_stand(
    tmp_path: Path, text: str, why: str
) -> None:
    """Unknown, wrong and missing values name the agent's file and line."""
    project = speaking(tmp_path, f"persona: p\n{text}")
    with pytest.raises(ConfigError, match=why):
        Agent.from_project(project, "a", ModelChoice())


async def test_run_lists_agents_made_in_python() -> None:
    """Any graph's run says who spoke, with version and content of the persona."""

    class State(TypedDict):
        draft: str
        verdict: str

    persona = Persona(name="P", title="t", instructions="x", version="4")
    agent = Agent(persona=persona, model=ScriptedModel(), name="critic")
    graph = StateGraph(State)
    graph.add_node("review", agent.node(reads="draft", writes="verdict"))
    graph.add_edge(START, "review")
    graph.add_edge("review", END)
    run = await chimera.arun(graph, {"draft": "d", "verdict": ""})
    (found,) = run.agents
    assert (found.name, found.persona, found.persona_version) == ("critic", "P", "4")
    assert found.persona_hash == persona.hash
