"""Which rows of a grid failed, and why: error texts, flags, exit codes, rows of zeros."""

from __future__ import annotations

import re
from collections.abc import Iterable

from chimera.evidence.decode import one_line
from chimera.evidence.metrics import COUNT_WORDS
from chimera.evidence.names import plain
from chimera.evidence.numerals import number
from chimera.evidence.tables.roles import (
    EXIT_CODES,
    FAILURE_FLAGS,
    FAILURE_TEXTS,
    STATUSES,
    SUCCESS_FLAGS,
)
from chimera.evidence.units import family_of
from chimera.evidence.words import words

_NOTHING = frozenset(
    {"", "null", "none", "nan", "n/a", "na", "-", "false", "no", "0", "[]", "{}", "ok"}
)
_FALSE = frozenset({"false", "no", "n", "0", "failed", "fail", "error"})
_TRUE = frozenset({"true", "yes", "y"})
_BAD_STATUS = words(
    "failed failure fail error errored timeout timed_out cancelled canceled aborted invalid "
    "crashed oom killed rejected"
)
_LOWEST_BAD_HTTP = 400
ERROR_TEXT = re.compile(r"(?:error|exception|traceback)\b[^:]{0,60}:", re.IGNORECASE)
_TIMED = frozenset({"time", "rate", "time per"})
_LATENCIES = ("latency", "ttft", "tpot", "itl")
_MOST = 120  # characters of a reason
_ZEROS_NEEDED = 2


def failed_rows(columns: Iterable[tuple[str, list[str]]]) -> dict[int, str]:
    """Return the reason per failed row from the columns that mark failures, by leaf name."""
    ranked: list[tuple[int, str, list[str]]] = []
    for leaf, cells in columns:
        name = plain(leaf)
        rank = next(i for i, names in enumerate(_RANKS) if name in names)
        ranked.append((rank, name, cells))
    reasons: dict[int, str] = {}
    for rank, name, cells in sorted(ranked, key=lambda item: item[0]):
        if _READERS[rank] is _success and not _is_flag(name, cells):
            continue
        for index, cell in enumerate(cells):
            if cell and index not in reasons and (reason := _READERS[rank](name, cell.strip())):
                reasons[index] = one_line(reason, _MOST)
    return reasons


def error_outputs(cells: list[str]) -> dict[int, str]:
    """Return the rows whose text is an error message where an answer should stand."""
    return {
        index: one_line(cell, _MOST)
        for index, cell in enumerate(cells)
        if cell[:1] in "eEtT" and ERROR_TEXT.match(cell)
    }


def is_timed(metric: str, unit: str | None) -> bool:
    """Tell a time or a rate; a latency is one whatever its unit."""
    return family_of(unit) in _TIMED or (unit is None and metric.endswith(_LATENCIES))


def zero_rows(columns: list[list[float | None]]) -> dict[int, str]:
    """Return the rows where every time and rate, at least two of them, is zero."""
    if len(columns) < _ZEROS_NEEDED:
        return {}
    found = {}
    for index, row in enumerate(zip(*columns, strict=True)):
        filled = [value for value in row if value is not None]
        if len(filled) >= _ZEROS_NEEDED and not any(filled):
            found[index] = "every time and rate of the row is 0"
    return found


def _text(_name: str, cell: str) -> str | None:
    return None if cell.lower() in _NOTHING or number(cell) is not None else cell


def _exit_code(name: str, cell: str) -> str | None:
    value = number(cell)
    return None if value is None or value == 0 else f"{name.replace('_', ' ')} {cell}"


def _status(name: str, cell: str) -> str | None:
    value = number(cell)
    if value is not None:
        return f"{name} {cell}" if value >= _LOWEST_BAD_HTTP else None
    return f"{name} {cell}" if plain(cell) in _BAD_STATUS else None


def _is_flag(name: str, cells: list[str]) -> bool:
    """Tell a column of yes and no from one that counts successes or gives their share."""
    numbers = {cell for cell in cells if number(cell) is not None}
    return not numbers if name in COUNT_WORDS else numbers <= {"0", "1"}


def _success(name: str, cell: str) -> str | None:
    return f"{name} is {cell}" if cell.lower() in _FALSE else None


def _failure(name: str, cell: str) -> str | None:
    return f"{name} is {cell}" if cell.lower() in _TRUE else None


_RANKS = (FAILURE_TEXTS, EXIT_CODES, STATUSES, SUCCESS_FLAGS, FAILURE_FLAGS)
_READERS = (_text, _exit_code, _status, _success, _failure)
