"""The section of a report on its model calls: all together, what was cut, then one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Final

from chimera.analysis.wording import number, plural
from chimera.markup import code, table
from chimera.models.records import CallRecord, Outcome
from chimera.report.content import Content
from chimera.report.document import Metrics

_ANSWERED: Final = frozenset(
    {
        Outcome.OK, Outcome.CUT_ANSWER, Outcome.THOUGHT_ONLY, Outcome.REFUSED, Outcome.REPETITION,
        Outcome.SCHEMA_INVALID, Outcome.RULES_BROKEN,
    }
)  # fmt: skip
_TEXTS: Final[dict[str, Callable[[CallRecord], str | None]]] = {
    "Call": lambda call: call.id,
    "Stage": lambda call: call.stage,
    "Agent": lambda call: code(call.agent) if call.agent else None,
    "Model": lambda call: code(call.model),
    "Host": lambda call: code(call.host) if call.host else None,
    "Outcome": lambda call: call.outcome.value,
    "Instead of": lambda call: code(call.fallback_for) if call.fallback_for else None,
}
_WHERE_THEY_DIFFER: Final = ("Model", "Host")  # columns of little use otherwise
_NUMBERS: Final[dict[str, Callable[[CallRecord], float | None]]] = {
    "Attempts": lambda call: call.attempts,
    "Wait ms": lambda call: call.wait_ms,
    "Thought ms": lambda call: call.first_thought_ms,
    "TTFT ms": lambda call: call.ttft_ms,
    "Residual ms": lambda call: call.residual_ms,
    "Total ms": lambda call: call.total_ms,
    "Prompt": lambda call: call.prompt_tokens,
    "Cached": lambda call: call.cached_tokens,
    "Output": lambda call: call.output_tokens,
    "Window": lambda call: call.receipt.window_tokens,
}
_WHOLE: Final = {True: "yes", False: "no", None: "unknown"}


def model_metrics(content: Content) -> str:
    """All model calls together as far as known, then one by one; empty without calls."""
    if not content.calls:
        return ""
    lines = [*_together(content.metrics), f"- Cut: {_cut(content.calls)}."]
    return "\n".join(lines) + "\n\n" + _table(content.calls)


def _together(m: Metrics) -> list[str]:
    known = (
        ("Calls", m.calls, ""),
        ("Throughput", m.throughput_tok_s, " tok/s"),
        ("TTFT", m.ttft_ms, " ms (mean)"),
        ("First thought", m.first_thought_ms, " ms (mean)"),
        ("Total", m.total_ms, " ms"),
        ("Wait", m.wait_ms, " ms"),
        ("Residual", m.residual_ms, " ms"),
        ("Tokens generated", m.tokens_generated, ""),
        ("Prompt tokens", m.prompt_tokens, ""),
        ("Prompt tokens cached", m.cached_tokens, ""),
        ("Prefill", m.prefill_tok_s, " tok/s"),
        ("Prompt evaluation", m.prompt_eval_ms, " ms"),
        ("Evaluation", m.eval_ms, " ms"),
        ("Load", m.load_ms, " ms"),
        ("Warm-up", m.warm_up_ms, " ms"),
        ("Fallbacks", m.fallbacks or None, ""),
    )
    return [f"- {name}: {number(value)}{unit}" for name, value, unit in known if value is not None]


def _cut(calls: list[CallRecord]) -> str:
    """Say what did not reach the model or the reader whole, by call; or that there is nothing."""
    answered = [call for call in calls if call.outcome in _ANSWERED]
    parts = [
        f"{', '.join(map(code, found[0].receipt.dropped))} left out of the prompt of {_ids(found)}"
        for found in _by_dropped(calls)
    ]
    groups = (
        ("the answer of {} cut", [c for c in calls if c.outcome is Outcome.CUT_ANSWER]),
        ("the prompt of {} cut by the server", [c for c in calls if c.receipt.whole is False]),
    )
    parts += [words.format(_ids(found)) for words, found in groups if found]
    unknown = [call for call in answered if call.receipt.whole is None]
    if not parts:
        parts = ["nothing known" if unknown else "nothing"]
    if not answered:
        return f"{'; '.join(parts)}; no call was answered"
    if unknown:
        parts.append(f"nobody can tell whether the prompt of {_ids(unknown)} was whole")
    elif parts == ["nothing"]:
        calls_ = plural(len(answered), "answered call")
        parts.append(f"in {calls_} the prompt reached the model whole")
    return "; ".join(parts)


def _by_dropped(calls: list[CallRecord]) -> list[list[CallRecord]]:
    """Return the calls that went without the same sections, together."""
    found: dict[frozenset[str], list[CallRecord]] = defaultdict(list)
    for call in calls:
        if call.receipt.dropped:
            found[frozenset(call.receipt.dropped)].append(call)
    return list(found.values())


def _ids(calls: Iterable[CallRecord]) -> str:
    return ", ".join(call.id for call in calls)


def _table(calls: list[CallRecord]) -> str:
    """Return a row per call; a column that no call has anything for is left out."""
    columns = {name: ("l", [of(call) or "" for call in calls]) for name, of in _TEXTS.items()}
    for name in _WHERE_THEY_DIFFER:
        if len(set(columns[name][1])) == 1:
            del columns[name]
    known = {name: [of(call) for call in calls] for name, of in _NUMBERS.items()}
    for name, values in known.items():
        if any(value is not None for value in values):
            columns[name] = ("r", [_shown(value) for value in values])
    columns["Prompt whole"] = ("l", [_WHOLE[call.receipt.whole] for call in calls])
    columns = {name: column for name, column in columns.items() if any(column[1])}
    rows = [list(row) for row in zip(*(cells for _, cells in columns.values()), strict=True)]
    return table(list(columns), rows, align="".join(mark for mark, _ in columns.values()))


def _shown(value: float | None) -> str:
    return "unknown" if value is None else number(value)
