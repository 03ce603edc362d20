"""Megabytes of junk cost no format of a console a second."""

from __future__ import annotations

import time

import pytest

from chimera.evidence.formats import Console, formats

NAMES = (
    "benchmark-js", "benchmarkluau", "catch2", "criterion-console", "go-bench",
    "google-benchmark-console", "jmh-console", "libtest-bench",
)  # fmt: skip
LINES = (
    " " * 1000, "a " * 500, "a" + " " * 1000, "1.5 ns " * 150, "test " + "a " * 500,
    "Benchmark" + " 1" * 500, "time: [1 ns " * 80, "x x x 1,1 ops/sec " * 50, "- | " * 250,
    "avgt 1 1 " * 110, "." * 1000, "1" * 1000,
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("line", LINES, ids=lambda line: line[:10])
@pytest.mark.parametrize("end", ["\n", ""], ids=["lines", "one line"])
def test_junk_is_looked_at_in_no_time(name: str, line: str, end: str) -> None:
    """Neither in many lines nor in a single one."""
    one = formats()[name]
    console = Console((line + end) * 1000)
    before = time.perf_counter()
    if one.probe(console):
        one.parse(console)
    assert time.perf_counter() - before < 1
