"""Facts: numbers with a place or a formula, each under an id that the report cites."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, NotRequired, TypedDict, Unpack

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


class FactFields(TypedDict):
    """The fields of a fact but its id."""

    metric: str
    statistic: str
    value: float
    formula: str
    unit: NotRequired[str | None]
    direction: NotRequired[Direction | None]
    n: NotRequired[int | None]
    scope: NotRequired[dict[str, str]]
    sources: NotRequired[list[Source]]


_UNKNOWN: Final = {"unit": None, "direction": None, "n": None}


@dataclass
class FactBook:
    """All facts of a report, numbered as they come."""

    facts: dict[str, Fact] = field(default_factory=dict)

    def add(self, **fields: Unpack[FactFields]) -> Fact:
        """Number a fact and keep it; what is left out is unknown or empty."""
        known: dict[str, Any] = {**_UNKNOWN, **fields}
        known.setdefault("scope", {})
        known.setdefault("sources", [])
        fact = Fact.model_construct(id=f"F{len(self.facts) + 1}", **known)
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
