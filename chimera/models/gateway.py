"""The one door to a language model: every call is planned, limited, retried and accounted for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar, overload

from langchain_core.language_models import BaseChatModel
from pydantic import BaseModel

from chimera.models.account import Account
from chimera.models.answer import Answer
from chimera.models.asking import Asking, Check, Wanted
from chimera.models.deadline import Deadline
from chimera.models.events import emit
from chimera.models.faults import WireError
from chimera.models.hosts import Hosts
from chimera.models.listener import accounted
from chimera.models.measures import finish_reason
from chimera.models.options import ModelOptions
from chimera.models.prompt import Prompt, Section
from chimera.models.records import CallRecord
from chimera.models.request import Door, straight
from chimera.models.sender import OnText
from chimera.models.spans import Particulars, export
from chimera.models.timeouts import Timeouts

__all__ = ["Answer", "CallSite", "Gateway", "Prompt", "Section"]

T = TypeVar("T", bound=BaseModel)
Sleep = Callable[[float], Awaitable[None]]


def _forget(_: CallRecord) -> None:
    """Keep no record: whoever asks has it from the answer."""


@dataclass(frozen=True, slots=True)
class CallSite:
    """Where a call belongs: its id within the run, its stage and its agent.

    Attributes:
        fallback_for: Model whose failed call this one stands in for.
        asked_s: Seconds from the start of the run to the call; None outside of a run.
        keep: Is given the record however the call ends, also where it is cancelled.
    """

    id: str
    stage: str | None = None
    agent: str | None = None
    fallback_for: str | None = None
    asked_s: float | None = None
    keep: Callable[[CallRecord], None] = _forget


class Gateway:
    """Asks one model with one set of options; may be shared by concurrent tasks.

    Args:
        model: Any LangChain chat model, or the hosts of one.
        name: `provider:name`, for the record.
        options: The options the model was made with; the window and the answer's room count here.
        timeouts: `slot` and `total` are held here; the rest is the model's own.
        sleep: Waits between two attempts, in seconds.
        clock: Seconds that never go backwards.

    Attributes:
        door: What every request passes on its way to the server; one that sends it, unless set.
    """

    def __init__(
        self,
        model: BaseChatModel | Hosts,
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
        self.hosts = model if isinstance(model, Hosts) else Hosts([model])
        self.door: Door = straight
        self.sleep = sleep
        self.clock = clock

    def __repr__(self) -> str:
        return f"Gateway({self.name!r})"

    @property
    def place(self) -> str:
        """The model and where it is asked, as one word."""
        return " ".join([self.name, *(host.address for host in self.hosts.all)])

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
        started_ns = time.time_ns()
        account = Account(call.id, call.stage, call.agent, self.name, self.clock())
        account.fallback_for, account.asked_s = call.fallback_for, call.asked_s
        deadline = Deadline(self.timeouts.total)
        asking = Asking(self, account, deadline, prompt, Wanted(output, on_text, check))
        token = accounted.set(True)
        try:
            async with deadline:
                await asking.run()
        except WireError as fault:
            account.fail(fault)
        except TimeoutError:
            account.run_out(self.timeouts.total)
        except asyncio.CancelledError:
            account.give_up()
            self._keep(account, call, Particulars(started_ns, output is not None, None))
            raise
        finally:
            accounted.reset(token)
        await asking.look_back()
        reason = finish_reason(account.raw.info) if account.raw else None
        record = self._keep(account, call, Particulars(started_ns, output is not None, reason))
        return Answer(asking.value, asking.text, record, asking.tool_calls)

    def _keep(self, account: Account, call: CallSite, particulars: Particulars) -> CallRecord:
        """Make the record of a call that ended, and give it to all who keep one."""
        record = account.record(self.clock())
        emit("model.call.finished", **record.model_dump(mode="json", exclude={"receipt"}))
        export(record, self.options, particulars)
        call.keep(record)
        return record
