"""The stand-in's answers to the recorded requests: same status, same headers, same shape."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from chimera.testing import Behaviour, Machine, OllamaStandIn

RECORDINGS = Path(__file__).parents[3] / "shared" / "fixtures" / "ollama-wire"

pytestmark = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not here")

DIED = Behaviour(pieces=1, ending="runner_died")
ENDLESS = Behaviour(text="word ", repeat=5000)
PLAIN = Behaviour(text="word ", repeat=100)

CASES: dict[str, tuple[Behaviour | None, Machine]] = {
    "21-chat-nonstream": (PLAIN, {}),
    "22-chat-all-options": (PLAIN, {}),
    "22-chat-all-options-stream": (PLAIN, {}),
    "28-keep_alive-0": (PLAIN, {}),
    "28-keep_alive-10m": (PLAIN, {}),
    "28-keep_alive-bad": (PLAIN, {}),
    "28-keep_alive-minus-1": (PLAIN, {}),
    "28-keep_alive-seconds-number": (PLAIN, {}),
    "29-preload-empty-messages": (None, {}),
    "29-preload-no-messages-field": (None, {}),
    "29-unload-empty-messages-keep_alive-0": (None, {}),
    "40-ctx-whole-prompt-counted": (PLAIN, {}),
    "41-ctx-over-nonstream": (PLAIN, {}),
    "41-ctx-over-stream": (PLAIN, {}),
    "41-ctx-over-truncate-true": (PLAIN, {}),
    "42-ctx-over-truncate-false": (PLAIN, {}),
    "43-ctx-over-shift-false": (PLAIN, {}),
    "43-ctx-over-truncate-false-shift-false": (PLAIN, {}),
    "44-ctx-over-num_keep-0": (PLAIN, {}),
    "44-ctx-over-num_keep-100": (PLAIN, {}),
    "48-ctx-generation-no-limit": (ENDLESS, {}),
    "48-ctx-generation-over-default": (ENDLESS, {}),
    "48-ctx-generation-over-shift-false": (ENDLESS, {}),
    "48-ctx-generation-over-shift-false-stream": (ENDLESS, {}),
    "49-native-ctx-over-nonstream": (PLAIN, {"native": True}),
    "49-native-ctx-over-stream": (PLAIN, {"native": True}),
    "49-native-ctx-over-shift-false": (PLAIN, {"native": True}),
    "4a-num_ctx-above-training-context": (PLAIN, {"context_length": 4096}),
    "4b-num_ctx-0": (PLAIN, {}),
    "4b-num_ctx-1": (PLAIN, {}),
    "51-empty-body": (None, {}),
    "57-get-on-chat": (None, {}),
    "57-unknown-path": (None, {}),
    "67-runner-dies-mid-stream": (DIED, {}),
    "67-runner-dies-nonstream": (DIED, {}),
}

COUNTED = [  # where the size of the cut prompt does not depend on the model's own tokens
    "41-ctx-over-nonstream",
    "44-ctx-over-num_keep-0",
    "44-ctx-over-num_keep-100",
    "4b-num_ctx-0",
    "4b-num_ctx-1",
]
ENDED = ["48-ctx-generation-no-limit", "48-ctx-generation-over-default", "4b-num_ctx-1"]


class Exchange:
    """One recorded request, and what it got here and there."""

    def __init__(self, case: str) -> None:
        folder = RECORDINGS / case
        self.meta = json.loads((folder / "meta.json").read_text())
        behaviour, machine = CASES[case]
        sent = folder / "request.json"
        with (
            OllamaStandIn(script=[behaviour] if behaviour else [], **machine) as server,
            httpx.Client(trust_env=False) as client,
        ):
            self.ours = client.request(
                self.meta["method"],
                server.base_url + self.meta["path"],
                content=sent.read_bytes() if sent.exists() else b"",
            )
        found = sorted(folder.glob("response.*"), key=lambda path: path.suffix == ".http")
        self.theirs = found[0].read_text() if found[0].suffix != ".http" else ""


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shape(item) for key, item in value.items()}
    return [_shape(item) for item in value[:1]] if isinstance(value, list) else type(value).__name__


def _objects(text: str) -> list[Any]:
    return [json.loads(line) for line in text.split("\n") if line]


@pytest.mark.parametrize("case", sorted(CASES))
def test_status_and_headers_are_the_recorded_ones(case: str) -> None:
    """Status, names of headers and kind of content are the same."""
    exchange = Exchange(case)
    recorded = dict(exchange.meta["response_headers"])
    assert exchange.ours.status_code == exchange.meta["status"]
    assert {name.decode() for name, _ in exchange.ours.headers.raw} == recorded.keys()
    assert exchange.ours.headers.get("Content-Type") == recorded.get("Content-Type")


@pytest.mark.parametrize("case", sorted(CASES.keys() - {"57-get-on-chat", "57-unknown-path"}))
def test_objects_have_the_recorded_keys(case: str) -> None:
    """First and last object have the same keys in the same order, with values of the same types."""
    exchange = Exchange(case)
    ours, theirs = _objects(exchange.ours.text), _objects(exchange.theirs)
    assert json.dumps(_shape(ours[0])) == json.dumps(_shape(theirs[0]))
    assert json.dumps(_shape(ours[-1])) == json.dumps(_shape(theirs[-1]))


@pytest.mark.parametrize("case", COUNTED)
def test_a_cut_prompt_is_counted_as_recorded(case: str) -> None:
    """The window alone says how much is left of it."""
    exchange = Exchange(case)
    ours, theirs = exchange.ours.json(), json.loads(exchange.theirs)
    assert ours["prompt_eval_count"] == theirs["prompt_eval_count"]


@pytest.mark.parametrize("case", ENDED)
def test_an_answer_ends_where_the_recorded_one_does(case: str) -> None:
    """Limits and windows end an answer at the same token, for the same reason."""
    exchange = Exchange(case)
    ours, theirs = exchange.ours.json(), json.loads(exchange.theirs)
    told = ("done_reason", "eval_count")
    assert [ours[name] for name in told] == [theirs[name] for name in told]


@pytest.mark.parametrize("case", ["28-keep_alive-bad", "43-ctx-over-shift-false", "51-empty-body"])
def test_an_error_has_the_recorded_words(case: str) -> None:
    """The body is the same."""
    exchange = Exchange(case)
    assert exchange.ours.json() == json.loads(exchange.theirs)
