"""What each outcome means to the caller: how it is told, what may follow, what can be done."""

from __future__ import annotations

from dataclasses import dataclass

from chimera.models.records import Outcome


@dataclass(frozen=True, slots=True)
class Row:
    """How one outcome is treated.

    Whoever declares a fallback wants an answer: another model or server is asked wherever it may
    give one. It would not where the request itself is wrong or too long, and a broken rule leaves
    an answer that the caller can judge. Each fallback used stands in the accounts.

    Attributes:
        recognised: How the outcome is told from the others, one sentence.
        extra_attempts: How many more requests to the same model may follow, after a pause.
        falls_back: Whether another model or server is asked, where the agent names one.
        remedy: What happened and what to do, one sentence for the reader of a report.
    """

    recognised: str
    extra_attempts: int
    falls_back: bool
    remedy: str


TABLE: dict[Outcome, Row] = {
    Outcome.OK: Row(
        "The answer has an end the server declared, has text, and fits what was asked for.",
        0,
        False,
        "The model answered.",
    ),
    Outcome.CUT_ANSWER: Row(
        "The end says `length` or `max_tokens`, or the answer has more than 2,000,000 characters.",
        0,
        True,
        "The answer reached its token limit and was cut: raise num_predict or num_ctx.",
    ),
    Outcome.THOUGHT_ONLY: Row(
        "There is thinking, in its own field or in a leading `<think>`, and no text after it.",
        0,
        True,
        "The model thought and never answered: raise num_predict, or switch thinking off.",
    ),
    Outcome.EMPTY: Row(
        "The answer ended well and holds neither text nor thinking, or the model was only loaded.",
        2,
        True,
        "The model answered nothing: ask again, or take another model.",
    ),
    Outcome.REFUSED: Row(
        "The end says so (`content_filter`, `refusal`, `safety`), the answer has a refusal of its"
        " own, or it is short, holds no JSON and opens by declining in English.",
        0,
        True,
        "The model declined to answer: reword the task or take another model.",
    ),
    Outcome.REPETITION: Row(
        "The answer's end repeats beyond what any text does, and is left at once; or the server"
        " stopped it itself, which shows as an end without `done: true` after thirty tokens alike.",
        0,
        True,
        "The model repeated itself without end: raise repeat_penalty or take another model.",
    ),
    Outcome.PROMPT_TOO_LONG: Row(
        "Status 400 or an error line with the words of Ollama, llama.cpp, OpenAI or Anthropic"
        " for it.",
        0,
        False,
        "The prompt does not fit the context window: raise num_ctx or send less.",
    ),
    Outcome.SCHEMA_INVALID: Row(
        "The answer does not fit its schema, nor does the one after the errors were quoted.",
        0,
        True,
        "The answer did not fit its schema, twice: take a larger model or a simpler schema.",
    ),
    Outcome.RULES_BROKEN: Row(
        "The answer breaks a rule it was checked against, and so does the one after.",
        0,
        False,
        "The answer broke the persona's rules, twice.",
    ),
    Outcome.SLOT_WAIT_TIMEOUT: Row(
        "The call's turn did not come within `slot` seconds; nothing was sent.",
        0,
        True,
        "The server was not free in time: other calls of this process were before this one.",
    ),
    Outcome.FIRST_TOKEN_TIMEOUT: Row(
        "Nothing came within `first_token` seconds of the request.",
        0,
        True,
        "No token came in time: the model may be too large for this machine, or the queue long.",
    ),
    Outcome.STALLED: Row(
        "Nothing more came for `idle` seconds in the middle of an answer.",
        2,
        True,
        "The server fell silent in the middle of its answer.",
    ),
    Outcome.DEADLINE: Row(
        "The call with all its attempts did not end within `total` seconds.",
        0,
        True,
        "The call did not end within its total time.",
    ),
    Outcome.DROPPED_STREAM: Row(
        "The answer ended without `done: true`, within a line, or with a broken connection.",
        2,
        True,
        "The answer ended before it was complete: look at the server.",
    ),
    Outcome.SERVER_BUSY: Row(
        "Status 429 or 503.",
        2,
        True,
        "The server is busy: ask for less at once, or try later.",
    ),
    Outcome.SERVER_ERROR: Row(
        "Any other status from 500, a line with an error, or a line of another shape.",
        2,
        True,
        "The server failed: its log says why; memory is the usual cause.",
    ),
    Outcome.BAD_REQUEST: Row(
        "Any other status from 400 with an error in Ollama's shape.",
        0,
        False,
        "The server refused the request as wrong.",
    ),
    Outcome.MODEL_MISSING: Row(
        "Status 404 with an error in Ollama's shape.",
        0,
        True,
        "The server does not have the model: run `ollama pull` first.",
    ),
    Outcome.UNAUTHORISED: Row(
        "Status 401 or 403.",
        0,
        True,
        "The server refused access: check the address and its headers.",
    ),
    Outcome.UNREACHABLE: Row(
        "No connection; a server that never answered in this process is asked once.",
        2,
        True,
        "Nothing answers at the address: start `ollama serve`.",
    ),
    Outcome.NOT_OLLAMA: Row(
        "A redirect, a web page, an event stream, no HTTP, or lines that are no JSON objects.",
        0,
        True,
        "Something else than Ollama answers at the address: check it.",
    ),
}

ABSENT = frozenset(
    {Outcome.UNREACHABLE, Outcome.MODEL_MISSING, Outcome.UNAUTHORISED, Outcome.NOT_OLLAMA}
)
"""Outcomes that say there is no such model to be had."""

LASTING = ABSENT | {Outcome.FIRST_TOKEN_TIMEOUT}
"""Outcomes that the next call of a run would most likely meet again, after the same wait."""
