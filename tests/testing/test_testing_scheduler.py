"""The stand-in shares memory and time as the recorded server does (recordings 28, 29, 4, 60-75)."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from chimera.testing import Behaviour, OllamaStandIn
from chimera.testing.scheduler import FOREVER_S, KEPT_S, seconds_of

MS = 1_000_000  # nanoseconds
SLOW = Behaviour(token_s=0.02)


def _chat(text: str = "Hi", model: str = "m", **more: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": text}]
    return {"model": model, "stream": False, "messages": messages, **more}


class Client:
    """Asks one stand-in."""

    def __init__(self, server: OllamaStandIn) -> None:
        self._http = httpx.AsyncClient(trust_env=False, base_url=server.base_url)

    async def post(self, **body: Any) -> httpx.Response:
        return await self._http.post("/api/chat", json=body)

    async def loaded(self) -> dict[str, dict[str, Any]]:
        """Return what `/api/ps` says, by name."""
        models = (await self._http.get("/api/ps")).json()["models"]
        return {model["name"]: model for model in models}

    async def close(self) -> None:
        await self._http.aclose()


@pytest.fixture
async def ask() -> AsyncIterator[Any]:
    """A function from a running stand-in to its client."""
    clients: list[Client] = []

    def ask(server: OllamaStandIn) -> Client:
        clients.append(Client(server))
        return clients[-1]

    yield ask
    for client in clients:
        await client.close()


async def test_a_model_is_loaded_once(ask: Any) -> None:
    """The first chat pays for the loading, the second finds the model ready."""
    with OllamaStandIn(load_s=0.05) as server:
        cold, warm = [(await ask(server).post(**_chat())).json() for _ in range(2)]
    assert server.loads == 1
    assert cold["load_duration"] >= 50 * MS
    assert warm["load_duration"] < 50 * MS


@pytest.mark.parametrize(
    "other",
    [
        {"options": {"num_ctx": 1024}},
        {"options": {"num_ctx": 2048, "num_gpu": 0}},
        {"shift": False},
    ],
)
async def test_another_profile_loads_the_model_again(ask: Any, other: dict[str, Any]) -> None:
    """Window, GPU layers and the shift flag belong to how a model is loaded."""
    with OllamaStandIn() as server:
        client, first = ask(server), _chat(options={"num_ctx": 2048})
        for body in (first, first, {**first, **other}, first):
            await client.post(**body)
    assert server.loads == 3


async def test_another_model_takes_the_place(ask: Any) -> None:
    """Where one model fits, the second throws the first out."""
    with OllamaStandIn(max_loaded=1) as server:
        client = ask(server)
        for name in ("a", "b", "a"):
            await client.post(**_chat(model=name))
        assert list(await client.loaded()) == ["a:latest"]
    assert server.loads == 3


async def test_a_second_chat_waits_without_a_byte(ask: Any) -> None:
    """With one slot answers follow one another; the wait is in the total (case 61)."""
    with OllamaStandIn("one two three four five", script=[SLOW], parallel=1) as server:
        client, ends = ask(server), []

        async def chat(name: str) -> dict[str, Any]:
            answer = await client.post(**_chat(name, stream=True))
            ends.append(name)
            last: dict[str, Any] = json.loads(answer.text.splitlines()[-1])
            return last

        first = asyncio.create_task(chat("first"))
        assert await asyncio.to_thread(server.wait_until, lambda: len(server.prompts) == 1)
        second = await chat("second")
        await first
    assert ends == ["first", "second"]
    known = ("load_duration", "prompt_eval_duration", "eval_duration")
    assert second["total_duration"] - sum(second[name] for name in known) > 10 * MS
    assert second["load_duration"] == MS


async def test_waiting_for_a_reload_counts_as_loading(ask: Any) -> None:
    """Another window waits for the running answer, then the model is loaded again (case 66)."""
    with OllamaStandIn("one two three four five", script=[SLOW]) as server:
        client = ask(server)
        first = asyncio.create_task(client.post(**_chat(stream=True)))
        assert await asyncio.to_thread(server.wait_until, lambda: len(server.prompts) == 1)
        second = (await client.post(**_chat(options={"num_ctx": 1024}))).json()
        assert first.done() or (await first)
    assert second["load_duration"] > 10 * MS
    assert server.loads == 2


async def test_only_requests_that_need_a_load_are_refused(ask: Any) -> None:
    """Of five chats to a cold model one loads it, one waits, three get 503 (case 62)."""
    with OllamaStandIn(load_s=0.1, max_queue=1, parallel=1) as server:
        client = ask(server)
        cold = await asyncio.gather(*(client.post(**_chat()) for _ in range(5)))
        warm = await asyncio.gather(*(client.post(**_chat()) for _ in range(5)))
    assert sorted(r.status_code for r in cold) == [200, 200, 503, 503, 503]
    assert {r.status_code for r in warm} == {200}
    assert "Retry-After" not in next(r for r in cold if r.status_code == 503).headers


async def test_a_load_nobody_waits_for_is_dropped(ask: Any) -> None:
    """A client that leaves during the load leaves no model behind (case 60)."""
    with OllamaStandIn(load_s=0.2) as server:
        client = ask(server)
        asking = asyncio.create_task(client.post(**_chat()))
        assert await asyncio.to_thread(server.wait_until, lambda: server.in_flight == 1)
        asking.cancel()
        assert await asyncio.to_thread(server.wait_until, lambda: server.in_flight == 0)
        assert await client.loaded() == {}
    assert (server.loads, server.prompts) == (0, [])


async def test_a_client_that_leaves_the_queue_never_reaches_the_model(ask: Any) -> None:
    """What was given up while waiting is not generated (case 60)."""
    with OllamaStandIn(script=[Behaviour(first_token_s=30)], parallel=1) as server:
        client = ask(server)
        first = asyncio.create_task(client.post(**_chat("first")))
        assert await asyncio.to_thread(server.wait_until, lambda: server.in_flight == 1)
        second = asyncio.create_task(client.post(**_chat("second")))
        assert await asyncio.to_thread(server.wait_until, lambda: server.in_flight == 2)
        second.cancel()
        assert await asyncio.to_thread(server.wait_until, lambda: server.in_flight == 1)
        first.cancel()
        assert (await client.post(**_chat("third"))).status_code == 200
    assert server.prompts == ["user: third"]


async def test_keep_alive_zero_unloads(ask: Any) -> None:
    """The model is gone when the answer is done; without messages it is gone at once."""
    with OllamaStandIn() as server:
        client = ask(server)
        await client.post(**_chat(keep_alive=0))
        assert await client.loaded() == {}
        await client.post(**_chat())
        answer = await client.post(model="m", messages=[], keep_alive=0)
        assert await client.loaded() == {}
    assert answer.json()["done_reason"] == "unload"
    assert server.loads == 2


async def test_a_model_expires(ask: Any) -> None:
    """After its `keep_alive` a model is no longer loaded."""
    with OllamaStandIn() as server:
        client = ask(server)
        await client.post(**_chat(keep_alive="1ms"))
        await asyncio.sleep(0.01)
        assert await client.loaded() == {}


@pytest.mark.parametrize(("keep_alive", "century"), [(-1, "23"), ("10m", "20"), (None, "20")])
async def test_ps_tells_when_a_model_expires(ask: Any, keep_alive: Any, century: str) -> None:
    """For ever is Go's longest duration, three centuries, as recorded."""
    with OllamaStandIn() as server:
        await ask(server).post(**_chat(keep_alive=keep_alive))
        model = (await ask(server).loaded())["m:latest"]
    assert model["expires_at"].startswith(century)


@pytest.mark.parametrize(
    ("keep_alive", "seconds"),
    [
        (None, KEPT_S),
        (0, 0),
        ("0", 0),
        ("0s", 0),
        (30, 30),
        ("1h30m", 5400),
        ("1.5s", 1.5),
        (-1, FOREVER_S),
        ("-1s", FOREVER_S),
    ],
)
def test_durations_are_read_as_go_reads_them(keep_alive: Any, seconds: float) -> None:
    """Numbers are seconds, texts are durations."""
    assert seconds_of(keep_alive) == seconds


async def test_a_bad_keep_alive_is_refused_in_the_recorded_words(ask: Any) -> None:
    """Go's own sentence comes with status 400 (case 28)."""
    with OllamaStandIn() as server:
        answer = await ask(server).post(**_chat(keep_alive="soon"))
    assert (answer.status_code, answer.json()) == (400, {"error": 'time: invalid duration "soon"'})


@pytest.mark.parametrize(
    ("asked", "in_force"), [(100_000, 4096), (1024, 1024), (0, 4), (1, 4), (None, 4096)]
)
async def test_ps_shows_the_window_in_force(ask: Any, asked: int | None, in_force: int) -> None:
    """Too large a window is lowered to the model's own, too small a one raised (4a, 4b)."""
    options = {} if asked is None else {"num_ctx": asked}
    with OllamaStandIn(context_length=4096) as server:
        answer = await ask(server).post(**_chat(options=options))
        model = (await ask(server).loaded())["m:latest"]
    assert answer.status_code == 200
    assert model["context_length"] == in_force


@pytest.mark.parametrize(("num_keep", "counted"), [(None, 259), (0, 257), (100, 307)])
async def test_a_cut_prompt_has_the_recorded_size(
    ask: Any, num_keep: int | None, counted: int
) -> None:
    """A little more than half the window is left of a prompt too long (41, 44)."""
    options = {"num_ctx": 512} | ({} if num_keep is None else {"num_keep": num_keep})
    with OllamaStandIn() as server:
        answer = await ask(server).post(**_chat("word " * 1500, options=options))
    assert answer.json()["prompt_eval_count"] == counted


async def test_old_messages_are_left_out_first(ask: Any) -> None:
    """The system message and the last one stay (case 45)."""
    told = [{"role": "system", "content": "Rule."}]
    told += [{"role": "user", "content": f"{i} " + "old " * 100} for i in range(9)]
    told += [{"role": "user", "content": "Now?"}]
    with OllamaStandIn() as server:
        await ask(server).post(model="m", messages=told, options={"num_ctx": 256}, stream=False)
    assert server.prompts[0].startswith("system: Rule.\nuser: 8 ")
    assert server.prompts[0].endswith("user: Now?")


async def test_a_native_model_refuses_whatever_is_asked(ask: Any) -> None:
    """With the template in its file a message too long is never cut (case 49)."""
    with OllamaStandIn(native=True) as server:
        answer = await ask(server).post(**_chat("word " * 1500, options={"num_ctx": 512}))
    assert answer.status_code == 400
    assert "exceed_context_size_error" in answer.json()["error"]


async def test_shift_false_ends_at_the_window(ask: Any) -> None:
    """The answer has what the prompt left of the window, and is cut (case 48)."""
    body = _chat(shift=False, options={"num_ctx": 256, "num_predict": 600})
    with OllamaStandIn("word " * 1000) as server:
        answer = (await ask(server).post(**body)).json()
    assert answer["done_reason"] == "length"
    assert answer["eval_count"] == 256 - answer["prompt_eval_count"]


async def test_without_a_limit_the_server_stops_by_itself(ask: Any) -> None:
    """Ten windows are generated at most (case 48)."""
    with OllamaStandIn("word " * 3000) as server:
        answer = (await ask(server).post(**_chat(options={"num_ctx": 256}))).json()
    assert (answer["done_reason"], answer["eval_count"]) == ("length", 2560)


async def test_a_cached_prefix_shrinks_the_duration_only(ask: Any) -> None:
    """The count stays what it was (72-74); the newer field tells how much was cached."""
    text = "a long prompt " * 100
    with OllamaStandIn(cached_count=True) as server:
        client = ask(server)
        new, same, longer = [
            (await client.post(**_chat(part))).json() for part in (text, text, text + "and more")
        ]
    assert new["prompt_eval_count"] == same["prompt_eval_count"]
    assert new["prompt_eval_duration"] > 100 * same["prompt_eval_duration"]
    assert new["prompt_eval_duration"] > 50 * longer["prompt_eval_duration"]
    assert "prompt_eval_cached_count" not in new
    assert same["prompt_eval_cached_count"] == same["prompt_eval_count"] - 1


async def test_the_newer_field_is_absent_by_default(ask: Any) -> None:
    """The recorded version does not have it."""
    with OllamaStandIn() as server:
        for _ in range(2):
            answer = (await ask(server).post(**_chat())).json()
    assert "prompt_eval_cached_count" not in answer


async def test_an_old_server_cuts_whatever_is_asked(ask: Any) -> None:
    """It knows neither `truncate` nor `shift`, and no digests."""
    body = _chat("word " * 1500, options={"num_ctx": 512}, truncate=False, shift=False)
    with OllamaStandIn(old=True) as server:
        answer = await ask(server).post(**body)
        model = (await ask(server).loaded())["m:latest"]
    assert answer.json()["prompt_eval_count"] == 259
    assert not {"digest", "context_length"} & model.keys()


async def test_a_dead_runner_is_started_again(ask: Any) -> None:
    """The stream ends with an error under 200, the next chat loads the model (case 67)."""
    died = Behaviour(pieces=1, ending="runner_died")
    with OllamaStandIn(script=[died, died]) as server:
        client = ask(server)
        streamed = await client.post(**_chat(stream=True))
        whole = await client.post(**_chat())
        await client.post(**_chat())
    assert [list(json.loads(line)) for line in streamed.text.splitlines()][-1] == ["error"]
    assert (streamed.status_code, whole.status_code) == (200, 500)
    assert server.loads == 3


async def test_a_stopped_server_ends_in_the_middle(ask: Any) -> None:
    """The body has no end (case 68); started again the server is where it was, and empty."""
    server = OllamaStandIn(script=[Behaviour(text="word " * 1000, token_s=0.01)]).start()
    try:
        lines = []
        with pytest.raises(httpx.HTTPError):  # noqa: PT012  the stream breaks while it is read
            async with (
                httpx.AsyncClient(trust_env=False) as http,
                http.stream(
                    "POST", f"{server.base_url}/api/chat", json=_chat(stream=True)
                ) as answer,
            ):
                async for line in answer.aiter_lines():
                    lines.append(json.loads(line))
                    if len(lines) == 1:
                        await asyncio.to_thread(server.stop)
        assert lines
        assert lines[-1]["done"] is False
        before = server.base_url
        server.start()
        assert server.base_url == before
        assert await ask(server).loaded() == {}
        assert (await ask(server).post(**_chat())).status_code == 200
        assert server.loads == 2
    finally:
        server.stop()


async def test_two_servers_may_hold_different_models_of_one_name(ask: Any) -> None:
    """A digest can be given for each name."""
    found = []
    for digest in ("a" * 64, "b" * 64):
        with OllamaStandIn(models=["m"], digests={"m": digest}) as server:
            await ask(server).post(**_chat())
            found.append((await ask(server).loaded())["m:latest"]["digest"])
    assert found == ["a" * 64, "b" * 64]
