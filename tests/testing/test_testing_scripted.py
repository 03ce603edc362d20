"""The scripted model."""

import pytest
from pydantic import BaseModel

from chimera.errors import CallError
from chimera.testing import ScriptedModel


class Point(BaseModel):
    """A small schema."""

    x: int
    y: int


def test_a_list_is_used_up_in_order() -> None:
    """One answer for each call; after the last one the script is spent."""
    model = ScriptedModel(answers=["one", "two"])
    assert [model.invoke("?").content for _ in range(2)] == ["one", "two"]
    with pytest.raises(LookupError, match="spent after 2"):
        model.invoke("?")


def test_a_dict_answers_by_the_words_of_the_prompt() -> None:
    """The first key found in the prompt decides; none found is an error."""
    model = ScriptedModel(answers={"weather": "rain", "time": "noon"})
    assert model.invoke("what time is it").content == "noon"
    with pytest.raises(LookupError, match="weather"):
        model.invoke("who are you")


def test_a_function_sees_the_messages() -> None:
    """A function of the messages makes the answer."""
    model = ScriptedModel(answers=lambda messages: str(len(messages)))
    assert model.invoke([("system", "s"), ("human", "h")]).content == "2"


def test_an_exception_is_raised() -> None:
    """Faults are scripted by their exceptions."""
    model = ScriptedModel(answers=[CallError("no", outcome="stalled")])
    with pytest.raises(CallError):
        model.invoke("?")


def test_a_schema_without_answers_gets_its_simplest_value() -> None:
    """Structured output works out of the box."""
    model = ScriptedModel()
    assert model.with_structured_output(Point).invoke("?") == Point(x=1, y=1)


def test_raw_and_parsed_can_be_had_together() -> None:
    """`include_raw` reports what could not be parsed instead of raising."""
    found = (
        ScriptedModel(answers=["no"]).with_structured_output(Point, include_raw=True).invoke("?")
    )
    assert found["raw"].content == "no"
    assert found["parsed"] is None
    assert found["parsing_error"] is not None


async def test_the_same_questions_get_the_same_stream() -> None:
    """Text, pieces and counts are deterministic; sync and async agree."""
    model = ScriptedModel(answers=lambda _: "One two three.")
    pieces = [piece.content async for piece in model.astream("?")]
    assert pieces == ["One", " two", " three.", ""]
    assert pieces == [piece.content for piece in model.stream("?")]
    assert model.invoke("?").usage_metadata == (await model.ainvoke("?")).usage_metadata


def test_prompts_are_kept() -> None:
    """What was asked can be looked at afterwards."""
    model = ScriptedModel()
    model.invoke("first")
    assert (model.prompts, len(model.asked)) == (["first"], 1)
