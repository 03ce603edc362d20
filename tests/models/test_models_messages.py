"""Lines of an answer as LangChain messages: odd fields, thinking, raw counters."""

import json
from typing import Any

import pytest

from chimera.errors import CallError
from chimera.models import Ollama
from chimera.models.listener import TextListener
from chimera.testing import Behaviour, OllamaStandIn


def _answer(*lines: dict[str, Any]) -> Behaviour:
    """Return an answer of these lines, its own end left out."""
    return Behaviour(text="", lines=tuple(json.dumps(line).encode() for line in lines))


def _end(**fields: Any) -> dict[str, Any]:
    return {"message": {"role": "assistant", "content": "Yes."}, "done": True, **fields}


async def test_counters_are_kept_as_they_came() -> None:
    """Also those this version does not know; the two times stand beside them."""
    counters = {"prompt_eval_count": 27, "prompt_eval_cached_count": 20, "eval_novelty": [1, "x"]}
    with OllamaStandIn(script=[_answer(_end(**counters))]) as server:
        message = await Ollama(model="m", base_url=server.base_url).ainvoke("Hi")
    assert message.response_metadata.items() >= counters.items()
    assert message.response_metadata["ttft_ms"] > 0
    assert message.response_metadata["first_thought_ms"] is None


@pytest.mark.parametrize("odd", ["27", -3, 2.5, True, [], 10**300])
async def test_odd_counters_make_no_usage(odd: object) -> None:
    """What is no count is unknown, and the answer is one all the same."""
    end = _end(prompt_eval_count=odd, eval_count=4, done_reason=["stop"], logprobs="none")
    with OllamaStandIn(script=[_answer(end), _answer(end)]) as server:
        model = Ollama(model="m", base_url=server.base_url)
        message = await model.ainvoke("Hi")
        pieces = [piece async for piece in model.astream("Hi")]
    assert (message.content, message.usage_metadata) == ("Yes.", None)
    assert "".join(str(piece.content) for piece in pieces) == "Yes."


@pytest.mark.parametrize("where", ["tags", "field", "field without a role"])
async def test_thinking_is_apart_in_every_way_of_asking(where: str) -> None:
    """Whole and streamed, the text is the answer and the thoughts are reasoning_content."""
    script = {
        "tags": Behaviour(text="<think>Hm, let me see.</think>\n\nYes, it is."),
        "field": Behaviour(text="Yes, it is.", thinking="Hm, let me see."),
        "field without a role": _answer(
            {"message": {"thinking": "Hm, let me see."}},
            {"message": {"content": "Yes, it is."}, "done": True},
        ),
    }[where]
    with OllamaStandIn(script=[script, script]) as server:
        model = Ollama(model="m", base_url=server.base_url)
        whole = await model.ainvoke("Hi")
        pieces = [piece async for piece in model.astream("Hi")]
    streamed = sum(pieces[1:], pieces[0])
    for message in (whole, streamed):
        assert message.content == "Yes, it is."
        assert message.additional_kwargs["reasoning_content"] == "Hm, let me see."
        assert message.response_metadata["first_thought_ms"] > 0


async def test_an_error_that_is_null_is_none() -> None:
    """Servers that speak like Ollama send every field, empty or not."""
    with OllamaStandIn(script=[_answer(_end(error=None))]) as server:
        assert (await Ollama(model="m", base_url=server.base_url).ainvoke("Hi")).content == "Yes."


async def test_an_error_that_is_an_object_is_told() -> None:
    """Its message is what the reader gets."""
    line = {"error": {"code": 500, "message": "the runner is gone"}}
    gone = pytest.raises(CallError, match="the runner is gone")
    with OllamaStandIn(script=[_answer(line)]) as server, gone:
        await Ollama(model="m", base_url=server.base_url).ainvoke("Hi")


async def test_other_models_thinking_is_not_heard_as_text() -> None:
    """A listener passes over thinking between tags, whatever model it comes from."""
    heard: list[str] = []
    listener = TextListener(heard.append)
    for token in ("<th", "ink>Hm.", "</think>", "\n\n", "Yes", ".", ""):
        await listener.on_llm_new_token(token)
    await listener.on_llm_end(None)
    assert heard == ["Yes", "."]


async def test_a_short_text_is_heard_at_its_end() -> None:
    """What could have become a tag is passed on when nothing follows."""
    heard: list[str] = []
    listener = TextListener(heard.append)
    await listener.on_llm_new_token("<")
    assert heard == []
    await listener.on_llm_end(None)
    assert heard == ["<"]
