"""One call on its way: requests, retries, one more request where an answer does not hold."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from pydantic import BaseModel
from tenacity import AsyncRetrying, RetryCallState, wait_exponential_jitter

from chimera.models.account import Account
from chimera.models.answer import Raw, read
from chimera.models.deadline import Deadline
from chimera.models.events import emit
from chimera.models.faults import WireError
from chimera.models.hosts import Host
from chimera.models.outcomes import TABLE
from chimera.models.prompt import Plan, Prompt, budget, halved, plan
from chimera.models.records import Outcome
from chimera.models.request import Request
from chimera.models.schema import schema_of
from chimera.models.sender import OnText

if TYPE_CHECKING:
    from chimera.models.gateway import Gateway

Check = Callable[[str, Any], list[str]]

QUOTED = 4000  # characters of a wrong answer that are shown to the model again

_backoff = wait_exponential_jitter(initial=1, max=8)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the caller wants of an answer.

    Attributes:
        output: Its type; None for text.
        on_text: Hears the text as it arrives.
        check: Returns the rules it breaks.
    """

    output: type[BaseModel] | None = None
    on_text: OnText | None = None
    check: Check | None = None


class Asking:
    """One call while it runs.

    Attributes:
        value: The answer in its type, where it fits.
        text: The answer as it came.
    """

    def __init__(
        self, gateway: Gateway, account: Account, deadline: Deadline, wanted: Wanted
    ) -> None:
        self._gateway = gateway
        self._account = account
        self._deadline = deadline
        self._wanted = wanted
        self._ids: tuple[str, ...] = ()
        self._host: Host | None = None
        self._failed: set[Host] = set()
        self.value: Any = None
        self.text = ""

    async def run(self, prompt: Prompt) -> None:
        """Ask, and ask once more where the answer breaks its schema or its rules.

        Where the second answer is none, or breaks more rules, the first stays the value.
        """
        self._ids = prompt.ids
        messages = await self._ask_within_window(prompt)
        wrong = self._judge()
        if not wrong:
            return
        value, text = self.value, self.text
        messages += [AIMessage(text[:QUOTED]), HumanMessage(_complaint(wrong))]
        try:
            await self._request(messages)
        except WireError:
            self.text = text
            raise
        again = self._judge()
        if value is not None and (self.value is None or len(again) > len(wrong)):
            self.value, self.text = value, text

    async def look_back(self) -> None:
        """Ask the server which context window is in force, once the answer is there."""
        raw = self._account.raw
        if self._host is not None and raw is not None:
            window = self._gateway.options.num_ctx
            self._account.window_tokens = await self._host.window(window, raw)

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
        self._failed.clear()
        retrying = AsyncRetrying(
            sleep=self._pause,
            retry=self._may_repeat,
            wait=self._wait,
            before_sleep=self._tell,
            reraise=True,
        )
        await retrying(self._attempt, messages)

    async def _attempt(self, messages: list[BaseMessage]) -> None:
        gateway = self._gateway
        host = self._host = await gateway.hosts.choose(self._failed)
        request = await self._described(host, messages)
        self._account.asked(host.address, request)
        try:
            raw = await gateway.door(request, lambda: self._send(host, messages))
        except WireError as fault:
            self._failed.add(host)
            gateway.hosts.note(host, fault)
            raise
        self._account.raw = raw
        self.text = raw.text
        if raw.outcome is Outcome.EMPTY:
            raise WireError(Outcome.EMPTY, "the model answered nothing")

    async def _described(self, host: Host, messages: list[BaseMessage]) -> Request:
        known = await host.catalogue()
        self._account.server = known.version
        output = self._wanted.output
        return Request(
            model=self._gateway.name,
            digest=known.digest(host.model_name),
            options=self._gateway.options.model_dump(exclude_none=True),
            messages=tuple(messages),
            schema=schema_of(output, self._ids) if output else None,
        )

    async def _send(self, host: Host, messages: list[BaseMessage]) -> Raw:
        """Wait for the server's turn, then send; the waiting is no part of the call's time."""
        options, wanted = self._gateway.options, self._wanted
        profile = (host.model_name, options.num_ctx, options.num_gpu)
        slot = host.limiter.slot(profile, self._gateway.timeouts.slot)
        async with AsyncExitStack() as held:
            with self._deadline.paused():
                self._account.waited_s += await held.enter_async_context(slot)
            self._account.attempts += 1
            if self._account.attempts > 1 and (again := getattr(wanted.on_text, "again", None)):
                again()
            return await host.sender.send(messages, wanted.output, wanted.on_text, self._ids)

    def _judge(self) -> list[str]:
        """Set outcome and value by the last answer; return what to complain about."""
        raw, output, check = self._account.raw, self._wanted.output, self._wanted.check
        self.value, bad = None, Outcome.OK
        wrong: list[str] = []
        if raw is None or raw.outcome is not Outcome.OK:
            self._account.outcome = raw.outcome if raw else Outcome.EMPTY
            return []
        if output is not None:
            self.value, wrong = _typed(raw, output)
            bad = Outcome.SCHEMA_INVALID
        if not wrong and check is not None:
            wrong = check(raw.text, self.value)
            bad = Outcome.RULES_BROKEN
        self._account.outcome = bad if wrong else Outcome.OK
        self._account.detail = "; ".join(wrong) or None
        return wrong

    async def _pause(self, seconds: float) -> None:
        if seconds:
            self._account.waited_s += seconds
            await self._gateway.sleep(seconds)

    def _may_repeat(self, state: RetryCallState) -> bool:
        """Follow the table; go to another host at once, and wait for none that never answered."""
        fault = _fault(state)
        if fault is None:
            return False
        if self._gateway.hosts.can_move(fault, self._failed):
            return True
        if fault.kind is Outcome.UNREACHABLE and not fault.seen_before:
            return False
        return state.attempt_number <= TABLE[fault.kind].extra_attempts

    def _wait(self, state: RetryCallState) -> float:
        fault = _fault(state)
        moves = fault is not None and self._gateway.hosts.can_move(fault, self._failed)
        return 0.0 if moves else _backoff(state)

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
