"""Two folders of made-up results, with effects that are known."""

import random
from collections.abc import Mapping
from pathlib import Path

from chimera.comparing.stage import Compared, compared
from chimera.evidence.collect import collect


def write(folder: Path, text: str, name: str = "runs.csv") -> Path:
    """Write one file of a side."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return folder


def runs(
    factors: Mapping[str, float],
    *,
    seed: int,
    n: int = 20,
    spread: float = 0.02,
    more: Mapping[str, str] | None = None,
) -> str:
    """Return runs as CSV: per model a time to first token of 50 ms times a factor."""
    chance = random.Random(seed)  # noqa: S311  seeded on purpose
    extra = dict(more or {})
    lines = [",".join(["model", "ttft_ms", *extra])]
    for model, factor in factors.items():
        for _ in range(n):
            value = 50 * factor * chance.lognormvariate(0, spread)
            lines.append(",".join([model, f"{value:.6f}", *extra.values()]))
    return "\n".join(lines) + "\n"


def both(root: Path, before: str, after: str, *names: str) -> Compared:
    """Compare two folders that hold one file each; names where they are not `runs.csv`."""
    first, last = [*names, *names, "runs.csv", "runs.csv"][:2] if names else ("runs.csv",) * 2
    write(root / "before", before, first)
    write(root / "after", after, last)
    return compared(collect([root / "before", root / "after"]))


def outcomes(found: Compared) -> dict[str, str]:
    """Return how each group came out."""
    return {change.group.get("model", ""): change.outcome for change in found.document.changes}


def reasons(found: Compared) -> str:
    """Return all reasons not to compare, one a line."""
    return "\n".join(one.reason for one in found.document.not_compared)
