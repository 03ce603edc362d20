"""Plan, count, proof and a smaller plan together, against the stand-in's own window."""

import re
from typing import Any

from chimera.models import ModelOptions, Prompt, Section
from chimera.models.calibration import Calibration
from chimera.models.faults import WireError, from_status
from chimera.models.prompt import Plan, budget, plan, replan
from chimera.models.window import choose, needed, whole
from chimera.testing.behaviour import Behaviour
from chimera.testing.chat import Chat

PROSE = "the model answers quickly in every run "
SECTIONS = (
    Section("task", "Write one sentence. " * 5, priority=9),
    Section("facts", "1 2 3 4 5 6 7 8 9 0 " * 300, priority=5),
    Section("notes", PROSE * 50, priority=3),
    Section("history", PROSE * 50),
)
PROMPT = Prompt("You write reports. " * 20, SECTIONS)


def chat(planned: Plan, num_ctx: int, **fields: bool) -> Chat:
    """Return the stand-in's view of a plan that is sent to it."""
    messages = [{"role": "system", "content": planned.system}]
    messages.append({"role": "user", "content": planned.text})
    body: dict[str, Any] = {"messages": messages, "options": {"num_ctx": num_ctx}, **fields}
    return Chat(body, Behaviour())


def learned() -> Calibration:
    """Return what three prompts of prose taught."""
    calibration = Calibration(None)
    for copies in (20, 60, 150):
        planned = plan(Prompt(PROMPT.system, (Section("prose", PROSE * copies),)), 100_000)
        counted = chat(planned, 32_768).last()["prompt_eval_count"]
        calibration.learn("m", planned.sent_bytes, planned.messages, counted)
    return calibration


def refused(planned: Plan, num_ctx: int) -> WireError:
    """Return the fault that a plan ends in."""
    response = chat(planned, num_ctx, truncate=False).refusal()
    assert response is not None
    error = re.search(rb"\{.*\}", response)
    assert error is not None
    return from_status(400, error[0], "m")


def test_a_refused_prompt_fits_on_the_next_try() -> None:
    """Numbers are denser than prose: the server's count makes the second plan fit."""
    calibration, options = learned(), ModelOptions(num_predict=50)
    num_ctx = 3480

    def most(sent_bytes: int, messages: int) -> int:
        return calibration.estimate("m", sent_bytes, messages).most

    first = plan(PROMPT, budget(options, num_ctx), most)
    assert [section.name for section in first.dropped] == ["history"]
    fault = refused(first, num_ctx)
    second = replan(
        PROMPT,
        first,
        counted_tokens=fault.prompt_tokens,
        tokens=budget(options, num_ctx),
        measure=most,
    )
    assert second is not None
    assert [section.name for section in second.dropped] == ["notes", "history"]
    assert chat(second, num_ctx, truncate=False).refusal() is None


def test_the_chosen_window_holds_prompt_and_answer() -> None:
    """What is estimated before the call is enough for what is counted after it."""
    calibration, options = learned(), ModelOptions(num_predict=300)
    planned = plan(PROMPT, 100_000)
    estimate = calibration.estimate("m", planned.sent_bytes, planned.messages)
    num_ctx = choose(needed(estimate.most, options))
    counted = chat(planned, num_ctx).last()["prompt_eval_count"]
    assert num_ctx == 8192
    assert counted + 300 <= num_ctx
    assert whole(estimate, counted, num_ctx) is True


def test_a_cut_that_was_let_through_is_found() -> None:
    """A server that cuts though it was told not to cannot hide it in its count."""
    calibration = learned()
    planned = plan(PROMPT, 100_000)
    estimate = calibration.estimate("m", planned.sent_bytes, planned.messages)
    counted = chat(planned, 1024).last()["prompt_eval_count"]
    assert counted < chat(planned, 8192).last()["prompt_eval_count"]
    assert whole(estimate, counted, 1024) is False
