"""Personas: loading, prompt and rules."""

from pathlib import Path

import pytest

from chimera import Persona, Project
from chimera.errors import ConfigError
from chimera.rules import Rules


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
