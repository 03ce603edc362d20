"""Clean-up among the columns of one table: copies, hidden aggregates, labels that repeat others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from chimera.evidence.names import plain
from chimera.evidence.records import Series

_Columns = dict[str, tuple[str, ...]]


def drop_copies(series: Iterable[Series]) -> tuple[Series, ...]:
    """Drop columns that repeat another's numbers; give different ones of one name their parent's.

    `compilation/compile_time_s` beside `benchmark/metadata/compile_time_s` is one measurement,
    `metrics_before/latency_ms` and `metrics_after/latency_ms` are two metrics.
    """
    kept: list[Series] = []
    by_name: dict[tuple[str, str | None, str], list[int]] = {}
    for one in series:
        same = by_name.setdefault((one.metric, one.unit, one.statistic), [])
        copied = next((i for i in same if _agree(kept[i], one)), None)
        if copied is None:
            same.append(len(kept))
            kept.append(one)
        elif _filled(one) > _filled(kept[copied]):
            kept[copied] = one
    for same in by_name.values():
        if len(same) > 1:
            for index in same:
                kept[index] = _qualified(kept[index])
    return tuple(kept)


def mark_aggregates(series: tuple[Series, ...]) -> tuple[Series, ...]:
    """Mark columns without a statistic as aggregates where every other metric is one.

    In a file with `mean_ttft_s` and `mean_tokens_s`, a bare `prompt_eval` is no single run either.
    """
    measured = [one for one in series if one.direction and one.statistic not in {"min", "max"}]
    computed = {one.metric for one in measured if one.statistic != "raw"}
    bare = {one.metric for one in measured if one.statistic == "raw"}
    if len(computed) <= max(1, len(bare)):
        return series
    return tuple(
        replace(one, statistic="aggregate")
        if one.statistic == "raw" and one.direction and one.metric not in computed
        else one
        for one in series
    )


def without_redundant(labels: _Columns, params: _Columns) -> tuple[_Columns, _Columns]:
    """Leave out labels that only spell out the settings (`config_name` beside three settings)."""
    varying = [cells for cells in params.values() if len(set(cells)) > 1]
    if len(varying) < 2:  # noqa: PLR2004 - one setting may well be the label's meaning
        return labels, params
    settings = list(zip(*varying, strict=True))
    distinct = len(set(settings))
    kept = {
        name: cells
        for name, cells in labels.items()
        if len(set(cells)) == 1
        or not len(set(cells)) == distinct == len(set(zip(cells, settings, strict=True)))
    }
    return kept, params


def _agree(one: Series, other: Series) -> bool:
    pairs = zip(one.texts, other.texts, strict=True)
    both = [(mine, theirs) for mine, theirs in pairs if mine and theirs]
    return bool(both) and all(mine == theirs for mine, theirs in both)


def _filled(one: Series) -> int:
    return sum(text != "" for text in one.texts)


def _qualified(one: Series) -> Series:
    parents = one.column.split("/")[:-1]
    if not parents:
        return replace(one, metric=plain(one.column) or one.metric)
    return replace(one, metric=f"{plain(parents[-1])}_{one.metric}")
