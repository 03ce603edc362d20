"""The account of one call while it runs; at the end it becomes a `CallRecord`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from chimera.models.answer import Raw
from chimera.models.faults import WireError, safe
from chimera.models.measures import Measures, measured, together
from chimera.models.outcomes import TABLE
from chimera.models.planner import Planner
from chimera.models.prompt import Plan
from chimera.models.records import CallRecord, Outcome, Receipt
from chimera.models.request import Request


@dataclass(slots=True)
class Account:
    """What is known of a call so far.

    The counters of the record are the sums over the answers received, its times to first thought
    and text those of the last one. `wait_ms` is what was waited
    here, for a slot and between attempts; waiting inside the server is in `ttft_ms`, as Ollama does
    not tell it apart. `total_ms` spans everything.
    """

    id: str
    stage: str | None
    agent: str | None
    model: str
    started_s: float
    plan: Plan | None = None
    raw: Raw | None = None
    outcome: Outcome = Outcome.OK
    detail: str | None = None
    attempts: int = 0
    answers: list[Measures] = field(default_factory=list)
    waited_s: float = 0.0
    counted_tokens: int | None = None
    last_fault: WireError | None = None
    request: Request | None = None
    host: str | None = None
    server: str | None = None
    window_tokens: int | None = None
    shared_bytes: int | None = None
    whole: bool | None = None
    fallback_for: str | None = None
    asked_s: float | None = None

    def answer(self, raw: Raw) -> None:
        """Take in an answer; what it took counts, whatever becomes of it."""
        self.raw = raw
        self.answers.append(measured(raw.info, raw.usage))

    def asked(self, host: str, request: Request, planner: Planner) -> None:
        """Take in which server is asked what."""
        self.host, self.request = host, request
        self.shared_bytes, self.whole = planner.shared_bytes, None

    def fail(self, fault: WireError) -> None:
        """Take in the fault that ended the call."""
        self.outcome, self.detail = fault.kind, str(fault)
        self.counted_tokens = fault.prompt_tokens

    def run_out(self, total_s: float) -> None:
        """Take in that the time of the whole call, in seconds, is over."""
        last = f"; before that: {self.last_fault}" if self.last_fault else ""
        self.outcome = Outcome.DEADLINE
        self.detail = f"not done within {total_s:g} s{last}"

    def give_up(self) -> None:
        """Take in that whoever asked does not wait any more."""
        self.outcome, self.detail = Outcome.DEADLINE, "given up by the caller"

    def record(self, now_s: float) -> CallRecord:
        """Return the record of the call, which ends now."""
        raw, request = self.raw, self.request
        detail = self.detail or TABLE[self.outcome].remedy
        return CallRecord(
            id=self.id,
            stage=self.stage,
            agent=self.agent,
            model=self.model,
            outcome=self.outcome,
            detail=None if self.outcome is Outcome.OK else safe(detail),
            attempts=self.attempts,
            answers=len(self.answers),
            started_s=self.asked_s,
            wait_ms=self.waited_s * 1000,
            ttft_ms=raw.ttft_ms if raw else None,
            first_thought_ms=raw.first_thought_ms if raw else None,
            total_ms=(now_s - self.started_s) * 1000,
            num_ctx=self._asked_window(),
            host=self.host,
            server=self.server,
            digest=request.digest if request else None,
            request_hash=request.hash if request else None,
            fallback_for=self.fallback_for,
            receipt=self._receipt(),
            **asdict(together(self.answers)),
        )

    def _asked_window(self) -> int | None:
        """Return the context window asked for; other providers have none to set."""
        if self.request is None or not self.model.startswith("ollama:"):
            return None
        window: int | None = self.request.options.get("num_ctx")
        return window

    def _receipt(self) -> Receipt:
        counted = self.counted_tokens
        if counted is None and self.answers:
            counted = self.answers[-1].prompt_tokens
        receipt = self.plan.receipt(counted) if self.plan else Receipt(counted_tokens=counted)
        update = {
            "whole": self.whole,
            "window_tokens": self.window_tokens,
            "sent_bytes": self.request.size if self.request else None,
            "shared_bytes": self.shared_bytes,
        }
        return receipt.model_copy(update=update)
