"""Recommendations by rule: they follow from what is supported, and from nothing else."""

from typing import Any

from chimera.analysis.advice import leaders
from chimera.analysis.result import Analysis


def table(column: str, **speeds: float) -> str:
    """Return a CSV with five runs per model."""
    rows = [f"{name},{speed + i / 10}" for name, speed in speeds.items() for i in range(5)]
    return "\n".join([f"model,{column}", *rows]) + "\n"


def advice(result: Analysis) -> str:
    """Return all recommendations as one text."""
    return "\n".join(item.text for item in result.recommendations)


def test_the_leader_is_preferred(analysed: Any) -> None:
    """A supported ranking is turned into advice that cites it."""
    result = analysed({"a.csv": table("tokens_s", fast=90, slow=30)})
    first = result.recommendations[0]
    assert "prefer `fast`" in first.text
    assert first.claims == [claim.id for claim in leaders(result.claims, ("throughput",))]


def test_no_leader_no_preference(analysed: Any) -> None:
    """Without a supported ranking the advice is to measure, not to choose."""
    rows = [f"{name},{v + i}" for name, v in (("one", 50), ("other", 51)) for i in range(5)]
    result = analysed({"a.csv": "\n".join(["model,tokens_s", *rows])})
    assert "prefer" not in advice(result)
    assert "Measure throughput again" in advice(result)


def test_what_to_measure_says_how_often(analysed: Any) -> None:
    """Where runs are too few, the advice gives the number that can tell the groups apart."""
    rows = [f"{name},{v + i}" for name, v in (("one", 50), ("other", 90)) for i in range(3)]
    text = advice(analysed({"a.csv": "\n".join(["model,tokens_s", *rows])}))
    assert "Measure throughput again with at least 4 runs each, warm and in mixed order" in text


def test_equal_groups_are_no_choice(analysed: Any) -> None:
    """Groups that do not differ enough to matter are not to be chosen by."""
    text = advice(analysed({"a.csv": table("tokens_s", one=500, other=500.5)}))
    assert "Do not choose by throughput" in text


def test_contradicting_rankings_are_not_chosen_from(analysed: Any) -> None:
    """Where two files put different groups first, the advice is to find out why."""
    files = {
        "a.csv": table("tokens_s", one=90, other=30),
        "b.csv": table("tokens_s", one=31, other=95),
    }
    text = advice(analysed(files))
    assert "prefer" not in text
    assert "Find out why `one` comes first in throughput in one comparison" in text


def test_rankings_of_other_groups_do_not_contradict(analysed: Any) -> None:
    """Leaders that were never compared with one another stand in no conflict."""
    files = {
        "a.csv": table("tokens_s", one=90, other=30),
        "b.csv": table("tokens_s", third=31, fourth=95),
    }
    assert "prefer `one`" in advice(analysed(files))


def test_speed_against_quality_is_a_decision(analysed: Any) -> None:
    """Different leaders in throughput and accuracy are put to the reader."""
    files = {
        "a.csv": table("tokens_s", fast=90, good=30),
        "b.csv": table("accuracy", fast=10, good=80),
    }
    assert "Weigh speed against quality: `fast` comes first in throughput, `good`" in advice(
        analysed(files)
    )


def test_at_least_three_recommendations(analysed: Any) -> None:
    """Throughput, TTFT and quality each get a word, even where nothing was found."""
    result = analysed({"a.csv": "x\n1\n"})
    assert len(result.recommendations) >= 3
    assert all(word in advice(result) for word in ("throughput", "TTFT", "quality"))
