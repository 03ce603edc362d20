"""JMH's table at the end of a run: `Benchmark  (size)  Mode  Cnt  Score   Error  Units`.

Columns in brackets are parameters. `±` is half of a 99.9 % interval, missing for too few runs. The
locale decides on the decimal sign, and no number has groups of thousands, so that a comma always
is one (`org.openjdk.jmh.results.format.TextResultFormat`). `≈ 10⁻⁴` is no number.
"""

from __future__ import annotations

import re

from chimera.evidence.formats.jmh import error_of, measure_of, split_name
from chimera.evidence.formats.match import Match, by_lines
from chimera.evidence.formats.rows import Row, Rows
from chimera.evidence.formats.samples import Console, Sample, cell

NAME = "jmh-console"
READS = frozenset({"console"})
HINTS = frozenset({"Units"})
_HEADER = re.compile(
    r"^\W{0,8}Benchmark(?P<params>(?: +\([^()\s]{1,64}\)){0,32}) +Mode +(?:Cnt|Samples) +Score "
    r"+(?:Score )?[Ee]rror +Units",
    re.MULTILINE,
)
_SCORE = re.compile(
    r" (?P<mode>thrpt|avgt|sample|ss) +(?:(?P<n>\d+) +)?(?P<score>\d[\d.,]*)"
    r"(?: +± *(?P<error>\d[\d.,]*|NaN))? +(?P<unit>[^\s\d]\S*)\s*$",
    re.MULTILINE,
)
_VERSION = re.compile(r"^# JMH version: ", re.MULTILINE)
_COMMENT = re.compile(r"^\W+")


def probe(sample: Sample) -> Match | None:
    """Tell it by the header and a row with mode and score."""
    if not isinstance(sample, Console):
        return None
    return by_lines(sample, needs=(_HEADER, _SCORE), typical=(_VERSION,))


def parse(sample: Sample) -> list[Rows]:
    """Return one table per mode, unit, statistic and secondary result."""
    tables: dict[tuple[str, ...], Rows] = {}
    if not isinstance(sample, Console):
        return []
    names: list[str] | None = None
    for index, line in enumerate(sample.lines):
        if header := _HEADER.match(line):
            names = re.findall(r"\((\S+)\)", header["params"])
        elif names is not None and (match := _SCORE.search(line)):
            _add(tables, index, match, names)
    comma = any("," in text for rows in tables.values() for text in _scores(rows))
    for rows in tables.values():
        rows.decimal_comma = comma
    return list(tables.values())


def _add(
    tables: dict[tuple[str, ...], Rows], index: int, match: re.Match[str], names: list[str]
) -> None:
    head = _COMMENT.sub("", match.string[: match.start()]).split()
    if not head:
        return
    name, statistic, secondary = split_name(head[0])
    values = head[1:] if len(head) - 1 == len(names) else [" ".join(head[1:])]
    params = {key: value for key, value in zip(names, values, strict=False) if value != "N/A"}
    score = measure_of(match["mode"], match["unit"], statistic, secondary)
    cells = {"Score": cell(index, match, "score"), "Error": cell(index, match, "error")}
    row = Row(f"{index + 1}", {"benchmark": name}, {"mode": match["mode"], **params}, cells)
    row.n = int(match["n"]) if match["n"] else None
    key = (match["mode"], match["unit"], statistic, secondary or "")
    rows = Rows("", {"Score": score, "Error": error_of(score)})
    tables.setdefault(key, rows).rows.append(row)


def _scores(rows: Rows) -> list[str]:
    return [str(one[0]) for row in rows.rows if (one := row.cells.get("Score"))]
