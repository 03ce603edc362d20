"""The report that is reviewed: found, read, and brought into order."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from chimera.analysis.result import Analysis
from chimera.analysis.stage import weight
from chimera.errors import ConfigError, NotFoundError
from chimera.report.document import SCHEMA, ReportDocument

_SPAN: Final = re.compile(r"`([^`]+)`")
_IN_FOLDER: Final = "report.json"


def document_at(source: str) -> Path:
    """Return the `report.json` that a run folder, a report or its JSON stands for.

    Raises:
        NotFoundError: There is none.
    """
    path = Path(source).expanduser()
    found = path / _IN_FOLDER if path.is_dir() else path.with_suffix(".json")
    if not found.is_file():
        raise NotFoundError(
            f"no report at {source!r}: name the folder of a finished run, in which {_IN_FOLDER}"
            " stands, or its report.md"
        )
    return found


def decoded(content: bytes) -> ReportDocument:
    """Read a report.

    Raises:
        ConfigError: It is not one of ours.
    """
    try:
        return ReportDocument.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "its start"
        said = _schema(content)
        but = "" if said == SCHEMA else f", but {said!r}"
        raise ConfigError(
            f"this is no {'whole ' * (said == SCHEMA)}{SCHEMA}{but}: at {place}, {first['msg']};"
            " review a report that this version of Chimera wrote"
        ) from None


def _schema(content: bytes) -> str:
    try:
        found = json.loads(content)
    except ValueError:
        return "no JSON"
    return str(found.get("schema", "unnamed")) if isinstance(found, dict) else "no object"


def analysis_of(document: ReportDocument) -> Analysis:
    """Return what a report says as an analysis, its claims in the order of what matters."""
    ordered = sorted(document.claims, key=weight)
    return Analysis.empty().model_copy(
        update={
            "facts": {fact.id: fact for fact in document.facts},
            "claims": document.claims,
            "refusals": document.refusals,
            "order": [claim.id for claim in ordered],
        }
    )


def names_in(document: ReportDocument) -> set[str]:
    """Return the names of files and groups in claims; no sentence of a model may hold one."""
    spans = {span for claim in document.claims for span in _SPAN.findall(claim.text)}
    columns = {column for claim in document.claims for column in claim.by}
    return (spans - columns) | {group for claim in document.claims for group in claim.groups}
