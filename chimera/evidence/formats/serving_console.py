"""The "Serving Benchmark Result" block that vLLM `bench serve` and SGLang `bench_serving` print.

Both print labels with their units; SGLang names its backend and counts tokens twice. The numbers
mean what they mean in the JSON of each tool. A log may hold many blocks: what was printed since the
last one, such as the arguments or a heading with the rate, tells under which settings it ran.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from chimera.evidence.formats.match import Match, by_lines
from chimera.evidence.formats.rows import Measure, Row, Rows, numeric
from chimera.evidence.formats.samples import Cell, Console, Sample, cell
from chimera.evidence.formats.vllm_serve import impossible, latency, measures_of

NAME = "serving-console"
READS = frozenset({"console"})
HINTS = frozenset({"Serving Benchmark Result"})
_BANNER = re.compile(r"=+ ?Serving Benchmark Result ?=+[ \t\r]*$", re.MULTILINE)
_END = re.compile(r"={20,}[ \t\r]*$")
# Labels of both tools, in lower case since they changed it, with the keys of their JSON.
_KEYS = {
    "successful requests": "completed",
    "failed requests": "failed",
    "benchmark duration (s)": "duration",
    "total input tokens": "total_input_tokens",
    "total generated tokens": "total_output_tokens",
    "request throughput (req/s)": "request_throughput",
    "request goodput (req/s)": "request_goodput",
    "input token throughput (tok/s)": "input_throughput",
    "output token throughput (tok/s)": "output_throughput",
    "total token throughput (tok/s)": "total_token_throughput",
    "peak output token throughput (tok/s)": "max_output_tokens_per_s",
    "peak concurrent requests": "max_concurrent_requests",
    "concurrency": "concurrency",
    "accept length": "accept_length",
    "acceptance rate (%)": "spec_decode_acceptance_rate",
    "acceptance length": "spec_decode_acceptance_length",
}
_SETTINGS = {
    "backend": "backend",
    "traffic request rate": "request_rate",
    "request rate configured (rps)": "request_rate",
    "burstiness factor": "burstiness",
    "maximum request concurrency": "max_concurrency",
    "max request concurrency": "max_concurrency",
    "max reqeuest concurrency": "max_concurrency",  # SGLang's own spelling for a while
}
_TWICE = "total generated tokens (retokenized)"
_OF_LATENCY = (
    r"(mean|median|std|max|p[\d.]+) (ttft|tpot|itl|e2el|e2e latency|client queue time) \(ms\)"
)
_LATENCY = re.compile(_OF_LATENCY)
_KNOWN = "|".join(map(re.escape, sorted([*_KEYS, *_SETTINGS, _TWICE])))
# A collector of logs may have put a time or the name of a process before the line.
_LINE = re.compile(
    rf"(?:^|[\]|>):#])[ \t]*(?P<label>{_KNOWN}|{_OF_LATENCY}): +"
    r"(?P<value>\S+)(?: set| \([^)]*\))?\s*$",
    re.IGNORECASE,
)
_TYPICAL = tuple(
    re.compile(rf"(?:^|[ \t\]|]){label}: +\S", re.MULTILINE)
    for label in (
        "Successful requests",
        r"Benchmark duration \(s\)",
        r"Request throughput \(req/s\)",
        r"Mean TTFT \(ms\)",
        r"P99 [A-Z]{3,4} \(ms\)",
    )
)
_ARGUMENT = re.compile(
    r"\b(model|dataset_name|request_rate|max_concurrency|num_prompts|random_input_len"
    r"|random_output_len)=(?:'([^']{1,200})'|([\w./-]{1,200}))"
    r"|--(model|dataset-name|request-rate|max-concurrency|num-prompts|random-input-len"
    r"|random-output-len)[ =]+([^\s'\"]{1,200})"
)
_HEADING = re.compile(
    r"(?i)\b(?:(?:request[ _-]?)?(rate)|(qps)|(rps)|(concurrency))\b[ :=]{0,3}(\d+(?:\.\d+)?|inf)\b"
)
_WIDEST = 400  # characters of a line with a label
_LONGEST_HEADING = 80  # characters


def probe(sample: Sample) -> Match | None:
    """Tell a text by the banner and the lines under it."""
    if not isinstance(sample, Console):
        return None
    found = by_lines(sample, needs=(_BANNER, _TYPICAL[0], _TYPICAL[1]), typical=_TYPICAL)
    return found if found and len(found.evidence) >= len(_TYPICAL) else None


def parse(sample: Sample) -> list[Rows]:
    """Return one row per block, vLLM's and SGLang's in tables of their own."""
    if not isinstance(sample, Console):
        return []
    tables = {tool: Rows("", {}) for tool in ("vllm", "sglang")}
    for block in _blocks(sample):
        measures, row = block.row()
        rows = tables[block.tool]
        rows.rows.append(row)
        rows.measures = {**rows.measures, **measures}
    return [rows for rows in tables.values() if rows.rows]


@dataclass(slots=True)
class _Block:
    """The lines of a block by label, as it writes them."""

    banner: int  # index of its line
    before: dict[str, str]  # settings that were printed since the last block
    cells: dict[str, Cell] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def tool(self) -> str:
        """The tool whose labels these are."""
        words = " ".join(self.cells).lower()
        alone = ("e2e latency", "retokenized", "input token throughput")
        return "sglang" if any(word in words for word in alone) else "vllm"

    def row(self) -> tuple[dict[str, Measure], Row]:
        """Return what the labels measure, and the row."""
        found = {label: one for label in self.cells if (one := _measure(label, self.tool))}
        settings = {**self.before, **self.settings}
        known = [name for name in ("model", "backend") if name in settings]
        labels = {str(name): settings.pop(name) for name in known}
        written = {label: self.cells[label].text for label in found}
        row = Row(str(self.banner + 1), labels, settings, self.cells)
        row.invalid = impossible(written, found)
        completed = [numeric(written[label]) for label in found if _key(label) == "completed"]
        row.n = int(completed[0] or 0) if completed else None
        row.failure = "no request completed" if row.n == 0 else None
        return found, row


def _key(label: str) -> str:
    return _KEYS.get(label.lower(), "")


def _measure(label: str, tool: str) -> Measure | None:
    if match := _LATENCY.fullmatch(label.lower()):
        return latency(match[1], match[2].replace(" ", "_"), tool)
    return measures_of([_key(label)], tool).get(_key(label))


def _blocks(console: Console) -> list[_Block]:
    blocks: list[_Block] = []
    within: _Block | None = None
    around: dict[str, str] = {}
    for index, line in enumerate(console.lines):
        if _BANNER.search(line):
            within, around = _Block(index, around), {}
            blocks.append(within)
        elif within and _END.search(line):
            within = None
        elif len(line) <= _WIDEST and (match := _LINE.search(line)):
            _take(within, around, index, match)
        elif within is None:
            around.update(_printed(line))
    if len(blocks) == 1:  # then its command may also stand below it
        blocks[0].before = {**around, **blocks[0].before}
    return blocks


def _take(block: _Block | None, before: dict[str, str], index: int, match: re.Match[str]) -> None:
    name = _SETTINGS.get(match["label"].lower())
    if name and match["value"] not in {"not", "None"}:
        (block.settings if block else before)[name] = match["value"]
    value = cell(index, match, "value")
    if block and value and numeric(value.text) is not None:
        block.cells[match["label"]] = value


def _printed(line: str) -> dict[str, str]:
    """Return the settings of an arguments line, a command, or a short heading with a rate."""
    found = {}
    for match in _ARGUMENT.finditer(line[:10_000]):
        name, value = match[1] or match[4].replace("-", "_"), match[2] or match[3] or match[5]
        if value != "None":
            found[name] = value
    heading = _HEADING.search(line) if not found and len(line) <= _LONGEST_HEADING else None
    if heading:
        found["max_concurrency" if heading[4] else "request_rate"] = heading[5]
    return found
