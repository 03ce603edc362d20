"""The stand-in for OpenAI's protocol answers as recorded from Ollama's `/v1`."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from chimera.testing import Behaviour, OpenAIStandIn

RECORDINGS = Path(__file__).parents[3] / "shared" / "fixtures" / "ollama-wire"

recorded = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not here")


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shape(item) for key, item in value.items()}
    return [_shape(item) for item in value[:1]] if isinstance(value, list) else type(value).__name__


def _body(case: str) -> str:
    return (RECORDINGS / case / "response.http").read_bytes().partition(b"\r\n\r\n")[2].decode()


def _events(text: str) -> list[Any]:
    data = [line[6:] for line in text.splitlines() if line.startswith("data: ")]
    return [json.loads(item) if item != "[DONE]" else item for item in data]


def _ask(server: OpenAIStandIn, case: str) -> httpx.Response:
    sent = (RECORDINGS / case / "request.json").read_bytes()
    with httpx.Client(trust_env=False) as client:
        return client.post(f"{server.api_url}/chat/completions", content=sent)


def _post(server: OpenAIStandIn, **body: Any) -> httpx.Response:
    messages = [{"role": "user", "content": "Hi"}]
    with httpx.Client(trust_env=False) as client:
        url = f"{server.api_url}/chat/completions"
        return client.post(url, json={"model": "m", "messages": messages, **body})


@recorded
@pytest.mark.parametrize("case", ["59-openai-chat-nonstream", "59-openai-json-schema"])
def test_a_whole_answer_has_the_recorded_shape(case: str) -> None:
    """Keys, order and types are the recorded ones."""
    with OpenAIStandIn() as server:
        response = _ask(server, case)
    assert json.dumps(_shape(response.json())) == json.dumps(_shape(json.loads(_body(case))))
    assert response.headers["Content-Type"] == "application/json"


@recorded
def test_a_stream_has_the_recorded_events() -> None:
    """Role with the first piece, the reason apart, usage without choices, the mark at the end."""
    case = "59-openai-chat-stream"
    with OpenAIStandIn("one two three four five six seven") as server:
        response = _ask(server, case)
    ours, theirs = _events(response.text), _events(_body(case))
    assert json.dumps([_shape(event) for event in ours]) == json.dumps(
        [_shape(event) for event in theirs]
    )
    assert ours[-3]["choices"][0]["finish_reason"] == "length"
    assert response.headers["Content-Type"] == "text/event-stream"


@recorded
def test_a_missing_model_is_told_in_the_recorded_words() -> None:
    """The body is the same, byte for byte."""
    case = "59-openai-unknown-model"
    with OpenAIStandIn(models=["here"]) as server:
        response = _ask(server, case)
    assert (response.status_code, response.text) == (404, _body(case))


def test_a_schema_is_kept_to() -> None:
    """The simplest value that fits is the answer."""
    schema = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 3}}}
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    with OpenAIStandIn() as server:
        answer = _post(server, response_format=form).json()
    assert json.loads(answer["choices"][0]["message"]["content"]) == {"n": 3}


def test_models_are_listed() -> None:
    """`/v1/models` names those there are."""
    with OpenAIStandIn(models=["a", "b"]) as server, httpx.Client(trust_env=False) as client:
        listed = client.get(f"{server.api_url}/models").json()
    assert [row["id"] for row in listed["data"]] == ["a", "b"]


def test_a_key_can_be_asked_for() -> None:
    """Without it the answer is 401."""
    with OpenAIStandIn(key="right") as server:
        assert _post(server).status_code == 401


def test_too_long_a_prompt_is_refused() -> None:
    """The window is named, in OpenAI's words."""
    with OpenAIStandIn(num_ctx=4) as server:
        answer = _post(server)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "context_length_exceeded")


def test_a_limit_says_when_to_come_again() -> None:
    """429 comes with Retry-After."""
    with OpenAIStandIn() as server:
        answer = _post(server, model="rate-limited")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")


def test_thinking_has_a_field_of_its_own() -> None:
    """As vLLM and llama.cpp send it, before the text and in whole answers."""
    with OpenAIStandIn(script=[Behaviour(thinking="Hm.")] * 2) as server:
        whole = _post(server).json()["choices"][0]["message"]
        first = _events(_post(server, stream=True).text)[0]
    assert whole["reasoning_content"] == "Hm."
    assert first["choices"][0]["delta"] == {"role": "assistant", "reasoning_content": "Hm."}
