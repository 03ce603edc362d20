"""Model calls as OpenTelemetry spans and metrics, read back from the SDK's in-memory exporters."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, TypedDict

import pytest
import structlog
from langgraph.graph import START, StateGraph
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import chimera
from chimera.models import (
    CallRecord,
    CallSite,
    Gateway,
    ModelOptions,
    Outcome,
    Prompt,
    spans,
)
from chimera.models.spans import Particulars, export
from chimera.testing import FAULTS, OllamaStandIn

STARTED_NS = 1_700_000_000_000_000_000
TOLD = Particulars(STARTED_NS, finish_reason="stop")
DELTA = AggregationTemporality.DELTA
RECORD = CallRecord(
    id="M3", stage="report", agent="analyst", model="ollama:gemma3:27b", outcome=Outcome.OK,
    detail="word of the model", attempts=2, wait_ms=1500, load_ms=2, prefill_ms=50, decode_ms=1000,
    ttft_ms=250, first_thought_ms=125, residual_ms=3, total_ms=4000, prompt_tokens=1000,
    cached_tokens=900, output_tokens=40, num_ctx=8192, host="http://user:secret@gpu-box:11434",
    server="0.33.0", digest="abc", request_hash="def", fallback_for="ollama:big",
)  # fmt: skip
COMMON = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "ollama",
    "gen_ai.request.model": "gemma3:27b",
    "server.address": "gpu-box",
    "server.port": 11434,
}


class _State(TypedDict):
    text: str


@pytest.fixture(scope="module")
def sdk() -> Iterator[tuple[InMemorySpanExporter, InMemoryMetricReader]]:
    """An application's SDK; a process can have one."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    reader = InMemoryMetricReader(preferred_temporality={Counter: DELTA, Histogram: DELTA})
    metrics.set_meter_provider(MeterProvider([reader]))
    yield exporter, reader
    exporter.shutdown()


@pytest.fixture
def exported(sdk: tuple[InMemorySpanExporter, Any]) -> Callable[[], list[ReadableSpan]]:
    """A function that returns the spans of a test."""
    sdk[0].clear()
    return lambda: list(sdk[0].get_finished_spans())


@pytest.fixture
def measured(sdk: tuple[Any, InMemoryMetricReader]) -> Callable[[], dict[str, Any]]:
    """A function that returns the metrics of a test by name."""
    sdk[1].get_metrics_data()

    def read() -> dict[str, Any]:
        data = sdk[1].get_metrics_data()
        assert data is not None
        scopes = [scope for found in data.resource_metrics for scope in found.scope_metrics]
        return {metric.name: metric for scope in scopes for metric in scope.metrics}

    return read


def _record(**changes: Any) -> CallRecord:
    return RECORD.model_copy(update=changes)


def test_a_call_is_a_client_span(exported: Callable[[], list[ReadableSpan]]) -> None:
    """Kind, name and times are the conventions'; the end is the start and the whole call."""
    export(RECORD, ModelOptions(), TOLD)
    (span,) = exported()
    assert (span.name, span.kind) == ("chat gemma3:27b", trace.SpanKind.CLIENT)
    assert (span.start_time, span.end_time) == (STARTED_NS, STARTED_NS + 4_000_000_000)
    assert span.status.status_code is trace.StatusCode.UNSET
    assert span.instrumentation_scope is not None
    assert span.instrumentation_scope.name == "chimera"


def test_the_span_tells_of_request_and_answer(exported: Callable[[], list[ReadableSpan]]) -> None:
    """Options that are set, usage, finish reason, first chunk, and the record's own durations."""
    options = ModelOptions(temperature=0.5, top_k=20, top_p=0.9, seed=7, num_predict=64)
    export(RECORD, options, Particulars(STARTED_NS, structured=True, finish_reason="stop"))
    attributes = dict(exported()[0].attributes or {})
    assert attributes == {
        **COMMON,
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.top_k": 20,
        "gen_ai.request.top_p": 0.9,
        "gen_ai.request.seed": 7,
        "gen_ai.request.max_tokens": 64,
        "gen_ai.request.stream": True,
        "gen_ai.output.type": "json",
        "gen_ai.agent.name": "analyst",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.response.time_to_first_chunk": 0.125,
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.cache_read.input_tokens": 900,
        "gen_ai.usage.output_tokens": 40,
        "chimera.id": "M3",
        "chimera.stage": "report",
        "chimera.outcome": "ok",
        "chimera.attempts": 2,
        "chimera.wait_ms": 1500,
        "chimera.load_ms": 2,
        "chimera.prefill_ms": 50,
        "chimera.decode_ms": 1000,
        "chimera.residual_ms": 3,
        "chimera.first_thought_ms": 125,
        "chimera.num_ctx": 8192,
        "chimera.server": "0.33.0",
        "chimera.digest": "abc",
        "chimera.request_hash": "def",
        "chimera.fallback_for": "ollama:big",
    }


def test_what_is_unknown_is_absent(exported: Callable[[], list[ReadableSpan]]) -> None:
    """No attribute stands for what nobody told, not even as 0."""
    export(
        CallRecord(id="M1", model="openai:gpt", outcome=Outcome.OK), ModelOptions(), Particulars(5)
    )
    (span,) = exported()
    assert set(span.attributes or {}) == {
        "gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model",
        "chimera.id", "chimera.attempts", "chimera.outcome",
    }  # fmt: skip
    assert span.start_time == span.end_time == 5


@pytest.mark.parametrize("outcome", [one for one in Outcome if one is not Outcome.OK])
def test_every_other_outcome_is_an_error(
    exported: Callable[[], list[ReadableSpan]], outcome: Outcome
) -> None:
    """The outcome is the error's type; the words are ours, never what a server or model said."""
    export(_record(outcome=outcome), ModelOptions(), TOLD)
    (span,) = exported()
    assert (span.attributes or {})["error.type"] == outcome.value
    assert span.status.status_code is trace.StatusCode.ERROR
    assert span.status.description


def test_no_text_and_no_secret_is_exported(exported: Callable[[], list[ReadableSpan]]) -> None:
    """Neither credentials of an address nor the words of a record's detail are in a span."""
    export(_record(outcome=Outcome.SCHEMA_INVALID), ModelOptions(), TOLD)
    said = exported()[0].to_json()
    assert "secret" not in said
    assert "word of the model" not in said


@pytest.mark.parametrize(
    ("host", "server"),
    [
        ("http://box", ("box", 80)),
        ("https://box/api", ("box", 443)),
        ("http://[::1]:8000", ("::1", 8000)),
        (None, (None, None)),
    ],
)
def test_the_servers_address(
    exported: Callable[[], list[ReadableSpan]], host: str | None, server: tuple[Any, Any]
) -> None:
    """Address and port come together, the scheme's own port where none is written."""
    export(_record(host=host), ModelOptions(), TOLD)
    found = exported()[0].attributes or {}
    assert (found.get("server.address"), found.get("server.port")) == server


@pytest.mark.parametrize(
    ("model", "provider"),
    [("chat-ollama:m", "ollama"), ("openai-chat:m", "openai"), ("mistralai:m", "mistral_ai")],
)
def test_providers_have_the_conventions_names(
    exported: Callable[[], list[ReadableSpan]], model: str, provider: str
) -> None:
    """LangChain's names of a provider are those of the conventions."""
    export(_record(model=model), ModelOptions(), TOLD)
    assert (exported()[0].attributes or {})["gen_ai.provider.name"] == provider


def test_metrics_of_a_call(measured: Callable[[], dict[str, Any]]) -> None:
    """Duration and first chunk in seconds, tokens used and per call, with the common attributes."""
    export(RECORD, ModelOptions(), TOLD)
    found = measured()
    sums = {name: metric.data.data_points[0] for name, metric in found.items()}
    client = "gen_ai.client"
    assert {name: getattr(p, "sum", None) or p.value for name, p in sums.items()} == {
        f"{client}.operation.duration": 4.0,
        f"{client}.operation.time_to_first_chunk": 0.125,
        f"{client}.inference.operation.input_tokens": 1000,
        f"{client}.inference.operation.output_tokens": 40,
        f"{client}.inference.usage.input_tokens": 1000,
        f"{client}.inference.usage.output_tokens": 40,
        f"{client}.inference.usage.cache_read.input_tokens": 900,
    }
    assert {m.unit for n, m in found.items() if n.endswith("tokens")} == {"{token}"}
    assert {m.unit for n, m in found.items() if not n.endswith("tokens")} == {"s"}
    for name, point in sums.items():
        modality = {"gen_ai.token.modality": "text"} if ".usage." in name else {}
        assert dict(point.attributes) == COMMON | modality
    assert sums[f"{client}.operation.duration"].explicit_bounds[:2] == (0.01, 0.02)
    assert sums[f"{client}.inference.operation.input_tokens"].explicit_bounds[-1] == 4**13


def test_metrics_of_a_failed_call(measured: Callable[[], dict[str, Any]]) -> None:
    """Its duration has the error's type; its tokens were used, but are no answer's."""
    export(_record(outcome=Outcome.CUT_ANSWER), ModelOptions(), TOLD)
    found = measured()
    (point,) = found["gen_ai.client.operation.duration"].data.data_points
    assert dict(point.attributes) == COMMON | {"error.type": "cut_answer"}
    assert found["gen_ai.client.inference.usage.output_tokens"].data.data_points[0].value == 40
    assert "gen_ai.client.inference.operation.output_tokens" not in found


@pytest.mark.parametrize("run", ["run", "arun"])
async def test_the_span_joins_the_callers_trace(
    exported: Callable[[], list[ReadableSpan]], run: str
) -> None:
    """What is exported inside a graph's node is a child of the span the graph was run in."""

    async def node(state: _State) -> _State:
        export(RECORD, ModelOptions(), TOLD)
        return state

    graph = StateGraph(_State).add_node("ask", node).add_edge(START, "ask")
    with trace.get_tracer("application").start_as_current_span("outer") as outer:
        if run == "run":
            chimera.run(graph, {"text": ""})
        else:
            await chimera.arun(graph, {"text": ""})
    call = next(span for span in exported() if span.name.startswith("chat"))
    assert call.parent is not None
    assert call.parent.span_id == outer.get_span_context().span_id


async def test_the_gateway_exports_its_calls(
    exported: Callable[[], list[ReadableSpan]],
    connect: Callable[..., Gateway],
    prompt: Prompt,
    site: CallSite,
) -> None:
    """A real call over the wire is one span, its retries inside, with the server's own counts."""
    before = time.time_ns()
    with OllamaStandIn("All is well.", script=[FAULTS["busy"]]) as server:
        record = (await connect(server.base_url).ask(prompt, call=site)).record
    (span,) = exported()
    attributes = span.attributes or {}
    assert (span.name, attributes["chimera.attempts"]) == ("chat gemma3", 2)
    assert attributes["gen_ai.response.finish_reasons"] == ("stop",)
    assert attributes["gen_ai.usage.output_tokens"] == record.output_tokens
    assert before <= (span.start_time or 0) < (span.end_time or 0)


def test_a_failing_sdk_spoils_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever telemetry raises is logged, not passed on."""

    def broken(*_: object) -> None:
        raise RuntimeError("exporter is broken")

    monkeypatch.setattr(spans, "_span", broken)
    with structlog.testing.capture_logs() as events:
        export(RECORD, ModelOptions(), TOLD)
    structlog.reset_defaults()
    told = {"event": "telemetry.failed", "id": "M3", "error": "RuntimeError", "log_level": "info"}
    assert events == [told]


def test_without_opentelemetry_nothing_is_loaded() -> None:
    """An application that has not loaded it gets no import and no span."""
    code = (
        "import sys\n"
        "from chimera.models import CallRecord, ModelOptions, Outcome\n"
        "from chimera.models.spans import Particulars, export\n"
        "record = CallRecord(id='M1', model='ollama:m', outcome=Outcome.OK, total_ms=1)\n"
        "export(record, ModelOptions(), Particulars(1))\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_sdk_means_no_span() -> None:
    """With the API alone, as LangGraph may load it, exporting works and keeps nothing."""
    code = (
        "import opentelemetry.trace, opentelemetry.metrics, sys\n"
        "from chimera.models import CallRecord, ModelOptions, Outcome\n"
        "from chimera.models.spans import Particulars, export\n"
        "record = CallRecord(id='M1', model='ollama:m', outcome=Outcome.OK, total_ms=1)\n"
        "export(record, ModelOptions(), Particulars(1))\n"
        "assert 'opentelemetry.sdk' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
