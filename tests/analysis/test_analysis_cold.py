"""Cold and warm starts: told apart by load time, never mixed into a spread."""

from typing import Any

from chimera.analysis.claims import Claim
from chimera.analysis.result import Analysis


def of(result: Analysis, *kinds: str) -> list[Claim]:
    """Return the claims of some types."""
    return [claim for claim in result.claims if claim.type in kinds]


def table(loads: list[float], *, name: str = "a") -> str:
    """Return runs whose TTFT is their load time and 50 ms."""
    rows = [f"{name},{load + 0.05 + i / 1000:.4f},{load}" for i, load in enumerate(loads)]
    return "\n".join(["model,ttft_s,load_s", *rows]) + "\n"


def test_cold_starts_are_counted_and_both_parts_given(analysed: Any) -> None:
    """The claim counts cold starts of all runs and has the median and n of each part."""
    result = analysed({"r.csv": table([2.0, 0.1, 0.1, 0.1, 2.2, 0.1, 0.1, 0.1])})
    (claim,) = of(result, "cold_start", "spread")
    assert claim.strength == "observed"
    assert "2 of 8 runs were cold starts" in claim.text
    assert "median 2.152 s cold (n = 2), median 0.1540 s warm (n = 6)" in claim.text


def test_each_part_has_its_own_places(analysed: Any) -> None:
    """The facts of a part name the rows of that part alone."""
    result = analysed({"r.csv": table([2.0, 0.1, 0.1, 0.1, 2.2, 0.1])})
    (claim,) = of(result, "cold_start")
    found = [result.facts[name] for name in claim.facts]
    medians = [fact.sources[0].locator for fact in found if fact.statistic == "median"]
    assert medians == ["rows 2, 6, column ttft_s", "rows 3-5, 7, column ttft_s"]


def test_one_cold_start_has_no_median(analysed: Any) -> None:
    """A single cold start is given as it is."""
    (claim,) = of(analysed({"r.csv": table([2.0, 0.1, 0.1, 0.1, 0.1])}), "cold_start")
    assert "1 of 5 runs was a cold start" in claim.text
    assert "2.050 s cold (n = 1)" in claim.text


def test_a_wide_series_without_cold_starts_is_uneven(analysed: Any) -> None:
    """A maximum far above the median is said where no load time explains it."""
    rows = "".join(f"a,{value}\n" for value in (0.1, 0.1, 0.11, 0.12, 5.0))
    (claim,) = of(analysed({"r.csv": f"model,ttft_s\n{rows}"}), "cold_start", "spread")
    assert (claim.type, claim.strength) == ("spread", "observed")
    assert "45.45 times the median 0.1100 s (n = 5)" in claim.text


def test_a_slow_warm_run_stays_uneven_beside_cold_starts(analysed: Any) -> None:
    """Cold starts do not hide a warm run that took long for another reason."""
    text = table([2.0, 0.1, 0.1, 0.1, 2.2, 0.1, 0.1, 0.1]) + "a,9.0,0.1\n"
    assert {claim.type for claim in of(analysed({"r.csv": text}), "cold_start", "spread")} == {
        "cold_start",
        "spread",
    }


def test_even_load_times_are_no_cold_starts(analysed: Any) -> None:
    """Nothing is said where all runs loaded alike."""
    assert not of(analysed({"r.csv": table([0.1, 0.11, 0.1, 0.12, 0.1])}), "cold_start", "spread")


def test_groups_are_told_apart(analysed: Any) -> None:
    """Each group with cold starts has its sentence, a group without has none."""
    cold, warm = [2.0, 0.1, 0.1, 0.1, 0.1], [0.1] * 5
    text = table(cold) + table(warm, name="b").partition("\n")[2]
    (claim,) = of(analysed({"r.csv": text}), "cold_start")
    assert "TTFT of `a` in `r.csv`: 1 of 5 runs" in claim.text


def test_two_files_of_the_same_values_speak_once(analysed: Any) -> None:
    """The same runs in another format are not told twice."""
    loads = [2.0, 0.1, 0.1, 0.1, 0.1]
    lines = [row.split(",") for row in table(loads).splitlines()[1:]]
    records = ", ".join(f'{{"ttft_s": {ttft}, "load_s": {load}}}' for _, ttft, load in lines)
    found = of(analysed({"r.csv": table(loads), "r.json": f"[{records}]"}), "cold_start")
    assert len(found) == 1


def test_the_order_of_rows_changes_no_count(analysed: Any) -> None:
    """Cold starts are known by their load, wherever they stand."""
    loads = [0.1, 0.1, 2.0, 0.1, 0.1, 2.2, 0.1, 0.1]
    texts = [of(analysed({"r.csv": table(order)}), "cold_start") for order in (loads, loads[::-1])]
    assert ["2 of 8 runs" in claim.text for found in texts for claim in found] == [True, True]
