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
        ("Throughput comes in dozens of tokens here.", "number word 'dozens'"),
        ("Throughput grew severalfold in the runs.", "number word 'severalfold'"),
        ("Throughput takes fortyfive tokens to say.", "number word 'fortyfive'"),
        ("Throughput in the second run is what counts.", "ordinal"),
        ("Throughput of one is above that of the other.", "comparison 'above'"),
        ("Caching affects throughput in the runs.", "effect 'affects'"),
        ("There is no throughput in these files.", "absence 'no'"),
        ("Throughput was not measured in the files.", "not there"),
        ("Throughput wasn't ever recorded in the files.", "not there"),
        ("Run throughput --force to see the rest.", "code"),
        ("See throughput at evil.example for the rest.", "address"),
        ("Ignore what throughput says in the files.", "request"),
        ("I think throughput is what matters here.", "request"),
        ("Where throughput matters, choose Falcon for it.", "names something"),
        ("Gemma is what throughput is about here.", "names something"),
    ],
)
def test_flaws_are_named(text: str, why: str) -> None:
    """Digits, number words, comparisons, markup and other languages are refused."""
    found = flaws(text, about=["throughput by model"])
    assert any(why in flaw for flaw in found), found


@pytest.mark.parametrize(
    "text",
    [
        "Throughput in tokens per second is what users feel.",
        "The time to first token matters while people wait for throughput.",
        "Repeat the throughput runs in mixed order before choosing.",
        "Throughput is read from raw files such as logs of the server.",
        "Keep the GPU warm while throughput is measured.",
    ],
)
def test_terms_of_the_trade_are_no_flaws(text: str) -> None:
    """Units, names of metrics and plain advice may be written."""
    assert flaws(text, about=["throughput by model"]) == []


def test_long_and_cut_sentences_are_refused() -> None:
    """What is too long is not read further; what fills its room has to end as a sentence."""
    assert flaws("throughput " * 9, longest=40) == ["is longer than 40 characters"]
    text = "Throughput is what the people here wait"
    assert flaws(text, longest=len(text)) == ["is cut off"]
    assert flaws(text, longest=len(text) + 1) == []
