"""What the analyst is shown in both of its calls."""

from typing import Any

import pytest

from chimera.analysis.material import CLAIMS_BYTES, MOST_CLAIMS, REFUSALS_BYTES, RULES, Material
from chimera.analysis.result import Analysis


@pytest.fixture
def result(analysed: Any) -> Analysis:
    """Claims on many files with two groups each."""
    groups = (("a", 9), ("b", 3))
    rows = [f"{name},{base + run / 10},{run}" for name, base in groups for run in range(5)]
    text = "\n".join(["model,tokens_s,ttft_ms", *rows]) + "\n"
    found: Analysis = analysed({f"runs{i}.csv": text.replace("9", str(i)) for i in range(9)})
    return found


def test_a_choice_changes_no_byte(result: Analysis) -> None:
    """The second call shows what the first did, whatever a model made of that."""
    chosen = result.model_copy(update={"chosen": result.order[5:0:-1], "recommendations": []})
    assert Material(chosen, writes=True).sections == Material(result, writes=True).sections


def test_room_is_bounded(result: Analysis) -> None:
    """However much there is to say, claims and refusals have so many bytes."""
    material = Material(result, writes=True)
    lines = material.sections["claims"].partition("\n\n")[2]
    assert 3 < len(material.claims) <= MOST_CLAIMS < len(result.claims)
    assert len(lines.encode()) <= CLAIMS_BYTES
    assert len(material.sections["refusals"].encode()) <= REFUSALS_BYTES


def test_what_matters_first_is_shown(result: Analysis) -> None:
    """The claims shown are the first in our order, and their ids are those on offer."""
    material = Material(result, writes=True)
    shown = [claim.id for claim in material.claims]
    assert shown == result.order[: len(shown)]
    assert material.ids == [*shown, *(one.id for one in material.refusals)]


def test_other_claims_are_added_where_asked(result: Analysis) -> None:
    """A claim that is not shown yet gets a line; one that is gets none."""
    material = Material(result, writes=True)
    by_id = {claim.id: claim for claim in result.claims}
    last = by_id[result.order[-1]]
    (line,) = material.others([material.claims[0], last])
    assert line.startswith(f"{last.id} (")


def test_who_writes_nothing_needs_no_rules(result: Analysis) -> None:
    """A small model is shown the claims alone."""
    said = {writes: Material(result, writes=writes).sections for writes in (True, False)}
    assert RULES in said[True]["claims"]
    assert said[False]["claims"] == said[True]["claims"].replace(f"{RULES}\n", "")
    assert said[False]["refusals"] == ""
