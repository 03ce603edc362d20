"""Rules: what they find wrong, what they say in a prompt, and which contradict each other."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chimera.rules import Rules

KEPT: list[tuple[dict[str, Any], str]] = [
    ({"min_words": 3}, "one two three"),
    ({"max_sentences": 2, "min_sentences": 2}, "It is fast. It is e.g. Llama."),
    ({"max_words_per_sentence": 3}, "One two three. Four five six."),
    ({"format": "prose"}, "It is fast - and cheap.\nIt is 3. of five."),
    ({"format": "bullets"}, "- one\n- two\n  goes on\n\n* three"),
    ({"format": "numbered"}, "1. one\n   more\n2) two"),
    ({"format": "markdown"}, "# Head\n\nText with `a<b>` and 1 < 2."),
    ({"format": "json"}, ' {"a": [1, null]}\n'),
    ({"format": "line"}, "One line.\n"),
    ({"cites": "answer"}, "It is fast. So says [F12]."),
    ({"cites": "sentence"}, "It is fast [F1]. It is cheap. [F2]\n\n- And small [F3]"),
    ({"cites": "paragraph"}, "# Head\n\nIt is fast. So says [F1].\n\nMore [F2]."),
    ({"must_mention": ["time to first token"]}, "The time to first\n  token is short."),
]
BROKEN: list[tuple[dict[str, Any], str, str]] = [
    ({"min_words": 3}, "one two", "at least 3 words, has 2"),
    ({"max_sentences": 1}, "It is. It was.", "at most 1 sentence, has 2"),
    ({"min_sentences": 2}, "It is.", "at least 2 sentences, has 1"),
    ({"max_words_per_sentence": 3}, "One. One two three four.", "has 4 in 'One two three four.'"),
    ({"format": "prose"}, "It is:\n- fast", "'- fast'"),
    ({"format": "prose"}, "# Head\n\nText", "must be prose"),
    ({"format": "prose"}, " ", "is empty"),
    ({"format": "bullets"}, "Here you are:\n- one", "'Here you are:' is none"),
    ({"format": "bullets"}, "", "is empty"),
    ({"format": "numbered"}, "1. one\n3. two", "numbered 1, 3"),
    ({"format": "numbered"}, "- one", "numbered list"),
    ({"format": "markdown"}, "Just text.", "with a heading, a list or a table"),
    ({"format": "markdown"}, "# Head\n<b>bold</b>", "'<b>'"),
    ({"format": "markdown"}, "# Head\n```\ncode", "without an end"),
    ({"format": "json"}, "```json\n{}\n```", "must be JSON"),
    ({"format": "json"}, "3", "object or list"),
    ({"format": "json"}, "[NaN]", "NaN is no JSON"),
    ({"format": "json"}, "[" * 100_000, "must be JSON"),
    ({"format": "line"}, "One.\nTwo.", "one line, has 2"),
    ({"cites": "answer"}, "It is fast.", "must cite an id in square brackets, such as [F12]"),
    ({"cites": "sentence"}, "It is fast [F1]. It is cheap.", "does not in 'It is cheap.'"),
    ({"cites": "paragraph"}, "Fast [F1].\n\nCheap.", "in each paragraph, does not in 'Cheap.'"),
]


@pytest.mark.parametrize(("rules", "text"), KEPT)
def test_kept_rules_say_nothing(rules: dict[str, Any], text: str) -> None:
    """A text that keeps a rule gets no complaint."""
    assert Rules(**rules).broken_by(text) == []


@pytest.mark.parametrize(("rules", "text", "why"), BROKEN)
def test_broken_rules_say_where(rules: dict[str, Any], text: str, why: str) -> None:
    """A text that breaks a rule gets one sentence that says how."""
    (said,) = Rules(**rules).broken_by(text)
    assert why in said


def test_only_ids_that_were_given_may_be_cited() -> None:
    """Where the question holds ids in brackets, another one is made up."""
    rules = Rules(cites="answer")
    assert rules.broken_by("So says [F1].", asked="[F1] Fast.\n[F2] Slow.") == []
    (said,) = rules.broken_by("So says [F9].", asked="[F1] Fast.\n[F2] Slow.")
    assert said == "cites [F9], which was not given; there are [F1], [F2]"


def test_missing_citation_names_those_given() -> None:
    """A model that forgot to cite is told what it could have cited."""
    (said,) = Rules(cites="answer").broken_by("Fast.", asked="[F1] Fast.")
    assert said == "must cite an id in square brackets of those given ([F1])"


def test_forms_do_not_hold_for_an_output_contract() -> None:
    """An answer with a contract has the form of the contract, but words and phrases count."""
    rules = Rules(format="bullets", cites="sentence", max_words=3, must_mention=["fast"])
    assert rules.broken_by("fast\nand cheap", structured=True) == []
    assert len(rules.broken_by("slow and not cheap", structured=True)) == 2


def test_single_words_of_a_contract_are_no_sentences() -> None:
    """A value such as `yes` is no sentence, a text is."""
    rules = Rules(max_sentences=1)
    assert rules.broken_by("yes\nlow\nIt is fast.", structured=True) == []
    assert rules.broken_by("It is fast.\nIt is cheap.", structured=True) != []


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ({"min_words": 5, "max_words": 3}, "min_words 5 is above max_words 3"),
        ({"min_sentences": 2, "max_sentences": 1}, "min_sentences 2 is above max_sentences 1"),
        ({"min_sentences": 5, "max_words": 4}, "min_sentences 5 cannot be had with max_words 4"),
        (
            {"min_words": 9, "max_sentences": 2, "max_words_per_sentence": 4},
            "cannot be had in 2 sentences of 4 words",
        ),
        ({"must_mention": ["a b c"], "max_words": 2}, "more words than max_words 2"),
        (
            {"must_mention": ["état de l'art"], "must_not_mention": ["art"]},
            "'art', in it, must not",
        ),
        ({"must_mention": ["吞吐量"], "language": "en"}, "in another script"),
        (
            {"format": "json", "max_sentences": 3},
            "max_sentences cannot be checked with format 'json'",
        ),
        ({"format": "json", "cites": "answer"}, "cites cannot be checked"),
        ({"format": "line", "cites": "paragraph"}, "write 'answer'"),
    ],
)
def test_rules_that_cannot_be_kept_are_refused(rules: dict[str, Any], why: str) -> None:
    """A set of rules that no answer keeps is refused, with the rule that is to blame."""
    with pytest.raises(ValueError, match=re.escape(why)):
        Rules(**rules)


@pytest.mark.parametrize("rules", [rules for rules, _ in KEPT])
def test_every_rule_is_told_the_model(rules: dict[str, Any]) -> None:
    """What is checked is asked for: a line of the prompt for each rule."""
    assert len(Rules(**rules).as_text().splitlines()) == len(rules)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("I'm sorry", "I\u2019m sorry, no."),
        ("as an AI", "As an **AI** I cannot say."),
        ("café", "the cafe\u0301"),
        ("re-run", "Re\u2011run it."),
        ("coop", "a co\u00adop"),
        ("SELECT *", "No select *, please."),
    ],
)
def test_phrases_are_found_however_they_are_encoded(phrase: str, text: str) -> None:
    """A model prints typographic quotes and emphasis; a barred phrase stays barred."""
    assert Rules(must_not_mention=[phrase]).broken_by(text) == [f"must not mention {phrase!r}"]
    assert Rules(must_mention=[phrase]).broken_by(text) == []


def test_limit_of_one_is_told_in_the_singular() -> None:
    """A limit of one reads as a sentence does."""
    said = Rules(max_sentences=1, min_words=2).as_text()
    assert said == "- At least 2 words.\n- At most 1 sentence."


def test_slots_keep_words_language_and_phrases() -> None:
    """Between sentences of the code, rules of form, citations and sentences do not hold."""
    rules = Rules(max_words=9, min_words=5, language="en", format="bullets", cites="sentence")
    assert rules.in_slots() == Rules(max_words=9, language="en")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200), st.text(max_size=100))
def test_no_text_makes_a_check_fail(text: str, asked: str) -> None:
    """Whatever a model says, each check says yes or no."""
    for form in ("prose", "bullets", "numbered", "markdown", "json", "line"):
        assert all(isinstance(s, str) for s in Rules(format=form).broken_by(text))
    for cites in ("answer", "sentence", "paragraph"):
        assert all(Rules(cites=cites).broken_by(text, asked=asked))
