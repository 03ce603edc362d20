"""Thinking between tags at the start of a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimera.models.thinking import Thinking, apart

CASES = {
    "<think>Hm.</think>Yes.": ("Hm.", "Yes."),
    "\n <think>\nHm.\n</think>\n\nYes.": ("\nHm.\n", "Yes."),
    "<think></think>\n\nYes.": ("", "Yes."),
    "<think>Hm. I should": ("Hm. I should", ""),
    "<think>a < b, </thin, </think": ("a < b, </thin, </think", ""),
    "<think>": ("", ""),
    "<thinking is hard": ("", "<thinking is hard"),
    "<thi": ("", "<thi"),
    " \n ": ("", " \n "),
    "  Yes.": ("", "  Yes."),
    "Yes. <think>no</think>": ("", "Yes. <think>no</think>"),
    '{"a": "<think>"}': ("", '{"a": "<think>"}'),
    "<think>x</think><think>y</think>z": ("x", "<think>y</think>z"),
    "": ("", ""),
}


@pytest.mark.parametrize("text", CASES)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_pieces_of_any_size_give_the_same(text: str, size: int) -> None:
    """Tags are found however the text is cut."""
    thinking = Thinking()
    found = [thinking.feed(text[at : at + size]) for at in range(0, len(text), size)]
    found.append(thinking.end())
    told = "".join(thought for thought, _ in found), "".join(answer for _, answer in found)
    assert told == CASES[text] == apart(text)


@given(st.text(alphabet="<>/think ab\n", max_size=60))
def test_nothing_of_a_text_is_lost(text: str) -> None:
    """Thinking and text together have every letter there was, but tags and blanks."""
    thinking = Thinking()
    found = [thinking.feed(c) for c in text] + [thinking.end()]
    rest = "".join(a + b for a, b in found)
    if thinking.over and not text.lstrip().startswith("<think>"):
        assert rest == text
    assert len(text) - len(rest) <= len("<think></think>") + sum(c.isspace() for c in text)


def test_a_text_without_tags_is_passed_on_at_once() -> None:
    """Nothing waits once the first letter says that there is no tag."""
    assert Thinking().feed("The") == ("", "The")


def test_a_closing_tag_on_its_own_line_ends_thinking_too() -> None:
    """Templates that open the thinking in the prompt show its end alone."""
    assert apart("Hm.\n</think>\n\nYes.") == ("Hm.", "Yes.")
    assert apart("Close it with </think> and go on.")[0] == ""
