"""Goodput: requests that meet every limit that was set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def attainment(
    requests: Mapping[str, Sequence[float | None]], limits: Mapping[str, float]
) -> tuple[int, int]:
    """Return how many requests meet all limits, and of how many.

    `requests` has the values of each metric, one per request in the same order; `limits` the
    largest value allowed, in the same unit. A request that failed or lacks a value does not meet
    its limits, as the definition of goodput has it (Zhong et al., DistServe, OSDI 2024).

    Raises:
        ValueError: If there is no limit, a limit is of a metric without values, or the metrics do
            not have as many values each.
    """
    if not limits:
        raise ValueError("no limits")
    if missing := sorted(limits.keys() - requests.keys()):
        raise ValueError(f"no values of {', '.join(missing)}")
    rows = list(zip(*(requests[metric] for metric in limits), strict=True))
    met = [
        all(v is not None and v <= limit for v, limit in zip(row, limits.values(), strict=True))
        for row in rows
    ]
    return sum(met), len(rows)
