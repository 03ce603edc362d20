"""One question of an agent on its way to its model, or to a fallback; who listens is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chimera.errors import ConfigError
from chimera.events import ModelAsked, ModelCalled
from chimera.gateways import first_answer
from chimera.progress import Told
from chimera.session import running

if TYPE_CHECKING:
    from chimera.agent import Agent
    from chimera.models.gateway import Answer, Gateway, Prompt
    from chimera.models.records import CallRecord
    from chimera.models.sender import OnText
    from chimera.session import Session

Check = Callable[[str, Any], list[str]]


@dataclass(frozen=True, slots=True)
class Call:
    """What an agent is asked, and for whom.

    Attributes:
        agent: Who is asked.
        session: Whose account it goes on.
        stage: The stage it belongs to.
        output: Output contract; None for text.
        check: Says what is wrong with an answer.
        heard: Hears the text as it arrives; its `again` that the answer begins anew.
    """

    agent: Agent[Any]
    session: Session
    stage: str | None
    output: type[Any] | None
    check: Check
    heard: OnText | None = None

    async def ask(self, prompt: Prompt, *, check: Check | None = None) -> Answer[Any]:
        """Make one accounted call."""

        async def ask(gateway: Gateway, instead_of: str | None) -> Answer[Any]:
            return await self._ask(gateway, instead_of, prompt, check or self.check)

        return await first_answer(self.agent, self.session, ask)

    def again(self) -> None:
        """Tell that what was heard so far is no part of the answer."""
        if listener := self._listener():
            again(listener)

    async def _ask(
        self, gateway: Gateway, instead_of: str | None, prompt: Prompt, check: Check
    ) -> Answer[Any]:
        from chimera.models.gateway import CallSite

        session, agent = self.session, self.agent
        session.emit(ModelAsked(self.stage, agent.name, gateway.name))
        listener = self._listener()
        if instead_of is not None and listener:
            again(listener)  # what was heard of the failed answer is no part of this one
        site = CallSite(
            session.next_call_id(),
            self.stage,
            agent.name,
            fallback_for=instead_of,
            asked_s=session.elapsed_s() if running() else None,
            keep=self._keep,
        )
        answer: Answer[Any] = await gateway.ask(
            prompt, output=self.output, call=site, on_text=listener, check=check
        )
        return answer

    def _keep(self, record: CallRecord) -> None:
        self.session.keep(record)
        self.session.emit(ModelCalled(self.stage, self.agent.name, record))

    def _listener(self) -> OnText | None:
        told: list[OnText] = [self.heard] if self.heard else []
        if self.session.listener:
            structured = self.output is not None
            told.append(Told(self.session, self.stage, self.agent.name, structured=structured))
        return Listeners(told) if len(told) > 1 else next(iter(told), None)


def as_prompt(asked: str | Prompt, system: str) -> Prompt:
    """Return what is asked as a prompt; a text is its only section.

    Raises:
        ConfigError: If it is neither a text nor a prompt.
    """
    from chimera.models.gateway import Prompt, Section

    if isinstance(asked, str):
        return Prompt(system=system, sections=(Section("question", asked),))
    if not isinstance(asked, Prompt):
        raise ConfigError(f"an agent is asked with a text or a Prompt, not {asked!r:.80}")
    return asked


class Listeners:
    """Several listeners as one."""

    def __init__(self, each: list[OnText]) -> None:
        self._each = each

    def __call__(self, text: str) -> None:
        """Tell a piece of text."""
        for one in self._each:
            one(text)

    def again(self) -> None:
        """Tell that the answer begins anew."""
        for one in self._each:
            again(one)


def again(listener: OnText) -> None:
    """Tell that the answer begins anew, where that can be told."""
    if telling := getattr(listener, "again", None):
        telling()
