"""How much of a text is talk: sentences of a person or a model, not the output of a tool."""

from __future__ import annotations

import re

from chimera.evidence.words import words

_FEWEST = 6  # words of a sentence
_LONG = 9  # words of a line that is one without a full stop
SHORTEST = 24  # characters of a line that is looked at
_ALPHABETIC = 0.6  # of its words
_SMALL = 0.13  # of its words are the small ones that hold a sentence together
_KEY = re.compile(
    r"\s{0,8}(?:[-*+>] +|\d{1,3}[.)] +)?(?:\*\*)?[\w ./()%-]{1,48}(?:\*\*)?\s?[:=]+\s"
)
# A date, a time, a level: what loggers put in front.
_LOGGED = re.compile(
    r"\[?(?:\d{4}[-/]\d\d|\d\d:\d\d|[IWEF]\d{4} |\d+\.\d+s?\]|"
    r"(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL)\b)|[#=$>{<|]"
)
_STOPS = (".", "!", "?", ":", ";", ",", ")", "*", "\u3002")
_QUOTE = "> "
_TRIM = ".,;:!?()[]\"'*`_\u2013\u2014"
_SMALL_WORDS = words(
    # English
    "the a an of to in and is are was were be been it its this that these those with for on as by "
    "not but or if than then from at which who when while because so we you i they he she there "
    "has have had will would can could should may might do does did only also more most no into "
    "over each all any our your their what how here both after before between under very",
    # German, French, Spanish, Portuguese, Italian
    "der die das und ist sind nicht mit für von zu den dem ein eine einer auf im als auch es wird "
    "le la les des et est sont pas avec pour dans une du au qui que sur par plus "
    "el los las y es son no con para en una del que por se lo como más "
    "o os e é são não com uma da do dos il gli di che per non sono nel della",
)
_WIDE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")  # scripts without spaces
_JUDGING = (  # a cheap look before the pattern
    "ecommendation", "onclusion", "bservations", "nsights", "akeaways", "xecutive S", "ext Steps",
    "indings", "essons", "nterpretation", "iscussion", "imitations", "aveats", "RECOMMENDATION",
    "CONCLUSION", "OBSERVATIONS", "INSIGHTS", "EXECUTIVE S", "NEXT STEPS", "FINDINGS", "LESSONS",
)  # fmt: skip
_JUDGES = re.compile(
    r"(?<![^\s*])(?:Recommendations?|Conclusions?|Observations|Insights|Takeaways|"
    r"Executive Summary|Next Steps|Findings|Lessons(?: Learned)?|Interpretation|"
    r"Discussion|Limitations|Caveats|"
    r"RECOMMENDATIONS?|CONCLUSIONS?|OBSERVATIONS|INSIGHTS|EXECUTIVE SUMMARY|NEXT STEPS|"
    r"FINDINGS|LESSONS LEARNED)(?:\*\*)?:?[ \t\r]*$",
    re.MULTILINE,
)


def judges(text: str) -> bool:
    """Tell whether a text has a heading under which people and models judge, and no tool does."""
    return any(word in text for word in _JUDGING) and _JUDGES.search(text) is not None


class Talk:
    """Counts the words of sentences; one that a tool prints again and again counts once."""

    def __init__(self) -> None:
        self.words = 0
        self._seen: set[str] = set()

    def hear(self, line: str) -> None:
        """Add the words of a line that is a sentence, or part of one."""
        if len(line) < SHORTEST:
            return
        text = line.strip().removeprefix(_QUOTE)
        if text.isascii() and _SMALL_WORDS.isdisjoint(text.lower().split()):
            return
        if _LOGGED.match(text):
            return
        key = _KEY.match(text) if ":" in text or "=" in text else None
        spoken = (text[key.end() :] if key else text).lower().split()
        short = _FEWEST if text.endswith(_STOPS) else _LONG
        if len(spoken) < short:
            if not text.isascii():
                self.words += len(_WIDE.findall(text)) // 2
        elif not _SMALL_WORDS.isdisjoint(spoken):
            self._weigh(spoken)

    def _weigh(self, spoken: list[str]) -> None:
        plain = [word for part in spoken if (word := part.strip(_TRIM)) and _is_word(word)]
        if len(plain) >= _ALPHABETIC * len(spoken):
            small = sum(word in _SMALL_WORDS for word in plain)
            said = " ".join(plain)
            if small >= _SMALL * len(spoken) and said not in self._seen:
                self._seen.add(said)
                self.words += len(spoken)


def _is_word(word: str) -> bool:
    return word.isalpha() or word.replace("-", "").replace("'", "").replace("\u2019", "").isalpha()
