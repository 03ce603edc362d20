"""hyperfine: single runs, failed runs, zeros for a missing deviation, units of Markdown."""

from __future__ import annotations

from collections.abc import Callable

from chimera.evidence import Table

Fixture = Callable[[str], list[Table]]


def test_single_runs_stand_beside_the_statistics(fixture: Fixture) -> None:
    """Seconds, with the parameters of the command and the number of runs."""
    statistics, runs = fixture("hyperfine/parameters.json")
    assert statistics.params == {"n": ("1", "2")}
    assert statistics.declared_n == (5, 5)
    assert (runs.series[0].statistic, runs.series[0].unit) == ("raw", "s")
    assert tuple(runs.series[0].values[:2]) == (0.0009271450000000001, 0.0008727740000000001)


def test_a_command_with_an_exit_code_has_failed(fixture: Fixture) -> None:
    """Bencher and others keep the times of `false`; a failed run is no measurement."""
    statistics, runs = fixture("hyperfine/failed.json")
    assert statistics.failures == {1: "3 of 3 runs failed: exit code 1"}
    assert runs.failures == dict.fromkeys((3, 4, 5), "exit code 1")


def test_parameters_stand_in_csv_columns(fixture: Fixture) -> None:
    """`parameter_n` is the setting n."""
    (table,) = fixture("hyperfine/parameters.csv")
    assert table.params == {"n": ("1", "2")}


def test_a_zero_for_a_missing_deviation_is_none(fixture: Fixture) -> None:
    """The CSV of a single run writes 0, Markdown leaves it out."""
    for name in ("once.csv", "once.md"):
        (table,) = fixture(f"hyperfine/{name}")
        assert "stdev" not in {one.statistic for one in table.series}


def test_markdown_holds_mean_and_deviation_in_one_cell(fixture: Fixture) -> None:
    """In the unit of the header; the ratio to the fastest is derived and left out."""
    (table,) = fixture("hyperfine/parameters.md")
    found = {one.statistic: (one.texts[1], one.unit) for one in table.series}
    assert found == {
        "mean": ("1.1", "ms"), "stdev": ("0.2", "ms"), "min": ("0.9", "ms"), "max": ("1.4", "ms")
    }  # fmt: skip
    assert table.labels == {"command": ("seq 1000", "seq 2000")}


def test_markdown_may_be_in_seconds(fixture: Fixture) -> None:
    """`--unit second` changes the header."""
    (table,) = fixture("hyperfine/seconds.md")
    assert {one.unit for one in table.series} == {"s"}
