"""Runs in order: drift, changes of level, last values of histories; silence on noise."""

import math
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from chimera.analysis.claims import Claim
from chimera.analysis.order import moment, run_order
from chimera.analysis.result import Analysis
from chimera.evidence.records import Table

KINDS = ("trend", "change_point")


def told(result: Analysis) -> list[Claim]:
    """Return the claims about the order of runs."""
    return [claim for claim in result.claims if claim.type in KINDS]


def runs(values: Sequence[float]) -> str:
    """Return a table of runs in the order of its rows."""
    return "latency_ms\n" + "".join(f"{value:.6f}\n" for value in values)


def history(values: Sequence[float], *, backwards: bool = False) -> str:
    """Return a table with a commit and a date per row."""
    rows = [
        f"{i:08x}a,{date(2025, 1, 1) + timedelta(days=i)},{value:.6f}"
        for i, value in enumerate(values)
    ]
    return "\n".join(["commit,date,latency_ms", *(rows[::-1] if backwards else rows)]) + "\n"


def noise(seed: int, n: int, sigma: float = 0.05) -> list[float]:
    """Return log-normal values around 100."""
    random = Random(seed)  # noqa: S311  seeded on purpose
    return [100 * math.exp(random.gauss(0, sigma)) for _ in range(n)]


def test_a_drift_is_claimed_with_its_interval(analysed: Any) -> None:
    """One percent a run for thirty runs is a drift of a third, and its interval says so."""
    (claim,) = told(analysed({"r.csv": runs([100 * 1.01**i for i in range(30)])}))
    assert (claim.type, claim.strength) == ("trend", "supported")
    assert "drifted by +33.5 % over 30 runs, in the order of the rows" in claim.text
    assert "Mann-Kendall p < 0.0001, Benjamini-Hochberg over 1 sequence" in claim.text


def test_a_falling_drift_keeps_its_sign(analysed: Any) -> None:
    """What falls has a negative change."""
    (claim,) = told(analysed({"r.csv": runs([100 * 0.99**i for i in range(30)])}))
    assert "drifted by -25.3 %" in claim.text


def test_a_sure_drift_too_small_to_matter_is_not_claimed(analysed: Any) -> None:
    """Two percent over all runs is no finding, however regular."""
    assert not told(analysed({"r.csv": runs([100 * 1.0007**i for i in range(30)])}))


def test_fewer_than_ten_runs_tell_no_drift(analysed: Any) -> None:
    """Nine rising values say nothing."""
    assert not told(analysed({"r.csv": runs([100 * 1.1**i for i in range(9)])}))


def test_a_time_that_follows_the_work_does_not_drift(analysed: Any) -> None:
    """A latency that grows with the tokens of the runs is no drift of the machine."""
    rows = "".join(f"{100 * 1.01**i:.4f},{1000 * 1.01**i:.0f}\n" for i in range(30))
    assert not told(analysed({"r.csv": f"latency_ms,output_tokens\n{rows}"}))


def test_a_swept_length_of_the_input_is_no_drift(analysed: Any) -> None:
    """Prompts that get longer in steps are a setting, whatever the column is filed as."""
    rows = "".join(f"{0.001 * 2 ** (i // 6)},{100 * 2 ** (i // 6)}\n" for i in range(30))
    assert not told(analysed({"r.csv": f"ttft_s,prompt_chars\n{rows}"}))


def test_runs_under_different_settings_tell_no_drift(analysed: Any) -> None:
    """A sweep in ascending order is no drift."""
    rows = "".join(f"{i},{100 * 1.02**i:.4f}\n" for i in range(30))
    assert not told(analysed({"r.csv": f"batch_size,latency_ms\n{rows}"}))


def test_a_time_in_the_table_gives_the_order(analysed: Any) -> None:
    """Shuffled rows are put in the order of their time, and the facts name them so."""
    rows = [f"2025-01-01T00:{i:02d}:00,{100 * 1.01**i:.4f}" for i in range(30)]
    Random(3).shuffle(rows)  # noqa: S311  seeded on purpose
    result = analysed({"r.csv": "\n".join(["timestamp,latency_ms", *rows])})
    (claim,) = told(result)
    assert "+33.5 % over 30 runs, in order of `timestamp`" in claim.text
    change = next(result.facts[f] for f in claim.facts if f.endswith(".change"))
    first = next(i for i, row in enumerate(rows, start=2) if "T00:00:00" in row)
    assert change.sources[0].locator.startswith(f"rows {first}, ")


def test_a_new_level_is_found_and_its_commit_named(analysed: Any) -> None:
    """A step in a history is placed, with both medians and the ratio."""
    values = [v * (1.2 if i >= 15 else 1) for i, v in enumerate(noise(1, 30, 0.01))]
    (claim,) = told(analysed({"h.csv": history(values)}))
    assert (claim.type, claim.strength) == ("change_point", "supported")
    assert "new level from run 16 (`commit` `0000000fa`) of 30 values on" in claim.text
    assert claim.text.count("(n = 15)") == 2


def test_a_history_is_read_in_the_order_of_its_dates(analysed: Any) -> None:
    """A file with the newest row first tells the same change."""
    values = [v * (1.2 if i >= 15 else 1) for i, v in enumerate(noise(1, 30, 0.01))]
    first, second = (
        told(analysed({"h.csv": history(values, backwards=turned)}))[0].text
        for turned in (False, True)
    )
    assert first == second


def test_a_step_is_no_drift_and_a_drift_no_steps(analysed: Any) -> None:
    """Of both readings of a sequence only the one that fits better is told."""
    step = [v * (1.3 if i >= 20 else 1) for i, v in enumerate(noise(2, 40, 0.01))]
    slope = [v * 1.01**i for i, v in enumerate(noise(2, 40, 0.01))]
    found = [told(analysed({"r.csv": runs(values)})) for values in (step, slope)]
    assert [[claim.type for claim in claims] for claims in found] == [["change_point"], ["trend"]]


def test_the_last_value_of_a_short_history_is_held_against_the_rest(analysed: Any) -> None:
    """From 11 values on the last one outside the prediction interval is told, as observed."""
    values = [*noise(3, 14, 0.01), 150.0]
    (claim,) = told(analysed({"h.csv": history(values)}))
    assert (claim.type, claim.strength) == ("change_point", "observed")
    assert "the last of 15 values" in claim.text
    assert "of the 14 before it" in claim.text


@pytest.mark.parametrize("n", [9, 10])
def test_a_history_that_is_too_short_is_silent(analysed: Any, n: int) -> None:
    """Fewer than ten values before the last one say nothing of it."""
    assert not told(analysed({"h.csv": history([*noise(3, n - 1, 0.01), 150.0])}))


def test_noise_raises_few_alarms(analysed: Any) -> None:
    """Of 200 sequences of noise in ten reports at most one report tells anything."""
    alarms = 0
    for seed in range(10):
        files = {f"{k}.csv": runs(noise(1000 * seed + k, 30)) for k in range(10)}
        files |= {f"h{k}.csv": history(noise(5000 * (seed + 1) + k, 25)) for k in range(10)}
        alarms += bool(told(analysed(files)))
    assert alarms <= 1


def test_nothing_is_extrapolated(analysed: Any) -> None:
    """No sentence speaks of runs to come."""
    (claim,) = told(analysed({"r.csv": runs([100 * 1.01**i for i in range(30)])}))
    assert not any(word in claim.text for word in ("will", "expect", "forecast", "next"))


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [
        ("1970-01-02", 86_400),
        ("2001-09-09T01:46:40Z", 1_000_000_000),
        ("2001-09-09T03:46:40+02:00", 1_000_000_000),
        ("20010909-014640", 1_000_000_000),
        ("1000000000", 1_000_000_000),
        ("1759098967.25", 1_759_098_967.25),
        ("1759098967250", 1_759_098_967.25),
        ("7", None),
        ("", None),
        ("soon", None),
        ("nan", None),
    ],
)
def test_moments_are_read(cell: str, seconds: float | None) -> None:
    """Dates, times and epochs in any unit become seconds; other cells do not."""
    assert moment(cell) == seconds


def test_times_that_are_all_the_same_give_no_order() -> None:
    """A time of the whole file does not order its rows."""
    table = Table("a.csv", "csv", "", ("2", "3"), ids={"timestamp": ("1759098967", "1759098967")})
    assert run_order(table, (1, 0)).words == "in the order of the rows"
