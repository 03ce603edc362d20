"""Roles: what a column of labels or settings tells about its rows, by its name."""

from __future__ import annotations

from typing import Final

from chimera.evidence.records import Table
from chimera.evidence.words import words

CHOICES: Final = words("quant quantization quantisation precision")
"""Settings that say what was chosen, as a label does, and not how much of something."""
WORK: Final = words(
    "benchmark test test_name testcase task dataset case scenario prompt query workload endpoint "
    "operation op suite subset split problem statement phase stage step job event category "
    "direction rw"
)
"""Labels that say which work was done; what did it stands in the other ones."""
HOSTS: Final = words(
    "host hostname host_name node node_name instance machine machine_id pod gpu_uuid"
)
"""Identifiers of the machine that a row ran on."""


def is_choice(table: Table, column: str) -> bool:
    """Return whether a column says what was measured: not how, nor which work it did."""
    known = column.lower()
    return known in CHOICES if column in table.params else known not in WORK
