"""What is left of a model's plan once it is checked."""

from typing import Any

import pytest

from chimera.analysis.claims import ClaimBook, Refusal
from chimera.analysis.plan import Order, Plan, carries, judge
from chimera.prose import Gate
from chimera.rules import Rules

ADVICE = "Repeat the runs before throughput decides."


@pytest.fixture
def book(analysed: Any) -> ClaimBook:
    """Claims on two groups with five runs each, on one failed run, and a refusal."""
    rows = [f"{name},{base + run / 10}," for name, base in (("a", 9), ("b", 3)) for run in range(5)]
    text = "\n".join(["model,tokens_s,error", *rows, "b,0,refused"])
    result = analysed({"runs.csv": text + "\n"})
    return ClaimBook(claims=result.claims, refusals=result.refusals)


def plan_of(*advice: tuple[str, list[str]], order: list[str] | None = None) -> Plan:
    """Return a plan with recommendations."""
    said = [{"text": text, "claims": ids} for text, ids in advice]
    return Plan.model_validate({"order": order or [], "recommendations": said, "risks": []})


def ids_of(book: ClaimBook, kind: str) -> list[str]:
    """Return the ids of the claims of a type."""
    return [claim.id for claim in book.claims if claim.type == kind]


def test_known_ids_and_plain_sentences_stay(book: ClaimBook) -> None:
    """What fits is kept, with nothing to complain about."""
    (rank,) = ids_of(book, "rank")
    found = judge(plan_of((ADVICE, [rank]), order=[rank]), book, Gate(), "analyst")
    assert (found.order, found.texts, found.reasons, found.dropped) == ([rank], [ADVICE], [], 0)


def test_reasons_say_what_is_wrong(book: ClaimBook) -> None:
    """Each flaw is told once, with the part of the answer it stands in."""
    (rank,) = ids_of(book, "rank")
    plan = plan_of(("Buy 7 of the best runs now.", [rank, "C0"]), order=[rank, rank])
    found = judge(plan, book, Gate(), "analyst")
    assert found.reasons == [
        "order: holds an id more than once",
        "recommendation: holds an id that is not among those given",
        "recommendation: holds a digit",
        "recommendation: holds the comparison 'best'",
    ]
    assert (found.texts, found.dropped) == ([], 2)


def test_a_wrong_language_is_told_the_right_one(book: ClaimBook) -> None:
    """The reason names the language wanted."""
    (rank,) = ids_of(book, "rank")
    text = "Le débit est important pour les utilisateurs de la machine."
    found = judge(plan_of((text, [rank])), book, Gate(), "analyst")
    assert any("write 'en'" in reason for reason in found.reasons)


def test_advice_needs_a_claim_that_carries_it(book: ClaimBook) -> None:
    """Supported claims, claims on the data and refusals carry advice; weak ones do not."""
    weak = [claim for claim in book.claims if claim.strength == "weak"]
    assert all(not carries(claim) for claim in weak)
    assert carries(Refusal(id="R0", topic="tails", reason="x", needs="y"))
    carrying = {claim.type for claim in book.claims if carries(claim)}
    assert {"rank", "coverage", "absence", "proportion"} <= carrying
    values = [
        c.model_copy(update={"strength": "observed"}) for c in book.claims if c.type == "rank"
    ]
    only = ClaimBook(claims=values)
    found = judge(plan_of((ADVICE, [values[0].id])), only, Gate(), "analyst")
    assert found.reasons == ["recommendation: cites no claim that carries one"]


def test_made_up_plans_are_not_used(book: ClaimBook) -> None:
    """With fewer than half of the ids known, nothing of a plan counts."""
    (rank,) = ids_of(book, "rank")
    found = judge(Order(order=[rank, "C0", "C1"]), book, Gate(), "analyst")
    assert (found.order, found.dropped) == ([], 3)
    found = judge(Order(order=[rank, "C0"]), book, Gate(), "analyst")
    assert (found.order, found.dropped) == ([rank], 1)


def test_a_sentence_stands_once(book: ClaimBook) -> None:
    """The second of two like sentences is dropped."""
    (rank,) = ids_of(book, "rank")
    plan = plan_of((ADVICE, [rank]), (ADVICE.upper().capitalize(), [rank]))
    found = judge(plan, book, Gate(), "analyst")
    assert (found.texts, found.dropped) == ([ADVICE], 1)


def test_rules_of_the_persona_hold(book: ClaimBook) -> None:
    """A barred phrase costs its sentence; what the whole has to mention costs all of it."""
    (rank,) = ids_of(book, "rank")
    plan = plan_of((ADVICE, [rank]))
    barred = judge(plan, book, Gate(rules=Rules(must_not_mention=["decides"])), "analyst")
    assert barred.reasons == ["recommendation: must not mention 'decides'"]
    wanted = judge(plan, book, Gate(rules=Rules(must_mention=["latency"])), "analyst")
    assert (wanted.texts, wanted.reasons) == ([], ["must mention 'latency'"])


def test_measured_names_and_the_task_are_not_repeated(book: ClaimBook) -> None:
    """A group's name, or eight words of the prompt, cost the sentence."""
    (rank,) = ids_of(book, "rank")
    task = "Say what to measure so that throughput can decide in the end."
    gate = Gate(names=["turbo-9"], prompts=[task])
    plan = plan_of(("Choose Turbo where throughput decides.", [rank]), (task, [rank]))
    found = judge(plan, book, gate, "analyst")
    assert found.reasons == [
        "recommendation: names something",
        "recommendation: names something that was measured, which claims do",
        "recommendation: repeats the task",
    ]
