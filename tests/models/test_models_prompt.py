"""Planning a prompt to a budget."""

from chimera.models import ModelOptions, Prompt, Section
from chimera.models.estimate import thirds
from chimera.models.prompt import Plan, budget, halved, plan, replan, size

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
    """Tokens are estimated from UTF-8 bytes, rounded up, with eight for each message."""
    assert [thirds(size(text), 0) for text in ("", "a", "abc", "abcd", "€€")] == [0, 1, 1, 2, 2]
    assert thirds(3, 2) == 17


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
    assert budget(ModelOptions(num_predict=500), 8192) == 7692
    assert budget(ModelOptions(), 8192) == 7168
    assert budget(ModelOptions(), 1024) == 768
    assert budget(ModelOptions(num_predict=4000), 512) == 256


def test_equal_sections_are_told_apart() -> None:
    """Two sections of the same content count as two."""
    twin = Section("same", "x" * 300)
    planned = plan(Prompt("", (twin, Section("same", "x" * 300))), 120)
    assert (len(planned.kept), len(planned.dropped)) == (1, 1)


def test_the_size_of_a_plan_is_that_of_what_is_sent() -> None:
    """Bytes are those of the system text and of the user text with its joints."""
    planned = plan(Prompt("é", (Section("a", "abc"), Section("b", "€"))), 1000)
    assert planned.sent_bytes == size(planned.system) + size(planned.text) == 10
    assert (planned.messages, plan(Prompt("", SECTIONS), 1000).messages) == (2, 1)


def test_a_plan_goes_by_the_measure_it_is_given() -> None:
    """A model with larger tokens is sent more."""
    roomy = plan(PROMPT, 300, lambda sent_bytes, _messages: sent_bytes // 5)
    assert (roomy.dropped, roomy.tokens) == ((), 193)


def _refused(counted: int | None, tokens: int) -> Plan:
    smaller = replan(PROMPT, plan(PROMPT, 1000), counted_tokens=counted, tokens=tokens)
    assert smaller is not None
    return smaller


def test_a_refusal_with_a_count_is_answered_by_what_fits() -> None:
    """Two tokens a byte were counted: only as many bytes as half the tokens are sent again."""
    whole = plan(PROMPT, 1000)
    assert _names(_refused(2 * whole.sent_bytes, 1500).kept) == ["task", "history", "facts"]
    assert _names(_refused(2 * whole.sent_bytes, 900).kept) == ["task", "facts"]
    assert _names(_refused(2 * whole.sent_bytes, 10).kept) == ["task"]


def test_a_refusal_always_leaves_something_out() -> None:
    """A server that refuses what should fit by its own numbers is not sent the same again."""
    assert _names(_refused(100, 5000).dropped) == ["notes"]


def test_a_refusal_without_a_count_halves() -> None:
    """Ollama's plain sentence has no numbers in it."""
    assert _names(_refused(None, 5000).kept) == ["task", "facts"]
    assert _names(_refused(0, 5000).kept) == ["task", "facts"]


def test_one_section_cannot_be_planned_smaller() -> None:
    """With one section left, the call has to give up."""
    planned = plan(PROMPT, 0)
    assert replan(PROMPT, planned, counted_tokens=9999, tokens=10) is None


def test_refused_again_and_again_ends() -> None:
    """Each plan after a refusal is a part of the one before, down to the task."""
    planned, seen = plan(PROMPT, 1000), []
    while (smaller := replan(PROMPT, planned, counted_tokens=9999, tokens=9999)) is not None:
        assert set(smaller.kept) < set(planned.kept)
        seen.append(_names(smaller.kept))
        planned = smaller
    assert seen[-1] == ["task"]


def test_the_receipt_has_the_size_sent() -> None:
    """What was sent is in the receipt in bytes, and by name what was not."""
    receipt = plan(PROMPT, 300).receipt(None)
    assert (receipt.sent_bytes, receipt.dropped) == (664, ["notes"])
