"""Clean-up among the columns of one table: copies, hidden aggregates, labels that repeat others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from chimera.evidence.names import plain
from chimera.evidence.records import Series

_MOST_COMPARED = 64  # namesakes; among more, only those equal in every cell are copies
_Columns = dict[str, tuple[str, ...]]


def drop_copies(series: Iterable[Series]) -> tuple[Series, ...]:
    """Drop columns that repeat another's numbers; give different ones of one name their parent's.

    `compilation/compile_time_s` beside `benchmark/metadata/compile_time_s` is one measurement,
    `metrics_before/latency_ms` and `metrics_after/latency_ms` are two metrics.
    """
    kept: list[Series] = []
    by_name: dict[tuple[str, str | None, str], _Namesakes] = {}
    for one in series:
        same = by_name.get((one.metric, one.unit, one.statistic))
        copied = same.copied(one, kept) if same else None
        if same is None:
            by_name[one.metric, one.unit, one.statistic] = _Namesakes([len(kept)], {})
        elif copied is None:
            same.add(one, kept)
        if copied is None:
            kept.append(one)
        elif _filled(one) > _filled(kept[copied]):
            kept[copied] = one
    for same in by_name.values():
        same.tell_apart(kept)
    return tuple(kept)


@dataclass(slots=True)
class _Namesakes:
    """The kept columns of one name, by their index, and by all their cells."""

    indices: list[int]
    whole: dict[Sequence[str], int]

    def copied(self, one: Series, kept: list[Series]) -> int | None:
        """Return which of them a column repeats."""
        if len(self.indices) == 1:  # most names occur once, and long columns take long to hash
            self.whole.setdefault(kept[self.indices[0]].texts, self.indices[0])
        copied = self.whole.get(one.texts)
        if copied is None and len(self.indices) <= _MOST_COMPARED:
            copied = next((i for i in self.indices if _agree(kept[i], one)), None)
        return copied

    def add(self, one: Series, kept: list[Series]) -> None:
        """Add a column that is the next to be kept."""
        self.whole[one.texts] = len(kept)
        self.indices.append(len(kept))

    def tell_apart(self, kept: list[Series]) -> None:
        """Give different columns of one name that of their parents, where there are several."""
        if len(self.indices) > 1:
            apart = _told_apart([kept[i] for i in self.indices])
            for index, one in zip(self.indices, apart, strict=True):
                kept[index] = one


def mark_aggregates(series: tuple[Series, ...]) -> tuple[Series, ...]:
    """Mark columns without a statistic as aggregates where every other metric is one.

    In a file with `mean_ttft_s` and `mean_tokens_s`, a bare `prompt_eval` is no single run either.
    """
    if all(one.statistic == "raw" for one in series):
        return series
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


def without_redundant(labels: _Columns, params: _Columns) -> _Columns:
    """Leave out labels that only spell out the settings (`config_name` beside three of them)."""
    if not any("config" in name for name in labels):
        return labels
    varying = [cells for cells in params.values() if len(set(cells)) > 1]
    if not varying:
        return labels
    settings = list(zip(*varying, strict=True))
    return {
        name: cells
        for name, cells in labels.items()
        if "config" not in name or not _same_groups(cells, settings)
    }


def _same_groups(cells: tuple[str, ...], settings: list[tuple[str, ...]]) -> bool:
    pairs = set(zip(cells, settings, strict=True))
    return len(set(cells)) == len(set(settings)) == len(pairs)


def _agree(one: Series, other: Series) -> bool:
    found = False
    for mine, theirs in zip(one.texts, other.texts, strict=True):
        if mine and theirs:
            if mine != theirs:
                return False
            found = True
    return found


def _filled(one: Series) -> int:
    return sum(text != "" for text in one.texts)


def _told_apart(group: list[Series]) -> list[Series]:
    """Put in front of each metric what tells its parents from those of its namesakes."""
    parents = [one.column.split("/")[:-1] for one in group]
    shared = set(parents[0]).intersection(*parents[1:])
    apart = []
    taken = False
    for one, above in zip(group, parents, strict=True):
        own = [plain(part) for part in above if part not in shared]
        if own:
            apart.append(replace(one, metric="_".join([*own, one.metric])))
        else:
            apart.append(replace(one, metric=plain(one.column)) if taken else one)
            taken = True
    return apart
