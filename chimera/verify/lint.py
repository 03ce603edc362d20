"""Lint: what no report holds, whatever its facts: duplicates, placeholders, foreign words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from chimera.language import FUNCTION_WORDS, speaks, words
from chimera.verify.ground import Ground
from chimera.verify.problems import Kind
from chimera.verify.reading import CITATION, MARK, Line
from chimera.verify.subjects import SPOKEN

_PLACEHOLDER: Final = re.compile(
    r"\[(?:TODO|TBD|FIXME|Your [^\]]*|Insert [^\]]*|Name|Date|Company[^\]]*)\]|\bTODO\b|\bTBD\b"
    r"|\bFIXME\b|\blorem ipsum\b|<(?:insert|your|todo)\b[^>]*>|\{\{?[a-z_ .]*\}\}?|\bX{2,}\b"
    r"|\?\?\?",
    re.IGNORECASE,
)
_MARKUP: Final = re.compile(
    r"(?<!\\)(?:https?:|ftp:)//\S+|\bwww\.\w\S*|(?<!\\)<(?:/?[a-z][a-z0-9]*\b[^>]*|!--)>?"
    r"|(?<!\\)\]\([^)]*\)|(?<!\\)&(?:#\d+|[a-z]+);",
    re.IGNORECASE,
)
_PROMPT: Final = re.compile(
    r"\bas an ai\b|\bsystem prompt\b|\bignore (?:all |any )?(?:previous|prior|above) instructions"
    r"|\breturn json\b|\bi (?:am sorry|cannot help|cannot assist)\b|\bhere (?:is|are) the"
    r" (?:json|report|rewritten)\b|<\|[a-z_]+\|>",
    re.IGNORECASE,
)
_LANGUAGE: Final = re.compile(r"^- Language: (\w+)", re.MULTILINE)
_MARKS: Final = re.compile(MARK)
_LEAST_WORDS: Final = 8
_SENTENCE_END: Final = re.compile(r"(?<=[.!?:;])\s+")
_LEAST_PROMPT: Final = 6
_LEAST_LETTERS: Final = 24


def _spoken(ground: Ground) -> set[str]:
    """Return the sentences of the prompts that are long enough to be told from others."""
    whole = {" ".join(agent["prompt"].split()) for agent in ground.document["run"]["agents"]}
    sentences = {one for prompt in whole for one in _SENTENCE_END.split(prompt)}
    found = sentences | {line.strip("-> *").strip() for line in ground.prompts}
    return {one for one in found if len(one.split()) >= _LEAST_PROMPT}


class Lint:
    """What is wrong with lines of a text, whatever they are about; remembers what it has read."""

    def __init__(self, ground: Ground) -> None:
        self._languages = {"en"} | {
            code
            for agent in ground.document["run"]["agents"]
            for code in _LANGUAGE.findall(agent["prompt"])
            if code in FUNCTION_WORDS
        }
        self._prompts = _spoken(ground)
        self._seen: set[tuple[str, str]] = set()
        self._open: str | None = None  # a heading without text so far

    def wrong(self, line: Line, text: str) -> Iterator[tuple[str, Kind]]:
        """Yield what is wrong with a line; `text` is it without quotations and citations."""
        if line.section == "Personas":
            return
        yield from self._headings(line)
        yield from _patterns(text)
        if line.in_table or not line.raw.strip() or line.raw.startswith("#"):
            return
        if line.section in SPOKEN:
            yield from self._duplicates(line)
        plain = _MARKS.sub(" ", text)
        if line.section in SPOKEN and not self._speaks(plain):
            yield plain.strip()[:40], "language"
        said = " ".join(line.raw.split())
        if any(sentence in said for sentence in self._prompts):
            yield line.raw.strip(), "prompt"

    def _headings(self, line: Line) -> Iterator[tuple[str, Kind]]:
        """Yield a heading that the next one of its level follows at once."""
        if line.raw.startswith("## "):
            if self._open is not None:
                yield self._open, "empty"
            self._open = line.raw
        elif line.raw.strip():
            self._open = None

    def _duplicates(self, line: Line) -> Iterator[tuple[str, Kind]]:
        """Yield a sentence that its section holds already."""
        said = re.sub(r"^\s*(?:\d+\.|-) +(?:\*{0,2}[CR][0-9a-z]{4}\*{0,2}:? )?", "", line.raw)
        said = CITATION.sub("", said).partition("Needed:")[0]
        if line.section != "Recommendations":  # advice may follow from several things
            said = re.sub(r" \([^()]*\)$", "", said)
        key = line.section, " ".join(said.lower().split())
        if len(key[1]) >= _LEAST_LETTERS:
            if key in self._seen:
                yield key[1][:40], "duplicate"
            self._seen.add(key)

    def _speaks(self, text: str) -> bool:
        """Return whether a text can be in one of the report's languages."""
        if text.isascii() and len(words(text)) < _LEAST_WORDS:
            return True
        return any(speaks(text, language) for language in self._languages)


def _patterns(text: str) -> Iterator[tuple[str, Kind]]:
    kinds: tuple[tuple[re.Pattern[str], Kind], ...] = (
        (_PLACEHOLDER, "placeholder"), (_MARKUP, "markup"), (_PROMPT, "prompt"),
    )  # fmt: skip
    for pattern, kind in kinds:
        match = pattern.search(text)
        if match:
            yield match.group(), kind
