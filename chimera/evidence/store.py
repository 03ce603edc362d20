"""Evidence ↔ one compact JSON text, so that a later stage or a resumed run reads the same."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from chimera.evidence.bulk import Bulk, Counted, Numbers, Texts
from chimera.evidence.collect import Evidence
from chimera.evidence.compact import compact
from chimera.evidence.records import Inventory, Series, Table

_SERIES = tuple(field.name for field in fields(Series))


def encode(evidence: Evidence) -> bytes:
    """Return evidence as ASCII JSON; `decode` gives back an equal value."""
    plain = {
        "inventory": evidence.inventory.model_dump(mode="json"),
        "tables": [_table_to_json(table) for table in evidence.tables],
    }
    return json.dumps(plain, separators=(",", ":"), allow_nan=False, default=list).encode("ascii")


def decode(content: bytes) -> Evidence:
    """Return what `encode` was given."""
    plain = json.loads(content)
    tables = tuple(map(_table_from_json, plain["tables"]))
    return Evidence(Inventory.model_validate(plain["inventory"]), tables)


def _table_to_json(table: Table) -> dict[str, Any]:
    plain = {field.name: getattr(table, field.name) for field in fields(Table)}
    if table.bulk is not None:  # its cells stay in the artifact
        plain["bulk"] = table.bulk.to_json()
        plain["rows"] = []
        for key in ("labels", "params", "ids"):
            plain[key] = list(plain[key])
    left = {"values", "texts"} if table.bulk is not None else set()
    plain["series"] = [
        [None if name in left else getattr(one, name) for name in _SERIES] for one in table.series
    ]
    return plain


def _table_from_json(plain: dict[str, Any]) -> Table:
    if plain["bulk"] is not None:
        return _large_from_json(plain)
    series = tuple(_series(cells) for cells in plain["series"])
    failures = _by_index(plain["failures"])
    columns = {
        key: {name: tuple(cells) for name, cells in plain[key].items()}
        for key in ("labels", "params", "ids")
    }
    lists = {key: tuple(plain[key]) for key in ("rows", "declared_n")}
    return compact(Table(**{**plain, **columns, **lists, "series": series, "failures": failures}))


def _large_from_json(plain: dict[str, Any]) -> Table:
    bulk = Bulk.from_json(plain["bulk"])
    failures = _by_index(plain["failures"])
    series = [dict(zip(_SERIES, cells, strict=True)) for cells in plain["series"]]
    read = {
        "labels": {name: Texts(bulk, name) for name in plain["labels"]},
        "params": {name: Texts(bulk, name) for name in plain["params"]},
        "ids": {name: Texts(bulk, name) for name in plain["ids"]},
        "rows": Counted(bulk.first, bulk.count),
        "series": tuple(_in_columns(bulk, one, failures) for one in series),
        "failures": failures,
        "declared_n": (),
        "bulk": bulk,
    }
    return Table(**{**plain, **read})


def _in_columns(bulk: Bulk, one: dict[str, Any], failures: dict[int, str]) -> Series:
    values, texts = Numbers(bulk, one["column"], failures), Texts(bulk, one["column"])
    read = {"values": values, "texts": texts, "places": (), "invalid": _by_index(one["invalid"])}
    return Series(**{**one, **read})


def _series(cells: list[Any]) -> Series:
    named = dict(zip(_SERIES, cells, strict=True))
    lists = {key: tuple(named[key]) for key in ("values", "texts", "places")}
    return Series(**{**named, **lists, "invalid": _by_index(named["invalid"])})


def _by_index(reasons: dict[str, str]) -> dict[int, str]:
    return {int(index): reason for index, reason in reasons.items()}
