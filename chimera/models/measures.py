"""What is computed from the counters a server sends with its answer; docs/metrics.md defines it.

A server that leaves a counter out has not said that it is 0: unknown stays None, here and in what
is computed from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from chimera.models.faults import count as counted

NS_PER_MS = 1e6


@dataclass(frozen=True, slots=True)
class Measures:
    """The counters of one answer, named as in `CallRecord`: milliseconds, tokens, tokens/s."""

    load_ms: float | None = None
    prefill_ms: float | None = None
    decode_ms: float | None = None
    residual_ms: float | None = None
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    output_tokens: int | None = None
    tokens_per_s: float | None = None
    prefill_tokens_per_s: float | None = None


_COUNTERS = tuple(field.name for field in fields(Measures) if not field.name.endswith("_per_s"))


def measured(info: Mapping[str, Any], usage: Mapping[str, Any] | None = None) -> Measures:
    """Return the measures of one answer.

    Args:
        info: Ollama's last line, or LangChain's `response_metadata`, which holds its fields.
        usage: LangChain's `usage_metadata`; counts where `info` has none of Ollama's.
    """
    usage = usage or {}
    details = usage.get("input_token_details") or {}
    prompt_tokens = count(info, "prompt_eval_count", usage.get("input_tokens"))
    cached_tokens = count(info, "prompt_eval_cached_count", details.get("cache_read"))
    output_tokens = count(info, "eval_count", usage.get("output_tokens"))
    prefill_ms = duration_ms(info, "prompt_eval_duration")
    decode_ms = duration_ms(info, "eval_duration")
    return Measures(
        load_ms=duration_ms(info, "load_duration"),
        prefill_ms=prefill_ms,
        decode_ms=decode_ms,
        residual_ms=residual_ms(info),
        prompt_tokens=prompt_tokens,
        cached_tokens=cached_tokens,
        output_tokens=output_tokens,
        tokens_per_s=tokens_per_s(output_tokens, decode_ms),
        prefill_tokens_per_s=prefill_tokens_per_s(prompt_tokens, cached_tokens, prefill_ms),
    )


def together(parts: Sequence[Measures]) -> Measures:
    """Return the measures of several answers as those of one; what one of them lacks is unknown."""
    sums = {
        name: sum(values) if values and None not in values else None
        for name in _COUNTERS
        for values in [[getattr(part, name) for part in parts]]
    }
    return Measures(
        **sums,
        tokens_per_s=tokens_per_s(sums["output_tokens"], sums["decode_ms"]),
        prefill_tokens_per_s=prefill_tokens_per_s(
            sums["prompt_tokens"], sums["cached_tokens"], sums["prefill_ms"]
        ),
    )


def count(info: Mapping[str, Any], name: str, otherwise: object = None) -> int | None:
    """Return a token count by Ollama's name, else what else is known; None where nothing is."""
    return counted(info.get(name, otherwise))


def duration_ms(info: Mapping[str, Any], name: str) -> float | None:
    """Return one of Ollama's durations, which are nanoseconds, in milliseconds."""
    value = counted(info.get(name))
    return None if value is None else value / NS_PER_MS


def residual_ms(info: Mapping[str, Any]) -> float | None:
    """Return the part of Ollama's total that is neither load, prefill nor decode, in milliseconds.

    Waiting for a slot of a loaded model is in it. None unless all four durations are known.
    """
    total = counted(info.get("total_duration"))
    names = ("load_duration", "prompt_eval_duration", "eval_duration")
    parts = [counted(info.get(name)) for name in names]
    known = [part for part in parts if part is not None]
    if total is None or len(known) < len(parts):
        return None
    return (total - sum(known)) / NS_PER_MS


def tokens_per_s(tokens: int | None, spent_ms: float | None) -> float | None:
    """Return tokens over time, in tokens per second; None where either is unknown or 0."""
    return tokens / spent_ms * 1000 if tokens and spent_ms else None


def prefill_tokens_per_s(
    prompt_tokens: int | None, cached_tokens: int | None, prefill_ms: float | None
) -> float | None:
    """Return the speed of reading the prompt, in tokens per second, without what was cached.

    None unless the server tells how much was: `prompt_tokens` alone would count the cached part as
    read in no time. None as well where a server tells of more cached tokens than there are.
    """
    if prompt_tokens is None or cached_tokens is None or cached_tokens > prompt_tokens:
        return None
    return tokens_per_s(prompt_tokens - cached_tokens, prefill_ms)


def finish_reason(info: Mapping[str, Any]) -> str | None:
    """Return why the server stopped, in its own word: Ollama's, or LangChain's of a provider."""
    for name in ("done_reason", "finish_reason", "stop_reason"):
        if isinstance(info.get(name), str):
            return str(info[name])
    return None
