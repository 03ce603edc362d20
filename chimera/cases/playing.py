"""A case is asked, and its answer judged: along the way of every call, with or without a model."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from chimera import session as sessions
from chimera.cases.casefile import ANSWER_CHARS, Case
from chimera.cases.drift import changes
from chimera.cases.recording import (
    MOST_REQUESTS,
    Answered,
    Recording,
    Said,
    accepted,
    prompt_hash,
)
from chimera.cases.suites import Suite
from chimera.errors import ConfigError, NotFoundError, SetupError
from chimera.flaws import Flaw
from chimera.session import DEFAULT_MODEL, NO_MODEL, ModelChoice, Session

if TYPE_CHECKING:
    from chimera.agent import Agent
    from chimera.models.answer import Answer, Raw
    from chimera.models.request import Request
    from chimera.persona import Persona
    from chimera.project import Project

Status = Literal["passed", "failed", "unanswered", "stale", "drifted"]
STATUSES: tuple[Status, ...] = ("passed", "failed", "unanswered", "stale", "drifted")
WRITTEN = "written by hand"
UNANSWERED = "has no answer: record one with --live --record, or write one into the case"
STALE = "the recorded answer is one to another prompt: record again with --live --record"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a case.

    Attributes:
        suite: Name of the file.
        case: Name of the case.
        line: Line it begins on.
        status: What counts: a failure before a missing or a stale answer, and that before drift.
        problems: What the answer breaks or misses, a sentence each.
        drift: What has changed in the persona since it was accepted, in lines.
        answer: The answer; empty if there is none.
        model: Who gave it: provider:name, or that it was written by hand.
        repaired: Whether it is the answer to a complaint about a first one.
    """

    suite: str
    case: str
    line: int
    status: Status
    problems: tuple[str, ...] = ()
    drift: tuple[str, ...] = ()
    answer: str = ""
    model: str = ""
    repaired: bool = False

    @property
    def passed(self) -> bool:
        """Whether all is well."""
        return self.status == "passed"

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return asdict(self)


class Player:
    """Asks the cases of one file; a lenient one lets a changed persona pass.

    Attributes:
        suite: The file.
        recording: What is recorded for it, with the live answers that were judged.
        agent: Who is asked.
        drift: What has changed in the persona since it was accepted, in lines.
    """

    def __init__(
        self,
        project: Project,
        suite: Suite,
        *,
        live: bool = False,
        choice: ModelChoice | None = None,
        lenient: bool = False,
    ) -> None:
        self._project = project
        self._choice = choice or ModelChoice()
        self._live = live
        self._lenient = lenient
        self.suite = suite
        self.recording = Recording.load(suite.recorded)
        self.agent = speaker(project, suite, self._choice)
        self.drift = tuple(self._drift())
        if live and self.agent.silent:
            raise SetupError(f"a live test needs a model; it was set to {NO_MODEL!r}")

    async def play(self, case: Case) -> Verdict:
        """Ask one case and judge its answer.

        Raises:
            ConfigError: If what is asked cannot be read.
        """
        question = self.suite.question(case)
        if self._live and not case.is_of_rules:
            return await self._ask(case, question)
        if case.answer is not None:
            return await self._replay(case, question, [Said(prompt="0" * 64, text=case.answer)])
        known = self.recording.answers.get(case.name)
        if known is None:
            return self._verdict(case, "unanswered", [UNANSWERED])
        return await self._replay(case, question, known.said, known.model)

    def record(self) -> None:
        """Keep the live answers, and no longer those of cases that are gone.

        Raises:
            SetupError: If they cannot be written.
        """
        names = {case.name for case in self.suite.file.cases}
        kept = {name: one for name, one in self.recording.answers.items() if name in names}
        self.recording = self.recording.model_copy(update={"answers": kept})
        self.recording.save(self.suite.recorded)

    @property
    def is_accepted(self) -> bool:
        """Whether the persona is the accepted one, and that is on record."""
        wanted, known = self.suite.file.accepted, self.recording.accepted
        return known is not None and wanted == known.hash == self.agent.persona.hash

    def accept(self) -> None:
        """Accept the persona as it is: its hash in the file of tests, itself in the recording.

        Raises:
            SetupError: If it cannot be written.
        """
        persona = self.agent.persona
        self.recording = self.recording.model_copy(update={"accepted": accepted(persona)})
        self.recording.save(self.suite.recorded)
        if self.suite.file.accepted != persona.hash:
            self.suite.accept(persona.hash)

    async def _replay(
        self, case: Case, question: str, said: Sequence[Said], model: str = ""
    ) -> Verdict:
        from chimera.testing.clock import FakeClock
        from chimera.testing.scripted import ScriptedModel

        door = _Replay(said)
        agent = replace(self.agent, model=ScriptedModel(), base_url=None, fallbacks=())
        session = Session(project=self._project, clock=FakeClock(), journal=door)
        answer = await _called(agent, question, session)
        stale = bool(model) and door.stale
        return self._judged(case, answer, stale=stale, model=model or WRITTEN, asked=door.asked)

    async def _ask(self, case: Case, question: str) -> Verdict:
        door = _Tape()
        session = Session(project=self._project, choice=self._choice, journal=door)
        answer = await _called(self.agent, question, session)
        name = answer.record.model
        short = all(len(said.text) <= ANSWER_CHARS for said in door.said)
        if door.said and short and answer.record.outcome.value in _JUDGED:
            self.recording.answers[case.name] = Answered(
                model=name,
                recorded=session.clock.now().date().isoformat(),
                persona=self.agent.persona.hash,
                said=tuple(door.said[:MOST_REQUESTS]),
            )
        return self._judged(case, answer, stale=False, model=name, asked=len(door.said))

    def _judged(
        self, case: Case, answer: Answer[Any], *, stale: bool, model: str, asked: int
    ) -> Verdict:
        problems = _problems(case, answer)
        status: Status = "failed" if problems else "passed"
        if stale:
            problems.append(STALE)
            status = status if status == "failed" else "stale"
        verdict = self._verdict(case, status, problems)
        return replace(verdict, answer=answer.text, model=model, repaired=asked > 1 and answer.ok)

    def _verdict(self, case: Case, status: Status, problems: list[str]) -> Verdict:
        if status == "passed" and self.drift and not self._lenient:
            status = "drifted"
        line = self.suite.line(case)
        return Verdict(self.suite.name, case.name, line, status, tuple(problems), self.drift)

    def _drift(self) -> list[str]:
        """Return what has changed since the persona was accepted, in lines."""
        persona, wanted = self.agent.persona, self.suite.file.accepted
        if wanted is None or wanted == persona.hash:
            return []
        known = self.recording.accepted
        if known is None or known.hash != wanted:
            return ["what has changed cannot be told: the accepted persona is not recorded"]
        return changes(known.persona, persona.model_dump(mode="json"))


_JUDGED = frozenset({"ok", "rules_broken", "schema_invalid"})


def speaker(project: Project, suite: Suite, choice: ModelChoice) -> Agent[Any]:
    """Return who is asked by a file of tests.

    Raises:
        ConfigError: If there is no such persona or agent, or it calls tools; the message names the
            line.
    """
    from chimera.agent import Agent

    file = suite.file
    try:
        if file.agent is not None:
            agent = Agent.from_project(project, file.agent, choice)
            return replace(_without_tools(agent, suite), memory=None)  # a case has no past
        persona = _with_values(project.persona(file.persona or ""), suite)
    except NotFoundError as error:
        key = "persona" if file.agent is None else "agent"
        raise ConfigError.of(suite.document.problem(str(error), key)) from None
    model = choice.model or sessions.environment_model() or DEFAULT_MODEL
    hosts = project.file().models.hosts if str(model).startswith("ollama:") else None
    return Agent(persona=persona, model=model, base_url=choice.base_url or hosts or None)


def _without_tools(agent: Agent[Any], suite: Suite) -> Agent[Any]:
    """Return the agent; refuse one with tools, which would run in every replay."""
    if agent.tools or agent.mcp:
        said = f"agent {agent.name!r} calls tools: test its persona here, and the agent in Python"
        raise ConfigError.of(suite.document.problem(said, "agent"))
    return agent


def _with_values(persona: Persona, suite: Suite) -> Persona:
    """Return the persona with the values that its tests give."""
    values = suite.file.variables
    flaws = [replace(f, where=("variables", *f.where)) for f in persona.flaws_of(values)]
    missing = ", ".join(name for name in persona.lacking if name not in values)
    if missing:
        said = f"{persona.name!r} needs values for {missing}: give them under variables"
        flaws.append(Flaw(said, ("persona",)))
    if flaws:
        raise ConfigError.of(*(suite.document.told(flaw) for flaw in flaws))
    return persona.with_values(values)


class _Replay:
    """Answers in the server's place as it was recorded; the last answer serves again and again."""

    def __init__(self, said: Sequence[Said]) -> None:
        self._said = said
        self.asked = 0
        self.stale = False

    async def __call__(self, request: Request, _: Callable[[], Awaitable[Raw]], /) -> Raw:
        from chimera.models.answer import Raw

        given = self._said[min(self.asked, len(self._said) - 1)]
        self.asked += 1
        self.stale = self.stale or given.prompt != prompt_hash(request)
        return Raw(text=given.text, thought=False, info={"done_reason": "stop"}, usage={})


class _Tape:
    """Sends every request, and keeps what comes back."""

    def __init__(self) -> None:
        self.said: list[Said] = []

    async def __call__(self, request: Request, send: Callable[[], Awaitable[Raw]], /) -> Raw:
        raw = await send()
        self.said.append(Said.model_construct(prompt=prompt_hash(request), text=raw.text))
        return raw


async def _called(agent: Agent[Any], question: str, session: Session) -> Answer[Any]:
    with sessions.active(session):
        return await agent.call(question)


def _problems(case: Case, answer: Answer[Any]) -> list[str]:
    """Return what an answer breaks or misses."""
    outcome, detail = answer.record.outcome.value, answer.record.detail or "no detail"
    if outcome == "rules_broken" and case.expect.rules == "broken":
        return case.expect.missed_by(answer.text)
    if outcome == "rules_broken":
        return [f"breaks the persona's rules: {detail}", *case.expect.missed_by(answer.text)]
    if outcome == "schema_invalid":
        return [f"does not fit the output contract: {detail}"]
    if not answer.ok:
        return [f"no answer: {outcome} ({detail})"]
    found = case.expect.missed_by(answer.text)
    if case.expect.rules == "broken":
        found.insert(0, "keeps the persona's rules, which ought to refuse it")
    return found
