"""Citations: what stands behind a sentence, by the stems of the facts' ids."""

from __future__ import annotations

from collections.abc import Iterable

from chimera.analysis.facts import stem


def cite(ids: Iterable[str]) -> str:
    """Return the stems of facts' ids as `[F4k7q2m, F9xw3ab]`; an empty string for none."""
    stems = dict.fromkeys(map(stem, ids))
    return f"[{', '.join(stems)}]" if stems else ""
