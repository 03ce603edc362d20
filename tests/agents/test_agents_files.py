"""Agents from YAML: loading, output fields, tools, servers, memory, approval."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from chimera import Agent
from chimera.errors import ConfigError, NotFoundError
from chimera.testing import ScriptedModel
from chimera.testing.schema import example

PERSONA = "name: Skeptic\ntitle: reviewer\ninstructions: Doubt it.\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with one persona."""
    for folder in ("personas", "agents", "graphs"):
        (tmp_path / folder).mkdir()
    (tmp_path / "personas" / "skeptic.yaml").write_text(PERSONA)
    return tmp_path


def load(project: Path, text: str, **choice: Any) -> Agent[Any]:
    """Write an agent's file and load it."""
    path = project / "agents" / "the_skeptic.yaml"
    path.write_text(f"persona: skeptic\n{text}")
    return Agent.load(path, **choice)


def contract(project: Path, fields: str) -> type[BaseModel]:
    """Return the output contract of an agent with these lines under `output`."""
    lines = "".join(f"  {line}\n" for line in fields.splitlines())
    found = load(project, f"output:\n{lines}").output
    assert found is not None
    return found


async def test_a_file_is_an_agent_in_one_line(project: Path) -> None:
    """A path finds its project; the model may be chosen."""
    agent = load(project, "", model=ScriptedModel(answers=["No."]))
    assert (agent.name, agent.persona.name) == ("the-skeptic", "Skeptic")
    assert await agent.ask("?") == "No."


def test_a_name_is_found_in_the_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name is looked for from the working folder, or in a project that is given."""
    load(project, "model: ollama:x\n")
    assert Agent.load("the-skeptic", project=project).model == "ollama:x"
    monkeypatch.chdir(project)
    assert Agent.load("the-skeptic", base_url="http://h:1").base_url == "http://h:1"


def test_a_file_outside_of_a_project_uses_the_personas_there_are(
    project: Path, tmp_path: Path
) -> None:
    """The file may stand anywhere; its persona comes from the project that is given."""
    (tmp_path / "a.yaml").write_text("persona: skeptic\n")
    assert Agent.load(tmp_path / "a.yaml", project=project).persona.name == "Skeptic"


@pytest.mark.parametrize("name", ["nobody", "nowhere/nobody.yaml"])
def test_an_agent_that_is_not_there_is_named(project: Path, name: str) -> None:
    """A wrong name or path is refused with what was asked for."""
    with pytest.raises(NotFoundError, match="nobody"):
        Agent.load(name, project=project)


def test_fields_become_a_frozen_model(project: Path) -> None:
    """Every type in its short form."""
    made = contract(
        project,
        "verdict: text\ncount: integer\nshare: number\nholds: flag\ntags: list of text",
    )
    value = made(verdict="no", count=1, share=0.5, holds=True, tags=["a"])
    assert made.__name__ == "TheSkepticAnswer"
    assert value.model_dump() == {
        "verdict": "no",
        "count": 1,
        "share": 0.5,
        "holds": True,
        "tags": ["a"],
    }
    with pytest.raises(ValidationError, match="frozen"):
        value.count = 2  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("{choices: [low, high]}", "low", "middle"),
        ("{type: list of text, choices: [low, high]}", ["low"], ["middle"]),
        ("{type: integer, min: 1, max: 5}", 5, 6),
        ("{type: number, max: 0.5}", 0.5, 0.6),
        ("{type: text, max: 3}", "abc", "abcd"),
        ("{type: list of integer, min: 1}", [1], []),
        ("{type: number, optional: true}", None, "x"),
        ("{fields: {who: text, age: {type: integer, optional: true}}}", {"who": "a"}, {"age": 1}),
        ("{type: list of object, fields: {who: text}}", [{"who": "a"}], [{"who": "a", "no": 1}]),
        ("{fields: {deep: {fields: {deeper: flag}}}}", {"deep": {"deeper": True}}, {"deep": True}),
    ],
)
def test_limits_of_a_field_hold(project: Path, field: str, good: object, bad: object) -> None:
    """Choices, limits, optional fields and nested objects are checked on answers."""
    made = contract(project, f"it: {field}")
    made.model_validate({"it": good})
    with pytest.raises(ValidationError):
        made.model_validate({"it": bad})


def test_descriptions_reach_the_schema(project: Path) -> None:
    """The model reads what a field holds; an optional one may be left out."""
    made = contract(project, "why: {description: One reason., optional: true}\nholds: flag")
    schema = made.model_json_schema()
    assert schema["properties"]["why"]["description"] == "One reason."
    assert schema["required"] == ["holds"]
    made.model_validate(example(schema))


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ("verdict: txt", r":3: output\.verdict\.type: .*did you mean 'text'"),
        (
            "a: text\nb:\n  type: list of texts",
            r":5: output\.b\.type: .*'list of text",
        ),
        ("a:\n  typ: text", r":4: unknown key 'output\.a\.typ'; did you mean 'type'"),
        ("a:\n  type: integer\n  min: low", r":5: output\.a\.min"),
        ("a:\n  type: integer\n  min: 3\n  max: 2", r":3: output\.a: min 3 is greater than max 2"),
        ("a: object", r":3: output\.a: an object has `fields`"),
        ("a: {type: text, fields: {b: text}}", r":3: output\.a: an object has `fields`"),
        ("a: {type: flag, max: 2}", r":3: output\.a: min and max do not apply"),
        ("a: {type: integer, choices: [x]}", r":3: output\.a: choices are texts"),
        ("a:\n  choices: []", r":4: output\.a\.choices"),
        ("a-b: text", r":3: output\.a-b: is no name"),
        ("class: text", r":3: output\.class: is no name"),
        ("copy: text", r":3: output\.copy: is a name that Pydantic keeps"),
        ("a: {fields: {copy: text}}", r":3: output\.a\.fields\.copy: is a name"),
        ("a: 3", r":3: output\.a"),
        ("a: {type: text, max: .inf}", r":3: output\.a\.max"),
        ("a: {type: number, min: .nan}", r":3: output\.a\.min"),
        ("a: {type: text, max: -1}", r":3: output\.a: max -1 counts characters"),
        ("a: {type: list of text, min: 1.5}", r":3: output\.a: min 1\.5 must be a whole number"),
        ("a: {type: integer, min: 0.5}", r":3: output\.a: min 0\.5 must be a whole number"),
        ("a: string", r":3: output\.a\.type: .*did you mean 'text'"),
        ("a: bool", r":3: output\.a\.type: .*did you mean 'flag'"),
    ],
)
def test_wrong_fields_are_refused_with_their_line(project: Path, fields: str, why: str) -> None:
    """A wrong output contract names the line, the field and what is allowed."""
    with pytest.raises(ConfigError, match=why):
        contract(project, fields)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("output: {}\n", r":2: output: an answer has at least one field"),
        ("output: []\n", r":2: output"),
        ("tools: [nowhere:add]\n", r":2: tools\.0: cannot be imported"),
        ("tools: [math:pi]\n", r":2: tools\.0: must name a function"),
        ("tools: math:sqrt\n", r":2: tools"),
        ("mcp:\n  files: {}\n", r":3: mcp\.files: must have a command or a url"),
        ("mcp:\n  files:\n    comand: x\n", r":4: unknown key 'mcp\.files\.comand'.*'command'"),
        ("max_tool_calls: 0\n", r":2: max_tool_calls"),
        ("memory:\n  last: 0\n", r":3: memory\.last"),
        ("memory: yes please\n", r":2: memory"),
        ("approval: maybe\n", r":2: approval"),
    ],
)
def test_wrong_settings_are_refused_with_their_line(project: Path, text: str, why: str) -> None:
    """Wrong tools, servers, memory and approval name line, key and what is allowed."""
    with pytest.raises(ConfigError, match=why):
        load(project, text)


def test_everything_a_file_says_reaches_the_agent(project: Path) -> None:
    """Tools, servers, caps, memory and approval come from the file."""
    agent = load(
        project,
        "tools: [tests.agents.desk:add]\n"
        "mcp:\n  files: {command: serve, args: [--quiet]}\n"
        "max_tool_calls: 3\nmax_turns: 2\nmemory: {per: team, last: 2}\napproval: true\n",
    )
    assert [tool.name for tool in agent.own_tools] == ["add"]
    assert agent.mcp["files"].command == "serve"
    assert (agent.max_tool_calls, agent.max_turns, agent.approval) == (3, 2, True)
    assert agent.memory is not None
    assert (agent.memory.per, agent.memory.last) == ("team", 2)


def test_tools_may_stand_beside_the_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module in the project's folder can be named, and import its neighbours."""
    monkeypatch.setattr("sys.path", [*__import__("sys").path])
    (project / "desk_neighbour.py").write_text("FACTOR = 2\n")
    (project / "desk_tools.py").write_text(
        "from desk_neighbour import FACTOR\n\n\n"
        'def double(n: int) -> int:\n    """Double a number."""\n    return FACTOR * n\n'
    )
    agent = load(project, "tools: [desk_tools:double]\n")
    assert agent.own_tools[0].invoke({"n": 4}) == 8


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("1 / 0\n", "ZeroDivisionError: division by zero"),
        ("def (\n", "SyntaxError"),
        ("raise SystemExit(3)\n", "SystemExit: 3"),
    ],
)
def test_a_module_that_cannot_be_loaded_is_named(
    project: Path, monkeypatch: pytest.MonkeyPatch, code: str, why: str
) -> None:
    """Whatever a module does as it is imported, the file, the line and the reason are told."""
    monkeypatch.setattr("sys.path", [*__import__("sys").path])
    (project / "desk_wrong.py").write_text(code)
    with pytest.raises(ConfigError, match=rf":2: tools\.0: cannot be imported: {why}"):
        load(project, "tools: [desk_wrong:add]\n")


def test_editors_are_told_of_both_forms() -> None:
    """The JSON schema of an agent's file takes a class and fields as output."""
    import jsonschema

    from chimera.agentfile import AgentFile

    schema = AgentFile.model_json_schema()
    for output in ("a.b:C", {"verdict": "text", "n": {"type": "integer", "min": 1}}):
        jsonschema.validate({"persona": "p", "output": output}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"persona": "p", "output": 3}, schema)
