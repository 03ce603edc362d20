"""JSON Schemas of project files: shipped as generated, and of one mind with the loader.

`CHIMERA_UPDATE_GOLDEN=1 pytest tests/test_schemas.py` writes the shipped ones anew.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from chimera import Project, schemas

ROOT = Path(__file__).parents[1]
PERSONA = {"name": "N", "title": "t", "instructions": "x"}
BUNDLED = [
    ("persona", path) for path in sorted((Project.bundled().root / "personas").glob("*.yaml"))
] + [("agent", path) for path in sorted((Project.bundled().root / "agents").glob("*.yaml"))]
BUNDLED += [
    ("tests", path) for path in sorted((Project.bundled().root / "personas/tests").glob("*.yaml"))
]


def is_valid(name: str, data: object) -> bool:
    return bool(Draft7Validator(schemas.json_schema(name)).is_valid(data))


@pytest.mark.parametrize("name", schemas.names())
def test_shipped_schema_is_the_generated_one(name: str) -> None:
    """What is shipped is what the models say, and it is a valid schema."""
    made = json.dumps(schemas.json_schema(name), indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("CHIMERA_UPDATE_GOLDEN"):
        schemas.path(name).write_text(made, encoding="utf-8")
        pytest.skip("the schema was written anew")
    assert schemas.path(name).read_text(encoding="utf-8") == made
    Draft7Validator.check_schema(json.loads(made))


@pytest.mark.parametrize(("name", "path"), BUNDLED, ids=lambda found: getattr(found, "stem", found))
def test_bundled_files_are_valid(name: str, path: Path) -> None:
    """Every bundled file fits its schema."""
    assert is_valid(name, yaml.safe_load(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(("name", "path"), BUNDLED, ids=lambda found: getattr(found, "stem", found))
def test_bundled_files_name_their_schema(name: str, path: Path) -> None:
    """The first line of a bundled file leads an editor to its schema."""
    first = path.read_text(encoding="utf-8").splitlines()[0]
    found = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert found is not None
    assert Path(found.group(1)).name == schemas.path(name).name


@pytest.mark.parametrize(
    "data",
    [
        PERSONA,
        {**PERSONA, "version": 1.5, "variables": {"a": "x", "b": {"default": 5}}},
        {**PERSONA, "rules": {"format": "bullets", "cites": "sentence", "max_sentences": 3}},
        {**PERSONA, "examples": [{"input": "a", "answer": "b"}]},
        {"extends": "analyst"},
        {"extends": "./x.yaml", "rules": {"max_words": None}, "variables": {"a": None}},
        {"extends": "analyst", "rules": None, "examples": None},
    ],
)
def test_valid_personas_fit(data: object) -> None:
    """Short forms, `extends` and null in a child are described."""
    assert is_valid("persona", data)


@pytest.mark.parametrize(
    "data",
    [
        {"name": "N", "title": "t"},
        {**PERSONA, "rules": {"max_word": 3}},
        {**PERSONA, "rules": {"format": "bulets"}},
        {**PERSONA, "rules": {"language": "xx"}},
        {**PERSONA, "variables": {"a": ["x"]}},
        {**PERSONA, "variables": {"a": {"defualt": 1}}},
        {**PERSONA, "examples": [{"input": "a"}]},
        {**PERSONA, "tilte": "x"},
        {"extends": 5},
    ],
)
def test_wrong_personas_do_not_fit(data: object) -> None:
    """An editor marks what the loader refuses."""
    assert not is_valid("persona", data)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("agent", {"persona": "a", "optoins": {}}),
        ("project", {"models": {"in_flight": 0}}),
        ("tests", {"persona": "a", "cases": []}),
        ("tests", {"persona": "a", "agent": "a", "cases": [{"name": "a", "input": "b"}]}),
        ("tests", {"persona": "a", "cases": [{"name": "a"}]}),
        ("tests", {"persona": "a", "cases": [{"name": "a", "input": "b", "expect": {"is": 1}}]}),
    ],
)
def test_wrong_files_of_other_kinds_do_not_fit(name: str, data: dict[str, Any]) -> None:
    """Agents, project files and persona tests are checked too."""
    assert not is_valid(name, data)
