"""Sentences, paragraphs and citations of an answer."""

import pytest

from chimera.sentences import cited, paragraphs, sentences


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A run is fast. B is slow", ["A run is fast.", "B is slow"]),
        (
            "It is fast. [F1] The other is slow. [F2]",
            ["It is fast. [F1]", "The other is slow. [F2]"],
        ),
        ("It rose to 5. [F1], [F2]", ["It rose to 5. [F1], [F2]"]),
        (
            "See e.g. Llama 3.5 vs. Qwen. It took 3.5 s.",
            ["See e.g. Llama 3.5 vs. Qwen.", "It took 3.5 s."],
        ),
        ("Ask J. Smith! Or not?", ["Ask J. Smith!", "Or not?"]),
        ("Speed is 3. Then it fell.", ["Speed is 3.", "Then it fell."]),
        ('He said "Stop." Then he left.', ['He said "Stop."', "Then he left."]),
        (
            "# Head\n\n- one\n- two. Three\n  goes on.\n\nText",
            ["one", "two.", "Three goes on.", "Text"],
        ),
        ("```\nCode. More.\n```\nThe end.", ["The end."]),
        ("```\nCode. Without an end.", []),
        ("", []),
        ("...", []),
    ],
)
def test_sentences_end_where_readers_end_them(text: str, found: list[str]) -> None:
    """Full stops, items and paragraphs end a sentence; abbreviations, initials, decimals do not."""
    assert sentences(text) == found


def test_paragraphs_are_what_blank_lines_part() -> None:
    """Headings, rules and code are none."""
    text = "# Title\nOne\nline more.\n\n---\n\nTwo.\n\n```\ncode\n```\n"
    assert paragraphs(text) == ["One\nline more.", "Two."]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("So it is [F12], and so [F12; C3] [1].", ["F12", "C3", "1"]),
        ("It is [doc-3] and [smith2020].", ["doc-3", "smith2020"]),
        ('{"a": [1], "b": [1,2], "c": [[3]]} x[0]', []),
        (r"[todo] [a] \[F4\] [F 5] [] [F6", []),
    ],
)
def test_citations_are_ids_in_brackets(text: str, found: list[str]) -> None:
    """An id holds a digit; lists in JSON, indexes and escaped brackets cite nothing."""
    assert cited(text) == found


def test_a_text_of_initials_is_one_sentence() -> None:
    """However many full stops end nothing, each is looked at once."""
    assert sentences("A. " * 20_000) == [" ".join(["A."] * 20_000)]


def test_an_id_without_end_cites_nothing() -> None:
    """A model that repeats itself inside of brackets is read in one pass, not in hours."""
    assert cited("[A" + "1" * 60_000) == []
