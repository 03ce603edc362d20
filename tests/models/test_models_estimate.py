"""The estimate of a prompt's size, learned from the counts of three made-up tokenizers."""

import random
import re
from collections.abc import Callable

import pytest

from chimera.models.estimate import Sample, fit, thirds
from chimera.testing.chat import tokens as stand_in

WORDS = ("latency", "of", "the", "model", "rises", "while", "throughput", "stays", "flat")
SEED = 20251124

Tokenizer = Callable[[str], int]


def words(text: str) -> int:
    """Return the tokens of a text where each word, sign and digit is one."""
    return len(re.findall(r"\d|[^\W\d]+|[^\w\s]", text))


def single_bytes(text: str) -> int:
    """Return the tokens of a text where each byte is one."""
    return len(text.encode())


TOKENIZERS = {"words": words, "bytes": single_bytes, "stand-in": stand_in}
OVERHEADS = {"words": (90, 5), "bytes": (3, 12), "stand-in": (0, 6)}  # per prompt, per message


@pytest.fixture
def rng() -> random.Random:
    """Chance with a seed that a failing test shows."""
    print("seed", SEED)  # noqa: T201
    return random.Random(SEED)  # noqa: S311  no secret


def text(rng: random.Random, size: int) -> str:
    """Return prose with a table of numbers in it, of about so many bytes."""
    parts = (
        rng.choice(WORDS) if rng.random() < 0.8 else f"| {rng.random():.3f}" for _ in range(size)
    )
    return " ".join(parts)[:size]


def observe(rng: random.Random, name: str, size: int) -> Sample:
    """Return what a server with this tokenizer counts for a system text and a question."""
    system, question = text(rng, 400), text(rng, size)
    per_prompt, per_message = OVERHEADS[name]
    count = TOKENIZERS[name](system) + TOKENIZERS[name](question)
    sent = len(system.encode()) + len(question.encode())
    return Sample(sent, 2, count + per_prompt + 2 * per_message)


def sizes(rng: random.Random, count: int) -> list[int]:
    """Return sizes of questions, in bytes."""
    return [rng.randrange(500, 12_000) for _ in range(count)]


@pytest.mark.parametrize("name", TOKENIZERS)
def test_a_few_prompts_teach_a_tokenizer(rng: random.Random, name: str) -> None:
    """After eight prompts the guess is right within a tenth or 60 tokens, and the bounds hold."""
    line = fit(observe(rng, name, size) for size in sizes(rng, 8))
    for sample in [observe(rng, name, size) for size in sizes(rng, 50)]:
        estimate = line.estimate(sample.sent_bytes, 2)
        assert estimate.expected == pytest.approx(sample.tokens, rel=0.1, abs=60)
        assert estimate.least <= sample.tokens <= estimate.most


@pytest.mark.parametrize("name", TOKENIZERS)
def test_one_prompt_bounds_the_next(rng: random.Random, name: str) -> None:
    """After a single prompt of ordinary size the true count lies within the bounds already."""
    line = fit([observe(rng, name, 6000)])
    for sample in [observe(rng, name, size) for size in sizes(rng, 50)]:
        estimate = line.estimate(sample.sent_bytes, 2)
        assert estimate.least <= sample.tokens <= estimate.most


def test_margins_shrink_with_what_was_seen(rng: random.Random) -> None:
    """More observations bring the bounds closer to the guess."""
    samples = [observe(rng, "words", size) for size in sizes(rng, 16)]
    widths = []
    for count in (1, 4, 16):
        estimate = fit(samples[:count]).estimate(8000, 2)
        widths.append((estimate.most - estimate.least) / estimate.expected)
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < widths[0] / 2


def test_nothing_seen_is_the_rule_of_thirds() -> None:
    """Without an observation the plan reckons with a third of the bytes, and nothing is proven."""
    estimate = fit([]).estimate(3000, 2)
    assert (estimate.most, estimate.expected, estimate.least) == (1016, 1016, 0)
    assert estimate.most == thirds(3000, 2)
    assert not estimate.known


def test_a_short_prompt_teaches_little() -> None:
    """A greeting is nearly all template: it neither blows a long prompt up nor proves anything."""
    greeting = fit([Sample(2, 1, 36)]).estimate(9000, 2)
    assert not greeting.known
    assert greeting.expected == pytest.approx(thirds(9000, 2), rel=0.1)
    assert greeting.most < 2 * thirds(9000, 2)


def test_prompts_of_nearly_one_size_give_no_slope() -> None:
    """What differs between them is their content, not their length."""
    alike = [Sample(6000 + 10 * step, 2, 1516 + 40 * (step % 3)) for step in range(8)]
    assert fit(alike).estimate(12_000, 2).expected == pytest.approx(3100, rel=0.05)


def test_many_short_prompts_teach_as_little() -> None:
    """Greetings do not add up to a proof."""
    greetings = [Sample(60 + size, 1, 40 + size // 4) for size in range(16)]
    assert not fit(greetings).estimate(9000, 2).known


def test_no_prompt_is_called_cut_for_being_longer_than_any_before() -> None:
    """A template of 100 tokens looks like dense text until a longer prompt is seen."""
    same = [Sample(1100 + size, 2, 375 + size // 4) for size in range(16)]
    assert fit(same).estimate(30_000, 2).least < 7600


def test_a_template_is_told_from_the_text() -> None:
    """Prompts of different size show what each message costs besides its bytes."""
    samples = [Sample(size, 2, size // 4 + 140) for size in (800, 2000, 5000, 9000)]
    line = fit(samples)
    assert line.per_byte == pytest.approx(0.25, abs=0.01)
    assert line.per_message == pytest.approx(70, abs=10)


@pytest.mark.parametrize("name", TOKENIZERS)
def test_cut_counts_do_not_spoil_the_estimate(rng: random.Random, name: str) -> None:
    """Counts of a server that cut, for less than half of the prompts, are disbelieved."""
    whole = [observe(rng, name, size) for size in sizes(rng, 9)]
    cut = [Sample(s.sent_bytes * 2, 2, 259) for s in whole[:6]]
    clean, mixed = fit(whole).estimate(6000, 2), fit([*cut, *whole]).estimate(6000, 2)
    assert mixed.expected == pytest.approx(clean.expected, rel=0.05)


def test_counts_without_the_cache_do_not_spoil_the_estimate(rng: random.Random) -> None:
    """Some servers count only what they had not cached; those prompts are not learned from."""
    whole = [observe(rng, "words", size) for size in range(3000, 11_000, 1000)]
    cached = [Sample(s.sent_bytes + 10, 2, s.tokens * 2 // 5) for s in whole[:7]]
    clean, mixed = fit(whole).estimate(6000, 2), fit([*whole, *cached]).estimate(6000, 2)
    assert mixed.expected == pytest.approx(clean.expected, rel=0.05)
    assert mixed.least == pytest.approx(clean.least, rel=0.05)


def test_impossible_counts_are_left_out() -> None:
    """More tokens than bytes, or next to none, are no observation at all."""
    assert fit([Sample(1000, 1, 9999), Sample(1000, 1, 1), Sample(1000, 1, 0)]) == fit([])


def test_any_counts_at_all_make_an_estimate_in_order(rng: random.Random) -> None:
    """Whatever a server says, the bounds are in order and no plan divides by nothing."""
    for _ in range(300):
        wild = [
            Sample(rng.choice([0, 1, 300, 5000]), rng.randrange(5), rng.randrange(6000))
            for _ in range(rng.randrange(17))
        ]
        estimate = fit(wild).estimate(rng.choice([0, 1, 10_000, 10**9]), rng.randrange(5))
        assert 0 <= estimate.least <= estimate.expected <= estimate.most
