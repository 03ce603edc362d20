"""What is taken for a refusal, and what must not be."""

import pytest

from chimera.models.refusal import SHORT, declared, declines


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "I\u2019m sorry, but I can\u2019t assist with that request.",
        "I am very sorry, but I cannot provide instructions for that.",
        "Sorry, I can't do that.",
        "I apologize, but I cannot generate that kind of content.",
        "I cannot assist with this request.",
        "Unfortunately, I am unable to help with this.",
        "I won't help you do this. It could hurt someone.",
        "I'm unable to comply with that.",
        "As an AI language model, I cannot provide medical advice.",
        "I'm sorry, but as an AI assistant, I can't offer opinions on that.",
        "I must decline to answer.",
        '"I can\'t help with that."',
    ],
)
def test_a_short_answer_that_opens_by_declining_is_a_refusal(text: str) -> None:
    """The usual wordings, with either apostrophe."""
    assert declines(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "No.",
        "I cannot provide a comparison, as only one run was measured.",
        "I'm sorry, but I cannot determine the p99 latency.",
        "I'm sorry, but I can't give a p-value: the files hold a single run.",
        "I am unable to tell which backend is faster.",
        "I cannot help but notice that the tail grows with the batch.",
        "I cannot support the claim that batching helps.",
        "I can't say whether this is noise.",
        "Unfortunately, the two backends were measured on different machines.",
        "Sorry to say, throughput fell by a third.",
        "The server will not help: it returned 503 for half of the calls.",
        "The model answered: I'm sorry, but I can't help with that.",
        "We cannot assist the scheduler by pinning cores.",
        "I'm sorry, but I can't assist with that. " + "The mean is 12 ms. " * 30,
        "I'm sorry, but I can't help with more than this: {\"good\": true}",
        "Lo siento, pero no puedo ayudar con eso.",
        "As an AI workload, this benchmark cannot assist in choosing a GPU.",
        "I decline in latency of 4 % was seen.",
        "I will not repeat the table here; vLLM leads.",
        "Apologies for the brevity: latency halved.",
    ],
)
def test_an_answer_about_its_subject_is_none(text: str) -> None:
    """Saying what cannot be known is an answer, as are other languages, quotes and long texts."""
    assert not declines(text)


@pytest.mark.parametrize(
    "info",
    [
        {"finish_reason": "content_filter"},
        {"finish_reason": "SAFETY"},
        {"stop_reason": "refusal"},
        {"stop_reason": "guardrail_intervened"},
        {"done_reason": "refusal"},
    ],
)
def test_the_end_of_an_answer_may_declare_it(info: dict[str, str]) -> None:
    """Each provider has its own word."""
    assert declared(info)


@pytest.mark.parametrize("info", [{}, {"done_reason": "stop"}, {"finish_reason": None}])
def test_an_ordinary_end_declares_nothing(info: dict[str, str | None]) -> None:
    """A stop is a stop."""
    assert not declared(info)


def test_short_is_what_it_says() -> None:
    """One character more than the limit, and it is an answer."""
    text = "I can't help with that."
    assert declines(text.ljust(SHORT))
    assert not declines(text.ljust(SHORT + 1))
