"""Facts: numbers with a place or a formula, each under an id that the report cites.

An id is a stem and a statistic: `F4k7q2m.median`. The stem is a hash of what was measured and of
the places of its values, so it stays while they do, whatever the values are; statistics of the
same values share it. A report cites stems.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, NotRequired, TypedDict, Unpack

from pydantic import BaseModel, ConfigDict, Field

from chimera.analysis.ids import Ids
from chimera.evidence.records import Direction


class Source(BaseModel):
    """Where a fact comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = Field(description="File, relative to the root; `.` for the inventory as a whole.")
    locator: str = Field(description="Place within it: rows and column, JSON pointer, or query.")


class Fact(BaseModel):
    """A number read from artifacts, or derived from facts by a stated formula."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(description="Stem, a point, statistic: the stem is a hash of what and where.")
    metric: str = Field(description="Canonical name of what is measured.")
    statistic: str = Field(description="value, median, mean, min, max, stdev, p95, count, ratio, …")
    value: float = Field(description="The number.")
    unit: str | None = Field(description="Unit; None where the file does not say.")
    direction: Direction | None = Field(description="Which way is better; None where unknown.")
    n: int | None = Field(description="Values behind it; None where the file does not say.")
    scope: dict[str, str] = Field(description="File, column, labels and settings it holds for.")
    formula: str = Field(description="How it was computed.")
    sources: list[Source] = Field(description="Where its values stand.")

    @property
    def stem(self) -> str:
        """What the facts about the same values have in common, as a report cites it."""
        return stem(self.id)


def stem(fact_id: str) -> str:
    """Return the id of the values a fact is about: `F4k7q2m` of `F4k7q2m.median`."""
    return fact_id.partition(".")[0]


class Facts(dict[str, Fact]):
    """Facts by id, in the order they were found; `F12` is the twelfth of them."""

    def __missing__(self, key: str) -> Fact:
        """Return the fact of that number.

        Raises:
            KeyError: If there is none; it names the statistics where the key is a stem.
        """
        number = key[1:] if key[:1] == "F" else ""
        if number.isascii() and number.isdigit() and 0 < int(number) <= len(self):
            return next(islice(self.values(), int(number) - 1, None))
        members = [name for name in self if stem(name) == key]
        raise KeyError(f"{key}: there are {', '.join(members)}" if members else key)


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
    of: NotRequired[str]  # what a derived fact is of, where its formula does not lead to a place


_LETTERS: Final = 6  # of a stem: of 2,000 facts, two collide once in 500 reports
_UNKNOWN: Final = {"unit": None, "direction": None, "n": None}


@dataclass
class FactBook:
    """All facts of a report, in the order they were found."""

    facts: dict[str, Fact] = field(default_factory=dict)
    _ids: Ids = field(default_factory=lambda: Ids("F", _LETTERS))

    def add(self, **fields: Unpack[FactFields]) -> Fact:
        """Keep a fact under its id; what is left out is unknown or empty.

        A fact that was added before is returned as it is.
        """
        of = fields.pop("of", "")
        known: dict[str, Any] = {**_UNKNOWN, **fields}
        known.setdefault("scope", {})
        known.setdefault("sources", [])
        key = [known["metric"], of, *_about(known["scope"], known["sources"])]
        name = f"{self._ids.of(*key)}.{known['statistic']}"
        while name in self.facts and self.facts[name].value != known["value"]:
            key.append("again")  # another number of the same kind at the same place
            name = f"{self._ids.of(*key)}.{known['statistic']}"
        return self.facts.setdefault(name, Fact.model_construct(id=name, **known))

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
            of=query,
        )


def _about(scope: dict[str, str], sources: Iterable[Source]) -> list[str]:
    """Return what a fact holds for and where its values stand, as parts of its key."""
    parts = [text for item in scope.items() for text in item]
    for source in sources:
        parts += (source.path, source.locator)
    return parts
