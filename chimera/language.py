"""Tell whether a short text is in a language: by script, then by a vote of function words."""

from __future__ import annotations

import re
import unicodedata
from typing import Final


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTION_WORDS: Final = {
    "de": _set("der die das und ist nicht mit von für auf den dem ein eine zu im sich wird auch"),
    "en": _set("the and is are of to in that for with on this not be by as it from or at which an"),
    "es": _set("el los las y es que en un una por con para del se no su como más pero"),
    "fr": _set("le la les et est des un une du que pour dans pas sur avec au ce qui sont aux"),
    "it": _set("il lo gli e è che di un una per con non del della sono si nel più come"),
    "nl": _set("de het een en is van niet met voor op te dat zijn ook aan bij wordt uit"),
    "pt": _set("o os as e é que em um uma por com para do da não se mais como ao dos"),
}
LANGUAGES: Final = tuple(sorted(FUNCTION_WORDS))

_WORD: Final = re.compile(r"[^\W\d_]+")
_ENOUGH_WORDS: Final = 8  # below this a text may lack function words and still be in the language


def words(text: str) -> list[str]:
    """Return the words of a text, lower case, without digits and punctuation."""
    return _WORD.findall(text.lower())


def speaks(text: str, language: str) -> bool:
    """Return whether the text can be in the language, one of `LANGUAGES`.

    A text in another script, or with more function words of another language, cannot. A text of
    eight words or more needs at least one function word of the language.
    """
    found = words(text)
    if not is_latin(text):
        return False
    distinct = set(found)
    votes = {name: len(known & distinct) for name, known in FUNCTION_WORDS.items()}
    if len(found) >= _ENOUGH_WORDS and votes[language] == 0:
        return False
    return votes[language] >= max(votes.values())


def is_latin(text: str) -> bool:
    """Return whether the words of a text are in the script of the languages here."""
    return text.isascii() or all(map(_is_latin, words(text)))


def _is_latin(word: str) -> bool:
    return word.isascii() or all(
        unicodedata.name(letter, "").startswith(("LATIN", "MICRO", "GREEK", "COMBINING"))
        for letter in word
    )
