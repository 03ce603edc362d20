"""Parts of a graph that are easy to get wrong: each function adds one node to a `StateGraph`.

In come a graph of your own and workers, which are agents or async functions. Out comes a node like
any other, to be wired with edges: a timed stage whose update is validated, always with bounds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimera.lazy import attach

if TYPE_CHECKING:
    from chimera.parts.debates import debate as debate
    from chimera.parts.fallbacks import fallback as fallback
    from chimera.parts.fans import fan_out as fan_out
    from chimera.parts.joins import join as join
    from chimera.parts.loops import loop as loop
    from chimera.parts.routes import route as route
    from chimera.parts.turns import Debate as Debate
    from chimera.parts.turns import Failure as Failure
    from chimera.parts.turns import Speech as Speech
    from chimera.parts.turns import Turn as Turn
    from chimera.parts.turns import Verdict as Verdict

__all__ = [
    "Debate",
    "Failure",
    "Speech",
    "Turn",
    "Verdict",
    "debate",
    "fallback",
    "fan_out",
    "join",
    "loop",
    "route",
]

_HOME = {
    "Debate": "turns",
    "Failure": "turns",
    "Speech": "turns",
    "Turn": "turns",
    "Verdict": "turns",
    "debate": "debates",
    "fallback": "fallbacks",
    "fan_out": "fans",
    "join": "joins",
    "loop": "loops",
    "route": "routes",
}

if not TYPE_CHECKING:
    __getattr__, __dir__ = attach(__name__, _HOME)
