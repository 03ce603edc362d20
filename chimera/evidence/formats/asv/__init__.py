"""asv (airspeed velocity) `results/<machine>/*.json`, explained by `benchmarks.json` above them.

The name of a benchmark decides what is measured (`time_` seconds, `mem_` and `peakmem_` bytes,
`track_` anything) unless `benchmarks.json` says otherwise; it also names the parameters. `null` is
a benchmark that failed, `NaN` a combination of parameters that was skipped; `date` is in ms.
Shapes: https://asv.readthedocs.io/en/stable/dev.html and files of both versions.
"""

from __future__ import annotations

from chimera.evidence.formats.asv.console import LINE, RARE, parse_console
from chimera.evidence.formats.asv.notes import is_notes, link
from chimera.evidence.formats.asv.results import parse_results
from chimera.evidence.formats.link import Notes
from chimera.evidence.formats.match import Match, by_lines, by_names
from chimera.evidence.formats.rows import Rows
from chimera.evidence.formats.samples import Console, Node, Sample

__all__ = ["HINTS", "NAME", "link", "notes", "parse", "probe"]

NAME = "asv"
READS = frozenset({"node", "console"})
HINTS = frozenset({"commit_hash", "version", " \u00b7\u00b7\u00b7 "})
_NEEDED = ("commit_hash", "date", "params", "python", "results")
_TYPICAL = ("version", "requirements")


def probe(sample: Sample) -> Match | None:
    """Tell results by commit and environment, `benchmarks.json` by code, a log by its lines."""
    if isinstance(sample, Console):
        return by_lines(sample, needs=(LINE,), rare=RARE)
    if not isinstance(sample, Node) or sample.is_list:
        return None
    if is_notes(sample.first):
        return Match(1.0, ("code", "param_names", "version"))
    if not isinstance(sample.first.get("results"), dict):
        return None
    return by_names(sample.keys, needs=_NEEDED, typical=_TYPICAL)


def notes(sample: Sample) -> Notes | None:
    """Return the benchmarks that a `benchmarks.json` describes."""
    return sample.first if isinstance(sample, Node) and is_notes(sample.first) else None


def parse(sample: Sample) -> list[Rows]:
    """Return results, their statistics and samples; one table per kind of benchmark and column."""
    if isinstance(sample, Console):
        return parse_console(sample)
    if not isinstance(sample, Node) or is_notes(sample.first):
        return []
    return parse_results(sample.first, sample.place)
