"""JSON Schemas of the files of a project, by which editors complete and check them.

In: the models the files are checked against. Out: `persona-1.schema.json` and its like, shipped
here and named in the first line of the bundled files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

_DIALECT: Final = "http://json-schema.org/draft-07/schema#"  # what editors support in full
Schema = dict[str, Any]


def json_schema(name: str) -> Schema:
    """Return the JSON Schema of a kind of file: `persona`, `agent`, `project` or `tests`.

    Raises:
        KeyError: If there is no such kind.
    """
    made = _MAKERS[name]()
    return {"$schema": _DIALECT, **made, "title": f"chimera {name}"}


def path(name: str) -> Path:
    """Return where the schema of a kind of file is."""
    return Path(__file__).parent / f"{name}-1.schema.json"


def names() -> list[str]:
    """Return the kinds of files that have a schema."""
    return list(_MAKERS)


def _persona() -> Schema:
    """The model of a persona, and what a file may say beside it: `extends`, and null then."""
    from chimera.persona import Persona

    schema = Persona.model_json_schema()
    required = schema.pop("required")
    for part in (schema, schema["$defs"]["Rules"]):
        part["properties"] = {key: _or_null(one) for key, one in part["properties"].items()}
    variables = schema["properties"]["variables"]["anyOf"][0]
    variables["additionalProperties"] = _or_null(variables["additionalProperties"])
    schema["properties"]["version"]["anyOf"].append({"type": "number"})
    schema["properties"]["extends"] = {
        "type": "string",
        "minLength": 1,
        "description": "Persona whose keys hold where this file says nothing: a name, or"
        " ./FILE.yaml. null takes an inherited key away.",
    }
    schema["anyOf"] = [{"required": required}, {"required": ["extends"]}]
    return schema


def _or_null(schema: Schema) -> Schema:
    """Return a schema that also lets null take away what is inherited."""
    if any(one.get("type") == "null" for one in schema.get("anyOf", [])):
        return schema
    said = {key: schema[key] for key in ("description",) if key in schema}
    rest = {key: value for key, value in schema.items() if key not in {*said, "default"}}
    return {"anyOf": [rest, {"type": "null"}], **said}


def _agent() -> Schema:
    from chimera.agentfile import AgentFile

    return AgentFile.model_json_schema()


def _project() -> Schema:
    from chimera.projectfile import ProjectFile

    return ProjectFile.model_json_schema()


def _tests() -> Schema:
    from chimera.cases.casefile import CaseFile

    return CaseFile.model_json_schema()


_MAKERS: Final[Mapping[str, Callable[[], Schema]]] = {
    "persona": _persona,
    "agent": _agent,
    "project": _project,
    "tests": _tests,
}
