"""The typed state of the reference graph.

Bulk data stays in the run folder; the state holds path and hash. Annotations are read by LangGraph
at run time: no aliases, no private attributes, the reducer last.
"""

import operator
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from chimera.models.records import CallRecord
from chimera.timing import StageTiming


class Stored(BaseModel):
    """A file of the run folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = Field(description="Where it is.")
    sha256: str = Field(description="Hash of its bytes.")


class TechnicalReport(BaseModel):
    """From a folder of artifacts to a report: what passes between the stages."""

    source: str = Field(description="Folder or file to report on.")
    evidence: Stored | None = Field(default=None, description="Inventory and tables, from ingest.")
    brief: str | None = Field(default=None, description="The collector's brief, from ingest.")
    analysis: Stored | None = Field(default=None, description="Facts and claims, from analysis.")
    report: Stored | None = Field(default=None, description="report.json; report.md stands beside.")
    timings: Annotated[dict[str, StageTiming], operator.or_] = Field(
        default_factory=dict, description="Seconds per stage."
    )
    calls: Annotated[list[CallRecord], operator.add] = Field(
        default_factory=list, description="Every model call."
    )
    dropped: Annotated[int, operator.add] = Field(
        default=0, description="Sentences of the model that could not be printed."
    )
    gaps: Annotated[list[str], operator.add] = Field(
        default_factory=list, description="What is missing, and why."
    )
