"""iperf3 on the console: bits per second over a connection, in a unit that each line chooses.

Only the lines at the end say `sender` or `receiver`. Where there are several streams, `[SUM]` is
their sum. Intervals marked `(omitted)` are warm-up.
"""

from __future__ import annotations

import re

from chimera.evidence.formats.match import Match, by_lines
from chimera.evidence.formats.rows import Measure, Row, Rows
from chimera.evidence.formats.samples import Cell, Console, Sample, cell

NAME = "iperf3-text"
READS = frozenset({"console"})
HINTS = frozenset({"bits/sec"})
_UNITS = ("bit/s", "Kbit/s", "Mbit/s", "Gbit/s", "Tbit/s")
_LINE = re.compile(
    r"^\[(?P<id> *\d+|SUM)\](?:\[(?P<role>[RT]X)-[CS]\])? +(?P<second>\d+\.\d\d-\d+\.\d\d) +sec +"
    r"\d[\d.]* [KMGT]?Bytes +(?P<rate>\d[\d.]*) (?P<unit>[KMGT]?)bits/sec"
    r"(?: +(?P<jitter>\d+\.\d+) ms +\d+/\d+ \((?P<lost>[\d.e+-]+)%\)| +(?P<retransmits>\d+)\b)?"
    r"(?P<rest>.*)"
)
_END = re.compile(r"^\[.{3,16}\] .{20,120}bits/sec .{0,60}\b(?:sender|receiver)\s*$", re.MULTILINE)
_HEAD = re.compile(r"^\[ ID\].{0,12} Interval +Transfer +(?:Bitrate|Bandwidth)", re.MULTILINE)


def probe(sample: Sample) -> Match | None:
    """Tell it by the head of its columns and the sums of sender or receiver."""
    return by_lines(sample, needs=(_END, _HEAD)) if isinstance(sample, Console) else None


def parse(sample: Sample) -> list[Rows]:
    """Return what was sent and received, and the intervals before."""
    if not isinstance(sample, Console):
        return []
    matches = list(sample.matches(_LINE))
    counted = [i for i, _ in sample.matches(_HEAD) if "Retr" in sample.lines[i]]
    summed = any(match["id"] == "SUM" for _, match in matches)
    tables: dict[str, Rows] = {}
    for index, match in matches:
        rest = match["rest"]
        if (summed and match["id"] != "SUM") or "(omitted)" in rest:
            continue
        side = next((s for s in ("sender", "receiver") if rest.rstrip().endswith(s)), "interval")
        rows = tables.setdefault(side, Rows(side, _measures(side)))
        params = {"second": match["second"]} if side == "interval" else {}
        labels = {"direction": match["role"]} if match["role"] else {}
        cells = _cells(index, match, side)
        if not counted:  # of UDP the datagrams stand in that place
            cells["retransmits"] = None
        row = Row(str(index + 1), labels, params, cells)
        row.failure = None if match["rate"].strip("0.") else "nothing was transferred"
        rows.rows.append(row)
    return list(tables.values())


def _measures(side: str) -> dict[str, Measure]:
    definition = {"sender": "sent", "receiver": "received"}.get(side, side)
    mean = "raw" if side == "interval" else "mean"
    count = "raw" if side == "interval" else "sum"
    return {
        **{u: Measure("bandwidth", u, "higher", mean, f"iperf3.{definition}") for u in _UNITS},
        "retransmits": Measure("retransmits", "count", "lower", count),
        "jitter": Measure("jitter", "ms", "lower", mean),
        "lost": Measure("packet_loss", "%", "lower", mean),
    }


def _cells(index: int, match: re.Match[str], side: str) -> dict[str, Cell | None]:
    cells = {f"{match['unit']}bit/s": cell(index, match, "rate")}
    names = ("retransmits",) if side == "sender" else ("retransmits", "jitter", "lost")
    return cells | {name: cell(index, match, name) for name in names}
