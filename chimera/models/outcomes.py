"""What each outcome means to the caller: may it be tried again, and what can be done."""

from __future__ import annotations

from dataclasses import dataclass

from chimera.models.records import Outcome


@dataclass(frozen=True, slots=True)
class Row:
    """How one outcome is treated.

    Attributes:
        extra_attempts: How many more requests may follow this outcome.
        remedy: What happened and what to do, one sentence for the reader of a report.
        falls_back: Whether another model or server may be asked in its place.
    """

    extra_attempts: int
    remedy: str
    falls_back: bool = True


TABLE: dict[Outcome, Row] = {
    Outcome.OK: Row(0, "The model answered."),
    Outcome.CUT_ANSWER: Row(
        0, "The answer reached its token limit and was cut: raise num_predict or num_ctx."
    ),
    Outcome.THOUGHT_ONLY: Row(
        0, "The model thought and never answered: raise num_predict, or switch thinking off."
    ),
    Outcome.EMPTY: Row(2, "The model answered nothing: ask again, or take another model."),
    Outcome.REFUSED: Row(0, "The model declined to answer: reword the task or take another model."),
    Outcome.REPETITION: Row(
        0, "The model repeated itself without end: raise repeat_penalty or take another model."
    ),
    Outcome.PROMPT_TOO_LONG: Row(
        0, "The prompt does not fit the context window: raise num_ctx or send less."
    ),
    Outcome.SCHEMA_INVALID: Row(
        0, "The answer did not fit its schema, twice: take a larger model or a simpler schema."
    ),
    Outcome.RULES_BROKEN: Row(0, "The answer broke the persona's rules, twice."),
    Outcome.SLOT_WAIT_TIMEOUT: Row(
        0, "The server was not free in time: other calls of this process were before this one."
    ),
    Outcome.FIRST_TOKEN_TIMEOUT: Row(
        0, "No token came in time: the model may be too large for this machine, or the queue long."
    ),
    Outcome.STALLED: Row(2, "The server fell silent in the middle of its answer."),
    Outcome.DEADLINE: Row(0, "The call did not end within its total time."),
    Outcome.DROPPED_STREAM: Row(2, "The answer ended before it was complete: look at the server."),
    Outcome.SERVER_BUSY: Row(2, "The server is busy: ask for less at once, or try later."),
    Outcome.SERVER_ERROR: Row(2, "The server failed: its log says why; memory is the usual cause."),
    Outcome.BAD_REQUEST: Row(0, "The server refused the request as wrong."),
    Outcome.MODEL_MISSING: Row(0, "The server does not have the model: run `ollama pull` first."),
    Outcome.UNAUTHORISED: Row(0, "The server refused access: check the address and its headers."),
    Outcome.UNREACHABLE: Row(2, "Nothing answers at the address: start `ollama serve`."),
    Outcome.NOT_OLLAMA: Row(0, "Something else than Ollama answers at the address: check it."),
}

ABSENT = frozenset(
    {Outcome.UNREACHABLE, Outcome.MODEL_MISSING, Outcome.UNAUTHORISED, Outcome.NOT_OLLAMA}
)
"""Outcomes that say there is no such model to be had."""

LASTING = ABSENT | {Outcome.FIRST_TOKEN_TIMEOUT}
"""Outcomes that the next call of a run would most likely meet again, after the same wait."""
