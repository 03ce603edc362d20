"""The stand-in answers like the real server: held against recorded exchanges."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from chimera.testing import FAULTS, Behaviour, OllamaStandIn

RECORDINGS = Path(__file__).parents[1] / "data" / "ollama-wire"


class Exchange:
    """One recorded exchange, taken apart."""

    def __init__(self, case: str) -> None:
        folder = RECORDINGS / case
        self.meta = json.loads((folder / "meta.json").read_text())
        request = folder / "request.json"
        self.sent = request.read_bytes() if request.exists() else b""
        self.head, _, self.payload = (folder / "response.http").read_bytes().partition(b"\r\n\r\n")

    @property
    def header_names(self) -> set[str]:
        """The names of the response's headers."""
        return {name for name, _ in self.meta["response_headers"]}


def _ask(server: OllamaStandIn, exchange: Exchange) -> httpx.Response:
    method, path = exchange.meta["method"], exchange.meta["path"]
    with httpx.Client(trust_env=False) as client:
        return client.request(method, server.base_url + path, content=exchange.sent)


def _shape(value: Any) -> Any:
    """The keys of a JSON value, in order, without its values."""
    if isinstance(value, dict):
        return {key: _shape(item) for key, item in value.items()}
    return [_shape(item) for item in value[:1]] if isinstance(value, list) else type(value).__name__


def _objects(text: str) -> list[Any]:
    return [json.loads(line) for line in text.split("\n") if line]


def _body(exchange: Exchange) -> str:
    with OllamaStandIn.replay(RECORDINGS / exchange.meta["case"]) as server:
        return _ask(server, exchange).text


ERRORS = {
    "42-ctx-over-truncate-false-stream": Behaviour(),
    "43-ctx-over-shift-false-stream": Behaviour(),
    "50-unknown-model-stream": None,
    "62-busy-cold-max_queue-1-c": FAULTS["busy"],
}
SAME_SHAPE = [
    "00-version",
    "02-tags",
    "20-chat-stream",
    "21-chat-nonstream",
    "25-stop-sequence-stream",
    "29-preload-empty-messages-stream-true",
    "30-format-schema-stream",
]


@pytest.mark.parametrize("case", [*SAME_SHAPE, *ERRORS, "00-root", "02-show", "57-trailing-slash"])
def test_status_and_header_names_are_the_recorded_ones(case: str) -> None:
    """Status line and headers look the same, case for case."""
    exchange = Exchange(case)
    behaviour = ERRORS.get(case)
    script = [behaviour] if behaviour else []
    models = ["tiny-random", "tiny-endless"] if case in ERRORS else None
    with OllamaStandIn(script=script, models=models) as server:
        response = _ask(server, exchange)
    assert response.status_code == exchange.meta["status"]
    assert {name.decode().title() for name, _ in response.headers.raw} == exchange.header_names
    kinds = dict(exchange.meta["response_headers"])
    assert response.headers.get("Content-Type") == kinds.get("Content-Type")


@pytest.mark.parametrize("case", SAME_SHAPE)
def test_bodies_have_the_recorded_keys(case: str) -> None:
    """First and last object have the same keys in the same order, and values of the same types."""
    exchange = Exchange(case)
    stop = Behaviour(text="Fine.") if case.startswith("25") else None
    models = ["tiny-random"] if case == "02-tags" else None
    with OllamaStandIn(script=[stop] if stop else [], models=models) as server:
        ours = _objects(_ask(server, exchange).text)
    theirs = _objects(_body(exchange))
    assert json.dumps(_shape(ours[0])) == json.dumps(_shape(theirs[0]))
    assert json.dumps(_shape(ours[-1])) == json.dumps(_shape(theirs[-1]))


@pytest.mark.parametrize("case", ["50-unknown-model-stream", "62-busy-cold-max_queue-1-c"])
def test_error_texts_are_the_recorded_ones(case: str) -> None:
    """An error's body is the same, byte for byte."""
    exchange = Exchange(case)
    behaviour = ERRORS[case]
    with OllamaStandIn(script=[behaviour] if behaviour else [], models=["x"]) as server:
        assert _ask(server, exchange).text == _body(exchange)


def test_the_plain_sentence_on_long_prompts_is_the_recorded_one() -> None:
    """`shift: false` alone is refused in words."""
    exchange = Exchange("43-ctx-over-shift-false-stream")
    with OllamaStandIn() as server:
        assert _ask(server, exchange).text == _body(exchange)


def test_the_nested_error_on_long_prompts_has_the_recorded_form() -> None:
    """`truncate: false` is refused in JSON inside JSON; only the count is our own."""
    exchange = Exchange("42-ctx-over-truncate-false-stream")
    with OllamaStandIn() as server:
        ours = json.loads(json.loads(_ask(server, exchange).text)["error"])["error"]
    theirs = json.loads(json.loads(_body(exchange))["error"])["error"]
    assert list(ours) == list(theirs)
    assert (ours["code"], ours["type"], ours["n_ctx"]) == (400, theirs["type"], 512)


def test_a_stream_has_one_line_in_each_chunk() -> None:
    """Chunk framing is Go's: hexadecimal size, one line, an empty chunk at the end."""
    server = OllamaStandIn("One two.")
    with server, httpx.Client(trust_env=False) as client:
        url = f"{server.base_url}/api/chat"
        question = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
        with client.stream("POST", url, json=question) as response:
            chunks = list(response.iter_raw())
    assert len(chunks) == 3
    assert all(data.endswith(b"}\n") and data.count(b"\n") == 1 for data in chunks)


def test_the_token_limit_is_kept_as_recorded() -> None:
    """`num_predict` pieces come, then `length`; the last line is empty and counts them."""
    exchange = Exchange("20-chat-stream")
    with OllamaStandIn("word " * 100) as server:
        lines = _objects(_ask(server, exchange).text)
    assert len(lines) == len(_objects(_body(exchange))) == 41
    assert (lines[-1]["done_reason"], lines[-1]["eval_count"]) == ("length", 40)


def test_a_replay_is_byte_for_byte() -> None:
    """The recorded bytes come back as they are."""
    exchange = Exchange("67-runner-dies-mid-stream")
    assert _objects(_body(exchange))[-1] == {
        "error": "an error was encountered while running the model: unexpected EOF"
    }
