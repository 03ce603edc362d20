"""Junk is looked at in linear time by every format of a console."""

from __future__ import annotations

import time

import pytest

from chimera.evidence.formats import Console, formats

LIMIT = 5  # seconds of CPU: a pattern that is not linear takes minutes
TIMES = 400
LINES = (
    " " * 1000, "a " * 500, "a" + " " * 1000, "1.5 ns " * 150, "test " + "a " * 500,
    "Benchmark" + " 1" * 500, "time: [1 ns " * 80, "x x x 1,1 ops/sec " * 50, "- | " * 250,
    "avgt 1 1 " * 110, "." * 1000, "1" * 1000, "Mean TTFT (ms) P99 rate=" * 40,
    "eval rate: 1 BenchmarkModel/name=" * 30,
    "> > > > total duration: 1m1" * 40, "| pp512 | 1.5 ± " * 60,
    "MLPerf Results Summary" + " " * 500 + "percentile" * 50, ":::MLLOG {" * 100, "= " * 500,
)  # fmt: skip
CONSOLES = sorted(name for name, one in formats().items() if "console" in one.READS)


@pytest.mark.parametrize("name", CONSOLES)
@pytest.mark.parametrize("end", ["\n", ""], ids=["lines", "one line"])
def test_junk_costs_linear_time(name: str, end: str) -> None:
    """Neither many lines nor a single one, also between lines that the format knows."""
    one = formats()[name]
    for line in LINES:
        console = Console((line + end) * TIMES + "\n" + "\n".join(sorted(one.HINTS)))
        before = time.process_time()
        one.probe(console)
        one.parse(console)
        assert time.process_time() - before < LIMIT, line[:20]
