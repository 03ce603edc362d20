"""Citations: whether the ids of a line exist and belong to what stands there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from chimera.verify.ground import Ground
from chimera.verify.names import Json, shown_as, squeezed
from chimera.verify.problems import Kind
from chimera.verify.reading import Line

_UNKNOWN: Final = re.compile(r"(?<![\w\\])(?:[CR][0-9a-z]{4}|M\d+)(?!\w)")
_FOLLOWS: Final = re.compile(
    r"\(([CR][0-9a-z]+(?:, [CR][0-9a-z]+)*)(?: and others)?(?:, [^()]*)?\)"
)
_CLAIM: Final = re.compile(r"^(?:- )?(C[0-9a-z]{4}): ")
_REFUSAL: Final = re.compile(r"^- \*\*(R[0-9a-z]+)\*\*")
_DIGIT: Final = re.compile(r"[0-9]")
_COUNTS: Final = 3  # of failed rows: failed, rows, files


def false_citations(line: Line, ground: Ground) -> Iterator[tuple[str, Kind]]:
    """Yield ids that do not exist, or do not belong to the sentence or row they stand in."""
    yield from ((name, "citation") for name in line.cited if name not in ground.facts)
    for name in _UNKNOWN.findall(line.text):
        if name not in ground.ids and _DIGIT.search(name):
            yield name, "citation"
    refusal = _REFUSAL.match(line.text)
    if refusal and ground.refusals.get(refusal.group(1)) != set(line.cited):
        yield refusal.group(1), "citation"
    claim = _CLAIM.match(line.text)
    if claim and line.cited and ground.backing(claim.group(1)) != set(line.cited):
        yield claim.group(1), "citation"
    if line.section == "Recommendations":
        yield from _false_reasons(line, ground)
    if line.cited and not _is_citation(line, ground):
        yield f"citation of {', '.join(line.cited)}", "citation"


def _false_reasons(line: Line, ground: Ground) -> Iterator[tuple[str, Kind]]:
    """Yield claims that no advice follows from as listed, and groups they do not put first."""
    for match in _FOLLOWS.finditer(line.text):
        ids = match.group(1).split(", ")
        if not any(claims[: len(ids)] == ids for claims in ground.followed):
            yield match.group(1), "citation"
        first = {ground.leaders.get(name, "") for name in ids} - {""}
        for span in line.spans:
            if first and not shown_as(span, first):
                yield span, "entity"


def _is_citation(line: Line, ground: Ground) -> bool:
    """Return whether the facts cited belong together."""
    cited = set(line.cited)
    facts = ground.cited(cited)
    if line.section == "Performance":
        return len({_origin(fact) for fact in facts}) == 1
    if line.section == "Data quality":
        return len(facts) == _COUNTS
    if line.section not in {"Summary", "Key findings"}:
        return True
    if line.section == "Summary":  # which says a part of a claim
        return len(cited) == 1 or any(cited <= claimed for claimed in ground.claimed)
    return cited in ground.claimed


def is_evidence(line: Line, row: list[str], ground: Ground) -> bool:
    """Return whether a row of the evidence is what its facts say of themselves."""
    what, files, places = (line.spans_in(cell) for cell in row[1:])
    listed = row[1].partition(":")[2].replace(" ", "").split(",")
    facts = ground.cited(line.cited)
    if not facts or {fact["statistic"] for fact in facts} != set(listed):
        return False
    return _describes(facts, what, files, places)


def _describes(facts: list[Json], what: list[str], files: list[str], places: list[str]) -> bool:
    """Return whether code spans name the facts' metric, files, and places or formulas."""
    sources = [source for fact in facts for source in fact["sources"]]
    where = {fact["formula"] for fact in facts} | {source["locator"] for source in sources}
    paths = {source["path"] for source in sources} - {"."}
    named = (
        (what, {fact["metric"] for fact in facts}),
        (files, paths),
        (places, where),
    )
    return (
        bool(what and places)
        and bool(files) == bool(paths)
        and all(
            shown_as(span, {squeezed(name) for name in names})
            for spans, names in named
            for span in spans
        )
    )


def _origin(fact: Json) -> tuple[object, ...]:
    return fact["metric"], *((source["path"], source["locator"]) for source in fact["sources"])
