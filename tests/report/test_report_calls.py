"""The section on model calls: what it shows, what it leaves out, and that it is verified."""

import re
from pathlib import Path
from typing import Any

import pytest

from chimera.models.records import CallRecord, Outcome, Receipt
from chimera.report import calls as report_calls
from chimera.report.calls import model_metrics
from chimera.report.content import Content
from chimera.report.document import metrics
from chimera.verify import calls as verify_calls
from chimera.verify.text import Verification, Verifier

WHOLE = Receipt(kept=["task"], counted_tokens=1234, whole=True, window_tokens=8192)


def call(number: int, **told: Any) -> CallRecord:
    """Return the record of a call that went well, with what is told of it."""
    known = {
        "stage": "report", "agent": "analyst", "model": "ollama:x", "outcome": Outcome.OK,
        "wait_ms": 0, "load_ms": 2.137, "prefill_ms": 284.455, "decode_ms": 517.25,
        "ttft_ms": 311.5 + number, "residual_ms": 3.25, "total_ms": 811.75 + number,
        "prompt_tokens": 1234, "output_tokens": 40 + number,
        "tokens_per_s": 77.3,
        "receipt": WHOLE,
    }  # fmt: skip
    return CallRecord(id=f"M{number}", **{**known, **told})


def section(*calls: CallRecord) -> str:
    """Return the section on some calls."""
    rest: dict[str, Any] = dict.fromkeys(("run", "inventory", "analysis", "narrative"))
    return model_metrics(Content(calls=list(calls), metrics=metrics(list(calls)), **rest))


def line(text: str, label: str) -> str:
    """Return what a line of the section says behind its label."""
    found = re.search(rf"^- {label}: (.*)$", text, re.MULTILINE)
    return found.group(1) if found else ""


def header(text: str) -> list[str]:
    """Return the columns of the table."""
    first = next(row for row in text.splitlines() if row.startswith("|"))
    return first.strip("| ").split(" | ")


LEFT_OUT = WHOLE.model_copy(update={"dropped": ["history", "notes"]})
CUT = (
    call(1, receipt=LEFT_OUT),
    call(2, outcome=Outcome.CUT_ANSWER),
    call(3, receipt=Receipt(whole=False)),
    call(4, receipt=Receipt()),
    call(5, receipt=LEFT_OUT, first_thought_ms=120.5, cached_tokens=1000, prefill_tokens_per_s=1),
    call(6, outcome=Outcome.UNREACHABLE, receipt=Receipt(), fallback_for="ollama:big"),
)  # fmt: skip


def test_it_says_that_nothing_was_cut() -> None:
    """Where every prompt is proven whole and no answer was cut, one line says so."""
    said = line(section(call(1), call(2)), "Cut")
    assert said == "nothing; in 2 answered calls the prompt reached the model whole."


def test_it_names_what_was_cut() -> None:
    """Sections left out, cut answers, cut prompts and what nobody can tell, by call."""
    assert line(section(*CUT), "Cut") == (
        "`history`, `notes` left out of the prompt of M1, M5; the answer of M2 cut; the prompt of "
        "M3 cut by the server; nobody can tell whether the prompt of M4 was whole."
    )


def test_what_is_not_known_is_not_called_whole() -> None:
    """A server that counts nothing proves nothing."""
    said = line(section(call(1, receipt=Receipt())), "Cut")
    assert said == "nothing known; nobody can tell whether the prompt of M1 was whole."


def test_columns_that_nobody_fills_are_left_out() -> None:
    """No fallback, no thought, no cache: no column."""
    assert header(section(call(1))) == [
        "Call", "Stage", "Agent", "Outcome", "Attempts", "Wait ms", "TTFT ms", "Residual ms",
        "Total ms", "Prompt", "Output", "Window", "Prompt whole",
    ]  # fmt: skip
    assert {"Thought ms", "Cached", "Instead of"} <= set(header(section(*CUT)))
    bare = CallRecord(id="M1", model="openai:x", outcome=Outcome.UNREACHABLE)
    assert header(section(bare)) == ["Call", "Outcome", "Attempts", "Prompt whole"]


def test_speeds_are_of_calls_that_have_both() -> None:
    """Tokens of a server that tells no times make the others no faster."""
    timeless = call(2, decode_ms=None, tokens_per_s=None, output_tokens=10_000)
    assert metrics([call(1), timeless]).throughput_tok_s == pytest.approx(41 / 0.51725)
    assert metrics(list(CUT)).prefill_tok_s == pytest.approx(234 / 0.284455)
    assert metrics([call(1)]).prefill_tok_s is None


def test_report_and_verifier_agree_on_what_is_an_answer() -> None:
    """One lists outcomes with an answer, the other those without: together all, each once."""
    answered = {outcome.value for outcome in report_calls._ANSWERED}
    assert answered | verify_calls._UNANSWERED == {outcome.value for outcome in Outcome}
    assert not answered & verify_calls._UNANSWERED


@pytest.fixture
def check(bench: Path, make: Any) -> Any:
    """A function that verifies a section of a report with the calls above."""
    document = make(bench).document
    document["calls"] = [one.model_dump(mode="json") for one in CUT]
    document["metrics"] = metrics(list(CUT)).model_dump(mode="json")
    verifier = Verifier(document)

    def check(text: str) -> Verification:
        return verifier.check(f"## Model metrics\n\n{text}\n")

    return check


def test_the_section_is_supported(check: Any) -> None:
    """The verifier finds every number, name and statement of it again."""
    found = check(section(*CUT))
    assert found.unsupported == ()
    assert found.numbers > 60


def test_every_changed_digit_is_noticed(check: Any) -> None:
    """No digit of the section can be another."""
    text = section(*CUT)
    missed = []
    for match in re.finditer(r"\d", text):
        other = str((int(match.group()) + 1) % 10)
        changed = text[: match.start()] + other + text[match.end() :]
        if not check(changed).unsupported:
            missed.append(text[max(0, match.start() - 20) : match.end() + 10])
    assert missed == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("the answer of M2", "the answer of M3"),
        ("; the answer of M2 cut", ""),
        ("prompt of M1, M5", "prompt of M1"),
        ("`history`, `notes` left", "`history` left"),
        ("nobody can tell whether the prompt of M4 was whole", "all is well"),
        ("| yes |", "| no |"),
        ("| no |", "| yes |"),
        ("| `ollama:big` |", "|  |"),
        ("| unknown |", "| 77 |"),
        ("Prefill: 822.6 tok/s", "Prefill: 4,338 tok/s"),
        ("| 1,000 |", "| unknown |"),
    ],
)
def test_another_statement_is_noticed(check: Any, old: str, new: str) -> None:
    """Neither calls nor sections nor what is known of them can be exchanged or left out."""
    text = section(*CUT)
    assert old in text
    assert check(text.replace(old, new, 1)).unsupported


def test_calling_it_all_whole_is_noticed(check: Any) -> None:
    """A report cannot say that nothing was cut where something was."""
    text = section(*CUT)
    claim = "nothing; in 5 answered calls the prompt reached the model whole."
    found = check(text.replace(line(text, "Cut"), claim))
    assert "absence" in {item.kind for item in found.unsupported}
