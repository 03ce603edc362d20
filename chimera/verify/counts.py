"""Counts computed again from what a `report.json` lists: its files, and its facts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

Json = Mapping[str, Any]
_STATUS: Final = re.compile(r"files where status = (\w+)")
_BELOW: Final = re.compile(r"(failed rows|files with failed rows) below (.*)", re.DOTALL)
_SEVERAL: Final = {"quality"}  # words for more than one metric
_WITH: Final = re.compile(r"files with (\w+)")


def counted(query: str, document: Json) -> int | None:
    """Return how many the inventory of a report says there are; None where it cannot tell."""
    found = _in_files(query, document["inventory"]["files"])
    if found is not None:
        return found
    if query == "max(n) over all groups":
        return max((int(fact["n"]) for fact in _raw(document)), default=0)
    match = _WITH.fullmatch(query)
    if match and match[1] not in _SEVERAL:
        return len({path for fact in _of(match[1], document) for path in _paths(fact)})
    return None


def _in_files(query: str, files: Iterable[Json]) -> int | None:
    if query == "files where document":
        return sum(bool(entry["document"]) for entry in files)
    if match := _STATUS.fullmatch(query):
        return sum(bool(entry["status"] == match[1]) for entry in files)
    if query in _FAILED:
        return _FAILED[query](_failing(files))
    if match := _BELOW.fullmatch(query):
        inside = (entry for entry in _failing(files) if _folder(entry["path"]) == match[2])
        return _FAILED[match[1]](inside)
    return None


def _failing(files: Iterable[Json]) -> Iterator[Json]:
    """Yield the files with failed rows that are evidence."""
    return (entry for entry in files if entry["failures"] and not entry["document"])


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
