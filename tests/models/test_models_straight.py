"""Calls that no callback has a part in skip LangChain's callbacks; nothing else may differ."""

from typing import Any

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import AsyncCallbackHandler, get_usage_metadata_callback
from langchain_core.globals import set_llm_cache
from langchain_core.messages import HumanMessage
from langchain_core.rate_limiters import InMemoryRateLimiter
from langchain_core.tracers.context import collect_runs
from pydantic import BaseModel

from chimera.models import Ollama
from chimera.models.listener import TextListener
from chimera.testing import OllamaStandIn

PICTURE = "iVBORw0KGgo="


class Watcher(AsyncCallbackHandler):
    """Counts what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    async def on_chat_model_start(self, *_: Any, **__: Any) -> None:
        """Take in a start."""
        self.told.append("start")

    async def on_llm_end(self, *_: Any, **__: Any) -> None:
        """Take in an end."""
        self.told.append("end")


class Managed(Ollama):
    """A model whose calls must not pass LangChain's management of callbacks."""

    async def agenerate(self, *_: Any, **__: Any) -> Any:
        """Fail."""
        raise AssertionError("callbacks were managed")


class Colour(BaseModel):
    """An answer with a contract."""

    name: str


def comparable(message: Any) -> dict[str, Any]:
    """Return a message without what differs from call to call."""
    data = dict(message.model_dump())
    assert data.pop("id").startswith("lc_run-")
    told = data["response_metadata"]
    data["response_metadata"] = {
        name: None if name.endswith(("_ms", "_duration", "created_at")) else value
        for name, value in told.items()
    }
    return data


async def test_callbacks_are_managed_only_where_there_are_some() -> None:
    """Alone or with a listener to the text a call goes straight to the server."""
    with OllamaStandIn() as server:
        model = Managed(model="gemma3", base_url=server.base_url)
        await model.ainvoke("How?")
        await model.ainvoke("How?", {"callbacks": [TextListener(lambda _: None)]})
        with pytest.raises(AssertionError, match="callbacks were managed"):
            await model.ainvoke("How?", {"callbacks": [Watcher()]})


@pytest.mark.parametrize("kwargs", [{}, {"stop": ["x"]}, {"format": "json"}, {"logprobs": True}])
async def test_answers_are_alike(kwargs: dict[str, Any]) -> None:
    """With and without a callback, the server is asked the same and the answer is the same."""
    with OllamaStandIn() as server:
        model = Ollama(model="gemma3", base_url=server.base_url, num_ctx=2048)
        straight = await model.ainvoke("How are things?", **kwargs)
        watched = await model.ainvoke("How are things?", {"callbacks": [Watcher()]}, **kwargs)
        assert comparable(straight) == comparable(watched)
        assert server.requests[0].content == server.requests[1].content


async def test_pictures_are_sent_alike() -> None:
    """Content in blocks is made what Ollama takes, whoever listens."""
    url = f"data:image/png;base64,{PICTURE}"
    asked = [HumanMessage([{"type": "image_url", "image_url": {"url": url}}])]
    with OllamaStandIn() as server:
        model = Ollama(model="gemma3", base_url=server.base_url)
        await model.ainvoke(asked)
        await model.ainvoke(asked, {"callbacks": [Watcher()]})
        first, second = server.requests
        assert first.body["messages"][0]["images"] == [PICTURE]
        assert first.content == second.content


async def test_structured_output_is_alike() -> None:
    """An answer with a contract is parsed as with a callback."""
    with OllamaStandIn(lambda _: '{"name": "red"}') as server:
        model = Ollama(model="gemma3", base_url=server.base_url)
        asked = model.with_structured_output(Colour, method="json_schema")
        assert await asked.ainvoke("Which?") == Colour(name="red")
        assert await asked.ainvoke("Which?", {"callbacks": [Watcher()]}) == Colour(name="red")


@pytest.mark.parametrize("of_model", [True, False])
async def test_callbacks_are_told(*, of_model: bool) -> None:
    """A callback hears start and end, whether the model or the call brings it."""
    watcher = Watcher()
    own = [watcher] if of_model else None
    with OllamaStandIn() as server:
        model = Ollama(model="gemma3", base_url=server.base_url, callbacks=own)
        await model.ainvoke("How?", None if of_model else {"callbacks": [watcher]})
    assert watcher.told == ["start", "end"]


async def test_text_listeners_stay_with_others() -> None:
    """A listener to the text hears all of it, alone or beside another callback."""
    with OllamaStandIn() as server:
        model = Ollama(model="gemma3", base_url=server.base_url)
        for others in ([], [Watcher()]):
            heard: list[str] = []
            answer = await model.ainvoke(
                "How?", {"callbacks": [TextListener(heard.append), *others]}
            )
            assert "".join(heard) == answer.content
            assert len(heard) > 1


async def test_context_variables_are_told() -> None:
    """Usage counters and tracers that a context variable holds see the call."""
    with OllamaStandIn() as server:
        model = Ollama(model="gemma3", base_url=server.base_url)
        with get_usage_metadata_callback() as usage, collect_runs() as runs:
            await model.ainvoke("How?")
    assert list(usage.usage_metadata) == ["gemma3"]
    assert len(runs.traced_runs) == 1


async def test_caches_are_asked() -> None:
    """A cache, the model's or everybody's, spares the server the second request."""
    with OllamaStandIn() as server:
        await _ask_twice(Ollama(model="gemma3", base_url=server.base_url, cache=InMemoryCache()))
        assert len(server.requests) == 1
        set_llm_cache(InMemoryCache())
        try:
            await _ask_twice(Ollama(model="gemma3", base_url=server.base_url))
        finally:
            set_llm_cache(None)
        assert len(server.requests) == 2


async def test_rate_limiter_is_asked() -> None:
    """A rate limiter without a token holds the call back."""
    limiter = InMemoryRateLimiter(requests_per_second=1000, check_every_n_seconds=0.001)
    with OllamaStandIn() as server:
        model = Ollama(model="gemma3", base_url=server.base_url, rate_limiter=limiter)
        await model.ainvoke("How?")
    assert limiter.last is not None  # set by the first question for a token


async def _ask_twice(model: Ollama) -> None:
    for _ in range(2):
        await model.ainvoke("How?")
