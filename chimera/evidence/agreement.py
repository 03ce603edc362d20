"""Does the engine read a large file as the reader of small ones would? What it takes otherwise.

What its bytes cannot rule out is looked for with further scans, so that most files need none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from chimera.evidence.bulk import Bulk, named, quoted
from chimera.evidence.numerals import FEWEST, Doubt, doubt
from chimera.evidence.records import Series
from chimera.evidence.tables.validity import is_never_negative

_NESTED = ("[", "{")


@dataclass(frozen=True, slots=True)
class Signs:
    """What may be read in another way, as far as bytes and a first count can tell."""

    underscore: bool  # somewhere below the header: `1_000`
    boolean: bool  # a 0 or 1 in JSON, for which the engine takes `false` and `true`
    ends_empty: bool  # rows end with an empty cell: one more goes unnoticed


def disagreement(bulk: Bulk, signs: Signs) -> str | None:
    """Return why a reading is not believed, None where it is.

    Raises:
        duckdb.Error: The engine cannot answer.

    """
    if bulk.lenient and (reason := _odd_cells(bulk)):
        return reason
    if signs.ends_empty and _has_wider_rows(bulk):
        return "some of its rows are longer than its header"
    # A string of JSON with an underscore is refused by the engine, unless it reads leniently.
    spelled = signs.underscore and (bulk.container == "csv" or bulk.lenient)
    if (spelled or signs.boolean) and _spells_otherwise(bulk):
        return "it holds what only the engine takes for numbers"
    return None


def counted(one: Series) -> str:
    """Return which numbers of a column count, by the rules for every other file."""
    if one.direction is None:
        return "finite"
    return "zero and more" if is_never_negative(one.unit) else "not -1"


def _odd_cells(bulk: Bulk) -> str | None:
    """Look at the cells that the engine takes for no numbers: ours may read one, `1,200`."""
    plain = replace(bulk, numeric=frozenset(), lenient=False)
    columns = sorted(bulk.numeric)
    odd = "CASE WHEN TRY_CAST({0} AS DOUBLE) IS NULL THEN {0} END"
    asked = [f"count({named(c)}), histogram({odd.format(named(c))})" for c in columns]
    (row,) = plain.query(", ".join(asked))
    for column, filled, cells in zip(columns, row[::2], row[1::2], strict=True):
        if bulk.container == "jsonl" and any(cell.startswith(_NESTED) for cell in cells or ()):
            return "its lines hold nested values"
        sorts = {cell: doubt(cell) for cell in cells or ()}
        if Doubt.NUMBER in sorts.values():
            return f"column {column} holds numbers that only the reader of small files reads"
        if _times(cells or {}, sorts, Doubt.STRANGE) * FEWEST > filled:
            return f"column {column} holds too many cells without a number"
    return None


def _times(cells: Mapping[str, int], sorts: Mapping[str, Doubt], sort: Doubt) -> int:
    return sum(count for cell, count in cells.items() if sorts[cell] is sort)


def _has_wider_rows(bulk: Bulk) -> bool:
    """Tell whether a row holds more delimiters than the header, outside of quotes."""
    bare = """regexp_replace(line, '"[^"]*"', '', 'g')"""
    plain = f"""CASE WHEN contains(line, '"') THEN {bare} ELSE line END"""
    others = f"length({plain}) - length(replace({plain}, {quoted(bulk.delimiter)}, ''))"
    wider = f"SELECT count(*) FROM {bulk.lines} WHERE {others} >= {len(bulk.names)}"  # noqa: S608 - quoted
    return bool(bulk.run(wider).fetchone()[0])


def _spells_otherwise(bulk: Bulk) -> bool:
    plain = replace(bulk, numeric=frozenset(), lenient=False)
    tests = " OR ".join(
        f"contains({named(c)}, '_') OR {named(c)} IN ('true', 'false')"
        for c in sorted(bulk.numeric)
    )
    return bool(tests) and bool(plain.query(f"count(*) FILTER ({tests})")[0][0])
