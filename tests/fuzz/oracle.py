"""What must hold for the evidence of any folder, whatever its files contain."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path

from chimera.evidence import Evidence, brief, collect
from chimera.evidence.store import decode, encode

_MOST_FOLLOWED = 500  # measurements made per evidence
_MOST_STORED = 1 << 26  # bytes that a small input may become


class BrokenPromiseError(AssertionError):
    """Something that must hold of all evidence does not."""


def check(evidence: Evidence, root: Path) -> None:
    """Raise BrokenPromiseError for evidence that no report could be made of.

    Every file has its status and, where it was not read, its reason; every problem is one
    printable line without a traceback or an absolute path; what is stored can be read back.
    """
    inventory = evidence.inventory
    for entry in inventory.files:
        _must(entry.status == "read" or bool(entry.problems), f"no reason: {entry.path!r}")
        for line in entry.problems:
            _check_line(line, root)
            _must("could not be" not in line, f"a reader broke: {line}")
    for line in [*inventory.problems, *inventory.limits]:
        _check_line(line, root)
    stored = encode(evidence)
    _must(len(stored) < _MOST_STORED, f"{len(stored)} bytes to store")
    _must(decode(stored) == evidence, "what is read back differs")
    made = (one for table in evidence.tables for one in table.measurements())
    for one in islice(made, _MOST_FOLLOWED):
        _must(bool(one.locator) or bool(one.path), f"no place: {one}")
    brief.items(inventory, evidence.tables)


def check_folder(root: Path) -> Evidence:
    """Collect a folder, hold it against the promises and return its evidence."""
    evidence = collect(root)
    check(evidence, root)
    return evidence


def _check_line(line: str, root: Path) -> None:
    _must(line.isprintable(), f"not one line: {line!r}")
    _must(str(root) not in line, f"absolute path: {line}")
    _must("Traceback (most" not in line, f"traceback: {line}")
    _must(len(line) < sys.getrecursionlimit() * 10, f"a line of {len(line)} characters")


def _must(holds: bool, what: str) -> None:
    if not holds:
        raise BrokenPromiseError(what)
