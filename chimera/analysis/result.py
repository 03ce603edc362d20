"""Analysis: everything the numbers say and do not say, as it passes to the report."""

from __future__ import annotations

import re
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field

from chimera.analysis.claims import Claim, Recommendation, Refusal, Risk
from chimera.analysis.facts import Fact
from chimera.analysis.groups import Panel
from chimera.analysis.names import name

_GROUP: Final = re.compile(r"`([^`]+)`(?! =)")


class GroupRow(BaseModel):
    """One group of one series, as a row of the report's tables."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metric: str = Field(description="Canonical name of the metric.")
    definition: str | None = Field(description="Formula behind it, where tools differ.")
    path: str = Field(description="File.")
    column: str = Field(description="Column or JSON key, as written.")
    group: str = Field(description="What tells the group from the others, as Markdown.")
    raw: bool = Field(description="Single measurements, rather than a tool's own statistic.")
    n: int | None = Field(description="Values behind it.")
    facts: dict[str, str] = Field(description="Statistic -> fact id.")


class Analysis(BaseModel):
    """Facts, claims, refusals and what follows from them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    facts: dict[str, Fact] = Field(description="By id, in order.")
    claims: list[Claim] = Field(description="All claims.")
    refusals: list[Refusal] = Field(description="All refusals.")
    recommendations: list[Recommendation] = Field(description="Those by rule, then the model's.")
    risks: list[Risk] = Field(description="Those by rule, then the model's.")
    order: list[str] = Field(description="Ids of the claims by rule, what matters first.")
    chosen: list[str] = Field(default=[], description="Ids of the claims a model puts first.")
    rows: list[GroupRow] = Field(description="Groups in the order of the files.")
    failed_rows: dict[str, list[str]] = Field(
        description="Folder -> ids: failed, of rows, in files."
    )

    @classmethod
    def empty(cls) -> Self:
        """Return an analysis that says nothing."""
        return cls(
            facts={},
            claims=[],
            refusals=[],
            recommendations=[],
            risks=[],
            order=[],
            rows=[],
            failed_rows={},
        )

    @property
    def groups(self) -> set[str]:
        """Names of everything that was measured, without the settings it was measured under."""
        return {name for row in self.rows for name in _GROUP.findall(row.group)}


def rows(panels: list[Panel]) -> list[GroupRow]:
    """Return the groups of the panels as rows for tables, copies left out."""
    return [
        GroupRow.model_construct(
            metric=panel.series.metric,
            definition=panel.series.definition,
            path=panel.table.path,
            column=panel.series.column,
            group=f"{name(group)}, settings pooled" if panel.swept else name(group),
            raw=panel.raw,
            n=next(iter(group.facts.values())).n,
            facts={statistic: fact.id for statistic, fact in group.facts.items()},
        )
        for panel in panels
        if not panel.copy
        for group in panel.groups
    ]
