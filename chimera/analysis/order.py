"""Run order: which run came first, by a time the table gives or by the order of its rows."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from statistics import median
from typing import Final

from chimera.evidence.records import Table
from chimera.markup import code

_TIMED: Final = re.compile(r"time|date|created|started|start|begin|_at$|^at$|^ts$", re.IGNORECASE)
_VERSIONED: Final = re.compile(
    r"commit|(?:^|_)sha|hash|revision|version|(?:^|_)(?:rev|build|tag|release)(?:$|_)",
    re.IGNORECASE,
)
_DAY: Final = 86_400.0
_EPOCH: Final = 1e9  # seconds: September 2001; smaller numbers are no dates
_POWERS: Final = (1.0, 1e3, 1e6, 1e9)  # of the units epochs are written in


@dataclass(frozen=True, slots=True)
class Order:
    """Rows of a table, first run first."""

    rows: tuple[int, ...]
    words: str  # what the order is known by, inside a sentence
    history: bool  # one row per commit, version or date, not runs of one session
    version: str | None = None  # the id that names the rows of a history


def run_order(table: Table, rows: Sequence[int]) -> Order:
    """Return rows in the order their runs were made.

    By the first of the table's ids that holds a time for each row, most of them different; rows of
    one time stay as they stand. Without one by the order of the rows.
    """
    named = (n for n, cells in table.ids.items() if _version(n) and _tells_all(cells, rows))
    version = next(named, None)
    for name, cells in table.ids.items():
        times = _times(cells, rows) if _TIMED.search(name) else None
        if times is not None:
            ordered = sorted(rows, key=lambda i: (times[i], i))
            gaps = [times[b] - times[a] for a, b in pairwise(ordered)]
            history = version is not None or median(gaps) >= _DAY / 2
            column = (version or name) if history else None
            return Order(tuple(ordered), f"in order of {code(name)}", history, column)
    return Order(tuple(sorted(rows)), "in the order of the rows", version is not None, version)


def _version(name: str) -> bool:
    return bool(_VERSIONED.search(name))


def _tells_all(cells: Sequence[str], rows: Sequence[int]) -> bool:
    return len(rows) > 1 and len({cells[i] for i in rows} - {""}) == len(rows)


def _times(cells: Sequence[str], rows: Sequence[int]) -> dict[int, float] | None:
    """Return the time of each row; None where one has none, or most are the same."""
    found = {}
    for i in rows:
        time = moment(cells[i])
        if time is None:
            return None
        found[i] = time
    return found if len(set(found.values())) > max(1, len(rows) / 2) else None


def moment(cell: str) -> float | None:
    """Return a date or time as seconds since 1970, None for another text.

    ISO 8601 and `YYYYMMDD-HHMMSS`, UTC where no zone is given; or such seconds, milli-, micro- or
    nanoseconds.
    """
    text = cell.strip()
    try:
        number = float(text)
    except ValueError:
        return _date(text)
    if not math.isfinite(number) or number < _EPOCH:
        return None
    return next((number / p for p in _POWERS if number / p < 10 * _EPOCH), None)


def _date(text: str) -> float | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        try:
            found = datetime.strptime(f"{text}+0000", "%Y%m%d-%H%M%S%z")
        except ValueError:
            return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
