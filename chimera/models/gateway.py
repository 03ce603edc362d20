"""The one door to a language model: every call is planned, limited, retried and accounted for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar, overload

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from pydantic import BaseModel
from tenacity import AsyncRetrying, RetryCallState, wait_exponential_jitter

from chimera.models.account import Account
from chimera.models.allowance import Allowance
from chimera.models.answer import Answer, Raw, read
from chimera.models.events import emit
from chimera.models.faults import WireError
from chimera.models.options import ModelOptions
from chimera.models.outcomes import TABLE
from chimera.models.prompt import (
    MESSAGE_TOKENS,
    Plan,
    Prompt,
    Section,
    budget,
    estimate_tokens,
    halved,
    plan,
)
from chimera.models.records import Outcome
from chimera.models.sender import OnText, Sender
from chimera.models.timeouts import Timeouts

__all__ = ["Answer", "CallSite", "Gateway", "Prompt", "Section"]

T = TypeVar("T", bound=BaseModel)
Check = Callable[[str, Any], list[str]]
Sleep = Callable[[float], Awaitable[None]]

QUOTED = 4000  # characters of a wrong answer that are shown to the model again
NO_ROOM = "not asked again, since that would exceed the tokens of the run"


@dataclass(frozen=True, slots=True)
class CallSite:
    """Where a call belongs: its id within the run, its stage and its agent."""

    id: str
    stage: str | None = None
    agent: str | None = None


class Gateway:
    """Asks one model with one set of options; may be shared by concurrent tasks.

    Args:
        model: Any LangChain chat model.
        name: `provider:name`, for the record.
        options: The options the model was made with; the window and the answer's room count here.
        timeouts: `total` limits a call with all its attempts; the rest is the model's own.
        sleep: Waits between two attempts, in seconds.
        clock: Seconds that never go backwards.
    """

    def __init__(
        self,
        model: BaseChatModel,
        *,
        name: str,
        options: ModelOptions,
        timeouts: Timeouts | None = None,
        sleep: Sleep = asyncio.sleep,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.name = name
        self.options = options
        self.timeouts = timeouts or Timeouts()
        self.sleep = sleep
        self.clock = clock
        self.sender = Sender(model)

    def __repr__(self) -> str:
        return f"Gateway({self.name!r})"

    @overload
    async def ask(
        self,
        prompt: Prompt,
        *,
        output: None = None,
        call: CallSite,
        on_text: OnText | None = None,
        check: Check | None = None,
    ) -> Answer[BaseModel]: ...

    @overload
    async def ask(
        self,
        prompt: Prompt,
        *,
        output: type[T],
        call: CallSite,
        on_text: OnText | None = None,
        check: Check | None = None,
    ) -> Answer[T]: ...

    async def ask(
        self,
        prompt: Prompt,
        *,
        output: type[T] | None = None,
        call: CallSite,
        on_text: OnText | None = None,
        check: Check | None = None,
    ) -> Answer[Any]:
        """Make one call; trouble with the model is an outcome of the answer, not an exception.

        Args:
            prompt: What to ask. Sections that do not fit the window are left out by priority.
            output: The type of the answer; the model is held to its JSON schema.
            call: Where the call belongs.
            on_text: Hears the text as it arrives; when a request is repeated, from the start.
            check: Returns the rules an answer breaks, as sentences the model can read.
        """
        account = Account(call.id, call.stage, call.agent, self.name, self.clock())
        asking = _Asking(self, account, output, on_text, check)
        try:
            async with asyncio.timeout(self.timeouts.total):
                await asking.run(prompt)
        except WireError as fault:
            account.fail(fault)
        except TimeoutError:
            account.run_out(self.timeouts.total)
        record = account.record(self.clock(), self.options.num_ctx)
        emit("model.call.finished", **record.model_dump(mode="json", exclude={"receipt"}))
        return Answer(value=asking.value, text=asking.text, record=record)


class _Asking:
    """One call on its way: requests, retries, one more request where an answer does not hold."""

    def __init__(
        self,
        gateway: Gateway,
        account: Account,
        output: type[BaseModel] | None,
        on_text: OnText | None,
        check: Check | None,
    ) -> None:
        self._gateway = gateway
        self._account = account
        self._output = output
        self._on_text = on_text
        self._check = check
        self._ids: tuple[str, ...] = ()
        self._allowance: Allowance | None = None
        self._most: int | None = None
        self.value: Any = None
        self.text = ""

    async def run(self, prompt: Prompt) -> None:
        """Ask, and ask once more where the answer breaks its schema or its rules.

        Where the second answer is none, or breaks more rules, the first stays the value.
        """
        self._ids, self._allowance = prompt.ids, prompt.allowance
        messages = await self._ask_within_window(prompt)
        wrong = self._judge()
        if not wrong:
            return
        value, text = self.value, self.text
        complaint = _complaint(wrong)
        self._most = self._room(complaint)
        if self._most == 0:
            self._account.detail = f"{self._account.detail}; {NO_ROOM}"
            return
        messages += [AIMessage(text[:QUOTED]), HumanMessage(complaint)]
        try:
            await self._request(messages)
        except WireError:
            self.text = text
            raise
        again = self._judge()
        if value is not None and (self.value is None or len(again) > len(wrong)):
            self.value, self.text = value, text

    async def _ask_within_window(self, prompt: Prompt) -> list[BaseMessage]:
        planned = plan(prompt, budget(self._gateway.options))
        try:
            return await self._first_request(planned)
        except WireError as fault:
            smaller = halved(prompt, planned)
            if fault.kind is not Outcome.PROMPT_TOO_LONG or smaller is None:
                raise
        return await self._first_request(smaller)

    async def _first_request(self, planned: Plan) -> list[BaseMessage]:
        self._account.plan = planned
        messages: list[BaseMessage] = [SystemMessage(planned.system)] if planned.system else []
        messages.append(HumanMessage(planned.text))
        await self._request(messages)
        return messages

    async def _request(self, messages: list[BaseMessage]) -> None:
        retrying = AsyncRetrying(
            sleep=self._pause,
            retry=_may_repeat,
            wait=wait_exponential_jitter(initial=1, max=8),
            before_sleep=self._tell,
            reraise=True,
        )
        await retrying(self._attempt, messages)

    async def _attempt(self, messages: list[BaseMessage]) -> None:
        self._account.attempts += 1
        send = self._gateway.sender.send
        raw = await send(messages, self._output, self._on_text, self._ids, self._most)
        self._account.raw = raw
        self.text = raw.text
        if raw.outcome is Outcome.EMPTY and self._affords(self._taken(raw)[0], 1, 1) != 0:
            raise WireError(Outcome.EMPTY, "the model answered nothing")

    def _judge(self) -> list[str]:
        """Set outcome and value by the last answer; return what to complain about."""
        raw = self._account.raw
        self.value, bad = None, Outcome.OK
        wrong: list[str] = []
        if raw is None or raw.outcome is not Outcome.OK:
            self._account.outcome = raw.outcome if raw else Outcome.EMPTY
            return []
        if self._output is not None:
            self.value, wrong = _typed(raw, self._output)
            bad = Outcome.SCHEMA_INVALID
        if not wrong and self._check is not None:
            wrong = self._check(raw.text, self.value)
            bad = Outcome.RULES_BROKEN
        self._account.outcome = bad if wrong else Outcome.OK
        self._account.detail = "; ".join(wrong) or None
        return wrong

    def _room(self, complaint: str) -> int | None:
        """Return how many tokens a repair may have: 0 where it may not be, None for no limit.

        It is expected to be a quarter longer than what it mends, or as long as it may be.
        """
        raw, longest = self._account.raw, self._gateway.options.num_predict
        if raw is None:
            return None
        sent, said = self._taken(raw)
        quoted = max(said, estimate_tokens(raw.text[:QUOTED]))
        again = sent + quoted + estimate_tokens(complaint) + 2 * MESSAGE_TOKENS
        needed = said * 5 // 4 + 8
        if self.value is None and longest is not None:
            needed = longest
        room = self._affords(again, said, needed)
        return min(room, longest) if room is not None and longest is not None else room

    def _affords(self, prompt: int, output: int, needed: int) -> int | None:
        """Return the room for an answer to one more prompt; None for no limit."""
        if self._allowance is None or self._account.raw is None:
            return None
        sent = self._taken(self._account.raw)[0] * self._account.attempts
        return self._allowance.room(sent + prompt, output, needed)

    def _taken(self, raw: Raw) -> tuple[int, int]:
        """Return the tokens of the last request and its answer, estimated where not counted."""
        sent = raw.count("prompt_eval_count", "input_tokens")
        said = raw.count("eval_count", "output_tokens")
        planned = self._account.plan.tokens if self._account.plan else 0
        return (
            planned if sent is None else sent,
            estimate_tokens(raw.text) if said is None else said,
        )

    async def _pause(self, seconds: float) -> None:
        self._account.waited_s += seconds
        await self._gateway.sleep(seconds)

    def _tell(self, state: RetryCallState) -> None:
        fault = _fault(state)
        self._account.last_fault = fault
        emit(
            "model.call.retried",
            id=self._account.id,
            model=self._gateway.name,
            attempt=self._account.attempts,
            outcome=fault.kind.value if fault else None,
            wait_s=round(state.upcoming_sleep, 3),
        )


def _typed(raw: Raw, output: type[BaseModel]) -> tuple[BaseModel | None, list[str]]:
    if isinstance(raw.parsed, output):
        return raw.parsed, []
    return read(raw.text, output)


def _complaint(wrong: list[str]) -> str:
    lines = "\n".join(f"- {line}" for line in wrong)
    return f"Your answer does not hold:\n{lines}\nAnswer again, in full, with nothing else."


def _fault(state: RetryCallState) -> WireError | None:
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, WireError) else None


def _may_repeat(state: RetryCallState) -> bool:
    """Follow the table; a server that never answered in this process is not waited for."""
    fault = _fault(state)
    if fault is None or (fault.kind is Outcome.UNREACHABLE and not fault.seen_before):
        return False
    return state.attempt_number <= TABLE[fault.kind].extra_attempts
