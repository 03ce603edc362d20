"""What a folder does not hold, as far as the columns and keys of its tables can prove it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from chimera.evidence.metrics import HIGHER
from chimera.evidence.records import FileEntry, Gap, Series, Table
from chimera.evidence.tables.roles import ENVIRONMENT
from chimera.evidence.units import TIMES, family_of
from chimera.evidence.words import words

_FORMATS = ("csv", "json", "jsonl", "markdown", "yaml", "sqlite", "parquet")
# Any word that may mean it: nothing is called missing that has another name.
_QUALITY = words(
    "accuracy acc loss perplexity ppl bits f1 match bleu rouge precision recall auc wer cer rmse "
    "mae mse score pass quality win correct correctness similarity"
)
_MEMORY = words("memory mem ram vram rss")
_NO_DURATION = frozenset({"ttft", "load", "compile_time", "prompt_eval", "itl", "tpot"})
_POWER = words("power energy watt watts joules")


def find_gaps(tables: Iterable[Table], files: Iterable[FileEntry]) -> list[Gap]:
    """Return what no evidence table carries, with the files in which it was looked for."""
    evidence = [table for table in tables if table.evidence]
    scope = _scope(files)
    missing = [what for what, present in _checks(evidence) if not present]
    return [Gap(id=f"G{n}", what=what, scope=scope) for n, what in enumerate(missing, 1)]


def _checks(tables: list[Table]) -> Iterator[tuple[str, bool]]:
    metrics = {
        (one.metric, one.unit)
        for table in tables
        for one in table.series
        if table.bulk is not None or _has_value(one)
    }
    names = {metric for metric, _ in metrics}
    yield "throughput", any("throughput" in name for name in names)
    yield "time to first token (TTFT)", any("ttft" in name for name in names)
    yield "latency or duration", any(_is_duration(name, unit) for name, unit in metrics)
    parts = {part for name in names - {"packet_loss"} for part in name.split("_")}
    yield "quality (accuracy, loss, perplexity, …)", not parts.isdisjoint(_QUALITY)
    yield "memory use", not parts.isdisjoint(_MEMORY)
    power = any(family_of(unit) in {"power", "energy"} for _, unit in metrics)
    yield "power or energy", power or not parts.isdisjoint(_POWER)
    yield "repeated runs of one configuration", any(map(has_repeats, tables))
    yield (
        "environment (hardware, operating system, versions)",
        any(ENVIRONMENT & (table.params.keys() | table.labels.keys()) for table in tables),
    )


def has_repeats(table: Table) -> bool:
    """Tell whether a table holds two valid raw rows with the same labels and settings."""
    if table.bulk is not None:
        return table.bulk.repeats
    raw = [one for one in table.series if one.statistic == "raw" and one.direction]
    columns = [*table.labels.values(), *table.params.values()]
    for one in raw:
        rows = [index for index, value in enumerate(one.values) if value is not None]
        keys = Counter(tuple(cells[index] for cells in columns) for index in rows)
        if keys and max(keys.values()) > 1:
            return True
    return False


def _has_value(one: Series) -> bool:
    values = one.values
    return len(values) > 0 and (values[0] is not None or any(v is not None for v in values))


def _is_duration(name: str, unit: str | None) -> bool:
    if name in _NO_DURATION or name in HIGHER:
        return False
    return unit in TIMES or "latency" in name or "duration" in name


def _scope(files: Iterable[FileEntry]) -> str:
    """Say in which files it was looked for: data, and text in which a table was found."""
    read = [
        entry
        for entry in files
        if entry.status == "read"
        and not entry.document
        and (entry.format in _FORMATS or entry.tables)
    ]
    counts = Counter(entry.format for entry in read)
    listed = ", ".join(f"{counts[name]} {name}" for name in (*_FORMATS, "text") if counts[name])
    if not read:
        return "no file with tables was found"
    return f"looked for in the columns and keys of the {len(read)} files read as data: {listed}"
