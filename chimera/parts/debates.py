"""Debate: several speakers, some rounds, and a judge."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, TypedDict, Unpack

from pydantic import TypeAdapter, ValidationError

from chimera.errors import ConfigError, StageError
from chimera.parts.fields import Fields, at_least_one, check_options, spelled, without_none
from chimera.parts.node import Done, Part, desk, passes, run_inner, told
from chimera.parts.reading import Reading, Reads
from chimera.parts.turns import Debate, Speech, text_of
from chimera.parts.workers import Work, Worker, in_nodes

if TYPE_CHECKING:
    from langgraph.graph import StateGraph

    from chimera.stages import StageContext

_NEXT = "next round"


class Rules(TypedDict, total=False):
    """Bounds of a debate, and where it is kept.

    Attributes:
        rounds: How many rounds; 2 if left out.
        at_once: Most speakers of a round that speak at the same time; 4 if left out.
        seconds: How long one speech or the verdict may take; no limit if left out.
        characters: Most characters of a speech that are kept; 4,000 if left out.
        transcript: Field of the state that keeps the speeches, a list of `Speech`.
    """

    rounds: int
    at_once: int
    seconds: float
    characters: int
    transcript: str


class Floor(TypedDict, total=False):
    """State of the graph inside a debate."""

    motion: Any
    round: int
    said: Annotated[list[dict[str, Any]], operator.add]
    verdict: Any
    gaps: Annotated[list[str], operator.add]
    calls: Annotated[list[dict[str, Any]], operator.add]


def debate(
    graph: StateGraph[Any, Any, Any, Any],
    name: str,
    speakers: Sequence[Work] | Mapping[str, Work],
    judge: Work,
    *,
    reads: Reads,
    writes: str,
    **rules: Unpack[Rules],
) -> None:
    """Add a node in which speakers debate what the state holds, and a judge gives a verdict.

    Functions are given a `Debate`. The speakers of a round hear the rounds before, speak at the
    same time and stand in the transcript in the order in which they are given here. A speech that
    fails is a gap; where nobody has spoken there is no verdict.

    Args:
        graph: The graph.
        name: Name of the node.
        speakers: Two or more agents, names of the project's, or async functions of a `Debate`;
            a mapping gives them other names.
        judge: One more.
        reads: Field of the state that is debated, or several.
        writes: Field for the verdict, whose type is the verdict's.
        rules: See `Rules`.

    Raises:
        ConfigError: If the state lacks a field, or a bound or a speaker cannot be used.
        StageError: (by the node) if a speech or the verdict fails and the state has no `gaps`.
    """
    part = f"debate {name!r}"
    check_options(rules, Rules.__annotations__, part)
    bounds = ("rounds", "at_once", "seconds", "characters")
    at_least_one(part, **{bound: rules.get(bound) for bound in bounds})  # type: ignore[arg-type]
    fields = Fields(graph, part)
    if place := rules.get("transcript"):
        _check_transcript(fields, place)
    work = _Debate(
        name=name,
        fields=fields,
        speakers=_named(speakers, part, rules.get("seconds")),
        judge=Worker(judge, part, rules.get("seconds")),
        reading=Reading(fields, reads, "its motion"),
        writes=writes,
        judged=without_none(fields.type_of(writes, "writes its verdict to", "Verdict | None")),
        rules=rules,
    )
    workers = [*work.speakers.values(), work.judge]
    Part(name=name, fields=fields, work=work.work, workers=workers, inner=work.inner()).add_to(
        graph
    )


@dataclass(frozen=True, kw_only=True)
class _Debate:
    name: str
    fields: Fields
    speakers: dict[str, Worker]
    judge: Worker
    reading: Reading
    writes: str
    judged: Any
    rules: Rules

    @property
    def rounds(self) -> int:
        return self.rules.get("rounds", 2)

    async def work(self, state: Any, inner: Any) -> Done:  # noqa: ANN401
        start = {"motion": self.reading.plain(state), "round": 1}
        at_once = self.rules.get("at_once", 4)
        found = await run_inner(inner, start, at_once=at_once, steps=2 * self.rounds + 5)
        update = {self.writes: found["verdict"]} if "verdict" in found else {}
        if place := self.rules.get("transcript"):
            update[place] = self._speeches(found)
        return Done(update, found["gaps"], found["calls"])

    def inner(self) -> Any:  # noqa: ANN401  a compiled graph
        """Return the graph inside: all speakers, the next round or the judge."""
        from langgraph.graph import END, START, StateGraph

        inner: StateGraph[Any, Any, Any, Any] = StateGraph(Floor)
        names, judge = list(self.speakers), self.judge.name
        judge = f"{judge} judges" if judge in names else judge
        for speaker in names:
            inner.add_node(speaker, self._speaks(speaker))
            inner.add_edge(START, speaker)
        inner.add_node(_NEXT, self._next)
        inner.add_node(judge, self._judge)
        inner.add_edge(names, _NEXT)
        inner.add_conditional_edges(
            _NEXT, lambda state: names if state["round"] <= self.rounds else judge, [*names, judge]
        )
        inner.add_edge(judge, END)
        return inner.compile()

    def _speaks(self, speaker: str) -> Any:  # noqa: ANN401  what LangGraph takes as a node
        async def speak(state: Floor) -> dict[str, Any]:
            async with desk().one() as context:
                try:
                    said = await self.speakers[speaker](self._heard(state, speaker), Any, context)
                except Exception as error:  # noqa: BLE001  recorded, or raised again
                    return self._failed(error, f"{speaker} in round {state['round']}", context)
            text = self._kept(text_of(said), speaker, context)
            speech = Speech(round=state["round"], speaker=speaker, text=text)
            return {"said": [speech.model_dump()], "gaps": context.gaps, "calls": desk().calls()}

        return speak

    async def _next(self, state: Floor) -> dict[str, Any]:
        return {"round": state["round"] + 1}

    async def _judge(self, state: Floor) -> dict[str, Any]:
        if not state["said"]:
            silence = StageError("nobody has spoken, so there is nothing to judge")
            return self._failed(silence, self.judge.name, replace(desk().context, gaps=[]))
        last = {**state, "round": self.rounds}
        async with desk().one() as context:
            try:
                verdict = await self.judge(self._heard(last, None), self.judged, context)
            except Exception as error:  # noqa: BLE001  recorded, or raised again
                return self._failed(error, self.judge.name, context)
        return {"verdict": verdict, "gaps": context.gaps, "calls": desk().calls()}

    def _heard(self, state: Mapping[str, Any], speaker: str | None) -> Debate:
        return Debate(
            motion=self.reading.typed(state["motion"]),
            speeches=[Speech(**one) for one in self._speeches(state)],
            speaker=speaker,
            round=state["round"],
            rounds=self.rounds,
        )

    def _speeches(self, state: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return what was said, round by round, in the order of the speakers."""
        order = list(self.speakers)
        return sorted(state["said"], key=lambda one: (one["round"], order.index(one["speaker"])))

    def _kept(self, text: str, speaker: str, context: StageContext) -> str:
        """Return a speech within its bound; a warning says if it was cut."""
        most = self.rules.get("characters", 4000)
        if len(text) <= most:
            return text
        context.session.warn(
            f"{self.name}: of {len(text)} characters {speaker} said, {most} were kept"
        )
        return f"{text[:most]} […]"

    def _failed(self, error: Exception, who: str, context: StageContext) -> dict[str, Any]:
        if passes(error) or "gaps" not in self.fields:
            raise error
        context.gap(f"{who}: {told(error)}")
        return {"gaps": context.gaps, "calls": desk().calls()}


def _check_transcript(fields: Fields, place: str) -> None:
    """Refuse a list that cannot hold speeches, before they are held."""
    kind = fields.item_of(place, "writes its transcript to")
    try:
        TypeAdapter(kind).validate_python(Speech(round=1, speaker="", text="").model_dump())
    except ValidationError:
        raise ConfigError(
            f"{fields.part} writes its transcript to {place!r}, a list of {spelled(kind)}: declare"
            f" `{place}: list[Speech]`, from chimera.parts"
        ) from None


def _named(
    speakers: Sequence[Work] | Mapping[str, Work], part: str, seconds: float | None
) -> dict[str, Worker]:
    """Return the speakers by name."""
    if isinstance(speakers, str):
        raise ConfigError(f"{part}: speakers={speakers!r} must list two speakers or more")
    if isinstance(speakers, Mapping):
        named = [(in_nodes(name), Worker(work, part, seconds)) for name, work in speakers.items()]
    else:
        workers = [Worker(work, part, seconds) for work in speakers]
        named = [(worker.name, worker) for worker in workers]
    found = dict(named)
    if taken := sorted(found.keys() & {_NEXT, "__start__", "__end__"}):
        raise ConfigError(f"{part}: no speaker can be called {taken[0]!r}: give another name")
    if len(found) < len(named):
        raise ConfigError(f"{part}: two speakers have one name; give a mapping of names to them")
    if len(found) < 2:  # noqa: PLR2004  one does not debate
        raise ConfigError(f"{part} needs two speakers or more, not {list(found)!r}")
    return found
