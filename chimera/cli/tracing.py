"""`chimera trace`: from a fact of a report back to the bytes it was read from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chimera.errors import NotFoundError, RunError, SetupError, nearest
from chimera.evidence.decode import one_line
from chimera.evidence.locate import Place, follow
from chimera.evidence.sources import noted_sources, read_artifact

_RUNS = Path("chimera-runs")
_SIDE = 60  # characters of a long line shown on either side of the number
_MOST_SOURCES = 6


def traced(fact_id: str, report: Path | None, sources: tuple[str, ...]) -> str:
    """Return what a fact is, where it stands, and the text around it.

    Raises:
        SetupError: There is no such report, or it has no such fact.
        RunError: A file is not what it was when the report was made.

    """
    path = _report(report)
    document = loaded(path)
    facts = _meant(fact_id, document["facts"])
    if not facts:
        known = [fact["id"] for fact in document["facts"]]
        raise NotFoundError(f"{path} has no fact {fact_id!r}{nearest(fact_id, known)}")
    given = list(sources) or noted_sources(path.parent)
    if not given:
        raise SetupError(
            f"{path.parent} does not say where its sources are; name them with --source"
        )
    stated = [line for fact in facts for line in _stated(fact)]
    return "\n".join([*stated, *_followed(facts[0], document, given)])


def _meant(name: str, facts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the fact of an id, those of a stem, or the one of a number: F12 is the twelfth."""
    found = [fact for fact in facts if name in {fact["id"], fact["id"].partition(".")[0]}]
    number = name[1:] if name[:1] == "F" else ""
    if not found and number.isascii() and number.isdigit() and int(number) > 0:
        found = facts[int(number) - 1 : int(number)]
    return found


def _report(given: Path | None) -> Path:
    """Return the report.json that is meant: of a folder, a report's own path, or the newest run."""
    if given is None:
        runs = sorted(_RUNS.glob("*/report.json"))
        if not runs:
            raise NotFoundError(f"no report below {_RUNS}/; name one with --report")
        return runs[-1]
    path = given / "report.json" if given.is_dir() else given.with_suffix(".json")
    if not path.is_file():
        raise NotFoundError(f"no report at {str(given)!r}")
    return path


def loaded(path: Path) -> dict[str, Any]:
    """Return a `report.json` as plain data.

    Raises:
        SetupError: It is no report of ours.

    """
    try:
        document: dict[str, Any] = json.loads(path.read_bytes())
    except ValueError as error:
        raise SetupError(f"{path} is no report: {error}") from error
    if not isinstance(document, dict) or not _is_ours(document):
        raise SetupError(f"{path} is no report of chimera")
    return document


def _is_ours(document: dict[str, Any]) -> bool:
    """Tell a report of ours from other JSON."""
    return str(document.get("schema", "")).startswith("chimera.report/")


def _stated(fact: dict[str, Any]) -> Iterator[str]:
    unit = f" {fact['unit']}" if fact["unit"] else ""
    n = f", n = {fact['n']}" if fact["n"] is not None else ""
    yield f"{fact['id']}: {fact['statistic']} of {fact['metric']} = {fact['value']}{unit}{n}"
    yield f"formula: {fact['formula']}"
    if fact["scope"]:
        yield "scope: " + ", ".join(f"{key} = {value}" for key, value in fact["scope"].items())


def _followed(fact: dict[str, Any], document: dict[str, Any], sources: list[str]) -> Iterator[str]:
    files = {entry["path"]: entry for entry in document["inventory"]["files"]}
    for source in fact["sources"][:_MOST_SOURCES]:
        entry = files.get(source["path"])
        if entry is None:
            yield f"\ncounted in the inventory of the report ({source['locator']})"
            continue
        yield f"\n{source['path']}, {source['locator']}"
        yield from _cells(entry, source["locator"], sources)
    if len(fact["sources"]) > _MOST_SOURCES:
        yield f"\nand {len(fact['sources']) - _MOST_SOURCES} more places"


def _cells(entry: dict[str, Any], locator: str, sources: list[str]) -> Iterator[str]:
    artifact = read_artifact(sources, entry["path"])
    if artifact.sha256 != entry["sha256"]:
        raise RunError(f"{entry['path']} has changed since the report was made")
    yield f"sha256 {artifact.sha256}, as in the report"
    for place in follow(artifact.data, entry["format"], locator):
        yield from _shown(place)


def _shown(place: Place) -> Iterator[str]:
    at = max(0, place.around.find(place.text))
    start = max(0, at - _SIDE)
    end = at + len(place.text) + _SIDE
    line = one_line(place.around[start:end], end - start)
    line = f"{'…' if start else ''}{line}{'…' if end < len(place.around) else ''}"
    number = f"{place.line:>7} | " if place.line else "        | "
    yield f"{number}{line}"
    indent = at - start + bool(start)
    yield f"        | {' ' * indent}{'^' * min(len(place.text), _SIDE)}"
