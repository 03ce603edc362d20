"""Citations: fact ids behind a sentence, runs of ids shortened."""

from __future__ import annotations

from collections.abc import Iterable


def cite(ids: Iterable[str]) -> str:
    """Return ids as `[F3, F7-F9]`; an empty string for none."""
    parts: list[str] = []
    run: list[int] = []
    for number in sorted({int(name[1:]) for name in ids}):
        if run and number != run[-1] + 1:
            parts.append(_shown(run))
            run = []
        run.append(number)
    if run:
        parts.append(_shown(run))
    return f"[{', '.join(parts)}]" if parts else ""


def _shown(run: list[int]) -> str:
    if len(run) < 3:  # noqa: PLR2004  two ids are no range
        return ", ".join(f"F{number}" for number in run)
    return f"F{run[0]}-F{run[-1]}"
