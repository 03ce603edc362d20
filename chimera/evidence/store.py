"""Evidence ↔ one compact JSON text, so that a later stage or a resumed run reads the same."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from chimera.evidence.collect import Evidence
from chimera.evidence.records import Inventory, Series, Table

_SERIES = tuple(field.name for field in fields(Series))


def encode(evidence: Evidence) -> bytes:
    """Return evidence as ASCII JSON; `decode` gives back an equal value."""
    plain = {
        "inventory": evidence.inventory.model_dump(mode="json"),
        "tables": [_table_to_json(table) for table in evidence.tables],
    }
    return json.dumps(plain, separators=(",", ":"), allow_nan=False).encode("ascii")


def decode(content: bytes) -> Evidence:
    """Return what `encode` was given."""
    plain = json.loads(content)
    tables = tuple(map(_table_from_json, plain["tables"]))
    return Evidence(Inventory.model_validate(plain["inventory"]), tables)


def _table_to_json(table: Table) -> dict[str, Any]:
    plain = {field.name: getattr(table, field.name) for field in fields(Table)}
    plain["series"] = [[getattr(one, name) for name in _SERIES] for one in table.series]
    return plain


def _table_from_json(plain: dict[str, Any]) -> Table:
    series = tuple(_series(cells) for cells in plain["series"])
    failures = {int(index): reason for index, reason in plain["failures"].items()}
    columns = {
        key: {name: tuple(cells) for name, cells in plain[key].items()}
        for key in ("labels", "params", "ids")
    }
    lists = {key: tuple(plain[key]) for key in ("rows", "declared_n")}
    return Table(**{**plain, **columns, **lists, "series": series, "failures": failures})


def _series(cells: list[Any]) -> Series:
    named = dict(zip(_SERIES, cells, strict=True))
    lists = {key: tuple(named[key]) for key in ("values", "texts", "places")}
    invalid = {int(index): reason for index, reason in named["invalid"].items()}
    return Series(**{**named, **lists, "invalid": invalid})
