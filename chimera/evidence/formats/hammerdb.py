"""HammerDB logs: new orders per minute (NOPM) of TPROC-C, query times of TPROC-H.

NOPM compares between databases, TPM, the transactions each counts in its own way, does not
(https://www.hammerdb.com/docs/). A virtual user that did not finish says FINISHED FAILED.
"""

from __future__ import annotations

import re

from chimera.evidence.formats.match import Match, by_lines
from chimera.evidence.formats.rows import Measure, Row, Rows
from chimera.evidence.formats.samples import Console, Sample, cell

NAME = "hammerdb"
READS = frozenset({"console"})
HINTS = frozenset({"Vuser "})
_RESULT = re.compile(
    r"^Vuser \d+:TEST RESULT : System achieved (?P<nopm>\d+) NOPM"
    r" from (?P<tpm>\d+) (?P<database>.{1,40}?) TPM"
)
_QUERY = re.compile(r"^Vuser (\d+):query (\d+) completed in ([\d.]+) seconds")
_SET = re.compile(r"^Vuser (\d+):Completed (\d+) query set\(s\) in ([\d.]+) seconds")
_USERS = re.compile(r"^Vuser \d+:(\d+) Active Virtual Users configured")
_FAILED = re.compile(r"^Vuser (\d+):FINISHED FAILED")
_ANY = re.compile(
    r"^Vuser \d+:(?:TEST RESULT : System achieved \d+ NOPM|query \d+ completed in)", re.MULTILINE
)
_RATES = {
    "nopm": Measure("new_orders_per_minute", "order/min", "higher", "mean", "hammerdb.nopm"),
    "tpm": Measure("tpm", "tx/min", "higher", "mean", "hammerdb.tpm"),
}
_TIMES = {"": Measure("query_time", "s", "lower")}
_SETS = {"": Measure("query_set_time", "s", "lower")}


def probe(sample: Sample) -> Match | None:
    """Tell it by the result of a virtual user."""
    return by_lines(sample, needs=(_ANY,)) if isinstance(sample, Console) else None


def parse(sample: Sample) -> list[Rows]:
    """Return results, queries and sets of queries; of users that failed, as failures."""
    if not isinstance(sample, Console):
        return []
    results, queries, sets = Rows("", _RATES), Rows("queries", _TIMES), Rows("sets", _SETS)
    params: dict[str, str] = {}
    failed = {match[1] for _, match in sample.matches(_FAILED)}
    for index, line in enumerate(sample.lines):
        if match := _USERS.match(line):
            params = {"virtual users": match[1]}
        elif match := _RESULT.match(line):
            cells = {name: cell(index, match, name) for name in _RATES}
            labels = {"database": match["database"]}
            row = Row(str(index + 1), labels, params, cells)
            row.failure = None if match["nopm"].strip("0") else "no order was completed"
            results.rows.append(row)
        elif match := _QUERY.match(line) or _SET.match(line):
            rows, label = (queries, "query") if match.re is _QUERY else (sets, "query sets")
            row = Row(str(index + 1), {label: match[2]}, {"virtual user": match[1]},
                      {"": cell(index, match, 3)})  # fmt: skip
            row.failure = "the virtual user failed" if match[1] in failed else None
            rows.rows.append(row)
    return [results, queries, sets]
