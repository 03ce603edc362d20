"""The stand-in server as a tool for tests."""

import asyncio
from typing import Any

import httpx
import pytest

from chimera.models import Ollama
from chimera.testing import Behaviour, OllamaStandIn


def _post(server: OllamaStandIn, **body: Any) -> httpx.Response:
    with httpx.Client(trust_env=False) as client:
        return client.post(f"{server.base_url}/api/chat", json=body)


def _question(text: str = "Hi", **more: Any) -> dict[str, Any]:
    return {"model": "m", "stream": False, "messages": [{"role": "user", "content": text}], **more}


def test_an_answer_can_be_a_function_of_the_request() -> None:
    """The function sees the body and returns the text."""
    with OllamaStandIn(lambda body: body["messages"][-1]["content"].upper()) as server:
        assert _post(server, **_question("loud")).json()["message"]["content"] == "LOUD"


def test_a_script_is_used_up_in_order() -> None:
    """Behaviours of the script come first, then the normal ones."""
    with OllamaStandIn("normal", script=[Behaviour(text="first")]) as server:
        texts = [_post(server, **_question()).json()["message"]["content"] for _ in range(2)]
    assert texts == ["first", "normal"]


def test_models_can_be_listed() -> None:
    """With a list of models the others are missing."""
    with OllamaStandIn(models=["here:1b"]) as server:
        assert _post(server, **_question(model="here:1b")).status_code == 200
        assert _post(server, **_question(model="there")).status_code == 404


def test_loaded_models_are_in_ps() -> None:
    """`/api/ps` tells which window a model was loaded with, in tokens."""
    with OllamaStandIn() as server:
        _post(server, **_question(options={"num_ctx": 1024}))
        with httpx.Client(trust_env=False) as client:
            models = client.get(f"{server.base_url}/api/ps").json()["models"]
    assert [(m["name"], m["context_length"]) for m in models] == [("m:latest", 1024)]


def test_a_long_prompt_is_cut_in_silence_by_default() -> None:
    """As with the real one, only the count tells."""
    with OllamaStandIn() as server:
        answer = _post(server, **_question("word " * 1000, options={"num_ctx": 512})).json()
    assert answer["prompt_eval_count"] == 259


def test_requests_are_logged() -> None:
    """Method, path, headers and body are kept."""
    with OllamaStandIn() as server:
        _post(server, **_question())
        logged = server.requests[0]
    assert (logged.method, logged.path, logged.body["model"]) == ("POST", "/api/chat", "m")
    assert (logged.finished, logged.disconnected) == (True, False)


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"", "missing request body"), (b"{", "unexpected EOF"), (b"{}", "model is required")],
)
def test_wrong_requests_are_refused(content: bytes, error: str) -> None:
    """The texts are those of the real server."""
    with OllamaStandIn() as server, httpx.Client(trust_env=False) as client:
        response = client.post(f"{server.base_url}/api/chat", content=content)
    assert (response.status_code, response.json()) == (400, {"error": error})


async def test_it_works_in_async_tests() -> None:
    """The server has its own loop; chats overlap and are counted."""
    slow = {"m": Behaviour(first_token_s=0.05)}
    async with OllamaStandIn(behaviours=slow) as server:
        model = Ollama(model="m", base_url=server.base_url)
        await asyncio.gather(*(model.ainvoke("Hi") for _ in range(5)))
        assert server.wait_until(lambda: server.in_flight == 0)
    assert server.peak > 1


def test_stopping_leaves_nothing_behind() -> None:
    """A stopped server's port is closed, hanging answers included."""
    with (
        OllamaStandIn() as server,
        httpx.Client(trust_env=False, timeout=0.1) as client,
        pytest.raises(httpx.ReadTimeout),
    ):
        client.post(f"{server.base_url}/api/chat", json=_question(model="silent"))
    with pytest.raises(httpx.ConnectError), httpx.Client(trust_env=False) as client:
        client.get(server.base_url)
