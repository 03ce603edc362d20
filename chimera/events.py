"""What a listener of a run is told, one class a kind of event.

    async for event in chimera.astream(graph, question):
        match event:
            case ModelText(text=text):
                print(text, end="")
            case StageFinished(stage=name, seconds=seconds):
                print(f"{name}: {seconds:.2f} s")

An event of a package of one's own is one more frozen dataclass on `Event`, with a dotted `name`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from chimera.models.records import CallRecord
    from chimera.tools.record import ToolRecord

__all__ = [
    "Event",
    "FileRead",
    "Gap",
    "ModelAsked",
    "ModelCalled",
    "ModelLoaded",
    "ModelProgress",
    "ModelRestarted",
    "ModelText",
    "StageFinished",
    "StageStarted",
    "ToolAsked",
    "ToolCalled",
    "Warned",
]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a run.

    Attributes:
        name: What kind of thing, as a dotted word.
        stage: Name of the stage it happened in; None outside of one.
    """

    name: ClassVar[str] = "event"
    stage: str | None

    @property
    def facts(self) -> Mapping[str, Any]:
        """What there is to tell beyond name and stage, by key."""
        told = (field.name for field in fields(self))
        return {name: getattr(self, name) for name in told if name != "stage"}


@dataclass(frozen=True, slots=True)
class StageStarted(Event):
    """A stage, or a node of any graph, begins."""

    name: ClassVar[str] = "stage.started"


@dataclass(frozen=True, slots=True)
class StageFinished(Event):
    """A stage has ended well.

    Attributes:
        seconds: From its start to its end.
        model_seconds: Part spent in model calls.
    """

    name: ClassVar[str] = "stage.finished"
    seconds: float
    model_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class FileRead(Event):
    """A file was read.

    Attributes:
        path: The file, relative to its source.
    """

    name: ClassVar[str] = "file.read"
    path: str


@dataclass(frozen=True, slots=True)
class ModelLoaded(Event):
    """A model was loaded before it was asked anything.

    Attributes:
        model: The model as `provider:name`.
        ms: How long that took, in milliseconds; None where the server did not say.
    """

    name: ClassVar[str] = "model.loaded"
    model: str
    ms: float | None


@dataclass(frozen=True, slots=True)
class ModelAsked(Event):
    """An agent asks its model, or a node a model of its own.

    Attributes:
        agent: Name of the agent; None where a node asks without one.
        model: The model as `provider:name`.
    """

    name: ClassVar[str] = "model.asked"
    agent: str | None
    model: str


@dataclass(frozen=True, slots=True)
class ModelText(Event):
    """A piece of an answer in text, as it arrives.

    Attributes:
        agent: Name of the agent that asked.
        text: The piece; never empty.
    """

    name: ClassVar[str] = "model.text"
    agent: str | None
    text: str


@dataclass(frozen=True, slots=True)
class ModelProgress(Event):
    """How far a structured answer is.

    Attributes:
        agent: Name of the agent that asked.
        key: The key being written; None before the first.
        characters: Characters so far.
        pieces: Pieces so far, of about a token each.
    """

    name: ClassVar[str] = "model.progress"
    agent: str | None
    key: str | None
    characters: int
    pieces: int


@dataclass(frozen=True, slots=True)
class ModelRestarted(Event):
    """The question is asked anew: what was told of the answer is no part of it.

    Attributes:
        agent: Name of the agent that asked.
    """

    name: ClassVar[str] = "model.restarted"
    agent: str | None


@dataclass(frozen=True, slots=True)
class ModelCalled(Event):
    """A model call has ended, well or not.

    Attributes:
        agent: Name of the agent that asked; None where a node asked without one.
        record: The account of the call.
    """

    name: ClassVar[str] = "model.called"
    agent: str | None
    record: CallRecord

    @property
    def facts(self) -> Mapping[str, Any]:
        """What there is to tell: agent, record, and of that the outcome and the tokens."""
        record = self.record
        return {
            "agent": self.agent,
            "outcome": record.outcome.value,
            "tokens": record.output_tokens,
            "record": record,
        }


@dataclass(frozen=True, slots=True)
class ToolAsked(Event):
    """A model calls a tool of its agent.

    Attributes:
        agent: Name of the agent.
        tool: Name of the tool, as the model wrote it.
    """

    name: ClassVar[str] = "tool.asked"
    agent: str
    tool: str


@dataclass(frozen=True, slots=True)
class ToolCalled(Event):
    """A call of a tool has ended, well or not.

    Attributes:
        agent: Name of the agent.
        record: The account of the call.
    """

    name: ClassVar[str] = "tool.called"
    agent: str
    record: ToolRecord

    @property
    def facts(self) -> Mapping[str, Any]:
        """What there is to tell: agent, record, and of that tool, outcome and milliseconds."""
        record = self.record
        return {
            "agent": self.agent,
            "tool": record.tool,
            "outcome": record.outcome.value,
            "ms": round(record.ms, 3),
            "record": record,
        }


@dataclass(frozen=True, slots=True)
class Gap(Event):
    """A part of the result will be missing.

    Attributes:
        problem: What, and why.
    """

    name: ClassVar[str] = "gap"
    problem: str


@dataclass(frozen=True, slots=True)
class Warned(Event):
    """Something the user should know, though nothing failed.

    Attributes:
        problem: What it is.
    """

    name: ClassVar[str] = "warning"
    problem: str
