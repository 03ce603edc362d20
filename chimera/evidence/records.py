"""What the collector keeps: measurements with their place, tables of them, the inventory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from chimera.evidence.bulk import Bulk

Direction = Literal["lower", "higher"]
# Validators are built when the first is needed: what collects evidence makes these without any.
_CONFIG = ConfigDict(frozen=True, extra="forbid", defer_build=True)
Container = Literal["csv", "jsonl", "markdown", "json", "yaml", "text", "parquet", "sqlite"]


@dataclass(frozen=True, slots=True)
class Series:
    """One metric of one table: a column, its cells in the order of the table's rows.

    A dataclass, not a Pydantic model: a folder holds thousands and they are made by our own code.
    """

    column: str  # name as the file writes it
    metric: str  # canonical name: ttft, throughput, latency, accuracy, …
    unit: str | None  # s, ms, tok/s, %, …; None where the file does not say
    direction: Direction | None  # which way is better; None where unknown
    statistic: str  # "raw", or what the tool already computed: mean, median, p95, min, stdev, …
    values: Sequence[float | None]  # None where the cell is empty, no number or does not count
    texts: Sequence[str]  # cells as written
    definition: str | None = None  # formula behind the metric, where tools differ: `vllm.itl`
    places: tuple[str, ...] = ()  # of each cell where the row does not lead to it: console text
    invalid: Mapping[int, str] = field(default_factory=dict)  # index in values -> why it is none
    derived: str = ""  # formula from other columns that holds in all rows: `load + prompt_eval`

    def __reduce__(self) -> tuple[type[Series], tuple[object, ...]]:
        """Return how to pickle it: half the time of what a dataclass does by itself."""
        return Series, _series_fields(self)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one artifact that belong together, sorted into what they are.

    `rows` holds one locator prefix per row: a row number for CSV and JSON Lines (`"3"`),
    a line number for Markdown (`"12"`), a JSON pointer for JSON (`"/results/0"`). CSV rows are
    counted as records, the first (the header, mostly) being 1, blank ones included; JSON Lines as
    lines, with a pointer behind the number where the row lies deeper (`"3/runs/0"`). The column of
    a JSON value is its pointer relative to the row, and empty where the row is the number itself.
    """

    path: str  # relative to the root, with forward slashes
    container: Container
    name: str  # where in the file: "" for the whole, a JSON pointer template, a table number
    rows: Sequence[str]
    labels: Mapping[str, Sequence[str]] = field(default_factory=dict)  # what was measured
    params: Mapping[str, Sequence[str]] = field(default_factory=dict)  # under which settings
    series: tuple[Series, ...] = ()
    failures: Mapping[int, str] = field(default_factory=dict)  # index in rows -> reason
    declared_n: tuple[int | None, ...] = ()  # runs behind an aggregate row, where the file says
    evidence: bool = True  # False for numbers in prose documents: quoted by no finding
    ids: Mapping[str, Sequence[str]] = field(default_factory=dict)  # which run: commit, time, hash
    format: str = ""  # name of the tool's format; empty where the columns spoke for themselves
    bulk: Bulk | None = None  # the file of a large table, whose cells are read when asked for

    def __reduce__(self) -> tuple[type[Table], tuple[object, ...]]:
        """Return how to pickle it: half the time of what a dataclass does by itself."""
        return Table, _table_fields(self)

    def locate(self, series: Series, index: int) -> str:
        """Return the place of one cell within its file."""
        if series.places:
            return series.places[index]
        row = self.rows[index]
        if self.container in {"json", "yaml"}:
            return f"{row}/{series.column}" if series.column else row
        if self.container == "jsonl":
            row, _, pointer = row.partition("/")
            column = "/".join(part for part in (pointer, series.column) if part)
            return f"row {row}, column {column}"
        unit = "line" if self.container == "markdown" else "row"
        within = f"table {self.name}, " if self.container == "sqlite" else ""
        return f"{within}{unit} {row}, column {series.column}"

    def measurements(self) -> Iterator[Measurement]:
        """Yield every number of the table as a measurement, those that do not count as invalid."""
        for series in self.series:
            for index, text in enumerate(series.texts):
                reason = self.failures.get(index) or series.invalid.get(index)
                if series.values[index] is None and (reason is None or not text):
                    continue
                yield self._measurement(series, index, text, reason)

    def _measurement(
        self, series: Series, index: int, text: str, reason: str | None
    ) -> Measurement:
        """Return one cell as a measurement; `reason` says why it does not count."""
        return Measurement(
            metric=series.metric,
            definition=series.definition,
            value=series.values[index],
            text=text,
            unit=series.unit,
            direction=series.direction,
            statistic=series.statistic,
            n=self.declared_n[index] if self.declared_n else None,
            labels={name: cells[index] for name, cells in self.labels.items()},
            params={name: cells[index] for name, cells in self.params.items()},
            ids={name: cells[index] for name, cells in self.ids.items()},
            path=self.path,
            locator=self.locate(series, index),
            valid=reason is None,
            reason=reason,
        )


_series_fields = attrgetter(*(field.name for field in fields(Series)))
_table_fields = attrgetter(*(field.name for field in fields(Table)))


class Measurement(BaseModel):
    """One number read from an artifact."""

    model_config = _CONFIG

    metric: str = Field(description="Canonical name of the metric.")
    definition: str | None = Field(
        default=None, description="Formula behind the metric, where tools differ: `vllm.itl`."
    )
    value: float | None = Field(description="The number; None where a failed row holds none.")
    text: str = Field(description="The cell as written.")
    unit: str | None = Field(description="Unit, None where the file does not say.")
    direction: Direction | None = Field(description="Which way is better, None where unknown.")
    statistic: str = Field(description="raw, or the statistic the tool already computed.")
    n: int | None = Field(description="Runs behind the number, where the file says.")
    labels: dict[str, str] = Field(description="What was measured.")
    params: dict[str, str] = Field(description="Settings in force.")
    ids: dict[str, str] = Field(default_factory=dict, description="Which run: commit, time, hash.")
    path: str = Field(description="File, relative to the root.")
    locator: str = Field(description="Place within the file.")
    valid: bool = Field(description="False for a number that does not count.")
    reason: str | None = Field(description="Why it is not valid.")


class Recognised(BaseModel):
    """A format of a tool that was found in a file."""

    model_config = _CONFIG

    format: str = Field(description="Name of the format: `llama-bench`, `vllm-serve`, ….")
    score: float = Field(ge=0, le=1, description="How well it fits.")
    evidence: list[str] = Field(description="Keys, columns or patterns that speak for it.")
    place: str = Field(description="Where in the file it was found; empty for the whole file.")
    believed: bool = Field(description="False where another format fits as well.")


class FileEntry(BaseModel):
    """One file of the inventory."""

    model_config = _CONFIG

    path: str = Field(description="Relative to the root, with forward slashes.")
    kind: str = Field(description="What the name says: csv, json, jsonl, markdown, text, …")
    format: str = Field(description="What the content says: csv, json, jsonl, markdown, text, …")
    bytes: int = Field(ge=0, description="Size.")
    modified: str = Field(description="Time of the last change, UTC, ISO 8601, whole seconds.")
    sha256: str | None = Field(description="Hash of the bytes read; None where nothing was read.")
    status: Literal["read", "skipped", "failed", "duplicate"] = Field(
        description="read; skipped (left on purpose); failed; duplicate (of an earlier path)."
    )
    encoding: str | None = Field(default=None, description="Encoding of the text.")
    recognised: list[Recognised] = Field(
        default_factory=list, description="Formats of tools found in it."
    )
    tables: int = Field(default=0, ge=0, description="Tables found in it.")
    measurements: int = Field(default=0, ge=0, description="Valid numbers read from it.")
    failures: int = Field(default=0, ge=0, description="Failed rows in it.")
    document: bool = Field(default=False, description="Prose: its numbers carry no finding.")
    problems: list[str] = Field(default_factory=list, description="What is odd about it.")


class KindCount(BaseModel):
    """Files of one kind."""

    model_config = _CONFIG

    count: int = Field(ge=0, description="How many.")
    latest_modified: str = Field(description="The latest change among them, UTC, ISO 8601.")


class Gap(BaseModel):
    """Something that should be there and is not, with the scope in which it was looked for."""

    model_config = _CONFIG

    id: str = Field(description="G1, G2, …")
    what: str = Field(description="What is missing.")
    scope: str = Field(description="Where it was looked for.")


class Inventory(BaseModel):
    """What a folder holds."""

    model_config = _CONFIG

    root: str = Field(description="Name of the folder or file, never its absolute path.")
    files_total: int = Field(ge=0, description="Files found.")
    bytes_total: int = Field(ge=0, description="Their size.")
    kinds: dict[str, KindCount] = Field(description="Count and latest change per kind.")
    files: list[FileEntry] = Field(description="Every file, sorted by path.")
    duplicates: list[list[str]] = Field(
        default_factory=list, description="Paths that hold the same bytes, first path first."
    )
    gaps: list[Gap] = Field(default_factory=list, description="Proven absences.")
    limits: list[str] = Field(default_factory=list, description="Caps that were hit.")
    problems: list[str] = Field(
        default_factory=list, description="Folders and entries that could not be looked into."
    )
