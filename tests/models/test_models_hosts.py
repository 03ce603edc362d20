"""Several servers with one model: who is asked, who rests, whose build counts."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from langchain_ollama import ChatOllama

from chimera.models import CallSite, Gateway, ModelOptions, Outcome, Prompt, Timeouts, chat_model
from chimera.models.hosts import Hosts
from chimera.models.limiter import limiter_of
from chimera.models.request import Request
from chimera.testing import FAULTS, Behaviour, OllamaStandIn

Spread = Callable[..., Gateway]
CLOSED = "http://127.0.0.1:9"


@pytest.fixture
def spread(pauses: list[float]) -> Spread:
    """A function from addresses to a gateway that may ask each of them."""

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    def spread(*addresses: str, timeouts: Timeouts | None = None) -> Gateway:
        options, timeouts = ModelOptions(num_ctx=2048), timeouts or Timeouts(first_token=0.3)
        models = [
            chat_model("ollama:gemma3", options, base_url=address, timeouts=timeouts)
            for address in addresses
        ]
        return Gateway(
            Hosts(models), name="ollama:gemma3", options=options, timeouts=timeouts, sleep=sleep
        )

    return spread


async def test_the_first_host_is_preferred(spread: Spread, prompt: Prompt, site: CallSite) -> None:
    """As long as it is free and well, the others are not asked."""
    with OllamaStandIn(models=["gemma3"]) as one, OllamaStandIn(models=["gemma3"]) as other:
        gateway = spread(one.base_url, other.base_url)
        answers = [await gateway.ask(prompt, call=site) for _ in range(3)]
    assert [answer.record.host for answer in answers] == [one.base_url] * 3
    assert other.chats == []


async def test_a_dead_host_is_passed_over_at_once(
    spread: Spread, prompt: Prompt, site: CallSite, pauses: list[float]
) -> None:
    """Another host answers without a pause, and the record says which."""
    with OllamaStandIn(models=["gemma3"]) as server:
        answer = await spread(CLOSED, server.base_url).ask(prompt, call=site)
    assert (answer.ok, answer.record.host) == (True, server.base_url)
    assert pauses == []


@pytest.mark.parametrize("fault", ["server-error", "busy", "silent", "dropped", "forbidden"])
async def test_trouble_of_one_host_moves_the_call(
    spread: Spread, prompt: Prompt, site: CallSite, pauses: list[float], fault: str
) -> None:
    """What fails at one server is asked of the next, at once."""
    with (
        OllamaStandIn(models=["gemma3"], script=[FAULTS[fault]]) as one,
        OllamaStandIn(models=["gemma3"]) as other,
    ):
        answer = await spread(one.base_url, other.base_url).ask(prompt, call=site)
    assert (answer.ok, answer.record.host, answer.record.attempts) == (True, other.base_url, 2)
    assert (len(one.chats), len(other.chats), pauses) == (1, 1, [])


async def test_a_failed_host_rests(spread: Spread, prompt: Prompt, site: CallSite) -> None:
    """The next call goes to the host that is well."""
    with (
        OllamaStandIn(models=["gemma3"], script=[FAULTS["server-error"]]) as one,
        OllamaStandIn(models=["gemma3"]) as other,
    ):
        gateway = spread(one.base_url, other.base_url)
        for _ in range(2):
            answer = await gateway.ask(prompt, call=site)
    assert (answer.record.host, len(one.chats)) == (other.base_url, 1)


async def test_another_build_of_the_model_is_not_asked(
    spread: Spread, prompt: Prompt, site: CallSite
) -> None:
    """A host that holds another digest under the same name answers nothing, however idle it is."""
    with (
        OllamaStandIn(models=["gemma3"]) as one,
        OllamaStandIn(models=["gemma3"], digests={"gemma3": "f" * 64}) as other,
    ):
        gateway = spread(one.base_url, other.base_url)
        async with limiter_of(one.base_url).slot("busy", None):
            hosts = [(await gateway.hosts.choose()).address for _ in range(2)]
        answer = await gateway.ask(prompt, call=site)
    assert hosts == [one.base_url] * 2
    assert answer.record.digest != "f" * 64
    assert other.chats == []


async def test_the_idle_host_is_asked(spread: Spread) -> None:
    """Of hosts with the same build the least busy one is chosen."""
    with OllamaStandIn(models=["gemma3"]) as one, OllamaStandIn(models=["gemma3"]) as other:
        gateway = spread(one.base_url, other.base_url)
        async with limiter_of(one.base_url).slot("busy", None):
            assert (await gateway.hosts.choose()).address == other.base_url


async def test_all_hosts_down_is_unreachable(
    spread: Spread, prompt: Prompt, site: CallSite
) -> None:
    """Where nobody answers, the call ends as it does with one host."""
    answer = await spread(CLOSED, "http://127.0.0.1:1").ask(prompt, call=site)
    assert answer.record.outcome is Outcome.UNREACHABLE


async def test_a_record_names_server_and_model(
    spread: Spread, prompt: Prompt, site: CallSite
) -> None:
    """Version, digest, window in force and the hash of the request are kept."""
    with OllamaStandIn(models=["gemma3"]) as server:
        gateway = spread(server.base_url)
        first = (await gateway.ask(prompt, call=site)).record
        again = (await gateway.ask(prompt, call=site)).record
    assert first.server == "0.33.0-rc2"
    assert len(first.digest or "") == len(first.request_hash or "") == 64
    assert first.request_hash == again.request_hash
    assert first.receipt.window_tokens == again.receipt.window_tokens == 2048


async def test_the_window_is_asked_for_once(spread: Spread, prompt: Prompt, site: CallSite) -> None:
    """While nothing is loaded anew, what the server said of its window still holds."""
    with OllamaStandIn(models=["gemma3"]) as server:
        gateway = spread(server.base_url)
        for _ in range(3):
            await gateway.ask(prompt, call=site)
        asked = [request.path for request in server.requests]
    assert asked.count("/api/ps") == 1
    assert asked.count("/api/tags") == 1


async def test_waiting_for_a_slot_is_no_part_of_the_deadline(
    spread: Spread, prompt: Prompt, site: CallSite
) -> None:
    """A call that waited longer than its total time still has all of it once it is its turn."""
    with OllamaStandIn(models=["gemma3"], script=[Behaviour(first_token_s=0.3)]) as server:
        gateway = spread(server.base_url, timeouts=Timeouts(total=0.2))
        patient = spread(server.base_url, timeouts=Timeouts())

        slow = asyncio.create_task(patient.ask(prompt, call=site))
        await asyncio.sleep(0.05)
        answer = await gateway.ask(prompt, call=site)
        await slow
    assert answer.ok
    assert (answer.record.wait_ms or 0) > 200


async def test_no_slot_in_time(spread: Spread, prompt: Prompt, site: CallSite) -> None:
    """The outcome says that the call never got its turn, and that nothing was sent."""
    with OllamaStandIn(models=["gemma3"]) as server:
        gateway = spread(server.base_url, timeouts=Timeouts(slot=0.05))
        async with limiter_of(server.base_url).slot("other", None):
            record = (await gateway.ask(prompt, call=site)).record
    assert (record.outcome, record.attempts) == (Outcome.SLOT_WAIT_TIMEOUT, 0)
    assert server.chats == []


async def test_a_journal_answers_in_the_servers_place(
    spread: Spread, prompt: Prompt, site: CallSite
) -> None:
    """A door that keeps answers by hash spares the second request; callers do not notice."""
    kept: dict[str, object] = {}

    async def journal(request, send, /):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if request.hash not in kept:
            kept[request.hash] = await send()
        return kept[request.hash]

    with OllamaStandIn("Fine.", models=["gemma3"]) as server:
        gateway = spread(server.base_url)
        gateway.door = journal
        texts = [(await gateway.ask(prompt, call=site)).text for _ in range(2)]
        other = Prompt("Answer at length.", prompt.sections)
        await gateway.ask(other, call=site)
    assert (texts, len(server.chats), len(kept)) == (["Fine.", "Fine."], 2, 2)


async def test_a_host_without_the_model_is_never_moved_to(
    spread: Spread, prompt: Prompt, site: CallSite
) -> None:
    """The only host that has it is asked again after its trouble."""
    with (
        OllamaStandIn(models=["other"]) as one,
        OllamaStandIn("two", models=["gemma3"], script=[FAULTS["busy"]]) as two,
    ):
        answer = await spread(one.base_url, two.base_url).ask(prompt, call=site)
    assert (answer.text, answer.record.attempts, one.chats) == ("two", 2, [])


async def test_another_build_does_not_step_in(
    spread: Spread, prompt: Prompt, site: CallSite
) -> None:
    """While the host whose build counts rests, it is asked again rather than another build."""
    with (
        OllamaStandIn("right", models=["gemma3"], script=[FAULTS["busy"]]) as one,
        OllamaStandIn("wrong", models=["gemma3"], digests={"gemma3": "f" * 64}) as other,
    ):
        answer = await spread(one.base_url, other.base_url).ask(prompt, call=site)
    assert (answer.text, other.chats) == ("right", [])


async def test_a_wait_that_ends_without_a_turn_counts(
    spread: Spread, prompt: Prompt, site: CallSite
) -> None:
    """What was waited for a slot, or in a pause that the deadline cut, is in `wait_ms`."""
    with OllamaStandIn(models=["gemma3"], script=[FAULTS["busy"]]) as server:
        slow = spread(server.base_url, timeouts=Timeouts(slot=0.05))
        async with limiter_of(server.base_url).slot("other", None):
            waited = (await slow.ask(prompt, call=site)).record
        hasty = spread(server.base_url, timeouts=Timeouts(total=0.1))
        hasty.sleep = asyncio.sleep
        cut = (await hasty.ask(prompt, call=site)).record
    assert (waited.wait_ms or 0) >= 50
    assert cut.outcome is Outcome.DEADLINE
    assert (cut.wait_ms or 0) <= (cut.total_ms or 0)


async def test_a_listener_that_fails_loses_only_its_ear(
    spread: Spread, prompt: Prompt, site: CallSite
) -> None:
    """The call goes on without it, and is no trouble of the server."""

    def closed(_: str) -> None:
        raise BrokenPipeError

    with OllamaStandIn("One two.", models=["gemma3"]) as server:
        answer = await spread(server.base_url).ask(prompt, call=site, on_text=closed)
    assert (answer.ok, answer.text, answer.record.attempts) == (True, "One two.", 1)


async def test_a_journal_tells_a_question_asked_again(
    spread: Spread, prompt: Prompt, site: CallSite
) -> None:
    """The retry of an empty answer has a hash of its own, so that a replay ends alike."""
    kept: dict[str, object] = {}

    async def journal(request, send, /):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if request.hash not in kept:
            kept[request.hash] = await send()
        return kept[request.hash]

    with OllamaStandIn("Fine.", models=["gemma3"], script=[FAULTS["empty"]]) as server:
        gateway = spread(server.base_url)
        gateway.door = journal
        answers = [await gateway.ask(prompt, call=site) for _ in range(2)]
    assert [answer.text for answer in answers] == ["Fine.", "Fine."]
    assert (len(server.chats), len(kept)) == (2, 2)


def test_a_hash_names_the_server_where_no_build_is_known() -> None:
    """One build is the same everywhere; without a digest another server may answer otherwise."""
    asked = Request("ollama:m", None, "http://one", {"keep_alive": "5m"}, (), None)
    assert asked.hash == replace(asked, options={}).hash
    assert asked.hash != replace(asked, host="http://other").hash
    known = replace(asked, digest="a" * 64)
    assert known.hash == replace(known, host="http://other").hash


def test_one_server_has_one_limiter() -> None:
    """However it is spelled, and for LangChain's own class too."""
    models = (
        chat_model("ollama:m", ModelOptions(), base_url="http://localhost:11434"),
        chat_model("ollama:m", ModelOptions(), base_url="http://127.0.0.1:11434"),
        ChatOllama(model="m", base_url="http://127.0.0.1:11434"),
    )
    assert len({id(host.limiter) for host in Hosts(models).all}) == 1
