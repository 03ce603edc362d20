"""A small character-level language model: interpolated n-grams (Witten-Bell).

The text is Python's own help text (``pydoc_data.topics``). Paragraphs that
occur twice are kept once, so no held-out paragraph was also trained on.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from pathlib import Path
from pydoc_data.topics import topics

MODEL_DIR = Path("models")
VARIANTS = {"order3": 3, "order5": 5, "order8": 8}  # context length in characters
HELD_OUT_EVERY = 10


def split_corpus() -> tuple[str, str]:
    """Return (training text, held-out text): every tenth paragraph is held out."""
    seen: dict[str, None] = {}
    for name in sorted(topics):
        for paragraph in topics[name].split("\n\n"):
            if paragraph.strip():
                seen.setdefault(paragraph.strip("\n"))
    paragraphs = list(seen)
    held_out = paragraphs[::HELD_OUT_EVERY]
    train = [p for i, p in enumerate(paragraphs) if i % HELD_OUT_EVERY]
    return "\n\n".join(train), "\n\n".join(held_out)


def count(text: str, order: int) -> dict[str, dict[str, int]]:
    """Count which character follows each context of 0 to ``order`` characters."""
    counts: dict[str, dict[str, int]] = {}
    for i, char in enumerate(text):
        for length in range(min(order, i) + 1):
            followers = counts.setdefault(text[i - length : i], {})
            followers[char] = followers.get(char, 0) + 1
    return counts


class NGram:
    """Next-character probabilities, from the shortest context to the longest."""

    def __init__(self, order: int, counts: dict[str, dict[str, int]]) -> None:
        self.order = order
        self.alphabet = sorted(counts[""])
        self.uniform = 1.0 / (len(self.alphabet) + 1)  # + 1: any unseen character
        self.table = {
            context: (sum(followers.values()) + len(followers), len(followers), followers)
            for context, followers in counts.items()
        }

    @classmethod
    def load(cls, name: str) -> NGram:
        """Read a trained model from ``models/<name>.json``."""
        data = json.loads((MODEL_DIR / f"{name}.json").read_text(encoding="utf-8"))
        return cls(data["order"], data["counts"])

    def prob(self, history: str, char: str) -> float:
        """Return the probability of one character after ``history``."""
        p = self.uniform
        for length in range(min(self.order, len(history)) + 1):
            entry = self.table.get(history[len(history) - length :])
            if entry is None:
                break
            total, distinct, followers = entry
            p = (followers.get(char, 0) + distinct * p) / total
        return p

    def distribution(self, history: str) -> dict[str, float]:
        """Return the probability of every known character after ``history``."""
        probs = dict.fromkeys(self.alphabet, self.uniform)
        for length in range(min(self.order, len(history)) + 1):
            entry = self.table.get(history[len(history) - length :])
            if entry is None:
                break
            total, distinct, followers = entry
            scale = distinct / total
            probs = {char: p * scale for char, p in probs.items()}
            for char, n in followers.items():
                probs[char] += n / total
        return probs

    def bits(self, text: str) -> float:
        """Return the code length of ``text`` in bits (this is the prompt pass)."""
        return -sum(
            math.log2(self.prob(text[max(0, i - self.order) : i], char))
            for i, char in enumerate(text)
        )

    def generate(self, prompt: str, n: int, top_k: int = 0, seed: int = 0) -> Iterator[str]:
        """Yield ``n`` sampled characters; ``top_k`` = 0 samples from all of them."""
        rng = random.Random(seed)
        history = prompt[-self.order :]
        for _ in range(n):
            ranked = list(self.distribution(history).items())
            if top_k:
                ranked = sorted(ranked, key=lambda pair: -pair[1])[:top_k]
            chars, weights = zip(*ranked, strict=True)
            char = rng.choices(chars, weights)[0]
            history = (history + char)[-self.order :]
            yield char
