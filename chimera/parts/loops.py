"""Loop: a writer and a reviewer, until the reviewer is content or the rounds are used up."""

from __future__ import annotations

import json
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, TypedDict, Unpack

from pydantic import BaseModel, TypeAdapter

from chimera.errors import ConfigError, nearest
from chimera.parts.fields import (
    Fields,
    at_least_one,
    check_options,
    check_values,
    spelled,
    without_none,
)
from chimera.parts.node import Done, Part, desk, passes, run_inner, told
from chimera.parts.reading import Reading, Reads
from chimera.parts.turns import Turn, Verdict
from chimera.parts.workers import Work, Worker

if TYPE_CHECKING:
    from langgraph.graph import StateGraph

    from chimera.stages import StageContext


class Rounds(TypedDict, total=False):
    """Bounds of a loop, and where its outcome is kept.

    Attributes:
        rounds: Most rounds; 3 if left out.
        seconds: How long one turn of the writer or the reviewer may take; no limit if left out.
        verdict: Field of the state that keeps the last verdict; its type is the verdict's type.
        content: Field of a verdict that says whether the draft may stay; `content` if left out.
        stopped: Field that says why the loop stopped: `content`, `rounds`, or `failed`.
    """

    rounds: int
    seconds: float
    verdict: str
    content: str
    stopped: str


class Draft(TypedDict, total=False):
    """State of the graph inside a loop."""

    task: Any
    draft: Any
    verdict: Any
    round: int
    stopped: str
    gaps: Annotated[list[str], operator.add]
    calls: Annotated[list[dict[str, Any]], operator.add]


def loop(
    graph: StateGraph[Any, Any, Any, Any],
    name: str,
    writer: Work,
    reviewer: Work,
    *,
    reads: Reads,
    writes: str,
    **options: Unpack[Rounds],
) -> None:
    """Add a node in which a writer and a reviewer take turns.

    Functions are given a `Turn`. The reviewer returns a verdict: a bool, or a model with a field
    that is one, `Verdict` where nothing else is declared. The last draft stands, even if the
    reviewer was never content or a later round failed; then that is a gap.

    Args:
        graph: The graph.
        name: Name of the node.
        writer: An agent, the name of one of the project's, or an async function of a `Turn`.
        reviewer: Likewise.
        reads: Field of the state with the task, or several, read as a mapping of name to value.
        writes: Field for the draft.
        options: See `Rounds`.

    Raises:
        ConfigError: If the state lacks a field, or a bound, a worker or the verdict cannot be used.
        StageError: (by the node) if a turn fails and the state has no `gaps`.
    """
    part = f"loop {name!r}"
    check_options(options, Rounds.__annotations__, part)
    at_least_one(part, rounds=options.get("rounds"), seconds=options.get("seconds"))
    fields = Fields(graph, part)
    seconds = options.get("seconds")
    review = Worker(reviewer, part, seconds)
    work = _Loop(
        name=name,
        reading=Reading(fields, reads, "its task"),
        writes=writes,
        fields=fields,
        writer=Worker(writer, part, seconds),
        reviewer=review,
        judged=_verdict_type(fields, review, options.get("verdict")),
        options=options,
    )
    work.check()
    workers = [work.writer, work.reviewer]
    Part(name=name, fields=fields, work=work.work, workers=workers, inner=work.inner()).add_to(
        graph
    )


@dataclass(frozen=True, kw_only=True)
class _Loop:
    name: str
    reading: Reading
    writes: str
    fields: Fields
    writer: Worker
    reviewer: Worker
    judged: Any
    options: Rounds

    @property
    def rounds(self) -> int:
        return self.options.get("rounds", 3)

    @property
    def draft_type(self) -> Any:  # noqa: ANN401  a type
        return without_none(self.fields.type_of(self.writes, "writes its draft to", "str"))

    def check(self) -> None:
        """Refuse a state in which the outcome would leave no trace."""
        _ = self.draft_type
        check_verdict(self.judged, self.options.get("content", "content"), self.fields.part)
        if "stopped" not in self.options:
            self.fields.need_gaps("name a field for the outcome with stopped=…")
        else:
            kind = self.fields.type_of(self.options["stopped"], "writes why it stopped to", "str")
            check_values(
                kind, ("content", "rounds", "failed"), self.options["stopped"], self.fields
            )

    async def work(self, state: Any, inner: Any) -> Done:  # noqa: ANN401
        start = {"task": self.reading.plain(state), "round": 1}
        found = await run_inner(inner, start, at_once=1, steps=2 * self.rounds + 5)
        named = {"verdict": self.options.get("verdict"), "stopped": self.options.get("stopped")}
        update = {self.writes: found["draft"]} if "draft" in found else {}
        update |= {place: found[key] for key, place in named.items() if place and key in found}
        return Done(update, found["gaps"], found["calls"])

    def inner(self) -> Any:  # noqa: ANN401  a compiled graph
        """Return the graph inside: writer and reviewer, until one of them ends it."""
        from langgraph.graph import END, START, StateGraph

        writer, reviewer = self.writer.name, self.reviewer.name
        if writer == reviewer:
            writer, reviewer = f"{writer} writes", f"{reviewer} reviews"
        inner: StateGraph[Any, Any, Any, Any] = StateGraph(Draft)
        inner.add_node(writer, self._write)
        inner.add_node(reviewer, self._review)
        inner.add_edge(START, writer)
        for here, there in ((writer, reviewer), (reviewer, writer)):
            inner.add_conditional_edges(here, _next(there, END), [there, END])
        return inner.compile()

    async def _write(self, state: Draft) -> dict[str, Any]:
        async with desk().one() as context:
            try:
                draft = await self.writer(self._turn(state), self.draft_type, context)
            except Exception as error:  # noqa: BLE001  recorded, or raised again
                return self._failed(error, state, context)
        return {"draft": draft, "gaps": context.gaps, "calls": desk().calls()}

    async def _review(self, state: Draft) -> dict[str, Any]:
        async with desk().one() as context:
            try:
                verdict = await self.reviewer(self._turn(state), self.judged, context)
            except Exception as error:  # noqa: BLE001  recorded, or raised again
                return self._failed(error, state, context)
            after = self._after(verdict, state["round"], context)
        return {"verdict": verdict, "gaps": context.gaps, "calls": desk().calls(), **after}

    def _after(self, verdict: Any, number: int, context: StageContext) -> dict[str, Any]:  # noqa: ANN401
        """Return how the loop goes on after a verdict."""
        key = self.options.get("content", "content")
        if verdict if isinstance(verdict, bool) else verdict[key]:
            return {"stopped": "content"}
        if number < self.rounds:
            return {"round": number + 1}
        said = json.dumps(verdict, ensure_ascii=False)
        context.gap(f"{self.reviewer.name} was not content after {number} rounds: {said}")
        return {"stopped": "rounds"}

    def _turn(self, state: Draft) -> Turn:
        """Return the turn with its values as the types that are declared for them."""
        kinds = {"draft": self.draft_type, "verdict": self.judged}
        typed = {
            key: TypeAdapter(kind).validate_python(state.get(key))
            for key, kind in kinds.items()
            if key in state
        }
        task = self.reading.typed(state["task"])
        return Turn(task=task, **typed, round=state["round"], rounds=self.rounds)

    def _failed(self, error: Exception, state: Draft, context: StageContext) -> dict[str, Any]:
        """Return the end of a loop in which a turn failed."""
        if passes(error) or "gaps" not in self.fields:
            raise error
        context.gap(f"round {state['round']} failed: {told(error)}")
        return {"stopped": "failed", "gaps": context.gaps, "calls": desk().calls()}


def _next(there: str, end: str) -> Any:  # noqa: ANN401  what LangGraph takes as a branch
    def after(state: Draft) -> str:
        return end if state.get("stopped") else there

    return after


def _verdict_type(fields: Fields, reviewer: Worker, verdict: str | None) -> Any:  # noqa: ANN401
    if verdict is not None:
        kind = fields.type_of(verdict, "writes its verdict to", "Verdict | None")
    else:
        kind = reviewer.gives or Verdict
    return without_none(kind)


def check_verdict(kind: Any, content: str, part: str) -> None:  # noqa: ANN401  a type
    """Refuse a type of verdict that does not say yes or no.

    Raises:
        ConfigError: If it is neither bool nor a model with such a field.
    """
    if kind is bool:
        return
    known = kind.model_fields if isinstance(kind, type) and issubclass(kind, BaseModel) else {}
    if content not in known or known[content].annotation is not bool:
        raise ConfigError(
            f"{part}: the verdict {spelled(kind)} does not say yes or no: it must be bool, or a"
            f" model with `{content}: bool`{nearest(content, known)} (or name its field with"
            " content=…)"
        )
