"""Model calls for OpenTelemetry: one client span per call and the GenAI metrics of a client.

Names follow version 0.1.0 of the OpenTelemetry GenAI semantic conventions; what they have no name
for is named `chimera.` and the field of the call record. Neither prompt nor answer is exported, nor
what a server said. Nothing is imported here that the application has not loaded by itself, and
nothing is sent but by the SDK the application has set up.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from chimera.models.events import emit
from chimera.models.options import ModelOptions
from chimera.models.outcomes import TABLE
from chimera.models.records import CallRecord, Outcome

if TYPE_CHECKING:
    from opentelemetry.metrics import Counter, Histogram, Meter

Attributes = dict[str, str | bool | int | float | list[str]]

OPERATION: Final = "chat"
SCOPE: Final = "chimera"

_PROVIDERS: Final = {  # LangChain's names and those of its `_llm_type` -> the conventions'
    "anthropic-chat": "anthropic", "azure-openai-chat": "azure.ai.openai", "azure_ai":
    "azure.ai.inference", "azure_openai": "azure.ai.openai", "bedrock": "aws.bedrock",
    "bedrock_converse": "aws.bedrock", "chat-ollama": "ollama", "google_genai": "gcp.gemini",
    "google_vertexai": "gcp.vertex_ai", "ibm": "ibm.watsonx.ai", "mistralai": "mistral_ai",
    "openai-chat": "openai", "xai": "x_ai",
}  # fmt: skip
_OPTIONS: Final = {
    "max_tokens": "num_predict", "seed": "seed", "temperature": "temperature", "top_k": "top_k",
    "top_p": "top_p",
}  # fmt: skip
_OWN: Final = (
    "id", "stage", "attempts", "wait_ms", "load_ms", "prefill_ms", "decode_ms", "residual_ms",
    "first_thought_ms", "num_ctx", "server", "digest", "request_hash", "fallback_for",
)  # fmt: skip
_PORTS: Final = {"http": 80, "https": 443}
_SECONDS: Final = (
    0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
)  # fmt: skip
_TOKENS: Final = tuple(float(4**power) for power in range(14))


@dataclass(frozen=True, slots=True)
class Particulars:
    """What a span tells of a call beyond its record and the options.

    Attributes:
        started_ns: When the call began, in nanoseconds since 1970, as `time.time_ns` gives it.
        structured: Whether the answer had to fit a schema.
        finish_reason: Why the server stopped, in its own word; None where it did not say.
    """

    started_ns: int
    structured: bool = False
    finish_reason: str | None = None


def export(record: CallRecord, options: ModelOptions, told: Particulars) -> None:
    """Tell OpenTelemetry of a call that has ended; the span is a child of the current one.

    Costs two look-ups where the application has not loaded OpenTelemetry. Its failures are logged,
    never raised: a call that went well does not fail for its telemetry.
    """
    if "opentelemetry.trace" not in sys.modules:
        return
    try:
        _span(record, options, told)
        if "opentelemetry.metrics" in sys.modules:
            _measure(record)
    except Exception as error:  # noqa: BLE001  whatever an SDK raises must not spoil a call
        emit("telemetry.failed", id=record.id, error=type(error).__name__)


def _span(record: CallRecord, options: ModelOptions, told: Particulars) -> None:
    from opentelemetry import trace

    common = _common(record)
    span = trace.get_tracer(SCOPE, _version()).start_span(
        f"{OPERATION} {common['gen_ai.request.model']}",
        kind=trace.SpanKind.CLIENT,
        attributes=common,
        start_time=told.started_ns,
    )
    if span.is_recording():
        span.set_attributes({**_request(record, options, told), **_response(record, told)})
        if record.outcome is not Outcome.OK:
            span.set_attribute("error.type", record.outcome.value)
            span.set_status(trace.StatusCode.ERROR, TABLE[record.outcome].remedy)
    span.end(told.started_ns + round((record.total_ms or 0.0) * 1e6))


def _common(record: CallRecord) -> Attributes:
    """Return what spans and metrics share: nothing that differs from call to call."""
    provider, _, model = record.model.partition(":")
    where = urlsplit(record.host or "")
    port = where.port or _PORTS.get(where.scheme)
    return _known(
        {
            "gen_ai.operation.name": OPERATION,
            "gen_ai.provider.name": _PROVIDERS.get(provider, provider),
            "gen_ai.request.model": model or provider,
            "server.address": where.hostname,
            "server.port": port if where.hostname else None,
        }
    )


def _request(record: CallRecord, options: ModelOptions, told: Particulars) -> Attributes:
    streams = record.model.startswith("ollama:") or _first_chunk_s(record) is not None
    asked = {f"gen_ai.request.{name}": getattr(options, key) for name, key in _OPTIONS.items()}
    return _known(
        {
            **asked,
            "gen_ai.request.stream": streams or None,
            "gen_ai.output.type": "json" if told.structured else None,
            "gen_ai.agent.name": record.agent,
            **{f"chimera.{name}": getattr(record, name) for name in _OWN},
            "chimera.outcome": record.outcome.value,
        }
    )


def _response(record: CallRecord, told: Particulars) -> Attributes:
    return _known(
        {
            "gen_ai.response.finish_reasons": [told.finish_reason] if told.finish_reason else None,
            "gen_ai.response.time_to_first_chunk": _first_chunk_s(record),
            "gen_ai.usage.input_tokens": record.prompt_tokens,
            "gen_ai.usage.cache_read.input_tokens": record.cached_tokens,
            "gen_ai.usage.output_tokens": record.output_tokens,
        }
    )


def _measure(record: CallRecord) -> None:
    """Record the metrics; how many tokens a call has is only told of one that ended well."""
    common, found = _common(record), _instruments()
    well = record.outcome is Outcome.OK
    ended = common if well else {**common, "error.type": record.outcome.value}
    if record.total_ms is not None:
        found.duration.record(record.total_ms / 1000, ended)
    if (first := _first_chunk_s(record)) is not None:
        found.first_chunk.record(first, common)
    for used, each, tokens in (
        (found.input_used, found.input_each, record.prompt_tokens),
        (found.output_used, found.output_each, record.output_tokens),
        (found.cached_used, None, record.cached_tokens),
    ):
        if tokens is not None:
            used.add(tokens, {**common, "gen_ai.token.modality": "text"})
            if each is not None and well:
                each.record(tokens, common)


@dataclass(frozen=True, slots=True)
class _Instruments:
    """The conventions' instruments of a client that streams."""

    duration: Histogram
    first_chunk: Histogram
    input_each: Histogram
    output_each: Histogram
    input_used: Counter
    output_used: Counter
    cached_used: Counter


@cache
def _instruments() -> _Instruments:
    """Return the instruments, made once: a provider that is set later takes them over."""
    from opentelemetry import metrics

    meter = metrics.get_meter(SCOPE, _version())
    client = "gen_ai.client"
    return _Instruments(
        duration=_histogram(meter, f"{client}.operation.duration", "s"),
        first_chunk=_histogram(meter, f"{client}.operation.time_to_first_chunk", "s"),
        input_each=_histogram(meter, f"{client}.inference.operation.input_tokens", "{token}"),
        output_each=_histogram(meter, f"{client}.inference.operation.output_tokens", "{token}"),
        input_used=meter.create_counter(f"{client}.inference.usage.input_tokens", "{token}"),
        output_used=meter.create_counter(f"{client}.inference.usage.output_tokens", "{token}"),
        cached_used=meter.create_counter(
            f"{client}.inference.usage.cache_read.input_tokens", "{token}"
        ),
    )


def _histogram(meter: Meter, name: str, unit: str) -> Histogram:
    bounds = _SECONDS if unit == "s" else _TOKENS
    try:
        return meter.create_histogram(name, unit, explicit_bucket_boundaries_advisory=bounds)
    except TypeError:  # an API older than 1.30 leaves the buckets to the application's views
        return meter.create_histogram(name, unit)


def _first_chunk_s(record: CallRecord) -> float | None:
    """Return when the last request's first piece came, thought or text, in seconds."""
    known = [ms for ms in (record.first_thought_ms, record.ttft_ms) if ms is not None]
    return min(known) / 1000 if known else None


def _known(attributes: Mapping[str, Any]) -> Attributes:
    """Leave out what is unknown: an attribute is absent, never 0 or empty."""
    return {name: value for name, value in attributes.items() if value is not None}


@cache
def _version() -> str:
    return version("chimera-agents")
