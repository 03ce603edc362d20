"""The context budget of one call: window and plan before it, the proof after it."""

from __future__ import annotations

import asyncio
import os
from typing import Final

from chimera.models import calibration
from chimera.models.answer import Raw
from chimera.models.estimate import Estimate
from chimera.models.faults import WireError
from chimera.models.hosts import Host
from chimera.models.options import ModelOptions
from chimera.models.prefixes import Prefixes
from chimera.models.prompt import Plan, Prompt, budget, plan, replan
from chimera.models.records import Outcome
from chimera.models.request import Request
from chimera.models.window import choose, needed, whole

MOST_PLANS: Final = 4  # plans of one call: each after the first answers a prompt found too long

_TOOL_TEXT: Final = 1024  # tokens that a template may add to explain tools, with room to spare
_UNLIMITED: Final = 10**9  # tokens; the window of another provider is for its server to know
_prefixes: Final = Prefixes()


class Planner:
    """Plans the prompt of one call, and again where the server finds it too long.

    Attributes:
        window: The context window to ask for, in tokens; None for providers that have none to set.
        estimate: What the last request was expected to take; None before there was one.
        shared_bytes: What the last request shared with an earlier prompt, in bytes.
    """

    def __init__(self, prompt: Prompt, options: ModelOptions) -> None:
        self.window = options.num_ctx
        self.estimate: Estimate | None = None
        self.shared_bytes: int | None = None
        self._prompt = prompt
        self._options = options
        self._calibration = calibration.of_user()
        self._unsaved = False
        self._model = ""
        self._host: Host | None = None
        self._plan: Plan | None = None
        self._plans = 0
        self._modern = False
        self._plain = not (prompt.tools or prompt.turns)

    async def first(self, host: Host) -> Plan:
        """Return the plan to begin with; where no window was set, choose it by the whole prompt."""
        known = await host.catalogue()
        self._host = host
        # Servers that list a model's own length are younger than the field `truncate`.
        self._modern = known.longest(host.model_name) is not None
        self._model = known.digest(host.model_name) or host.model_name
        if self.window is None and host.endpoint is not None:
            everything = plan(self._prompt, _UNLIMITED, self._measure)
            in_use = await host.loaded_window() if known.version else None
            longest = known.longest(host.model_name)
            self.window = choose(needed(everything.tokens, self._options), in_use, longest)
        return self._planned(plan(self._prompt, self._budget(self.window), self._measure))

    def after(self, fault: WireError) -> Plan | None:
        """Return a plan for a prompt found too long, None where there is no smaller one.

        The server's own count teaches the estimate. A window that was not set may grow first.
        """
        plan_, counted = self._plan, fault.prompt_tokens
        if plan_ is None or fault.kind is not Outcome.PROMPT_TOO_LONG or self._plans >= MOST_PLANS:
            return None
        if counted:
            self._note(plan_.sent_bytes, plan_.messages, counted)
        in_force = min(fault.num_ctx or self.window or _UNLIMITED, self.window or _UNLIMITED)
        if self._may_grow(counted, in_force):
            return self._planned(plan_)
        smaller = replan(
            self._prompt,
            plan_,
            counted_tokens=counted,
            tokens=self._budget(in_force),
            measure=self._measure,
        )
        return self._planned(smaller) if smaller else None

    def sending(self, host: Host, request: Request) -> None:
        """Take in what is about to be sent."""
        self._host = host
        size, messages = request.size, len(request.messages)
        self.estimate = self._calibration.estimate(self._model, size, messages)
        self.shared_bytes = _prefixes.share((host.address, self._model), request.said)

    def proof(self, raw: Raw) -> bool | None:
        """Return whether the last request reached the model whole; learn from the server's count.

        Raises:
            WireError: If the count shows that the server cut it: the answer is one to another
                question.
        """
        estimate, counted = self.estimate, raw.count("prompt_eval_count", "input_tokens")
        if estimate is None or self.window is None or self._host is None:
            return None
        if self._host.endpoint is None:  # other providers refuse what they cannot take
            return None
        if not self._plain:  # how a template writes tools is not ours to measure
            return 2 * estimate.sent_bytes + _TOOL_TEXT <= self._in_force() or None
        proven = whole(estimate, counted, self._in_force(), shared_bytes=0)
        if proven is False and self._modern:
            proven = None  # it was told not to cut, and would have refused
        if proven is False:
            fault = WireError(
                Outcome.PROMPT_TOO_LONG,
                f"the server cut the prompt: it counted {counted} tokens of some"
                f" {estimate.expected} in a window of {self.window}",
            )
            fault.num_ctx = self.window
            raise fault
        if counted:
            self._note(estimate.sent_bytes, estimate.messages, counted)
        return proven

    async def keep(self) -> None:
        """Write what was learned of the model, where that is worth it; in a thread."""
        if self._unsaved:
            self._unsaved = False
            await asyncio.to_thread(self._calibration.save)

    def _note(self, sent_bytes: int, messages: int, counted: int) -> None:
        if self._calibration.note(self._model, sent_bytes, messages, counted):
            self._unsaved = True

    def counted_enough(self, raw: Raw) -> bool:
        """Return whether the server's count alone shows that nothing is missing."""
        counted = raw.count("prompt_eval_count", "input_tokens")
        estimate = self.estimate
        return bool(counted and estimate and estimate.known and counted >= estimate.least)

    def _in_force(self) -> int:
        """Return the window as the server said it last for what is asked for, in tokens."""
        told = self._host.told_window(self.window) if self._host else None
        return told or self.window or _UNLIMITED

    def _planned(self, planned: Plan) -> Plan:
        self._plan = planned
        self._plans += 1
        return planned

    def _budget(self, window: int | None) -> int:
        return _UNLIMITED if window in {None, _UNLIMITED} else budget(self._options, window)

    def _measure(self, sent_bytes: int, messages: int) -> int:
        return self._calibration.estimate(self._model, sent_bytes, messages).most

    def _may_grow(self, counted: int | None, in_force: int) -> bool:
        """Take a larger window where none was set, the prompt needs it and the model has it."""
        if self._options.num_ctx is not None or not counted or self.window is None:
            return False
        if in_force < self.window:  # the server's way to say that the model has no more
            return False
        wanted = choose(needed(counted, self._options), self.window)
        grows = wanted > self.window
        self.window = wanted
        return grows


def _start_anew_in_child() -> None:
    """Replace a lock that another thread may have held at the fork."""
    _prefixes.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew_in_child)
