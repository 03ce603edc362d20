"""pytest-benchmark timings of the model's functions (run by make_all.sh)."""

from __future__ import annotations

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

# isort: split
from model import VARIANTS, NGram, split_corpus

TEXT = split_corpus()[1][:800]
LENGTH = 128
SLACK = 1e-3  # the share of characters never seen


def check(good: object) -> None:
    """Fail the benchmark if its result is wrong."""
    if not good:
        pytest.fail("wrong result")


@pytest.fixture(scope="module", params=list(VARIANTS))
def model(request: pytest.FixtureRequest) -> NGram:
    """Return each trained variant in turn."""
    return NGram.load(request.param)


def test_score_800_chars(benchmark: BenchmarkFixture, model: NGram) -> None:
    """Time the prompt pass over 800 held-out characters."""
    check(benchmark(model.bits, TEXT) > 0)


def test_next_distribution(benchmark: BenchmarkFixture, model: NGram) -> None:
    """Time one full next-character distribution, which must sum to about 1."""
    probs = benchmark(model.distribution, TEXT)
    check(abs(sum(probs.values()) - 1) < SLACK)


def test_generate_128(benchmark: BenchmarkFixture, model: NGram) -> None:
    """Time the generation of 128 characters."""
    text = benchmark(lambda: "".join(model.generate(TEXT, LENGTH)))
    check(len(text) == LENGTH)


def test_split_corpus(benchmark: BenchmarkFixture) -> None:
    """Time cutting the corpus into training and held-out text."""
    train, held_out = benchmark(split_corpus)
    check(len(train) > len(held_out) > 0)
