"""For tests of what is built on Chimera: a scripted model, a clock by hand, stand-in servers.

Nothing here needs pytest, and nothing heavy loads before it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimera.lazy import attach

if TYPE_CHECKING:
    from chimera.testing.behaviour import Behaviour as Behaviour
    from chimera.testing.clock import FakeClock as FakeClock
    from chimera.testing.faults import FAULTS as FAULTS
    from chimera.testing.openai import OpenAIStandIn as OpenAIStandIn
    from chimera.testing.scheduler import Machine as Machine
    from chimera.testing.scripted import ScriptedModel as ScriptedModel
    from chimera.testing.scripted import calling as calling
    from chimera.testing.standin import OllamaStandIn as OllamaStandIn

__all__ = [
    "FAULTS",
    "Behaviour",
    "FakeClock",
    "Machine",
    "OllamaStandIn",
    "OpenAIStandIn",
    "ScriptedModel",
    "calling",
]

_HOME = {
    "FAULTS": "faults",
    "Behaviour": "behaviour",
    "FakeClock": "clock",
    "Machine": "scheduler",
    "OllamaStandIn": "standin",
    "OpenAIStandIn": "openai",
    "ScriptedModel": "scripted",
    "calling": "scripted",
}

if not TYPE_CHECKING:
    __getattr__, __dir__ = attach(__name__, _HOME)
