"""The typed state of the reference graph.

Bulk data stays in the run folder; the state holds path and hash. Annotations are read by LangGraph
at run time: no aliases, no private attributes, the reducer last.
"""

import operator
from typing import Annotated, Protocol

from pydantic import BaseModel, ConfigDict, Field

from chimera.models.records import CallRecord
from chimera.timing import StageTiming


class Stored(BaseModel):
    """A file of the run folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = Field(description="Where it is.")
    sha256: str = Field(description="Hash of its bytes.")


class Reading(BaseModel):
    """What of the sources is read, how much at most, and where the work is done."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    include: list[str] = Field(
        default_factory=list, description="Patterns as in .gitignore; all files where empty."
    )
    exclude: list[str] = Field(default_factory=list, description="Patterns of what to leave out.")
    gitignore: bool = Field(default=True, description="Leave out what .gitignore files name.")
    caps: dict[str, int] = Field(
        default_factory=dict, description="Caps by name, such as files or seconds."
    )
    executor: str | None = Field(
        default=None, description="dask:ADDRESS of a scheduler; all cores of this machine if none."
    )


class Accounts(BaseModel):
    """What the stages of a bundled graph add of themselves."""

    timings: Annotated[dict[str, StageTiming], operator.or_] = Field(
        default_factory=dict, description="Seconds per stage."
    )
    calls: Annotated[list[CallRecord], operator.add] = Field(
        default_factory=list, description="Every model call."
    )
    dropped: Annotated[int, operator.add] = Field(
        default=0, description="Sentences and ids of the model that were not used."
    )
    gaps: Annotated[list[str], operator.add] = Field(
        default_factory=list, description="What is missing, and why."
    )


class TechnicalReport(Accounts):
    """From a folder of artifacts to a report: what passes between the stages."""

    source: str | list[str] = Field(
        description="Folder, file, archive or address to report on, or several of them."
    )
    reading: Reading = Field(default_factory=Reading, description="How the sources are read.")
    slo: dict[str, str] = Field(
        default_factory=dict,
        description="Limits that single requests are held against, such as ttft: 200ms.",
    )
    evidence: Stored | None = Field(default=None, description="Inventory and tables, from ingest.")
    brief: str | None = Field(default=None, description="The collector's brief, from ingest.")
    analysis: Stored | None = Field(default=None, description="Facts and claims, from analysis.")
    report: Stored | None = Field(default=None, description="report.json; report.md stands beside.")


class Sourced(Protocol):
    """The part of a state that says what is read, and how."""

    @property
    def source(self) -> str | list[str]:
        """Folder, file, archive or address, or several of them."""

    @property
    def reading(self) -> Reading:
        """How the sources are read."""


class Reported(Sourced, Protocol):
    """The part of a state that a report is written from."""

    @property
    def brief(self) -> str | None:
        """The collector's brief."""

    @property
    def timings(self) -> dict[str, StageTiming]:
        """Seconds per stage."""

    @property
    def calls(self) -> list[CallRecord]:
        """Every model call."""

    @property
    def dropped(self) -> int:
        """Sentences and ids of the model that were not used."""

    @property
    def gaps(self) -> list[str]:
        """What is missing, and why."""
