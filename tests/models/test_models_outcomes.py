"""The table of outcomes, and the page that shows it."""

import os
from pathlib import Path

import pytest

from chimera.models import repetition, wire
from chimera.models.outcomes import TABLE
from chimera.models.records import Outcome

PAGE = Path(__file__).parents[2] / "docs" / "outcomes.md"
START, END = "<!-- outcomes -->\n", "<!-- end -->\n"


def listing() -> str:
    """Return the table of outcomes as the page has it."""
    lines = ["| outcome | how it is told | retries | fallback | what the user reads |"]
    lines.append("|---|---|---|---|---|")
    for outcome, row in TABLE.items():
        other = "yes" if row.falls_back else "no"
        cells = [outcome.value, row.recognised, str(row.extra_attempts), other, row.remedy]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def test_the_page_shows_the_table() -> None:
    """`CHIMERA_UPDATE_GOLDEN=1` writes it anew."""
    before, rest = PAGE.read_text(encoding="utf-8").split(START)
    listed, after = rest.split(END)
    if os.environ.get("CHIMERA_UPDATE_GOLDEN"):
        PAGE.write_text(f"{before}{START}{listing()}{END}{after}", encoding="utf-8")
        pytest.skip("the table was written anew")
    assert listed == listing()


def test_every_outcome_has_its_row() -> None:
    """In the order of the enumeration; every sentence ends as one and fits a cell."""
    assert list(TABLE) == list(Outcome)
    sentences = [s for row in TABLE.values() for s in (row.recognised, row.remedy)]
    assert all(sentence.endswith(".") and "|" not in sentence for sentence in sentences)


def test_only_hopeless_and_answered_calls_fall_back_on_nobody() -> None:
    """A wrong or too long request is the same everywhere; an answer there is can be judged."""
    hopeless = {Outcome.PROMPT_TOO_LONG, Outcome.BAD_REQUEST}
    answered = {Outcome.OK, Outcome.RULES_BROKEN}
    assert {o for o, row in TABLE.items() if not row.falls_back} == hopeless | answered


def test_what_is_repeated_may_also_be_asked_elsewhere() -> None:
    """A fault that passes on its own is never the user's."""
    assert all(row.falls_back for row in TABLE.values() if row.extra_attempts)


def test_the_page_has_the_limits_of_the_code() -> None:
    """Characters, times and bytes stand in the text as they are in force."""
    text = PAGE.read_text(encoding="utf-8")
    for limit in (
        f"{wire.ANSWER_LIMIT:,} characters",
        f"{wire.LOOK_BYTES // 1024} kB",
        f"{repetition.BLANKS:,} characters are blank",
        f"at most {repetition.LONGEST} characters",
        f"at least {repetition.TIMES} times",
        f"{repetition.WORDS} characters",
        f"or {repetition.SIGNS:,}",
    ):
        assert limit in text
    assert f"{wire.ANSWER_LIMIT:,}" in TABLE[Outcome.CUT_ANSWER].recognised
    assert repetition.ALIKE == 30
    assert "thirty tokens" in TABLE[Outcome.REPETITION].recognised
