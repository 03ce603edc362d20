"""The gateway: planning, re-asking, retrying, accounting."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypedDict

import pytest
import structlog
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import BaseMessage
from langgraph.graph import START, StateGraph
from pydantic import BaseModel, Field

from chimera.models import CallSite, Gateway, ModelOptions, Outcome, Prompt, Section, Timeouts
from chimera.models.faults import WireError
from chimera.models.limiter import limiter_of
from chimera.models.records import CallRecord
from chimera.testing import FAULTS, Behaviour, FakeClock, OllamaStandIn, ScriptedModel

Connect = Callable[..., Gateway]
GOOD = '{"good": true, "reason": "because"}'


class _StatusError(Exception):
    """The shape of most providers' exceptions."""

    def __init__(self, status_code: int, message: str) -> None:
        super().__init__(message)
        self.status_code = status_code


class _State(TypedDict):
    text: str


class Verdict(BaseModel):
    """A small output contract."""

    good: bool
    reason: str = Field(max_length=20)


def _scripted(*answers: str | Exception, **settings: Any) -> tuple[Gateway, ScriptedModel]:
    model = ScriptedModel(answers=list(answers), **settings)
    return Gateway(model, name="scripted:test", options=ModelOptions()), model


async def test_an_answer_is_accounted_for(connect: Connect, prompt: Prompt, site: CallSite) -> None:
    """The record says who asked what model and how it went."""
    with OllamaStandIn("All is well.") as server:
        answer = await connect(server.base_url).ask(prompt, call=site)
    record = answer.record
    assert (answer.ok, answer.text, answer.value) == (True, "All is well.", None)
    assert (record.id, record.stage, record.agent) == ("C1", "report", "analyst")
    assert (record.model, record.num_ctx, record.attempts) == ("ollama:gemma3", 2048, 1)
    assert (record.wait_ms, record.detail) == (0.0, None)
    assert record.ttft_ms is not None
    assert record.total_ms is not None
    assert 0 < record.ttft_ms < record.total_ms
    assert record.receipt.kept == ["question"]
    assert record.receipt.counted_tokens == record.prompt_tokens


async def test_the_schema_goes_to_the_server(
    connect: Connect, prompt: Prompt, site: CallSite
) -> None:
    """Structured output is asked for as `format`, and the answer is typed."""
    with OllamaStandIn() as server:
        answer = await connect(server.base_url).ask(prompt, output=Verdict, call=site)
        assert server.chats[0].body["format"] == Verdict.model_json_schema()
    assert answer.value == Verdict(good=True, reason="text")


async def test_text_is_heard_as_it_comes(connect: Connect, prompt: Prompt, site: CallSite) -> None:
    """`on_text` gets every piece in order."""
    heard: list[str] = []
    with OllamaStandIn("One two three.") as server:
        await connect(server.base_url).ask(prompt, call=site, on_text=heard.append)
    assert heard == ["One", " two", " three."]


async def test_langgraph_and_on_text_both_hear(connect: Connect, site: CallSite) -> None:
    """Inside a node `stream_mode="messages"` shows the tokens that `on_text` hears too."""
    heard: list[str] = []
    with OllamaStandIn("One two.") as server:
        gateway = connect(server.base_url)

        async def node(state: _State) -> _State:
            asked = Prompt("", (Section("q", state["text"]),))
            answer = await gateway.ask(asked, call=site, on_text=heard.append)
            return {"text": answer.text}

        graph = StateGraph(_State).add_node("ask", node).add_edge(START, "ask").compile()
        pieces = [
            message.content  # type: ignore[union-attr]
            async for message, _ in graph.astream({"text": "Hi"}, stream_mode="messages")
        ]
    assert [piece for piece in pieces if piece] == heard == ["One", " two."]


async def test_unknown_counters_stay_unknown(
    connect: Connect, prompt: Prompt, site: CallSite
) -> None:
    """What the server does not tell is None, never 0."""
    with OllamaStandIn() as server:
        record = (await connect(server.base_url, "no-counters").ask(prompt, call=site)).record
    unknown = (record.prompt_tokens, record.output_tokens, record.load_ms, record.tokens_per_s)
    assert unknown == (None, None, None, None)


async def test_an_answer_that_does_not_fit_is_asked_for_again(
    prompt: Prompt, site: CallSite
) -> None:
    """The second request quotes what was wrong, and its answer counts."""
    gateway, model = _scripted('{"good": "maybe"}', GOOD)
    answer = await gateway.ask(prompt, output=Verdict, call=site)
    assert (answer.ok, answer.record.attempts) == (True, 2)
    assert '{"good": "maybe"}' in model.prompts[1]
    assert "reason: Field required" in model.prompts[1]


async def test_twice_misfitting_is_schema_invalid(prompt: Prompt, site: CallSite) -> None:
    """There is one re-ask; the text stays in the answer, the errors in the record."""
    gateway, model = _scripted("no", "still no")
    answer = await gateway.ask(prompt, output=Verdict, call=site)
    assert (answer.record.outcome, answer.text) == (Outcome.SCHEMA_INVALID, "still no")
    assert len(model.asked) == 2
    assert "Invalid JSON" in (answer.record.detail or "")


async def test_broken_rules_are_quoted_once(prompt: Prompt, site: CallSite) -> None:
    """A check's sentences reach the model; kept rules end well."""
    gateway, model = _scripted("SHOUTING", "quiet")
    answer = await gateway.ask(
        prompt, call=site, check=lambda text, _: ["no capitals"] if text.isupper() else []
    )
    assert (answer.ok, answer.text) == (True, "quiet")
    assert "- no capitals" in model.prompts[1]


async def test_rules_broken_twice_keep_the_value(prompt: Prompt, site: CallSite) -> None:
    """The last answer is there to be judged by the caller."""
    gateway, _ = _scripted(GOOD, GOOD)
    answer = await gateway.ask(
        prompt, output=Verdict, call=site, check=lambda _, value: [f"too {value.reason}"]
    )
    assert answer.record.outcome is Outcome.RULES_BROKEN
    assert answer.record.detail == "too because"
    assert answer.value == Verdict(good=True, reason="because")


@pytest.mark.parametrize("second", ["no", '{"good": false, "reason": "worse"}', ""])
async def test_a_worse_repair_does_not_count(prompt: Prompt, site: CallSite, second: str) -> None:
    """Where the second answer is none, or breaks more rules, the first stays the value."""
    gateway, _ = _scripted(GOOD, *[second] * 9)

    def check(_: str, value: Verdict) -> list[str]:
        return ["one"] if value.good else ["one", "another"]

    answer = await gateway.ask(prompt, output=Verdict, call=site, check=check)
    assert not answer.ok
    assert (answer.value, answer.text) == (Verdict(good=True, reason="because"), GOOD)


async def test_a_cut_answer_is_not_asked_for_again(prompt: Prompt, site: CallSite) -> None:
    """The token limit would cut it again; valid JSON that was cut is not believed either."""
    gateway, model = _scripted(GOOD, GOOD, done_reason="length")
    answer = await gateway.ask(prompt, output=Verdict, call=site)
    assert (answer.record.outcome, answer.value) == (Outcome.CUT_ANSWER, None)
    assert len(model.asked) == 1


async def test_sections_that_do_not_fit_are_named(connect: Connect, site: CallSite) -> None:
    """The prompt is planned before it is sent, and the receipt says what was left out."""
    prompt = Prompt("s", (Section("task", "do it", 9), Section("history", "word " * 2000)))
    with OllamaStandIn() as server:
        record = (await connect(server.base_url).ask(prompt, call=site)).record
        sent = server.chats[0].body["messages"]
    assert (record.receipt.kept, record.receipt.dropped) == (["task"], ["history"])
    assert [message["content"] for message in sent] == ["s", "do it"]


async def test_a_refused_prompt_is_tried_once_with_half(connect: Connect, site: CallSite) -> None:
    """Where the estimate was too low, the more important half goes out."""
    prompt = Prompt("s", (Section("task", "a " * 1050, 9), Section("history", "b " * 1050)))
    with OllamaStandIn() as server:
        answer = await connect(server.base_url).ask(prompt, call=site)
    record = answer.record
    assert (answer.ok, record.attempts, record.receipt.dropped) == (True, 2, ["history"])


async def test_a_prompt_that_never_fits_ends_there(connect: Connect, site: CallSite) -> None:
    """After the second refusal the outcome is PROMPT_TOO_LONG, with the server's count."""
    prompt = Prompt("s", (Section("task", "a " * 3000),))
    with OllamaStandIn() as server:
        record = (await connect(server.base_url).ask(prompt, call=site)).record
    assert (record.outcome, record.attempts) == (Outcome.PROMPT_TOO_LONG, 1)
    assert record.receipt.counted_tokens == 3013


async def test_pauses_grow_and_are_counted(
    connect: Connect, prompt: Prompt, site: CallSite, pauses: list[float]
) -> None:
    """Between attempts one waits longer each time; the sum is `wait_ms`."""
    with OllamaStandIn(script=[FAULTS["busy"]] * 2) as server:
        record = (await connect(server.base_url).ask(prompt, call=site)).record
    assert record.outcome is Outcome.OK
    assert 1 <= pauses[0] <= 2 <= pauses[1] <= 3
    assert record.wait_ms == pytest.approx(sum(pauses) * 1000)


async def test_a_connection_the_server_gave_up_costs_no_pause(
    connect: Connect, prompt: Prompt, site: CallSite, pauses: list[float]
) -> None:
    """A request that went into a kept connection is sent again at once, on a new one."""
    with OllamaStandIn(script=[Behaviour(), FAULTS["close-first"]]) as server:
        gateway = connect(server.base_url)
        await gateway.ask(prompt, call=site)
        record = (await gateway.ask(prompt, call=site)).record
    assert (record.outcome, record.attempts, pauses) == (Outcome.OK, 2, [])


async def test_a_server_that_always_closes_is_given_up(
    connect: Connect, prompt: Prompt, site: CallSite, pauses: list[float]
) -> None:
    """Only what went into a kept connection is free; new ones that are closed cost a pause."""
    with OllamaStandIn(script=[FAULTS["close-first"]] * 4) as server:
        record = (await connect(server.base_url).ask(prompt, call=site)).record
    assert (record.outcome, len(pauses)) == (Outcome.DROPPED_STREAM, 2)
    assert record.attempts == len(server.chats) == 4


async def test_the_deadline_spans_all_attempts(prompt: Prompt, site: CallSite) -> None:
    """Retrying does not outlive the total time; the last fault is still told."""

    def failing(_: list[BaseMessage]) -> WireError:
        return WireError(Outcome.SERVER_BUSY, "busy")

    model = ScriptedModel(answers=failing)
    limits = Timeouts(total=0.1)
    gateway = Gateway(model, name="scripted:test", options=ModelOptions(), timeouts=limits)
    record = (await gateway.ask(prompt, call=site)).record
    assert record.outcome is Outcome.DEADLINE
    assert "busy" in (record.detail or "")


async def test_cancelling_is_never_swallowed(
    connect: Connect, prompt: Prompt, site: CallSite
) -> None:
    """A cancelled call raises CancelledError, and the server sees the client leave."""
    with OllamaStandIn() as server:
        gateway = connect(server.base_url, "dribble", timeouts=Timeouts())
        task = asyncio.create_task(gateway.ask(prompt, call=site))
        await asyncio.to_thread(server.wait_until, lambda: server.in_flight == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert server.wait_until(lambda: server.chats[0].disconnected)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ConnectionRefusedError("no"), Outcome.UNREACHABLE),
        (TimeoutError("slow"), Outcome.STALLED),
        (ValueError("odd"), Outcome.BAD_REQUEST),
        (_StatusError(404, "no such model"), Outcome.MODEL_MISSING),
        (_StatusError(401, "no key"), Outcome.UNAUTHORISED),
        (_StatusError(429, "slow down"), Outcome.SERVER_BUSY),
        (_StatusError(400, "wrong"), Outcome.BAD_REQUEST),
        (_StatusError(400, "the maximum context length is 8192"), Outcome.PROMPT_TOO_LONG),
    ],
)
async def test_other_libraries_exceptions_become_outcomes(
    prompt: Prompt, site: CallSite, error: Exception, outcome: Outcome
) -> None:
    """A provider's own exceptions end as outcomes and name their class."""
    gateway, _ = _scripted(error, error, error)
    gateway.sleep = FakeClock().sleep
    record = (await gateway.ask(prompt, call=site)).record
    assert record.outcome is outcome
    assert type(error).__name__ in (record.detail or "")


async def test_any_chat_model_can_stand_in(prompt: Prompt, site: CallSite) -> None:
    """A model that knows no `format` is asked through with_structured_output."""

    class Plain(ScriptedModel):
        format: None = Field(default=None, exclude=True)

    del Plain.model_fields["format"]
    gateway = Gateway(Plain(), name="plain:test", options=ModelOptions())
    answer = await gateway.ask(prompt, output=Verdict, call=site)
    assert answer.value == Verdict(good=True, reason="text")
    assert (answer.record.num_ctx, answer.record.load_ms) == (None, None)


async def test_the_clock_is_passed_in(prompt: Prompt, site: CallSite) -> None:
    """Total time is measured by the gateway's clock, so that a replay gives the same record."""
    model = ScriptedModel()
    clock = FakeClock(step=0.5).monotonic
    gateway = Gateway(model, name="scripted:test", options=ModelOptions(), clock=clock)
    assert (await gateway.ask(prompt, call=site)).record.total_ms == 500


@pytest.fixture
def events() -> Iterator[list[dict[str, Any]]]:
    """The log events of a test."""
    with structlog.testing.capture_logs() as captured:
        yield captured  # type: ignore[misc]
    structlog.reset_defaults()


async def test_calls_are_logged_without_their_text(
    connect: Connect, prompt: Prompt, site: CallSite, events: list[dict[str, Any]]
) -> None:
    """Events have dotted names and facts; neither prompt nor answer is among them."""
    with OllamaStandIn("Secret answer.", script=[FAULTS["busy"]]) as server:
        await connect(server.base_url).ask(prompt, call=site)
    assert [event["event"] for event in events] == ["model.call.retried", "model.call.finished"]
    assert events[1]["outcome"] == "ok"
    assert "Secret" not in str(events)
    assert "How are things" not in str(events)


async def test_nothing_is_printed_without_logging_set_up(
    prompt: Prompt, site: CallSite, capsys: pytest.CaptureFixture[str]
) -> None:
    """A library does not write to stdout on its own."""
    gateway, _ = _scripted("Fine.")
    await gateway.ask(prompt, call=site)
    assert capsys.readouterr() == ("", "")


async def test_many_calls_at_once(connect: Connect, prompt: Prompt, site: CallSite) -> None:
    """One gateway serves concurrent tasks; as many answers overlap as the server may give."""
    slow = {"slow": Behaviour(text="Fine.", first_token_s=0.1)}
    with OllamaStandIn(behaviours=slow) as server:
        limiter_of(server.base_url, 20)
        gateway = connect(server.base_url, "slow", timeouts=Timeouts())
        answers = await asyncio.gather(*(gateway.ask(prompt, call=site) for _ in range(50)))
    assert all(answer.ok for answer in answers)
    assert 10 < server.peak <= 20


async def test_a_cancelled_call_is_not_lost(
    connect: Connect, prompt: Prompt, site: CallSite
) -> None:
    """Whoever keeps the records gets that of a call nobody waits for any more."""
    kept: list[CallRecord] = []
    with OllamaStandIn() as server:
        gateway = connect(server.base_url, "silent", timeouts=Timeouts())
        watched = replace(site, keep=kept.append)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(gateway.ask(prompt, call=watched), 0.2)
    assert [(record.outcome, record.attempts) for record in kept] == [(Outcome.DEADLINE, 1)]
    assert kept[0].detail == "given up by the caller"


async def test_a_model_without_structured_output_is_read_as_text(
    prompt: Prompt, site: CallSite
) -> None:
    """A plain LangChain model is asked for text, which has to fit the schema."""
    model = FakeListChatModel(responses=[GOOD])
    gateway = Gateway(model, name="fake:list", options=ModelOptions())
    answer = await gateway.ask(prompt, output=Verdict, call=site)
    assert answer.value == Verdict(good=True, reason="because")
