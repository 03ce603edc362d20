"""What of a report is left to a model, and who decides whether what it puts there is printed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from chimera.agent import Agent
from chimera.models.size import is_small
from chimera.prose import Gate

MOST_REASONS: Final = 8  # quoted to a model at a time


def writes(agent: Agent[Any]) -> bool:
    """Return whether an agent may write sentences.

    Not where its model is small, and not in a language whose words the checks do not know.
    """
    return not is_small(agent.model_name) and (agent.persona.rules.language or "en") == "en"


def gate_of(agent: Agent[Any], task: str, names: Collection[str] = ()) -> Gate:
    """Return a gate for one answer of an agent to a task."""
    persona = agent.persona
    return Gate(rules=persona.rules, names=names, prompts=(persona.prompt, task))


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
