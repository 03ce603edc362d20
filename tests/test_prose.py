"""What a model may add to a report."""

import pytest

from chimera.prose import flaws


def test_plain_sentence_may_be_printed() -> None:
    """A plain sentence on its subject has no flaws."""
    assert flaws("Throughput decides how long people wait.", about=["throughput by model"]) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Throughput reaches 78 tokens on this machine.", "digit"),
        ("Throughput is twice that of the other.", "number word 'twice'"),
        ("The throughput here is the highest of all.", "comparison 'highest'"),
        ("Throughput: see https://example.org for more", "markup"),
        ("<b>throughput</b> is what matters here", "markup"),
        ("Throughput.", "words"),
        ("throughput " * 60, "words"),
        ("Le débit est important pour les utilisateurs de la machine", "not in 'en'"),
        ("The weather is nice in the mountains.", "no word in common"),
        ("Throughput matters\nto the reader of this", "markup"),
        ("", "words"),
    ],
)
def test_flaws_are_named(text: str, why: str) -> None:
    """Digits, number words, comparisons, markup and other languages are refused."""
    found = flaws(text, about=["throughput by model"])
    assert any(why in flaw for flaw in found), found
