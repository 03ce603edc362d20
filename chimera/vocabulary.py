"""The words a model's sentence in a report may use.

A list of what is barred has holes: there is always one more way to say that one thing drives
another. A closed list has none. It holds words for why something is worth reading and what a reader
does with it, and none that judge, relate, count, or report how a measurement was made. Few words
say either, depending on what stands beside them; for those there are patterns.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Final

from chimera.language import words

_GRAMMAR: Final = """
a an the this that these those it its they them their here we us our you your who whom whose which
what when where why how and or but so then if because although though while whereas until before
after during since as at by for from in into of on onto to toward towards with within about across
against along among around between beyond beside next over per through throughout under upon via up
back together apart alone first second is are be being has have do can could may might must shall
should need needs ought having others single also even just later now again already still soon
finally s other another own such each any some whole not instead therefore thus otherwise rather
"""
_DOING: Final = """
account add address adopt agree aim alternate answer apply archive ask assess assign balance base
bear begin build buy call care carry check choose cite clarify clean collect combine come compare
complete consider cover decide define deploy describe design discuss document draw ensure evaluate
examine expand expect experience explore extend feel fill find fix focus gather generalise
generalize generate get give go group guide help highlight identify inspect interact interleave
interpret investigate isolate judge keep know label learn list load log look maintain make mark
matter measure mind mislead misread mix monitor note notice observe open operate order outline pay
perform pick plan prepare present preserve prioritise prioritize profile publish put query quote
randomise randomize read reason record refer refresh remember repeat replicate report reproduce
request rerun reset respond restart return review revisit run save say schedule see select send
serve set settle show shuffle size sort specify stage start state stay stop store stream study
summarise summarize take talk tell test think track transfer treat try tune turn understand use
validate verify view wait want warm warn watch weigh write
"""
_IRREGULAR: Final = """
chosen choosing drawn felt found given getting giving kept known laid making meant said seen set
setting taken taking told tried understood written writing planning stopping tuning using used
running misled agreed agreeing bearing beginning building built buying bought coming feeling
finding going keeping knowing misleading misreading paid reading saying seeing sending sent telling
thinking understanding
"""
_STRONG_VERBS: Final = """
agree bear begin build buy choose come draw feel find get give go keep know make mean mislead
misread pay plan put read run say see send set stop take tell think understand write
"""
_THINGS: Final = """
action administrator advice agent aim analysis analyst answer application approach area artifact
aspect attention audience background baseline basis batch behaviour behavior benchmark brief budget
business cache capacity care case chat check choice claim client column comparison condition
configuration connection content context conversation coverage criterion criteria customer data
database dataset day deadline decision decoding default definition delay demand deployment
description design detail developer device directory document duration effort end endpoint engine
engineer environment gpu cpu cost slo api llm evaluation evidence example expectation experience
experiment explanation field figure file finding folder format framework generation goal group
guidance guide hardware hint history host hour information input interaction interest
interpretation interval inventory investigation item job judgement judgment kind layout length
level library life line list listing load log machine maintenance manner manual material meaning
measure measurement message metadata method metric minute mode model moment name nature network
node note observation operation operator option order origin outcome output overview page panel
parameter part path pattern people performance phase picture pipeline place plan platform point
policy position practice preparation procedure process production profile programme program project
prompt provider purpose quantisation quantization question queue range reader reading reason
recommendation record reference region release relevance repetition replication report repository
request requirement research resource response rest restart result review risk role room round row
run runtime sample scale scenario schedule schema scope script section sense sentence sequence
series server service session set setting setup sight situation size software source speed stage
start state statement step stop story streaming study subject suite summary surface sweep system
table target task team telemetry term test text thing thought time timing token tool topic traffic
trial type uncertainty understanding unit use user value variable variant version view visit wait
way window word work workflow workload
"""
_QUALITIES: Final = """
actual additional alternating careful clean common complete concrete current dedicated deep direct
essential everyday extra final following fresh daily full further human key latest future general
helpful important individual initial interactive intended key later live local main mixed natural
necessary new offline online original overall particular plain planned possible practical precise
present previous prior public random raw real recent relevant remaining separate short specific
standard statistical subsequent synthetic technical typical useful usual various visible warm wide
worth worthwhile long actually carefully directly early explicitly further generally immediately
individually mainly naturally separately simply
"""
_SUBJECTS: Final = (
    "throughput",
    "ttft",
    "latency latencies",
    "itl tpot",
    "goodput objective objectives",
    "memory vram ram",
    "energy power",
    "accuracy quality perplexity",
    "failure failures failed error errors timeout timeouts",
    "cold",
    "outlier outliers",
    "gap gaps",
    "problem problems",
    "duplicate duplicates",
    "trend trends drift",
    "spread noise scatter",
    "percentile percentiles tail tails",
    "concurrency",
)
_ENTITY: Final = (
    r"(?:models?|settings?|parameters?|options?|configurations?|variants?|versions?|hardware"
    r"|engines?|columns?|groups?|levels?|quanti[sz]ations?|metrics?)"
)
_STATED: Final = (
    r"(?:what|where|why|how|when|worth|for|here|useful|important|relevant|helpful|necessary|needed"
    r"|to|the|a|an|about|part|key|read|also)"
)
_SERVED: Final = (
    r"(?:to|you|people|readers?|users?|teams?|operators?|decide|choose|choosing|plan|when|if|where)"
)
_TAKEN: Final = "runs?|files?|data|figures?|measurements?|results?|requests?|tables?|values?|server"
# Words that are plain in one place and a statement about the data in another.
_STATEMENTS: Final = (
    rf"\b(?:is|are)\b(?! {_STATED}\b)",  # "the runs are random"
    r"\b(?:has|have)\b(?! to\b)",  # "the runs have"
    r"(?<!^do )(?<!\bshould )(?<!\bmust )(?<!\bmay )(?<!\bmight )(?<!\bcould )\bnot\b",
    r"(?<!\bhow )\blong\b",
    rf"\b{_ENTITY}(?: \w+)? (?:matters?|counts?|decides?|important|relevant|essential|key)\b",
    r"\bdecid(?:es?|ed|ing) (?!(?:how|what|whether|which|where|when|between|for|on|if|by|in)\b)",
    r"\bm(?:ake|akes|aking|ade)\b(?! (?:sense|sure|(?:a|the|your) (?:choice|decision|plan))\b)",
    rf"\bhelp(?:s|ed|ing)?\b(?! {_SERVED}\b)",
    rf"\b(?:this|that|these|those) {_ENTITY}\b",  # "choose this model"
    rf"\b(?:is|be|choose|use|take|buy|select|deploy) the (?:answer|{_ENTITY})\b(?! (?:by|that))",
    rf"\bthe {_ENTITY} (?:\w+s|can|may|could|should|must|that (?:people|users))\b",
    r"\breasons? (?:for|why)\b|\bcom(?:es?|ing) (?:from|with)\b|\bneeds? (?!to\b)",
    r"(?<!\bmay )(?<!\bmight )(?<!\bcould )(?<!\bcan )\bmislead\w*",
    r"\bnot (?!(?:be|choose|decide|mix|compare|generali[sz]e|transfer|apply|carry)\b)",
    r"\b(?:do|should|must) not be\b|\bsingle (?!(?:machine|server|device|host)\b)",
    rf"\b(?:{_TAKEN}) (?!need|mix)\w+ed\b",  # "the runs used"
    r"(?<!\bwarm)(?<!\bwarms)(?<!\bwarming)(?<!\blook)(?<!\bset) up\b",
)
_STATEMENT: Final = re.compile("|".join(_STATEMENTS), re.IGNORECASE)
_CLAUSE: Final = re.compile(
    r"\b(?:before|while|until|when|where|if|how|what|whether)(?: \w+){0,3} (?:is|are)\b",
    re.IGNORECASE,
)  # it sets a condition: "before a choice is made"
_PROSE: Final = re.compile(
    r"[^\W_]|[ .,;:!?'\u2019()\u2013\u2014%-]"
)  # digits are told apart from this
_MOST_THINGS: Final = 4  # words in a row without grammar; more is a heap
_LEAST_GRAMMAR: Final = 0.16  # share of words


def strange(found: Sequence[str], about: Iterable[str] = ()) -> list[str]:
    """Return the words, lower case, that a sentence may not use, each once.

    Args:
        found: Words of the sentence.
        about: What it belongs to; a metric or an oddity can be mentioned only where that does. If
            left out, any can.
    """
    said = {word for text in about for word in words(text)}
    subjects = {
        word for line in _groups() if not said or not said.isdisjoint(line) for word in line
    }
    return [word for word in dict.fromkeys(found) if word not in _plain() and word not in subjects]


def states(text: str) -> str | None:
    """Return the words by which a sentence states something about the data; None if it does not."""
    match = _STATEMENT.search(_CLAUSE.sub("", text))
    return match[0] if match else None


def is_heap(found: Sequence[str]) -> bool:
    """Return whether words stand side by side with little grammar between, as in no sentence."""
    grammar = [word in _grammar() for word in found]
    longest = max((len(list(row)) for binds, row in groupby(grammar) if not binds), default=0)
    return longest > _MOST_THINGS or sum(grammar) < len(found) * _LEAST_GRAMMAR


def is_prose(text: str) -> bool:
    """Return whether a text holds nothing but letters and the marks of a sentence."""
    return all(_PROSE.fullmatch(letter) for letter in text) and not text.isupper()


@lru_cache(maxsize=1)
def _plain() -> frozenset[str]:
    verbs = {form for verb in _DOING.split() for form in _forms(verb)}
    nouns = {form for noun in _THINGS.split() for form in (noun, _with_s(noun))}
    rest = f"{_GRAMMAR} {_IRREGULAR} {_QUALITIES}".split()
    return frozenset(verbs | nouns).union(rest)


@lru_cache(maxsize=1)
def _grammar() -> frozenset[str]:
    return frozenset(_GRAMMAR.split())


@lru_cache(maxsize=1)
def _groups() -> tuple[frozenset[str], ...]:
    return tuple(frozenset(line.split()) for line in _SUBJECTS)


@lru_cache(maxsize=1)
def _strong() -> frozenset[str]:
    return frozenset(_STRONG_VERBS.split())


def _forms(verb: str) -> Iterable[str]:
    """Yield a verb and its forms, those of `_IRREGULAR` apart."""
    yield from (verb, _with_s(verb))
    if verb in _strong():
        return
    stem = verb.removesuffix("e")
    yield f"{stem}ing"
    yield f"{verb[:-1]}ied" if _turns(verb) else f"{stem}ed"


def _with_s(word: str) -> str:
    """Return a noun's plural, or a verb's third person."""
    if _turns(word):
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "z", "ch", "sh", "go")) else f"{word}s"


def _turns(word: str) -> bool:
    return word.endswith("y") and word[-2] not in "aeiou"
