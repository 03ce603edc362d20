"""What is told of an answer while it is generated."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from langgraph.graph import START, StateGraph
from pydantic import BaseModel
from typing_extensions import TypedDict

import chimera
from chimera import Agent, Persona
from chimera.events import Event
from chimera.progress import EVERY, Keys, Told
from chimera.session import Session
from chimera.testing import FAULTS, FakeClock, OllamaStandIn

PERSONA = Persona(name="Skeptic", title="reviewer", instructions="Doubt it.")
WORDS = ("One", " two", " three", " four.")


class Verdict(BaseModel):
    holds: bool
    why: str


class State(TypedDict):
    question: str
    answer: str


@dataclass
class GatedServer:
    """Speaks like Ollama on loopback; sends a piece of its answer only when it is let."""

    pieces: tuple[str, ...]
    let: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    sent: int = 0
    base_url: str = ""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if b"/api/chat " not in head:
            writer.write(
                b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
            writer.close()
            return
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n\r\n")
        for piece in self.pieces:
            await self.let.acquire()
            self.sent += 1
            self._write(writer, {"content": piece}, done=False)
        self._write(writer, {"content": ""}, done=True)
        writer.close()

    def _write(self, writer: asyncio.StreamWriter, message: dict[str, str], *, done: bool) -> None:
        line = {"message": {"role": "assistant", **message}, "done": done}
        writer.write(json.dumps(line | ({"done_reason": "stop"} if done else {})).encode() + b"\n")


@asynccontextmanager
async def gated(pieces: tuple[str, ...]) -> AsyncIterator[GatedServer]:
    """Start a gated server on a free port of loopback."""
    server = GatedServer(pieces)
    listening = await asyncio.start_server(server.talk, "127.0.0.1", 0)
    server.base_url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    async with listening:
        yield server


def told(*, structured: bool) -> tuple[Told, list[Event]]:
    """Return what takes pieces, and the events it makes of them."""
    events: list[Event] = []
    return Told(Session(listener=events.append), "report", "analyst", structured), events


def asking(agent: Agent[Any]) -> StateGraph[State]:
    """Return a graph that asks an agent."""
    graph = StateGraph(State)
    graph.add_node("ask", agent.node(reads="question", writes="answer"))
    return graph.add_edge(START, "ask")


async def test_text_is_yielded_while_it_is_generated() -> None:
    """`astream` gives each piece before the server has sent the next."""
    async with asyncio.timeout(10), gated(WORDS) as server:
        agent = Agent(persona=PERSONA, model="ollama:gemma3", base_url=server.base_url)
        seen: list[tuple[str, int]] = []
        async for event in chimera.astream(asking(agent), {"question": "Well?", "answer": ""}):
            if isinstance(event, Event) and event.name == "model.text":
                seen.append((event.facts["text"], server.sent))
                server.let.release()
    assert seen == [(word, number) for number, word in enumerate(WORDS, 1)]


async def test_a_structured_answer_is_told_as_progress() -> None:
    """No raw JSON reaches a listener: keys, characters and pieces do."""
    events: list[Event] = []
    with OllamaStandIn() as server:
        agent = Agent(
            persona=PERSONA, model="ollama:gemma3", base_url=server.base_url, output=Verdict
        )
        await chimera.arun(
            asking(agent),
            {"question": "Well?", "answer": ""},
            listener=events.append,
        )
    names = [event.name for event in events if event.name.startswith("model.")]
    assert names == ["model.asked", "model.progress", "model.progress", "model.called"]
    keys = [event.facts["key"] for event in events if event.name == "model.progress"]
    assert keys == ["holds", "why"]


def test_progress_is_limited_by_pieces() -> None:
    """A long value is told of once in so many pieces, whatever time they took."""
    take, events = told(structured=True)
    for piece in ['{"', "why", '":', ' "', *["x"] * (3 * EVERY)]:
        take(piece)
    assert [event.facts["pieces"] for event in events] == [
        1,
        3,
        3 + EVERY,
        3 + 2 * EVERY,
        3 + 3 * EVERY,
    ]
    assert events[1].stage == "report"
    assert dict(events[1].facts) == {
        "agent": "analyst", "key": "why", "characters": 7, "pieces": 3
    }  # fmt: skip


def test_nobody_listening_costs_nothing() -> None:
    """Without a listener nothing is scanned."""
    take = Told(Session(), None, "analyst", structured=True)
    take('{"why": ')
    assert take._keys is not None
    assert take._keys.last is None


def test_a_question_asked_anew_starts_anew() -> None:
    """Listeners hear that what came before is no part of the answer; the scan begins again."""
    take, events = told(structured=True)
    take('{"why": "half')
    take.again()
    take('{"holds": ')
    assert [event.name for event in events] == [
        "model.progress", "model.restarted", "model.progress"
    ]  # fmt: skip
    assert (events[2].facts["key"], events[2].facts["pieces"]) == ("holds", 1)


async def test_a_repeated_request_is_told_of() -> None:
    """Where a stream drops and the question goes out again, listeners hear it in between."""
    heard: list[str] = []
    with OllamaStandIn("One two three.", script=[FAULTS["dropped"]]) as server:
        agent = Agent(persona=PERSONA, model="ollama:gemma3", base_url=server.base_url)
        await chimera.arun(
            asking(agent),
            {"question": "Well?", "answer": ""},
            listener=lambda event: heard.append(event.facts.get("text", event.name)),
            clock=FakeClock(),
        )
    told = [one for one in heard if not one.startswith("stage.")]
    whole = ["One", " two", " three."]
    assert told == ["model.asked", *whole[:2], "model.restarted", *whole, "model.called"]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
def test_keys_are_found_wherever_pieces_are_cut(size: int) -> None:
    r"""Colons, quotes and escapes inside of strings are no keys."""
    value = {"a": ['x": 1', "\\", '\\"'], "b": {"c": "d: e"}, "é": [1, {"last": None}]}
    text = json.dumps(value, ensure_ascii=False)
    keys = Keys()
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    found = [keys.last for piece in pieces if keys.read(piece)]
    assert found[-1] == "last"
    assert size > 1 or found == ["a", "b", "c", "é", "last"]


def test_a_long_key_is_cut() -> None:
    """What a model writes without end is not kept without end."""
    keys = Keys()
    keys.read('{"' + "k" * 10_000 + '": 1')
    assert keys.last == "k" * 60
