"""llama-bench of llama.cpp: JSON, JSON Lines, CSV and its Markdown table, also pasted in a fence.

A test processes a prompt (`pp512`), generates tokens (`tg128`) or does both (`pp512+tg128`), maybe
behind a context of some depth (`@ d4096`). Times are nanoseconds of a whole test, speeds tokens per
second (`tools/llama-bench/README.md`); the speed of a test that does both counts all its tokens and
is neither of the others. The deviation of a single repetition is written as 0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from chimera.evidence.document import Json
from chimera.evidence.formats.match import Match, by_lines, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows, items, numeric, text
from chimera.evidence.formats.samples import Cell, Console, Node, Sample, Sheet, cell

NAME = "llama-bench"
READS = frozenset({"node", "sheet", "console"})
HINTS = frozenset({"avg_ts", "t/s"})
_NEEDS = ("build_commit", "n_prompt", "n_gen", "avg_ns", "avg_ts")
_TYPICAL = ("stddev_ts", "model_type", "n_gpu_layers", "n_batch")
_KINDS = {"pp": "prompt_throughput", "tg": "throughput", "pg": "total_throughput"}
_TEST = re.compile(r"(?:pp ?(\d+))?(?:\+?tg ?(\d+))?(?: @ d(\d+))?")
# Without a deviation, or with the number of the run behind it, where somebody edited the table.
_SPEED = re.compile(r"([\d.]+)(?: (?:±|\+/-) ([\d.]+)(?:\s+\d+/\d+)?)?")
# A row inside a code fence, where Markdown has no tables.
_ROW = re.compile(
    r"^[ \t]*\|.{0,400}\|[ \t]*(?:pp|tg) ?\d[^|\n]{0,40}\|[ \t]*"
    r"(?P<mean>[\d.]+) (?:±|\+/-) (?P<stdev>[\d.]+)[ \t]*\|?[ \t\r]*$",
    re.MULTILINE,
)
_FENCE = ("```", "~~~")
_SPEED_COLUMN, _DEVIATION_COLUMN = "t/s", "t/s ±"
_LABELS = {"model_type": "model", "model_filename": "model_filename", "backends": "backend"}
_IDS = ("build_commit", "build_number", "test_time")
# What the Markdown table calls the fields of the other outputs.
_FIELDS = {
    "ngl": "n_gpu_layers", "threads": "n_threads", "fa": "flash_attn", "mmap": "use_mmap",
    "sm": "split_mode", "mg": "main_gpu", "nkvo": "no_kv_offload", "ts": "tensor_split",
    "embd": "embeddings", "ot": "tensor_buft_overrides", "nopo": "no_op_offload",
}  # fmt: skip
_ONE_RUN = "0 is written where there is no deviation: one run"


def _measures(kind: str) -> dict[str, Measure]:
    definition = f"{NAME}.{kind}"
    return {
        "avg_ns": Measure("duration", "ns", "lower", "mean", definition),
        "stddev_ns": Measure("duration", "ns", None, "stdev", definition),
        "avg_ts": Measure(_KINDS[kind], "tok/s", "higher", "mean", definition),
        "stddev_ts": Measure(_KINDS[kind], "tok/s", None, "stdev", definition),
    }


def probe(sample: Sample) -> Match | None:
    """Tell its records by their fields, its table by a `test` such as `pp512`."""
    match sample:
        case Node():
            return by_names(sample.keys, needs=_NEEDS, typical=_TYPICAL)
        case Sheet(container="csv"):
            return by_names(sample.keys, needs=_NEEDS, typical=_TYPICAL)
        case Sheet():
            if not any(_kind_of(cells["test"]) for _, cells in sample.rows_below("test", "t/s")):
                return None
            # llama-benchy prints the same two columns, but measures over HTTP.
            return by_names(
                sample.keys,
                needs=("test", "t/s"),
                typical=("model", "backend"),
                without=("ttfr (ms)", "peak t/s"),
            )
        case Console():
            return by_lines(sample, needs=(_ROW,)) if "```" in sample.text else None


def parse(sample: Sample) -> list[Rows]:
    """Return per kind of test the statistics, and the repetitions where they are written."""
    if isinstance(sample, Sheet):
        return _markdown(sample) if sample.container == "markdown" else _csv(sample)
    if isinstance(sample, Console):
        return _fenced(sample)
    name = "/*" if sample.is_list and not sample.lines else ""
    tables = {kind: _Tables(kind, name) for kind in _KINDS}
    for place, record in sample.objects():
        if kind := _kind(text(record.get("n_prompt")), text(record.get("n_gen"))):
            tables[kind].add(place, {key: _scalar(value) for key, value in record.items()})
            tables[kind].add_runs(items(record.get("samples_ns")), items(record.get("samples_ts")))
    return [rows for one in tables.values() for rows in one.filled()]


@dataclass(slots=True)
class _Tables:
    """The tables of one kind of test: statistics, and repetitions in time and speed."""

    kind: str
    name: str
    statistics: Rows = field(init=False)
    times: Rows = field(init=False)
    speeds: Rows = field(init=False)

    def __post_init__(self) -> None:
        definition = f"{NAME}.{self.kind}"
        time = Measure("duration", "ns", "lower", definition=definition)
        speed = Measure(_KINDS[self.kind], "tok/s", "higher", definition=definition)
        self.statistics = Rows(self.name, _measures(self.kind))
        self.times = Rows(f"{self.name}/samples_ns/*", {"": time})
        self.speeds = Rows(f"{self.name}/samples_ts/*", {"": speed})

    def add(self, place: str, record: dict[str, str]) -> None:
        """Add a record of text values."""
        known = {*_measures(self.kind), *_LABELS, *_IDS}
        params = {key: value for key, value in record.items() if value and key not in known}
        labels = {name: record[key] for key, name in _LABELS.items() if record.get(key)}
        row = Row(place, labels, params, record)
        row.ids = {key: record[key] for key in _IDS if record.get(key)}
        for column in ("stddev_ns", "stddev_ts"):
            if record.get(column) and numeric(record[column]) == 0:
                row.invalid[column] = _ONE_RUN
        self.statistics.rows.append(row)

    def add_runs(self, times: list[Json], speeds: list[Json]) -> None:
        """Add the repetitions of the record added last."""
        of = self.statistics.rows[-1]
        of.n = len(times) or len(speeds) or None
        for rows, key, values in ((self.times, "ns", times), (self.speeds, "ts", speeds)):
            for index, value in enumerate(values):
                place = f"{of.place}/samples_{key}/{index}"
                rows.rows.append(Row(place, of.labels, of.params, {"": text(value)}, ids=of.ids))

    def filled(self) -> Iterator[Rows]:
        """Yield the tables that have rows."""
        yield from (one for one in (self.statistics, self.times, self.speeds) if one.rows)


def _csv(sheet: Sheet) -> list[Rows]:
    tables = {kind: _Tables(kind, "") for kind in _KINDS}
    for place, cells in sheet.rows_below(*_NEEDS):
        if kind := _kind(cells["n_prompt"], cells["n_gen"]):
            tables[kind].add(place, cells)
    return [rows for one in tables.values() for rows in one.filled()]


def _speeds() -> dict[str, Rows]:
    """Return an empty table for each kind of test, as the Markdown table has columns."""
    return {
        kind: Rows(
            "",
            {
                _SPEED_COLUMN: Measure(metric, "tok/s", "higher", "mean", f"{NAME}.{kind}"),
                _DEVIATION_COLUMN: Measure(metric, "tok/s", None, "stdev", f"{NAME}.{kind}"),
            },
        )
        for kind, metric in _KINDS.items()
    }


def _fenced(console: Console) -> list[Rows]:
    tables, header, fenced = _speeds(), list[str](), False
    for index, line in enumerate(console.lines):
        match = _ROW.search(line) if fenced else None
        cells = [one.strip() for one in line.strip().strip("|").split("|")] if fenced else []
        if line.lstrip().startswith(_FENCE):
            fenced, header = not fenced, []
        elif {"test", "t/s"} <= set(cells):
            header = cells
        elif match and len(cells) == len(header):
            row = dict(zip(header, cells, strict=True))
            found = {
                _SPEED_COLUMN: cell(index, match, "mean"),
                _DEVIATION_COLUMN: cell(index, match, "stdev"),
            }
            if kind := _kind_of(row["test"]):
                tables[kind].rows.append(Row(str(index + 1), *_described(row), found))
    return [rows for rows in tables.values() if rows.rows]


def _markdown(sheet: Sheet) -> list[Rows]:
    tables = _speeds()
    for place, cells in sheet.rows_below("test", "t/s"):
        kind = _kind_of(cells["test"])
        speed = _SPEED.fullmatch(cells["t/s"])
        if kind and speed:
            part = _part_of(sheet, place)
            found = {_SPEED_COLUMN: part(speed[1])}
            if speed[2]:
                found[_DEVIATION_COLUMN] = part(speed[2])
            tables[kind].rows.append(Row(place, *_described(cells), found))
    return [rows for rows in tables.values() if rows.rows]


def _part_of(sheet: Sheet, place: str) -> Callable[[str], Cell]:
    return lambda part: sheet.cell(place, _SPEED_COLUMN, part)


def _described(cells: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return labels and parameters of a row under the names that the other outputs give them."""
    test = _TEST.fullmatch(cells["test"])
    prompt, generated, depth = test.groups(default="0") if test else ("", "", "")
    labels = {name: cells[name] for name in ("model", "backend") if cells.get(name)}
    params = {
        _FIELDS.get(name, name): cell
        for name, cell in cells.items()
        if cell and name not in {*labels, "test", "t/s"}
    }
    return labels, {**params, "n_prompt": prompt, "n_gen": generated, "n_depth": depth}


def _kind_of(test: str) -> str | None:
    match = _TEST.fullmatch(test)
    return _kind(match[1] or "0", match[2] or "0") if match else None


def _kind(prompt: str, generated: str) -> str | None:
    processes, generates = bool(numeric(prompt)), bool(numeric(generated))
    if processes and generates:
        return "pg"
    return "pp" if processes else "tg" if generates else None


def _scalar(value: Json) -> str:
    """Return a scalar as text, booleans as 1 and 0 like the CSV."""
    return str(int(value)) if isinstance(value, bool) else text(value)
