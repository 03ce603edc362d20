"""One call on its way: requests, retries, one more request where an answer does not hold."""

from __future__ import annotations

import asyncio
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
from chimera.models.estimate import thirds
from chimera.models.events import emit
from chimera.models.faults import WireError
from chimera.models.heard import Heard
from chimera.models.hosts import Host
from chimera.models.measures import together
from chimera.models.outcomes import TABLE
from chimera.models.planner import Planner
from chimera.models.prompt import Plan, Prompt
from chimera.models.records import Outcome
from chimera.models.request import Request
from chimera.models.schema import schema_of
from chimera.models.sender import OnText, Terms
from chimera.models.toolcalls import ToolCall, names_of, written

if TYPE_CHECKING:
    from chimera.models.gateway import Gateway

Check = Callable[[str, Any], list[str]]

NO_ROOM = "not asked again, since that would exceed the tokens of the run"
MOST_STALE = 2  # requests of a call that went into connections given up by the server
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
        tool_calls: What the model wants done before it answers.
    """

    def __init__(
        self,
        gateway: Gateway,
        account: Account,
        deadline: Deadline,
        prompt: Prompt,
        wanted: Wanted,
    ) -> None:
        self._gateway = gateway
        self._planner = Planner(prompt, gateway.options)
        self._account = account
        self._deadline = deadline
        self._wanted = wanted
        self._heard = Heard(wanted.on_text) if wanted.on_text else None
        self._prompt = prompt
        self._tools = prompt.tools
        self._host: Host | None = None
        self._failed: set[Host] = set()
        self._stale = self._repeat = 0
        self._allowance = prompt.allowance
        self._most: int | None = None
        self.value: Any = None
        self.text = ""
        self.tool_calls: tuple[ToolCall, ...] = ()

    async def run(self) -> None:
        """Ask, and ask once more where the answer breaks its schema or its rules.

        Where the second answer is none, or breaks more rules, the first stays the value.
        """
        messages = await self._ask_within_window()
        wrong = self._judge()
        if not wrong:
            return
        value, text, complaint = self.value, self.text, _complaint(wrong)
        self._most = self._room(complaint)
        if self._most == 0:
            self._account.detail = f"{self._account.detail}; {NO_ROOM}"
            return
        messages += [AIMessage(text[:QUOTED]), HumanMessage(complaint)]
        self._tools = ()  # what was asked has been answered: only its form is wrong
        whole = self._account.whole
        try:
            await self._request(messages)
        except WireError as fault:
            self.text = text
            if fault.kind is not Outcome.PROMPT_TOO_LONG:
                raise
            self._account.whole = whole
            self._account.detail = f"{self._account.detail}; no room in the window to ask again"
            return
        again = self._judge()
        if value is not None and (self.value is None or len(again) > len(wrong)):
            self.value, self.text = value, text

    async def look_back(self) -> None:
        """Ask the server which context window is in force, once the answer is there."""
        raw = self._account.raw
        await self._planner.keep()
        if self._host is not None and raw is not None:
            window = await self._host.window(self._planner.window, raw)
            self._account.window_tokens = window
            if window is None and self._account.whole and not self._planner.counted_enough(raw):
                self._account.whole = None  # a server that tells no window may have a smaller one

    async def _ask_within_window(self) -> list[BaseMessage]:
        """Send the prompt; where it is found too long, a smaller one, until there is none."""
        with self._deadline.paused():  # what servers say of themselves has limits of its own
            planned = await self._planner.first(await self._gateway.hosts.choose())
        while True:
            try:
                return await self._first_request(planned)
            except WireError as fault:
                smaller = self._planner.after(fault)
                if smaller is None:
                    raise
                self._account.last_fault = fault
                planned = smaller

    async def _first_request(self, planned: Plan) -> list[BaseMessage]:
        self._account.plan = planned
        messages: list[BaseMessage] = [SystemMessage(planned.system)] if planned.system else []
        messages += [HumanMessage(planned.text), *self._prompt.turns]
        await self._request(messages)
        return messages

    async def _request(self, messages: list[BaseMessage]) -> None:
        self._failed.clear()
        self._stale = self._repeat = 0
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
        self._planner.sending(host, request)
        self._account.asked(host.address, request, self._planner)
        try:
            raw = await gateway.door(request, lambda: self._send(host, messages))
        except WireError as fault:
            if not fault.stale:
                self._failed.add(host)
                gateway.hosts.note(host, fault)
            self.text = fault.text or self.text
            raise
        self._account.answer(raw)
        self._repeat += 1
        self._account.whole = False  # as long as the proof may raise
        self._account.whole = self._planner.proof(raw)
        self.text = raw.text
        if raw.outcome is Outcome.EMPTY and self._affords(self._taken(raw)[0], 1) != 0:
            raise WireError(Outcome.EMPTY, "the model answered nothing")

    async def _described(self, host: Host, messages: list[BaseMessage]) -> Request:
        with self._deadline.paused():
            known = await host.catalogue()
        self._account.server = known.version
        output = self._wanted.output
        return Request(
            model=self._gateway.name,
            digest=known.digest(host.model_name),
            host=host.address,
            options={
                **self._gateway.options.model_dump(exclude_none=True),
                **({"num_ctx": self._planner.window} if self._planner.window else {}),
                **({"num_predict": self._most} if self._most else {}),
            },
            messages=tuple(messages),
            schema=schema_of(output, self._prompt.ids) if output and not self._tools else None,
            repeat=self._repeat,
            tools=self._tools,
        )

    async def _send(self, host: Host, messages: list[BaseMessage]) -> Raw:
        """Wait for the server's turn, then send; the waiting is no part of the call's time."""
        window = self._planner.window
        profile = (host.model_name, window, self._gateway.options.num_gpu)
        slot = host.limiter.slot(profile, self._gateway.timeouts.slot)
        async with AsyncExitStack() as held:
            start = asyncio.get_running_loop().time()
            try:
                with self._deadline.paused():
                    waited_s = await held.enter_async_context(slot)
            except BaseException:  # counted and raised again
                self._account.waited_s += asyncio.get_running_loop().time() - start
                raise
            self._account.waited_s += waited_s
            self._account.attempts += 1
            if self._account.attempts > 1 and self._heard:
                self._heard.again()
            return await host.sender(window, self._most).send(
                messages,
                Terms(self._wanted.output, self._heard, self._prompt.ids, self._tools),
                self._gateway.timeouts,
            )

    def _judge(self) -> list[str]:
        """Set outcome and value by the last answer; return what to complain about."""
        raw, output, check = self._account.raw, self._wanted.output, self._wanted.check
        self.value, bad = None, Outcome.OK
        wrong: list[str] = []
        if raw is None or raw.outcome is not Outcome.OK:
            self._account.outcome = raw.outcome if raw else Outcome.EMPTY
            self._account.detail = raw.detail if raw else None
            return []
        if raw.tool_calls or self._tools:
            self._find_calls(raw)
            if self.tool_calls or self._account.outcome is Outcome.EMPTY:
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

    def _find_calls(self, raw: Raw) -> None:
        """Take in the tool calls of an answer; one without tools to call is no answer."""
        self._account.outcome, self._account.detail = Outcome.OK, None
        if self._tools:
            self.tool_calls = raw.tool_calls or written(raw.text, names_of(self._tools))
        elif not raw.text.strip():
            self._account.outcome = Outcome.EMPTY
            self._account.detail = "the model called a tool where it was given none"

    def _room(self, complaint: str) -> int | None:
        """Return how many tokens a repair may have: 0 where it may not be, None for no limit.

        It is expected to be a quarter longer than what it mends, or as long as it may be.
        """
        raw, longest = self._account.raw, self._gateway.options.num_predict
        if raw is None:
            return None
        sent, said = self._taken(raw)
        needed = said * 5 // 4 + 8
        if self.value is None and longest is not None:
            needed = longest
        quoted = max(said, _thirds(raw.text[:QUOTED]))
        room = self._affords(sent + quoted + _thirds(complaint, messages=2), needed)
        return min(room, longest) if room is not None and longest is not None else room

    def _affords(self, prompt: int, needed: int) -> int | None:
        """Return the room for an answer to one more prompt; None for no limit."""
        account = self._account
        if self._allowance is None or account.raw is None:
            return None
        sent, said = self._taken(account.raw)
        taken = together(account.answers)
        lost = max(account.attempts - len(account.answers), 0)
        asked = len(account.answers) * sent if taken.prompt_tokens is None else taken.prompt_tokens
        told = len(account.answers) * said if taken.output_tokens is None else taken.output_tokens
        return self._allowance.room(asked + lost * sent + prompt, told + lost * said, needed)

    def _taken(self, raw: Raw) -> tuple[int, int]:
        """Return the tokens of the last request and its answer, estimated where not counted."""
        sent = raw.count("prompt_eval_count", "input_tokens")
        said = raw.count("eval_count", "output_tokens")
        planned = self._account.plan.tokens if self._account.plan else 0
        return (
            planned if sent is None else sent,
            _thirds(raw.text) if said is None else said,
        )

    async def _pause(self, seconds: float) -> None:
        if not seconds:
            return
        start = asyncio.get_running_loop().time()
        try:
            await self._gateway.sleep(seconds)
        except asyncio.CancelledError:  # the deadline, or the caller: counted and raised again
            self._account.waited_s += asyncio.get_running_loop().time() - start
            raise
        self._account.waited_s += seconds

    def _may_repeat(self, state: RetryCallState) -> bool:
        """Follow the table; go to another host at once, and wait for none that never answered."""
        fault = _fault(state)
        if fault is None:
            return False
        if fault.stale and self._stale < MOST_STALE:
            self._stale += 1  # the server took no notice of the request
            return True
        if self._gateway.hosts.can_move(fault, self._failed):
            return True
        if fault.kind is Outcome.UNREACHABLE and not fault.seen_before:
            return False
        return state.attempt_number - self._stale <= TABLE[fault.kind].extra_attempts

    def _wait(self, state: RetryCallState) -> float:
        fault = _fault(state)
        if fault is not None and (fault.stale or self._gateway.hosts.can_move(fault, self._failed)):
            return 0.0
        return _backoff(state)

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


def _thirds(text: str, messages: int = 0) -> int:
    return thirds(len(text.encode("utf-8", "replace")), messages)


def _fault(state: RetryCallState) -> WireError | None:
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, WireError) else None
