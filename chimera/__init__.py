"""Chimera: the local multi-agent library whose reports you can check."""

from typing import TYPE_CHECKING

from chimera.lazy import attach

if TYPE_CHECKING:
    from chimera.agent import Agent as Agent
    from chimera.errors import ChimeraError as ChimeraError
    from chimera.errors import RunError as RunError
    from chimera.errors import SetupError as SetupError
    from chimera.persona import Persona as Persona
    from chimera.project import Project as Project
    from chimera.runs import Run as Run
    from chimera.runs import arun as arun
    from chimera.runs import astream as astream
    from chimera.runs import run as run
    from chimera.stages import stage as stage

__all__ = [
    "Agent",
    "ChimeraError",
    "Persona",
    "Project",
    "Run",
    "RunError",
    "SetupError",
    "arun",
    "astream",
    "run",
    "stage",
]

_HOME = {
    "Agent": "agent",
    "ChimeraError": "errors",
    "Persona": "persona",
    "Project": "project",
    "Run": "runs",
    "RunError": "errors",
    "SetupError": "errors",
    "arun": "runs",
    "astream": "runs",
    "run": "runs",
    "stage": "stages",
}

if not TYPE_CHECKING:
    _attribute, __dir__ = attach(__name__, _HOME)

    def __getattr__(name: str) -> object:
        if name == "__version__":
            from importlib.metadata import version

            return version("chimera-agents")
        return _attribute(name)
