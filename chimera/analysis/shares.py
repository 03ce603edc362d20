"""Shares: counts out of counts as facts, with their interval."""

from __future__ import annotations

from dataclasses import dataclass

from chimera.analysis.facts import Fact, FactBook
from chimera.analysis.statistics import wilson
from chimera.analysis.wording import number


@dataclass(frozen=True, slots=True)
class Share:
    """A share from 0 to 1, and the ends of its 95 % interval."""

    share: Fact
    low: Fact
    high: Fact

    @property
    def value(self) -> float:
        """The share."""
        return self.share.value

    @property
    def facts(self) -> tuple[Fact, Fact, Fact]:
        """Share and interval."""
        return self.share, self.low, self.high


def share_of(hits: Fact, total: Fact, metric: str, facts: FactBook) -> Share:
    """State the share of hits in a total, with Wilson's 95 % interval (JASA 22, 1927)."""
    low, high = wilson(int(hits.value), int(total.value))
    values = {"share": hits.value / total.value, "share_low": low, "share_high": high}
    names = {"share": "share", "share_low": "wilson_low", "share_high": "wilson_high"}
    made = [
        facts.add(
            metric=metric,
            statistic=statistic,
            value=value,
            n=int(total.value),
            scope=hits.scope,
            formula=f"{names[statistic]}({hits.id}, {total.id})",
            sources=hits.sources,
            of=f"share({hits.id}, {total.id})",
        )
        for statistic, value in values.items()
    ]
    return Share(*made)


def percent(share: float, digits: int = 3) -> str:
    """Return a share as a percentage: `12.5 %`; 100 % and 0 % only where it is exactly that."""
    value = 100 * share
    text = number(value, digits)
    while float(text.replace(",", "")) in {0.0, 100.0} and value not in {0.0, 100.0}:
        digits += 1
        text = number(value, digits)
        if digits > 15:  # noqa: PLR2004  what a float can tell
            break
    return f"{text} %"


def shown(share: Share) -> dict[str, str]:
    """Return the parts of a sentence that give the interval."""
    return {"low": percent(share.low.value), "high": percent(share.high.value)}
