"""Planning a prompt to a budget."""

from chimera.models import ModelOptions, Prompt, Section
from chimera.models.prompt import budget, estimate_tokens, halved, plan

SECTIONS = (
    Section("task", "t" * 30, priority=9),
    Section("history", "h" * 300),
    Section("facts", "f" * 300, priority=5),
    Section("notes", "n" * 300),
)
PROMPT = Prompt("s" * 30, SECTIONS)


def _names(sections: tuple[Section, ...]) -> list[str]:
    return [section.name for section in sections]


def test_the_estimate_is_a_third_of_the_bytes() -> None:
    """Tokens are estimated from UTF-8 bytes, rounded up."""
    assert [estimate_tokens(text) for text in ("", "a", "abc", "abcd", "€€")] == [0, 1, 1, 2, 2]


def test_what_fits_is_sent_whole() -> None:
    """Nothing is left out of a prompt within its budget."""
    planned = plan(PROMPT, 1000)
    assert _names(planned.kept) == ["task", "history", "facts", "notes"]
    assert planned.dropped == ()


def test_the_lowest_priority_goes_first_and_late_ones_before_early_ones() -> None:
    """Among equals the later section is left out, so that the prefix stays the same."""
    assert _names(plan(PROMPT, 300).dropped) == ["notes"]
    assert _names(plan(PROMPT, 200).dropped) == ["history", "notes"]


def test_one_section_always_stays() -> None:
    """A prompt that cannot fit is sent for the server to judge."""
    assert _names(plan(PROMPT, 0).kept) == ["task"]


def test_half_is_kept_by_priority() -> None:
    """After a refusal the half of the sections that matters most is tried."""
    smaller = halved(PROMPT, plan(PROMPT, 1000))
    assert smaller is not None
    assert _names(smaller.kept) == ["task", "facts"]


def test_one_section_cannot_be_halved() -> None:
    """With one section left there is nothing smaller to try."""
    assert halved(PROMPT, plan(PROMPT, 0)) is None


def test_the_budget_leaves_room_for_the_answer() -> None:
    """The window is shared by prompt and answer."""
    assert budget(ModelOptions(num_ctx=8192, num_predict=500)) == 7692
    assert budget(ModelOptions(num_ctx=8192)) == 7168
    assert budget(ModelOptions(num_ctx=1024)) == 768
    assert budget(ModelOptions(num_ctx=512, num_predict=4000)) == 0


def test_equal_sections_are_told_apart() -> None:
    """Two sections of the same content count as two."""
    twin = Section("same", "x" * 300)
    planned = plan(Prompt("", (twin, Section("same", "x" * 300))), 120)
    assert (len(planned.kept), len(planned.dropped)) == (1, 1)
