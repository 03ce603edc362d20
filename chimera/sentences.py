"""Paragraphs and sentences of an answer: where they end, and which ids they cite."""

from __future__ import annotations

import re
from typing import Final

_FENCE: Final = re.compile(r"^(```|~~~).*?(?:^\1[`~]*\s*$|\Z)", re.MULTILINE | re.DOTALL)
_BLANK: Final = re.compile(r"\n\s*\n")
_HEADING: Final = re.compile(r"\s{0,3}#{1,6}\s.*|[|\-=_*\s]+")  # or a rule, which says nothing
_ITEM: Final = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s+")
_END: Final = re.compile(
    r"[.!?…]+[\"'\u201d\u2019»)*_]*"  # the end of a sentence, with what closes behind it
    r"(?:\s*\[[^\]\n]{1,80}\][.!?,;]?)*"  # citations behind the full stop belong before it
    r"(?=\s+[\"'\u201c\u2018«(\[*_`]*[^\W_a-z]|\s*$)"
)
_SHORT: Final = frozenset(
    {"al", "approx", "bzw", "ca", "cf", "d.h", "dr", "e.g", "eq", "etc", "fig", "i.e", "mr", "mrs"}
    | {"ms", "no", "prof", "sec", "st", "usw", "vol", "vs", "z.b"}
)
_LONGEST_SHORT: Final = 16  # characters looked at before a full stop
_INITIAL: Final = re.compile(r"(?:[A-Z]\.)*[A-Z]")
_LAST_WORD: Final = re.compile(r"[\w.]+$")
_ID: Final = r"(?:[A-Za-z](?=[\w:-]*\d)[\w.:-]*|\d{1,4})"  # looked ahead: linear in its length
_CITATION: Final = re.compile(rf"(?<![\w\\:,\[])(?<![:,] )\[({_ID}(?:[,;] ?{_ID})*)\]")


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a text: what blank lines part, without headings and code."""
    blocks = _BLANK.split(_FENCE.sub("\n\n", text))
    kept = (
        "\n".join(line for line in b.splitlines() if not _HEADING.fullmatch(line)) for b in blocks
    )
    return [block.strip() for block in kept if block.strip()]


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, without headings and code.

    A sentence ends with a full stop, or with its paragraph or item of a list. An abbreviation
    or an initial ends none, nor does a full stop before a small letter.
    """
    return [s for block in paragraphs(text) for item in _items(block) for s in _split(item)]


def cited(text: str) -> list[str]:
    """Return the ids in square brackets, such as [F12] or [F12, F13], each once and in order."""
    lists = (match.group(1) for match in _CITATION.finditer(text))
    return list(dict.fromkeys(name for ids in lists for name in re.split(r"[,;] ?", ids)))


def _items(block: str) -> list[str]:
    """Return the items of a list and what stands around them, each without line breaks."""
    found: list[str] = []
    for line in block.splitlines():
        mark = _ITEM.match(line)
        if mark or not found:
            found.append(line[mark.end() if mark else 0 :].strip())
        else:
            found[-1] += " " + line.strip()
    return found


def _split(text: str) -> list[str]:
    found, start = [], 0
    for match in _END.finditer(text):
        before = text[max(start, match.start() - _LONGEST_SHORT) : match.start()]
        if not _is_short(before, match.group()):
            found.append(text[start : match.end()].strip())
            start = match.end()
    found.append(text[start:].strip())
    return [sentence for sentence in found if re.search(r"\w", sentence)]


def _is_short(before: str, mark: str) -> bool:
    """Return whether a full stop belongs to an abbreviation or an initial."""
    last = _LAST_WORD.search(before)
    if mark != "." or last is None:
        return False
    word = last.group()
    return word.lower() in _SHORT or (bool(_INITIAL.fullmatch(word)) and word != "I")
