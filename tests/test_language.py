"""Language check of short texts."""

import pytest

from chimera.language import speaks


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The fastest model is not the one with the best answers.", "en"),
        ("Das Modell ist nicht schneller als die anderen auf dem Rechner.", "de"),
        ("Le modèle est plus rapide que les autres sur la machine.", "fr"),
        ("El modelo es más rápido que los otros en la máquina.", "es"),
        ("Throughput by model", "en"),
    ],
)
def test_own_language_is_accepted(text: str, language: str) -> None:
    """A text is in its own language."""
    assert speaks(text, language)


@pytest.mark.parametrize(
    "text",
    [
        "Das Modell ist nicht schneller als die anderen auf dem Rechner.",
        "Le modèle est plus rapide que les autres sur la machine.",
        "Модель быстрее остальных на этой машине",
        "模型的吞吐量很高",
        "quux zorb flim blat gronk snarf plugh xyzzy",
    ],
)
def test_other_languages_are_not_english(text: str) -> None:
    """French, German, Russian, Chinese and noise are not English."""
    assert not speaks(text, "en")
