"""Reading a model's answer."""

import pytest
from pydantic import BaseModel, ConfigDict

from chimera.models.answer import read


class Verdict(BaseModel):
    """A small output contract."""

    model_config = ConfigDict(extra="forbid")

    good: bool
    score: int = 0


@pytest.mark.parametrize(
    "text",
    [
        '{"good": true}',
        ' {"good":true}\n',
        '```json\n{"good": true}\n```',
        '```\n{"good":1}\n```\n',
    ],
)
def test_json_is_read_with_one_fence_at_most(text: str) -> None:
    """An answer may stand in a fence."""
    assert read(text, Verdict) == (Verdict(good=True), [])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        'Sure! {"good": true}',
        '{"good": tr',
        '{"good": true, "more": 1}',
        '{"good": true, "score": 1.5}',
        '{"good": true, "score": NaN}',
        '{"good": true, "score": ' + "9" * 5000 + "}",
        "[" * 100_000,
        '{"good": "' + "x" * 500 + '"}',
    ],
)
def test_nothing_is_mended(text: str) -> None:
    """What does not fit is described in a few short lines, and never raises."""
    value, wrong = read(text, Verdict)
    assert value is None
    assert 1 <= len(wrong) <= 5
    assert all(len(line) <= 120 for line in wrong)


def test_the_place_of_a_mistake_is_named() -> None:
    """Each line begins with the field it is about."""
    _, wrong = read('{"score": "x"}', Verdict)
    assert [line.split(":")[0] for line in wrong] == ["good", "score"]
