"""Answers that would go on without end: they are left, and what there was of them is kept."""

import json
import tracemalloc

import pytest

from chimera.errors import CallError
from chimera.models import Ollama, Outcome, Timeouts, wire
from chimera.models.connections import Endpoint
from chimera.models.faults import WireError
from chimera.testing import Behaviour, OllamaStandIn

BODY = {
    "model": "gemma3",
    "messages": [{"role": "user", "content": "Hi"}],
    "options": {"num_ctx": 10_000_000},
}
SENTENCE = "The backend is faster because it batches requests. "


async def _fault(server: OllamaStandIn) -> WireError:
    with pytest.raises(WireError) as caught:
        await wire.chat(Endpoint(server.base_url), BODY, Timeouts(), lambda *_: None)
    return caught.value


def _line(**message: str) -> bytes:
    return json.dumps({"message": {"role": "assistant", **message}, "done": False}).encode()


async def test_a_loop_is_left_and_the_server_let_go() -> None:
    """Repetition closes the connection while the answer still comes; its text is kept."""
    endless = Behaviour(text="It is so. " + SENTENCE * 200, ending="silence")
    with OllamaStandIn(script=[endless]) as server:
        fault = await _fault(server)
        assert server.wait_until(lambda: server.in_flight == 0)
    assert fault.kind is Outcome.REPETITION
    assert fault.text.startswith("It is so. The backend")
    assert len(fault.text) < len(SENTENCE) * 200


async def test_thinking_in_circles_is_left_too() -> None:
    """Thoughts are watched like text."""
    lines = (_line(content="", thinking="Wait, no. "),) * 400
    with OllamaStandIn(script=[Behaviour(text="", lines=lines, ending="silence")]) as server:
        assert (await _fault(server)).kind is Outcome.REPETITION


async def test_an_answer_with_its_end_is_not_called_a_loop_on_the_wire() -> None:
    """Where the server declares the end, its counters are kept; the reader judges the text."""
    lines = (_line(content="0, " * 2000),)
    with OllamaStandIn(script=[Behaviour(text="", lines=lines)]) as server:
        final = await wire.chat(Endpoint(server.base_url), BODY, Timeouts(), lambda *_: None)
    assert final.line["eval_count"] == 1


async def test_callers_of_the_bare_model_hear_of_it() -> None:
    """A loop raises `CallError` in every way of asking."""
    with OllamaStandIn(SENTENCE * 400) as server:
        model = Ollama(model="m", base_url=server.base_url)
        with pytest.raises(CallError) as caught:
            await model.ainvoke("Hi")
        with pytest.raises(CallError):
            [_ async for _ in model.astream("Hi")]
    assert caught.value.outcome == "repetition"


async def test_an_answer_beyond_the_cap_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many characters are kept, and the server is let go."""
    monkeypatch.setattr(wire, "ANSWER_LIMIT", 50_000)
    words = " ".join(str(n) for n in range(40_000))
    with OllamaStandIn(script=[Behaviour(text=words, ending="silence")]) as server:
        fault = await _fault(server)
        assert server.wait_until(lambda: server.in_flight == 0)
    assert (fault.kind, len(fault.text)) == (Outcome.CUT_ANSWER, 50_000)
    assert words.startswith(fault.text)


async def test_thinking_beyond_the_cap_is_thought_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that thinks without end never answers."""
    monkeypatch.setattr(wire, "ANSWER_LIMIT", 50_000)
    thoughts = " ".join(str(n) for n in range(40_000))
    with OllamaStandIn(script=[Behaviour(text="", thinking=thoughts)]) as server:
        assert (await _fault(server)).kind is Outcome.THOUGHT_ONLY


async def test_an_answer_in_one_giant_line_is_held_to_the_cap_as_well() -> None:
    """Also with its end declared."""
    giant = (_line(content="".join(f"{n} " for n in range(400_000))),)
    with OllamaStandIn(script=[Behaviour(text="", lines=giant)]) as server:
        fault = await _fault(server)
    assert (fault.kind, len(fault.text)) == (Outcome.CUT_ANSWER, wire.ANSWER_LIMIT)


async def test_a_line_without_end_takes_little_memory() -> None:
    """Thirty megabytes on one line are refused within a hundred of memory."""
    giant = (_line(content="x" * 30_000_000),)
    with OllamaStandIn(script=[Behaviour(text="", lines=giant)]) as server:
        server._script[0].lines  # noqa: B018  made before memory is counted
        tracemalloc.start()
        fault = await _fault(server)
        held, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert fault.kind is Outcome.NOT_OLLAMA
    assert held < 100_000_000
    assert peak < 200_000_000  # most of it the server's own copies


async def test_two_hundred_thousand_tokens_are_an_answer() -> None:
    """A long answer that is one stays whole."""
    words = "".join(f" w{n}" for n in range(200_000))
    pieces: list[str] = []
    with OllamaStandIn(words) as server:
        await wire.chat(
            Endpoint(server.base_url), BODY, Timeouts(), lambda text, _: pieces.append(text)
        )
    assert "".join(pieces) == words


@pytest.mark.parametrize(
    ("text", "outcome"),
    [("{" + "\n" * 40, Outcome.REPETITION), ("Half an ans", Outcome.DROPPED_STREAM)],
)
async def test_ollamas_own_stop_is_told_from_a_drop(text: str, outcome: Outcome) -> None:
    """Both are clean ends without `done: true`; both keep their text."""
    lines = tuple(_line(content=c) for c in text)
    with OllamaStandIn(script=[Behaviour(text="", lines=lines, ending="no_done")]) as server:
        fault = await _fault(server)
    assert (fault.kind, fault.text) == (outcome, text)


async def test_what_is_kept_can_be_written_anywhere() -> None:
    """The text of a fault has neither lone surrogates nor NUL."""
    line = b'{"message":{"content":"a\\ud800\\u0000b"},"done":false}'
    with OllamaStandIn(script=[Behaviour(text="", lines=(line,), ending="no_done")]) as server:
        assert (await _fault(server)).text == "a" + "\N{REPLACEMENT CHARACTER}" * 2 + "b"
