"""Inheritance: what a child takes, changes and takes away, and where each value stands."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from chimera import Persona, Project, yamlfile
from chimera.errors import ConfigError, NotFoundError
from chimera.inherit import LONGEST_CHAIN, merge, resolve
from chimera.yamlfile import Document, read_text

PARENT = """\
name: Parent
title: reviewer
version: 3
instructions: |
  Read it.
  Doubt it.
rules:
  max_words: 100
  must_mention: [evidence]
"""
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write files `NAME=text` into the personas of a project; return the last one's path."""

    def files(**texts: str) -> Path:
        folder = tmp_path / "personas"
        folder.mkdir(exist_ok=True)
        for name, text in texts.items():
            (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        return folder / f"{list(texts)[-1]}.yaml"

    return files


def refusal(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        resolve(path)
    assert all(problem.line for problem in caught.value.problems)
    return [
        f"{Path(p.file).name}:{p.line}: {p.message}".replace(f"{path.parent}/", "")
        for p in caught.value.problems
    ]


def test_child_changes_what_it_says_and_keeps_the_rest(write: Write) -> None:
    """Rules are merged key by key; other keys replace."""
    path = write(parent=PARENT, kid="extends: parent\nname: Kid\nrules:\n  max_words: 20\n")
    kid = Persona.load(path)
    assert (kid.name, kid.title, kid.rules.max_words) == ("Kid", "reviewer", 20)
    assert kid.rules.must_mention == ["evidence"]


def test_null_takes_an_inherited_key_away(write: Write) -> None:
    """A child is free of what it takes away, at every level."""
    path = write(parent=PARENT, kid="extends: parent\nrules: {max_words: null}\n")
    assert Persona.load(path).rules.max_words is None
    path = write(parent=PARENT, kid="extends: parent\nrules: null\n")
    assert Persona.load(path).rules.must_mention == []


def test_null_for_nothing_is_a_mistake(write: Write) -> None:
    """A misspelt key that is taken away gets the nearest one."""
    path = write(parent=PARENT, kid="extends: parent\nrules:\n  max_word: null\n")
    assert refusal(path) == [
        (
            "kid.yaml:3: rules.max_word: there is nothing inherited that null takes away; did you"
            " mean 'max_words'?"
        )
    ]


def test_version_is_of_one_file(write: Write) -> None:
    """A child that says no version has none; a number is kept as it was written."""
    assert Persona.load(write(parent=PARENT, kid="extends: parent\n")).version is None
    assert Persona.load(write(kid="extends: parent\nversion: 1.10\n")).version == "1.10"
    assert Persona.load(write(parent=PARENT)).version == "3"


def test_inherited_instructions_stand_in_place_of_their_word(write: Write) -> None:
    """`{{ inherited }}` is the parent's text, and each line knows its file."""
    kid = "extends: parent\ninstructions: |\n  First.\n  {{ inherited }}\n  Last.\n"
    found = resolve(write(parent=PARENT, kid=kid))
    assert found.persona.instructions == "First.\nRead it.\nDoubt it.\nLast.\n"
    places = [found.document.place("instructions", n) for n in range(4)]
    assert [(Path(p.file).stem, p.line) for p in places] == [
        ("kid", 3),
        ("parent", 5),
        ("parent", 6),
        ("kid", 5),
    ]


@pytest.mark.parametrize(
    ("kid", "why"),
    [
        (
            "extends: parent\ninstructions: |\n  {{ inherited }}\n  {{ inherited }}\n",
            "kid.yaml:4: instructions: {{ inherited }} stands in them twice",
        ),
        (
            "extends: parent\ntitle: '{{ inherited }}'\n",
            (
                "kid.yaml:2: title: '{{ inherited }}' is for the instructions of a persona"
                " that extends another"
            ),
        ),
        (
            "name: K\ntitle: t\ninstructions: '{{ inherited }}'\n",
            (
                "kid.yaml:3: instructions: '{{ inherited }}' is for the instructions of a persona"
                " that extends another"
            ),
        ),
    ],
)
def test_inherited_has_one_place(write: Write, kid: str, why: str) -> None:
    """Elsewhere, twice, or without a parent, `{{ inherited }}` is refused with its line."""
    assert refusal(write(parent=PARENT, kid=kid)) == [why]


def test_short_form_sets_the_value_of_an_inherited_variable(write: Write) -> None:
    """Description and choices stay; a value that is none of them is refused where it stands."""
    parent = PARENT + "variables:\n  who: {default: a, choices: [a, b]}\n"
    parent = parent.replace("title: reviewer", "title: reviewer for {{ who }}")
    path = write(parent=parent, kid="extends: parent\nvariables:\n  who: b\n")
    assert Persona.load(path).prompt.startswith("You are Parent, reviewer for b.")
    path = write(kid="extends: parent\nvariables:\n  who: c\n")
    assert refusal(path) == ["kid.yaml:3: variables.who.default: 'c' is none of the choices (a, b)"]


def test_problem_of_an_inherited_value_names_both_files(write: Write) -> None:
    """What the parent says wrongly is told with the parent's line, and whose parent it is."""
    path = write(parent=PARENT + "  max_word: 3\n", kid="extends: parent\n")
    (said,) = refusal(path)
    assert said.startswith("parent.yaml:10: unknown key 'rules.max_word'; did you mean 'max_words'")
    assert said.endswith("(inherited by kid.yaml)")


def test_contradiction_between_files_is_found(write: Write) -> None:
    """Rules that hold alone are checked again together."""
    path = write(parent=PARENT, kid="extends: parent\nrules:\n  min_words: 200\n")
    assert refusal(path) == ["kid.yaml:3: rules.min_words: min_words 200 is above max_words 100"]


def test_circle_is_refused_with_the_chain(write: Write) -> None:
    """Personas that extend each other are told as a chain."""
    path = write(a="extends: b\n", b="extends: c\n", c="extends: a\n")
    folder = path.parent
    (said,) = refusal(folder / "a.yaml")
    assert said == "c.yaml:1: extends goes in a circle: a.yaml → b.yaml → c.yaml → a.yaml"


def test_file_that_extends_itself_is_a_circle(write: Write) -> None:
    """By its file name too."""
    assert "in a circle" in refusal(write(a="extends: ./a.yaml\n"))[0]


def test_long_chains_are_refused(write: Write) -> None:
    """As many files as are allowed can be chained, not one more."""
    chain = {f"p{n}": f"extends: p{n - 1}\n" for n in range(1, LONGEST_CHAIN)}
    path = write(p0=PARENT, **chain)
    assert len(resolve(path).files) == LONGEST_CHAIN
    path = write(more=f"extends: {path.stem}\n")
    assert f"extends more than {LONGEST_CHAIN - 1} personas in a row" in refusal(path)[0]


def test_own_persona_extends_the_bundled_one_it_hides(write: Write) -> None:
    """The name of the file itself stands for the next one in the search order."""
    path = write(analyst="extends: analyst\nname: Mine\n")
    mine = Project(path.parents[1]).persona("analyst")
    bundled = Project.bundled().persona("analyst")
    assert (mine.name, mine.instructions) == ("Mine", bundled.instructions)


def test_part_of_a_persona_stands_in_a_folder_of_its_own(write: Write, tmp_path: Path) -> None:
    """A file below `personas/` may hold a part; the project is in order, and does not list it."""
    from chimera.checks.whole import checked

    path = write(kid="extends: ./parts/house.yaml\nname: Kid\ntitle: t\ninstructions: i\n")
    parts = path.parent / "parts"
    parts.mkdir()
    (parts / "house.yaml").write_text("rules: {max_words: 5}\n")
    project = Project.find(tmp_path)
    assert resolve(path).persona.rules.max_words == 5
    assert checked(project).problems == []
    assert "house" not in project.names("personas")


def test_relative_file_need_not_be_in_the_project(write: Write, tmp_path: Path) -> None:
    """`./FILE.yaml` is looked for beside the file that says it; it may hold a part of a persona."""
    (tmp_path / "house.yaml").write_text("rules: {max_words: 7}\n")
    kid = "extends: ../house.yaml\nname: K\ntitle: t\ninstructions: x\n"
    assert Persona.load(write(kid=kid)).rules.max_words == 7


@pytest.mark.parametrize(
    ("extends", "why"),
    [
        ("parnet", "no persona is called 'parnet'; did you mean 'parent'? (there are: "),
        ("./parnet.yaml", "there is no file 'parnet.yaml'; did you mean 'parent.yaml'?"),
        ("/parent.yaml", "must be relative to this file"),
        ("[parent]", "must be the name of a persona, or ./FILE.yaml, not ['parent']"),
        ("null", "must be the name of a persona, or ./FILE.yaml, not nothing: leave the key out"),
        ("kid", "'kid' is this persona, and it hides none of that name"),
    ],
)
def test_extends_that_leads_nowhere_is_refused(write: Write, extends: str, why: str) -> None:
    """What is looked for, where it is said, and the nearest there is."""
    (said,) = refusal(write(parent=PARENT, kid=f"extends: {extends}\n"))
    assert said.startswith(f"kid.yaml:1: extends: {why}")


def test_misspelt_extends_is_told() -> None:
    """`extends` is among the keys a file may have."""
    with pytest.raises(ConfigError, match="'extnds'; did you mean 'extends'"):
        yamlfile.parse("extnds: a\n", Persona, source="f")


def test_missing_file_is_named(tmp_path: Path) -> None:
    """A path that leads nowhere is no persona."""
    with pytest.raises(NotFoundError, match="nothing"):
        Persona.load(tmp_path / "nothing.yaml")


def test_change_of_a_parent_is_seen(write: Write) -> None:
    """A child is read anew when the file it extends has changed, or another hides that file."""
    path = write(parent=PARENT, kid="extends: parent\n")
    assert Persona.load(path).rules.max_words == 100
    write(parent=PARENT.replace("100", "5"))
    assert Persona.load(path).rules.max_words == 5
    bundled = write(kid="extends: analyst\n")
    assert Persona.load(bundled).name == "Analyst"
    write(analyst=PARENT)
    assert Persona.load(bundled).name == "Parent"


def test_inherited_instructions_cannot_grow_without_end(write: Write) -> None:
    """A chain whose texts pile up is refused before a prompt is made of it."""
    line = "x" * 20_000
    path = write(
        a=PARENT.replace("Read it.", line),
        b=f"extends: a\ninstructions: |\n  {line}\n  {{{{ inherited }}}}\n",
    )
    assert "b.yaml:4: instructions: with the inherited ones longer than" in refusal(path)[0]


WORDS = st.text("abc xyz", min_size=1, max_size=8).filter(str.strip)
RULES = st.fixed_dictionaries(
    {},
    optional={
        "max_words": st.integers(50, 90),
        "min_words": st.integers(1, 3),
        "language": st.sampled_from(["en", "de"]),
        "must_not_mention": st.lists(WORDS, max_size=2),
    },
)
PERSONAS = st.fixed_dictionaries(
    {"name": WORDS, "title": WORDS, "instructions": WORDS},
    optional={"rules": RULES, "version": WORDS},
)
CHILDREN = st.fixed_dictionaries(
    {}, optional={"name": WORDS, "title": WORDS, "instructions": WORDS, "rules": RULES}
)


def document(data: dict[str, Any], source: str) -> Document:
    return read_text(yaml.safe_dump(data), source)


def written_out(parent: dict[str, Any], child: dict[str, Any]) -> dict[str, Any]:
    rules = {**parent.get("rules", {}), **child.get("rules", {})}
    return {**parent, **child, **({"rules": rules} if rules else {})}


@settings(max_examples=100, deadline=None)
@given(PERSONAS, CHILDREN)
def test_child_is_the_persona_written_out(parent: dict[str, Any], child: dict[str, Any]) -> None:
    """Merged, it has the content hash of the file that says all of it."""
    merged = merge(document(parent, "p"), document({**child, "extends": "p"}, "c"))
    whole = Persona.model_validate(written_out(parent, child))
    assert Persona.model_validate(merged.data).hash == whole.hash


@settings(max_examples=100, deadline=None)
@given(PERSONAS, CHILDREN)
def test_every_merged_value_has_its_place(parent: dict[str, Any], child: dict[str, Any]) -> None:
    """A value the child says is the child's; any other is the parent's."""
    merged = merge(document(parent, "p"), document({**child, "extends": "p"}, "c"))
    for key in merged.data:
        assert merged.place(key).file == ("c" if key in child else "p")
    for rule in merged.data.get("rules", {}):  # type: ignore[attr-defined]
        assert merged.place("rules", rule).file == ("c" if rule in child.get("rules", {}) else "p")


@settings(max_examples=100, deadline=None)
@given(PERSONAS, st.randoms())
def test_hash_is_of_the_content(persona: dict[str, Any], random: Any) -> None:
    """Order of keys and layout of the file do not count, nor does the version."""
    items = list(persona.items())
    random.shuffle(items)
    block = yaml.safe_dump(dict(items), sort_keys=False, default_flow_style=False)
    flow = f"# a comment\n{json.dumps(persona)}\n"
    hashes = {Persona.model_validate(read_text(text, "f").data).hash for text in (block, flow)} | {
        Persona.model_validate({**persona, "version": "other"}).hash
    }
    assert len(hashes) == 1


@settings(max_examples=100, deadline=None)
@given(PERSONAS, CHILDREN)
def test_other_content_has_another_hash(parent: dict[str, Any], child: dict[str, Any]) -> None:
    """A persona that says or keeps something else has another hash."""
    one, other = (Persona.model_validate(d) for d in (parent, written_out(parent, child)))
    same = (one.prompt, one.rules) == (other.prompt, other.rules)
    assert same or one.hash != other.hash
