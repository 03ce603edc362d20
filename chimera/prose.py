"""What a model may add to a report: short plain sentences that claim nothing by themselves.

Numbers, comparisons, effects, absences and names carry facts, so code writes them. A sentence of a
model that holds any of them, any word outside of a closed vocabulary, or that is no sentence of the
language asked for, is dropped and counted. The lists here give reasons a model can act on; it is
the vocabulary that leaves no holes. Both are English; in other languages no sentence can be
checked.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from chimera.language import speaks, words
from chimera.rules import Rules
from chimera.vocabulary import is_heap, is_prose, states, strange

MAX_WORDS: Final = 40
MIN_WORDS: Final = 3
LEAK: Final = 8  # words in a row of its prompt that no sentence may repeat


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NUMBER_WORDS: Final = _set(
    "zero nil naught two three four five six seven eight nine ten eleven twelve dozen dozens tens "
    "half halves third thirds quarter quarters twice thrice double triple quadruple quintuple "
    "hundred hundreds percent percentage percentages couple pair pairs score several fold "
    "magnitude fourth fifth sixth seventh eighth ninth tenth eleventh twelfth hundredth thousandth "
    "thousand thousands last "
)
_NUMERAL: Final = re.compile(
    r"(?:twen|thir|for|fif|six|seven|eigh|nine)(?:ty|teen|tie)\w*|fourteen\w*|\w*[mbr]illion\w*"
    r"|(?!unfold|scaffold|blindfold)\w{2,}fold"
)
_ORDINAL: Final = re.compile(
    r"\bfirst\b(?! tokens?\b)|(?<!\bper )(?<!\btokens a )\bsecond\b", re.IGNORECASE
)
_COMPARISONS: Final = _set(
    "best worst better worse fast faster fastest slow slower slowest high higher highest low "
    "lower lowest most least more less fewer fewest largest smallest greater greatest leads "
    "lead leading led wins win won winner winners beat beats beaten outperform outperforms "
    "outperformed outperforming exceed exceeds exceeded exceeding improve improves improved "
    "improving improvement improvements regress regresses regressed regression increase increases "
    "increased increasing decrease decreases decreased decreasing drop drops dropped dropping rise "
    "rises rose rising doubles doubled doubling halve halved halving superior inferior optimal "
    "optimum equal equals equally same identical significant significantly all none every always "
    "never only quick quicker quickest big bigger biggest small smaller large larger outpace "
    "outpaces outpaced surpass surpasses surpassed triples tripled dominate dominates ahead behind "
    "top bottom preferable than versus vs above below maximum minimum maximal minimal peak peaks "
    "strongest weakest cheapest ideal perfect favourite champion lose loses lost loser losers tie "
    "tied similar comparable unchanged constant negligible considerably substantially dramatically "
    "markedly majority minority mostly usually often rarely reduce reduces reduced reducing "
    "reduction raise raises raised fall falls fell falling gain gains boost boosts boosted degrade "
    "degrades degraded degradation worsen worsens worsened slowdown speedup speedups accelerate "
    "accelerates accelerated grow grows grew growth shrink shrinks shrank decline declines "
    "declined succeeded flawless excellent poor "
)
_EFFECTS: Final = _set(
    "affect affects affected influence influences influenced impact impacts cause causes caused "
    "correlates correlated proves proven proved guarantees guaranteed "
)
_ABSENCES: Final = _set(
    "absent missing no nothing nowhere nobody neither nor without lack lacks lacked lacking "
    "unavailable unmeasured unrecorded unreported untested cannot "
)
_NOT_DONE: Final = re.compile(
    r"(?:\bnot|n['\u2019]t)\b.*\b(?:measured|recorded|reported|tested|available|present"
    r"|included|found|provided|given|there|collected|exist|contain|hold|show|have|differ|matter)\b",
    re.IGNORECASE,
)
_ECHOES: Final = re.compile(
    r"\b(?:ignor\w+|disregard\w*|overrid\w+|jailbreak\w*|instructions?|system prompt|sorry"
    r"|apolog\w+|assistant|as an ai|i|i['\u2019]m|me|my|you asked|requested|your request"
    r"|the user (?:asks|wants|needs)|^(?:output|return|print))\b",
    re.IGNORECASE,
)
_MARKUP: Final = re.compile(r"[\[\]{}<>|`*_#\\~&@=$^]|https?:|www\.|\n|(?<!\w)--?\w|::|\(\)")
_DOTTED: Final = re.compile(r"\b(?!e\.g\b|i\.e\b)\w+\.\w+")
_PROPER: Final = re.compile(r"(?<=[a-z,;:] )[A-Z]\w*")
_FAMILIES: Final = re.compile(
    r"\b(?:llama|gemma|mistral|mixtral|qwen|deepseek|gemini|claude|chatgpt|gpt|falcon|granite)\w*",
    re.IGNORECASE,
)
_ACRONYMS: Final = _set(
    "TTFT ITL TPOT GPU CPU RAM VRAM LLM API CSV JSON YAML SQL KV IO SLO English Markdown Ollama"
)
_LOADED: Final = (
    ("number word", _NUMBER_WORDS),
    ("comparison", _COMPARISONS),
    ("effect", _EFFECTS),
    ("absence", _ABSENCES),
)


def flaws(
    text: str, *, language: str = "en", about: Iterable[str] = (), longest: int | None = None
) -> list[str]:
    """Return why a model's sentence cannot be printed; empty if it can.

    Args:
        text: The sentence.
        language: The language it has to be in.
        about: Texts it belongs to; it has to share a word of four letters or more with them, and
            mentions no metric that they do not.
        longest: Characters it may have; one of just that length has to end as a sentence.
    """
    if longest is not None and len(text) > longest:
        return [f"is longer than {longest} characters"]
    found = words(text)
    reasons = [reason for reason, holds in _signs(text, found) if holds]
    reasons += [
        f"holds the {kind} {w!r}"
        for kind, listed in _LOADED
        for w in dict.fromkeys(found)
        if w in listed or (listed is _NUMBER_WORDS and _NUMERAL.fullmatch(w))
    ]
    about = list(about)
    if not reasons and (foreign := strange(found, about)):
        reasons.append(f"holds what claims may say and a sentence here may not: {_listed(foreign)}")
    if not MIN_WORDS <= len(found) <= MAX_WORDS:
        reasons.append(f"has {len(found)} words, not {MIN_WORDS} to {MAX_WORDS}")
    if longest is not None and len(text) == longest and not text.endswith((".", "!", "?")):
        reasons.append("is cut off")
    if not speaks(text, language):
        reasons.append(f"is not in {language!r}: write {language!r}")
    if about and not _shares_word(found, about):
        reasons.append("has no word in common with what it is about")
    return reasons


def _signs(text: str, found: list[str]) -> Iterable[tuple[str, bool]]:
    """Yield what a text may hold that no sentence of a report does, and whether it does."""
    yield "holds a digit", any(letter.isnumeric() or letter in "%‰" for letter in text)
    markup = _MARKUP.search(text) or _DOTTED.search(text) or not is_prose(text)
    yield "holds markup, code or an address", bool(markup)
    yield "holds an ordinal", bool(_ORDINAL.search(text))
    yield "says that something is not there", bool(_NOT_DONE.search(text))
    yield "speaks of the request instead of the data", bool(_ECHOES.search(text))
    proper = [word for word in _PROPER.findall(text) if word not in _ACRONYMS]
    yield "names something", bool(proper) or bool(_FAMILIES.search(text))
    yield "repeats itself", len(set(found)) < len(found) / 2
    yield "is no sentence", is_heap(found)
    if stated := states(text):
        yield f"states something about the data by {stated!r}", True


def _listed(found: list[str]) -> str:
    return ", ".join(map(repr, found[:_MOST_LISTED]))


def _shares_word(found: list[str], about: Iterable[str]) -> bool:
    known = {_stem(word) for text in about for word in words(text) if len(word) >= _LONG}
    return any(_stem(word) in known for word in found if len(word) >= _LONG)


def _stem(word: str) -> str:
    return word.removesuffix("s")[:6]


_LONG: Final = 4
_MOST_LISTED: Final = 4


@dataclass
class Gate:
    """Lets the sentences of one answer pass, each once, and says why the others do not.

    Attributes:
        rules: The persona's; a phrase that must not be mentioned bars a sentence.
        names: Names of what was measured; to name one is to judge it, which claims do.
        prompts: What the model was told; a sentence that repeats it is a leak.
    """

    rules: Rules = field(default_factory=Rules)
    names: Collection[str] = ()
    prompts: Sequence[str] = ()
    _passed: set[tuple[str, ...]] = field(default_factory=set)

    def flaws(self, text: str, *, about: Iterable[str], longest: int) -> list[str]:
        """Return why a sentence may not pass; empty where it may, and then it may not again."""
        language = self.rules.language or "en"
        reasons = flaws(text, language=language, about=about, longest=longest)
        if len(text) > longest:
            return reasons
        said = tuple(words(text))
        barred = Rules(must_not_mention=self.rules.must_not_mention).broken_by(text)
        reasons += barred
        if any(_mentions(text, name) for name in self.names):
            reasons.append("names something that was measured, which claims do")
        if not self._told.isdisjoint(_runs(said)):
            reasons.append("repeats the task")
        if said in self._passed:
            reasons.append("stands in the answer before")
        if not reasons:
            self._passed.add(said)
        return reasons

    @property
    def _told(self) -> set[tuple[str, ...]]:
        return {run for prompt in self.prompts for run in _runs(tuple(words(prompt)))}


def _runs(said: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    return (said[at : at + LEAK] for at in range(len(said) - LEAK + 1))


def _mentions(text: str, name: str) -> bool:
    """Return whether a text holds a name, or the word of four letters or more it starts with."""
    family = _FAMILY.match(name)
    tried = {name, family.group()} if family else {name}
    return any(
        re.search(rf"(?<!\w){re.escape(one)}(?!\w)", text, re.IGNORECASE) for one in tried if one
    )


_FAMILY: Final = re.compile(r"[^\W\d_]{4,}(?=[^\w\s])")
