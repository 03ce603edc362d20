"""Facts: numbers with a place or a formula, each under an id that the report cites."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field

from chimera.evidence.records import Direction


class Source(BaseModel):
    """Where a fact comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = Field(description="File, relative to the root; `.` for the inventory as a whole.")
    locator: str = Field(description="Place within it: rows and column, JSON pointer, or query.")


class Fact(BaseModel):
    """A number read from artifacts, or derived from facts by a stated formula."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(description="F1, F2, … in the order of the files.")
    metric: str = Field(description="Canonical name of what is measured.")
    statistic: str = Field(description="value, median, mean, min, max, stdev, p95, count, ratio, …")
    value: float = Field(description="The number.")
    unit: str | None = Field(description="Unit; None where the file does not say.")
    direction: Direction | None = Field(description="Which way is better; None where unknown.")
    n: int | None = Field(description="Values behind it; None where the file does not say.")
    scope: dict[str, str] = Field(description="File, column, labels and settings it holds for.")
    formula: str = Field(description="How it was computed.")
    sources: list[Source] = Field(description="Where its values stand.")


@dataclass
class FactBook:
    """All facts of a report, numbered as they come."""

    facts: dict[str, Fact] = field(default_factory=dict)

    def add(  # noqa: PLR0913  the fields of a fact, by keyword
        self,
        *,
        metric: str,
        statistic: str,
        value: float,
        formula: str,
        unit: str | None = None,
        direction: Direction | None = None,
        n: int | None = None,
        scope: dict[str, str] | None = None,
        sources: Iterable[Source] = (),
    ) -> Fact:
        """Number a fact and keep it."""
        fact = Fact.model_construct(
            id=f"F{len(self.facts) + 1}",
            metric=metric,
            statistic=statistic,
            value=value,
            unit=unit,
            direction=direction,
            n=n,
            scope=scope or {},
            formula=formula,
            sources=list(sources),
        )
        self.facts[fact.id] = fact
        return fact

    def count(self, what: str, value: int, query: str, **scope: str) -> Fact:
        """Keep the result of a query of the inventory, such as `files where kind = csv`."""
        return self.add(
            metric=what,
            statistic="count",
            value=value,
            n=value,
            scope=scope,
            formula=f"count({query})",
            sources=[Source(path=".", locator="inventory")],
        )
