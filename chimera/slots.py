"""What of a report is left to a model, and who decides whether what it puts there is printed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from chimera.agent import Agent
from chimera.models.allowance import Allowance
from chimera.models.records import CallRecord
from chimera.models.size import SMALL
from chimera.prose import Gate

LONGEST_ANSWER: Final = 205  # tokens: num_predict of the analyst, whose answers are the longest
REPORT_PROMPT: Final = 920  # tokens of the report's prompt at most; that of the analysis is smaller
_UNTIL: Final[Mapping[str, Allowance]] = {  # with its end, each stage has left room for those after
    "ingest": Allowance(0, 0),  # no repair: one of a later stage is worth more
    "analysis": Allowance(3000 - REPORT_PROMPT, 550 - LONGEST_ANSWER),
    "report": Allowance(3000, 550),
}
MOST_REASONS: Final = 8  # quoted to a model at a time


async def writes(agent: Agent[Any]) -> bool:
    """Return whether an agent may write sentences.

    Not where its model is small, and not in a language whose words the checks do not know.
    """
    if (agent.persona.rules.language or "en") != "en":
        return False
    size = await agent.parameters()
    return size is None or size >= SMALL


def allowance(stage: str, calls: Iterable[CallRecord]) -> Allowance:
    """Return what a stage's call may take, given the calls of the stages before it.

    The first requests of a run fit whatever a model says; repairs share what they leave.
    """
    return _UNTIL[stage].after(calls, LONGEST_ANSWER)


def gate_of(agent: Agent[Any], task: str, names: Collection[str] = ()) -> Gate:
    """Return a gate for one answer of an agent to a task."""
    persona = agent.persona
    return Gate(rules=persona.rules.in_slots(), names=names, prompts=(persona.prompt, task))


def broken(gate: Gate, texts: Sequence[str]) -> list[str]:
    """Return the rules that sentences break taken together; none where there are none."""
    return gate.rules.broken_by("\n".join(texts)) if texts else []


def wrong_ids(where: str, ids: Sequence[str], known: Collection[str]) -> list[str]:
    """Return what is wrong with a list of ids: unknown ones, and ones that stand in it twice."""
    unknown = [f"{where}: holds an id that is not among those given"]
    twice = [f"{where}: holds an id more than once"]
    return [
        *(unknown if any(name not in known for name in ids) else []),
        *(twice if len(ids) != len(set(ids)) else []),
    ]


def quoted(reasons: Sequence[str]) -> list[str]:
    """Return what is told a model about its answer: each reason once, and not too many."""
    return list(dict.fromkeys(reasons))[:MOST_REASONS]


def trusted(ids: Sequence[str], known: Collection[str]) -> bool:
    """Return whether at least half of the ids of an answer are known; else it was made up."""
    return 2 * sum(name in known for name in ids) >= len(ids)
