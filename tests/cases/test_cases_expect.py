"""What an answer can be held to."""

import pytest

from chimera.cases.expect import Expect


@pytest.mark.parametrize(
    ("expect", "text", "missed"),
    [
        ({"mentions": ["no  evidence"]}, "No\nevidence at all.", []),
        ({"mentions": ["evid"]}, "evidence", ["does not mention 'evid'"]),
        ({"not_mentions": ["TODO"]}, "todo: more", ["mentions 'TODO'"]),
        ({"matches": r"^- \w+"}, "Points:\n- one", []),
        ({"matches": r"\d"}, "none", [r"does not match '\\d'"]),
        ({"equals": "yes"}, " yes\n", []),
        ({"equals": "yes"}, "Yes", ["is not 'yes'"]),
        ({"min_words": 3}, "too few", ["has 2 words, fewer than 3"]),
        ({"max_words": 1}, "too many", ["has 2 words, more than 1"]),
        ({"cites": ["F1"]}, "It is so [F1, F2].", []),
        ({"cites": ["F1", "F3"]}, "It is so [F1].", ["does not cite [F3]"]),
        ({"fields": {"a.1.b": 2}}, '{"a": [0, {"b": 2}]}', []),
        ({"fields": {"a": True}}, '{"a": 1}', ["has 1 in 'a', not true"]),
        ({"fields": {"a.b": None}}, '{"a": {}}', ["has no field 'a.b'"]),
        ({"fields": {"a": 1}}, "a: 1", ["is no JSON, so it has no fields"]),
        ({}, "", []),
    ],
)
def test_answer_is_held_to_what_is_expected(
    expect: dict[str, object], text: str, missed: list[str]
) -> None:
    """Each check says in one sentence what an answer misses."""
    assert Expect.model_validate(expect).missed_by(text) == missed


def test_long_values_are_cut_in_reasons() -> None:
    """A reason stays one line of a readable length."""
    (reason,) = Expect(equals="x" * 5000).missed_by("y")
    assert len(reason) < 120
