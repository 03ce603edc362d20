"""Counts computed again from what a `report.json` lists: its files, and its facts."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count
from typing import Any, Final

Json = Mapping[str, Any]
_STATUS: Final = re.compile(r"files where status = (\w+)")
_BELOW: Final = re.compile(r"(failed rows|files with failed rows) below (.*)", re.DOTALL)
_GROUPS: Final = re.compile(r"(pairs|pairs but one|groups beyond (\d+)) of (\d+) groups")
_LEAST: Final = re.compile(r"least (n|pairs) of (\d+) groups apart")
_LEAST_IN: Final = re.compile(r"least (n|pairs) in (\d+) comparisons")
_TESTED: Final = "comparisons tested"
_CAME_OUT: Final = {  # how a query speaks of changes, and how the topics of their claims end
    "comparisons in all": "",
    "regressed comparisons": ": regressed",
    "improved comparisons": ": improved",
    "comparisons without a difference that matters": ": no difference that matters",
    "undecided comparisons": ": undecided",
}
_MATTERS: Final = 2
_SEVERAL: Final = {"quality"}  # words for more than one metric
_WITH: Final = re.compile(r"files with (\w+)")


def counted(query: str, document: Json) -> int | None:
    """Return how many the inventory of a report says there are; None where it cannot tell."""
    found = _in_files(query, document["inventory"]["files"])
    if found is not None:
        return found
    compared = _compared(query)
    compared = _changed(query, document) if compared is None else compared
    if compared is not None:
        return compared
    if query == "max(n) over all groups":
        return max((int(fact["n"]) for fact in _raw(document)), default=0)
    match = _WITH.fullmatch(query)
    if match and match[1] not in _SEVERAL:
        paths = {path for fact in _of(match[1], document) for path in _paths(fact)}
        return len(paths) or None
    return None


def _changed(query: str, document: Json) -> int | None:
    """Return a count of what a comparison of two folders found."""
    if query == _TESTED:
        return sum(bool(fact["statistic"] == "p_raw") for fact in document["facts"]) or None
    if query in _CAME_OUT:
        changes = [claim for claim in document["claims"] if claim["type"] == "change"]
        return sum(bool(claim["topic"].endswith(_CAME_OUT[query])) for claim in changes)
    return None


def _compared(query: str) -> int | None:
    """Return a count about groups that are compared, which follows from how many there are."""
    if query == "per cent from which a difference matters":
        return _MATTERS
    if match := _LEAST.fullmatch(query):
        return _least(math.comb(int(match[2]), 2), paired=match[1] == "pairs")
    if match := _LEAST_IN.fullmatch(query):
        return _least(int(match[2]), paired=match[1] == "pairs")
    if match := _GROUPS.fullmatch(query):
        groups = int(match[3])
        pairs = math.comb(groups, 2)
        return {"pairs": pairs, "pairs but one": pairs - 1}.get(
            match[1], groups - int(match[2] or 0)
        )
    return None


def _least(tests: int, *, paired: bool) -> int:
    """Return the least n whose most telling order has 5 % of all orders, split over the tests."""
    ways = (2**n if paired else math.comb(2 * n, n) for n in count(1))
    return next(n for n, orders in enumerate(ways, 1) if 40 * tests <= orders)  # 2 of 5 %


def _in_files(query: str, files: Iterable[Json]) -> int | None:
    if query == "files where document":
        return sum(bool(entry["document"]) for entry in files)
    if query == "files with tables":
        return sum(bool(entry["tables"] and not entry["document"]) for entry in files)
    if match := _STATUS.fullmatch(query):
        return sum(bool(entry["status"] == match[1]) for entry in files)
    if query in _FAILED:
        return _FAILED[query](failing(files))
    if match := _BELOW.fullmatch(query):
        inside = (entry for entry in failing(files) if _folder(entry["path"]) == match[2])
        return _FAILED[match[1]](inside)
    return None


def failing(files: Iterable[Json]) -> list[Json]:
    """Return the files with failed rows that are evidence, those of twins once.

    Twins differ in the end of their names only, and have as many failed rows.
    """
    kept: dict[tuple[str, int], Json] = {}
    for entry in files:
        if entry["failures"] and not entry["document"]:
            folder, _, name = entry["path"].rpartition("/")
            start = name[:1] + name[1:].rpartition(".")[0] if "." in name[1:] else name
            kept.setdefault((f"{folder}/{start}", entry["failures"]), entry)
    return list(kept.values())


_FAILED: Final[Mapping[str, Callable[[Iterable[Json]], int]]] = {
    "failed rows": lambda files: sum(entry["failures"] for entry in files),
    "files with failed rows": lambda files: sum(1 for _ in files),
}


def _raw(document: Json) -> Iterator[Json]:
    """Yield the facts on single measurements rather than a tool's own statistics."""
    for fact in document["facts"]:
        if fact["n"] and (fact["formula"] == "as written" or "(values" in fact["formula"]):
            yield fact


def _of(metric: str, document: Json) -> Iterator[Json]:
    return (fact for fact in document["facts"] if fact["metric"] == metric and fact["sources"])


def _paths(fact: Json) -> set[str]:
    return {source["path"] for source in fact["sources"]}


def _folder(path: str) -> str:
    """Return the first two folders of a path; `.` for a file at the top."""
    return "/".join(path.split("/")[:-1][:2]) or "."
