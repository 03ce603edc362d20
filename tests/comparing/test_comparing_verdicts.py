"""What two folders with known effects are found to be."""

from pathlib import Path

import pytest

from chimera.comparing.stage import compared
from chimera.comparing.verdict import Counts, judged
from chimera.evidence.collect import collect
from tests.comparing.sides import both, outcomes, reasons, runs, write

SAME = {"small": 1.0, "large": 2.0}


def test_effects_are_found_and_named_by_their_direction(tmp_path: Path) -> None:
    """More time is a regression, less an improvement, as much no difference that matters."""
    before = runs({"a": 1, "b": 1, "c": 1}, seed=1, spread=0.01)
    after = runs({"a": 1.2, "b": 0.8, "c": 1}, seed=2, spread=0.01)
    found = both(tmp_path, before, after)
    assert outcomes(found) == {"a": "regressed", "b": "improved", "c": "same"}
    assert found.document.verdict == "mixed"
    ratios = {c.group["model"]: c.ratio for c in found.document.changes}
    assert ratios == pytest.approx({"a": 1.2, "b": 0.8, "c": 1}, rel=0.02)


def test_more_throughput_is_an_improvement(tmp_path: Path) -> None:
    """The direction of the metric decides, not the sign of the change."""
    before, after = (
        runs({"a": factor}, seed=seed).replace("ttft_ms", "tokens_s")
        for factor, seed in ((1.0, 1), (1.2, 2))
    )
    assert both(tmp_path, before, after).document.verdict == "improved"


def test_few_runs_cannot_tell_and_say_how_many_it_takes(tmp_path: Path) -> None:
    """Three runs of each tell nothing, however far apart they are."""
    found = both(tmp_path, runs({"a": 1}, seed=1, n=3), runs({"a": 9}, seed=2, n=3))
    assert found.document.verdict == "cannot_tell"
    (change,) = found.document.changes
    assert (change.strength, change.ratio, change.p) == ("not_testable", None, None)
    text = next(c.text for c in found.analysis.claims if c.type == "change")
    assert "at least 4 runs of each are needed" in text


def test_single_runs_cannot_tell(tmp_path: Path) -> None:
    """One run of each is no sample."""
    found = both(tmp_path, runs({"a": 1}, seed=1, n=1), runs({"a": 2}, seed=2, n=1))
    assert [change.strength for change in found.document.changes] == ["not_testable"]


def test_a_difference_that_may_be_chance_is_undecided(tmp_path: Path) -> None:
    """A wide spread hides a small effect, and no difference is not claimed either."""
    before, after = (
        runs({"a": factor}, seed=seed, n=8, spread=0.3) for factor, seed in ((1.0, 1), (1.05, 2))
    )
    found = both(tmp_path, before, after)
    assert outcomes(found) == {"a": "unknown"}
    assert found.document.verdict == "cannot_tell"


def test_a_machine_that_changed_is_a_reason_to_refuse(tmp_path: Path) -> None:
    """Results of two machines are not compared, and the column is named."""
    before, after = (
        runs(SAME, seed=seed, more={"gpu_name": gpu}) for seed, gpu in ((1, "A10"), (2, "H100"))
    )
    found = both(tmp_path, before, after)
    assert found.document.changes == []
    assert "`gpu_name` changed too" in reasons(found)


def test_a_setting_that_changed_is_a_reason_to_refuse(tmp_path: Path) -> None:
    """So are results under other settings."""
    before, after = (
        runs(SAME, seed=seed, more={"concurrency": level}) for seed, level in ((1, "4"), (2, "8"))
    )
    found = both(tmp_path, before, after)
    assert found.document.changes == []
    assert "`concurrency` changed too" in reasons(found)


def test_a_version_that_changed_is_named_and_compared(tmp_path: Path) -> None:
    """That is what before and after are about."""
    before, after = (
        runs(SAME, seed=seed, more={"engine_version": said})
        for seed, said in ((1, "1.0"), (2, "2"))
    )
    found = both(tmp_path, before, after)
    assert len(found.document.changes) == 2
    said = [claim.text for claim in found.analysis.claims if claim.id in found.document.besides]
    assert any("`engine_version` is `1.0` before and `2` after" in text for text in said)


def test_unequal_numbers_of_runs_are_named(tmp_path: Path) -> None:
    """Five runs before and twenty after."""
    found = both(tmp_path, runs({"a": 1}, seed=1, n=5), runs({"a": 1}, seed=2))
    said = [claim.text for claim in found.analysis.claims if claim.id in found.document.besides]
    assert any("unequal numbers of runs" in text for text in said)


def test_unequal_work_is_not_compared(tmp_path: Path) -> None:
    """A time that grows with the answer says nothing where the answers got longer."""
    before, after = (
        runs({"a": factor}, seed=seed, more={"completion_tokens": tokens}).replace(
            "ttft_ms", "latency_ms"
        )
        for factor, seed, tokens in ((1.0, 1, "100"), (1.5, 2, "200"))
    )
    found = both(tmp_path, before, after)
    assert found.document.changes == []
    assert "work was unequal" in reasons(found)


def test_values_in_other_units_are_not_compared(tmp_path: Path) -> None:
    """Milliseconds before and seconds after."""
    found = both(
        tmp_path,
        runs({"a": 1}, seed=1),
        runs({"a": 1}, seed=2).replace("ttft_ms", "ttft_s"),
    )
    assert found.document.changes == []
    assert "units are unknown or not the same" in reasons(found)


def test_the_same_values_were_not_measured_anew(tmp_path: Path) -> None:
    """Values that were copied into another file are no second sample."""
    before = runs({"a": 1}, seed=1)
    found = both(tmp_path, before, before + "\n\n")
    assert found.document.changes == []
    assert "the same values" in reasons(found)


def test_a_folder_against_itself_tells_nothing(tmp_path: Path) -> None:
    """Files with the same bytes stand on no side."""
    write(tmp_path / "one", runs(SAME, seed=1))
    found = compared(collect([tmp_path / "one", tmp_path / "one"]))
    assert found.document.verdict == "cannot_tell"
    assert (found.document.before, found.document.after) == ("one", "one-2")


def test_names_with_dates_do_not_keep_files_apart(tmp_path: Path) -> None:
    """Two files a side, whose names differ in a date."""
    for side, date, seed in (("before", "20260101", 1), ("after", "20260308", 5)):
        write(tmp_path / side, runs({"a": 1}, seed=seed, spread=0.01), f"chat-{date}.csv")
        write(tmp_path / side, runs({"a": 3}, seed=seed + 1, spread=0.01), f"code-{date}.csv")
    found = compared(collect([tmp_path / "before", tmp_path / "after"]))
    assert [change.outcome for change in found.document.changes] == ["same", "same"]


def test_files_of_other_names_are_compared_where_each_is_alone(tmp_path: Path) -> None:
    """And the report asks to check that they belong together."""
    found = both(tmp_path, runs({"a": 1}, seed=1), runs({"a": 2}, seed=2), "x.csv", "y.csv")
    assert found.document.verdict == "regressed"
    said = [claim.text for claim in found.analysis.claims if claim.id in found.document.besides]
    assert any("check that they belong together" in text for text in said)


def test_files_of_other_names_are_not_compared_among_many(tmp_path: Path) -> None:
    """They may be different experiments."""
    for side, names in (("before", "pq"), ("after", "xy")):
        for name in names:
            write(tmp_path / side, runs({"m": 1}, seed=ord(name)), f"{name}-load.csv")
    found = compared(collect([tmp_path / "before", tmp_path / "after"]))
    assert found.document.changes == []
    assert "several on both sides fit" in reasons(found)


def test_what_stands_on_one_side_only_is_named(tmp_path: Path) -> None:
    """A model that is gone, and a new one."""
    found = both(tmp_path, runs({"a": 1, "b": 1}, seed=1), runs({"a": 1, "c": 1}, seed=2))
    assert set(outcomes(found)) == {"a"}
    assert "`b`, in `before/runs.csv`, is not compared: it stands before only" in reasons(found)
    assert "`c`, in `after/runs.csv`, is not compared: it stands after only" in reasons(found)


def test_sweeps_are_paired_by_setting(tmp_path: Path) -> None:
    """Ten settings run once each, on both sides."""

    def sweep(factor: float) -> str:
        rows = [f"m,{level},{10 * level * factor + level / 97:.4f}" for level in range(1, 11)]
        return "\n".join(["model,concurrency,ttft_ms", *rows]) + "\n"

    found = both(tmp_path, sweep(1), sweep(1.3))
    (change,) = found.document.changes
    assert (change.outcome, change.paired) == ("regressed", ["concurrency"])


def test_failed_runs_are_told_of(tmp_path: Path) -> None:
    """Runs that failed are left out of the values, and may be why the others look fast."""
    after = runs({"a": 1}, seed=2).replace("ttft_ms", "ttft_ms,error")
    lines = [line if "error" in line else f"{line}," for line in after.splitlines()]
    lines.append("a,0,connection refused")
    found = both(tmp_path, runs({"a": 1}, seed=1), "\n".join(lines) + "\n")
    assert any("1 of 21 rows failed in `after/runs.csv`" in c.text for c in found.analysis.claims)


def test_chosen_metrics_decide_alone(tmp_path: Path) -> None:
    """Others are not tested, so that they cost no power."""
    before, after = (
        runs({"a": 1}, seed=seed, more={"load_ms": load}) for seed, load in ((1, "5"), (2, "6"))
    )
    write(tmp_path / "before", before)
    write(tmp_path / "after", after)
    evidence = collect([tmp_path / "before", tmp_path / "after"])
    assert {c.metric for c in compared(evidence).document.changes} == {"ttft", "load"}
    assert {c.metric for c in compared(evidence, ["ttft"]).document.changes} == {"ttft"}


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [
        ((1, 0, 9, 9), "regressed"),
        ((1, 1, 0, 0), "mixed"),
        ((0, 1, 9, 9), "improved"),
        ((0, 0, 3, 0), "no_difference"),
        ((0, 0, 3, 1), "cannot_tell"),
        ((0, 0, 0, 0), "cannot_tell"),
    ],
)
def test_the_verdict_follows_the_rule(counts: tuple[int, int, int, int], verdict: str) -> None:
    """Regressed, improved, same, undecided."""
    names = ("regressed", "improved", "same", "unknown")
    assert judged(Counts(**dict(zip(names, counts, strict=True)))) == verdict


def test_what_was_refused_keeps_no_difference_from_being_said() -> None:
    """Equal as far as it was compared is not equal."""
    counts = Counts(regressed=0, improved=0, same=3, unknown=0)
    assert judged(counts, refused=1) == "cannot_tell"
