"""Personas: loading, prompt and rules."""

from pathlib import Path
from typing import Any

import pytest

from chimera import Persona, Project
from chimera.errors import ConfigError
from chimera.persona import LONGEST_PROMPT, Example
from chimera.rules import Rules

HASH = "f5e644149c8c3ad5d1c918cda17e7dfcc109412d1481eeac1be125dfc125ea48"


def test_bundled_collector_is_called_by_its_name() -> None:
    """The collector's persona carries the name reports show."""
    assert Project.bundled().persona("data-collector-9000").name == "DataCollector-9000"


def test_bundled_personas_keep_their_word_limits() -> None:
    """The collector writes under 250 words by rule."""
    assert Project.bundled().persona("data-collector-9000").rules.max_words == 250


def test_prompt_holds_name_instructions_and_rules() -> None:
    """The prompt says who speaks, what to do and what to keep."""
    persona = Persona(name="N", title="t", instructions="Do it.", rules=Rules(max_words=5))
    assert persona.prompt == (
        "You are N, t.\n\nDo it.\n\nRules for every answer:\n- At most 5 words."
    )


def test_unknown_rule_is_refused(tmp_path: Path) -> None:
    """A misspelt rule is refused with its line."""
    path = tmp_path / "p.yaml"
    path.write_text("name: N\ntitle: t\ninstructions: x\nrules:\n  max_word: 3\n")
    with pytest.raises(ConfigError, match=r"p\.yaml:5: unknown key 'rules.max_word'.*max_words"):
        Persona.load(path)


def test_unknown_language_is_refused() -> None:
    """A language that cannot be checked is refused, with those that can."""
    with pytest.raises(ValueError, match="must be one of de, en"):
        Rules(language="tlh")


@pytest.mark.parametrize(
    ("rules", "text", "why"),
    [
        (Rules(max_words=3), "one two three four", "has 4"),
        (Rules(must_mention=["TTFT"]), "nothing of it", "must mention 'TTFT'"),
        (Rules(must_not_mention=["as an AI"]), "As an AI I cannot", "must not mention 'as an AI'"),
        (Rules(language="en"), "Le modèle est le plus rapide des trois pour les textes", "'en'"),
        (Rules(language="en"), "模型的吞吐量很高", "'en'"),
    ],
)
def test_broken_rules_are_named(rules: Rules, text: str, why: str) -> None:
    """A text that breaks a rule gets a sentence that says which."""
    assert any(why in sentence for sentence in rules.broken_by(text))


def test_kept_rules_say_nothing() -> None:
    """A text that keeps every rule gets no complaint."""
    rules = Rules(max_words=9, language="en", must_mention=["ttft"], must_not_mention=["TODO"])
    assert rules.broken_by("The TTFT of the model is what users feel.") == []


def test_phrases_count_as_whole_words() -> None:
    """A phrase inside another word is no mention."""
    assert Rules(must_not_mention=["art"]).broken_by("The start of the chart") == []


def test_rules_that_contradict_each_other_are_refused() -> None:
    """What must be mentioned cannot be forbidden too."""
    with pytest.raises(ValueError, match="'TTFT' must be mentioned and must not"):
        Rules(must_mention=["ttft"], must_not_mention=["TTFT"])


def test_examples_stand_in_the_prompt() -> None:
    """Questions with answers follow the rules."""
    persona = Persona(
        name="N",
        title="t",
        instructions="Do it.",
        examples=[Example(input="Fast?", answer="Yes.\n"), Example(input="{", answer="}")],
    )
    assert persona.prompt == (
        "You are N, t.\n\nDo it.\n\nExamples of answers:\n\nInput: Fast?\nAnswer: Yes.\n\n"
        "Input: {\nAnswer: }"
    )


def test_example_that_breaks_the_rules_is_refused(tmp_path: Path) -> None:
    """An example teaches; one that breaks the persona's own rules is refused with its line."""
    path = tmp_path / "p.yaml"
    path.write_text(
        "name: N\ntitle: t\ninstructions: x\nrules: {cites: answer}\nexamples:\n"
        "  - input: So says [F1].\n    answer: Yes [F1].\n"
        "  - input: So says [F1].\n    answer: Yes [F2].\n"
    )
    with pytest.raises(ConfigError) as caught:
        Persona.load(path)
    assert str(caught.value) == (
        f"{path}:9: examples.1.answer: breaks the persona's own rules: cites [F2], which was not"
        " given; there are [F1]"
    )


@pytest.mark.parametrize(
    ("written", "version"),
    [("1", "1"), ("1.10", "1.10"), ("'2 beta'", "2 beta"), ("2026-11-24", "2026-11-24")],
)
def test_version_is_kept_as_it_is_written(tmp_path: Path, written: str, version: str) -> None:
    """A number is no float on the way: 1.10 is no 1.1."""
    path = tmp_path / "p.yaml"
    path.write_text(f"name: N\ntitle: t\ninstructions: x\nversion: {written}\n")
    assert Persona.load(path).version == version


def test_long_prompt_is_refused() -> None:
    """A prompt that leaves no room for a question is a mistake."""
    with pytest.raises(ValueError, match=f"at most {LONGEST_PROMPT} are allowed"):
        Persona(name="N", title="t", instructions="x" * LONGEST_PROMPT)


def test_values_that_make_a_prompt_long_are_refused() -> None:
    """The limit holds for the prompt with its values in place."""
    text = "{{ a }}" * 20
    persona = Persona.model_validate(
        {"name": "N", "title": "t", "instructions": text, "variables": {"a": "x"}}
    )
    with pytest.raises(ConfigError, match="characters, at most"):
        persona.with_values({"a": "x" * 4_000})


def test_hash_goes_by_values_and_not_by_variables() -> None:
    """The same text has the same hash, whether it was filled in or written."""
    said = {"name": "N", "title": "t", "instructions": "For managers."}
    asked = {**said, "instructions": "For {{ who }}.", "variables": {"who": "engineers"}}
    filled, written = Persona.model_validate(asked), Persona.model_validate(said)
    assert filled.hash != written.hash
    assert filled.with_values({"who": "managers"}).hash == written.hash
    assert len(written.hash) == 64


@pytest.mark.parametrize(
    "change",
    [
        {"name": "M"},
        {"title": "u"},
        {"instructions": "y"},
        {"rules": Rules(max_words=4)},
        {"rules": Rules(max_words=3, format="line")},
        {"examples": [Example(input="a", answer="b")]},
    ],
)
def test_hash_changes_with_the_content(change: dict[str, Any]) -> None:
    """Whatever is said or checked counts."""
    persona = Persona(name="N", title="t", instructions="x", rules=Rules(max_words=3))
    assert persona.model_copy(update=change).hash != persona.hash


def test_hash_is_the_same_on_every_machine_and_release() -> None:
    """A recorded hash stays good: one that is written here is found again."""
    persona = Persona(
        name="N",
        title="für alle",
        instructions="x\n",
        version="7",
        rules=Rules(max_words=3, must_mention=["a"]),
        examples=[Example(input="i", answer="a")],
    )
    assert persona.hash == HASH
