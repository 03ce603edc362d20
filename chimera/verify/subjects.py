"""Subjects: which groups, files and metrics a sentence speaks of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

from chimera.evidence.words import words
from chimera.verify.ground import Ground, Quantity, labels, said_by, title
from chimera.verify.names import Json, squeezed, stem
from chimera.verify.reading import MARK, Line
from chimera.verify.tokens import Token, read

SPOKEN: Final = frozenset(
    {
        "",
        "Summary",
        "Key findings",
        "Recommendations",
        "What the data cannot tell",
    }
)  # sections of sentences; the others are lists and tables
QUALITY: Final = words("accuracy bits_per_char perplexity loss")
_GROUP: Final = re.compile(rf"({MARK})(?: = ({MARK}))?")
_WORDY: Final = re.compile(r"(?<![\w.\\])[A-Za-z][\w.:+-]*[\w+]")
_FILE: Final = re.compile(r"\b[\w/-]+\.(?:csv|json|jsonl|tsv|md|txt|log|yaml|xml|ndjson)\b")
_SPELLINGS: Final = {
    "time to first token": "ttft", "first token": "ttft", "inter-token latency": "itl",
    "time per output token": "tpot", "bits per character": "bits_per_char", "load time": "load",
    "evaluation time": "eval", "prompt evaluation time": "prompt_eval",
    "tokens per second": "throughput", "accurate": "accuracy", "output speed": "throughput",
}  # fmt: skip
_ENDING: Final = re.compile(r"(?<=[.!?]) +(?=[A-Z\U000f0000-\U000ffffd])")
_LEAST: Final = 3  # letters of a word that can name a group without being code
_ORDINARY: Final = words(
    "all and are but for from has have its mean median min max not the this value values was with"
    " run runs row rows file files data model models group groups test tests result results main"
    " read best fast slow high low higher lower only none every each more less total name type"
    " base baseline build in at of on to is it as by or an be over than that there where which"
)


class Entity(NamedTuple):
    """A group or a file that a text names: where, and the keys and values of it."""

    start: int
    end: int
    parts: tuple[tuple[str, str], ...]

    def fits(self, fact: Json) -> bool:
        """Return whether a fact is about it."""
        about = labels(fact)
        return all(
            squeezed(fact["scope"].get(key, "\n")) == name if key else name in about
            for key, name in self.parts
        )

    @property
    def names(self) -> frozenset[str]:
        """The values that name it."""
        return frozenset(name for _, name in self.parts)


class Named(NamedTuple):
    """Metrics that a word of a text may mean."""

    start: int
    end: int
    metrics: frozenset[str]


@dataclass
class Sentence:
    """One sentence, or one row of a table, and all it speaks of."""

    text: str
    line: Line
    ground: Ground
    context: Sentence | None = None  # the sentence before it on the line
    tokens: list[Token] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tokens = read(self.text)

    @property
    def cited(self) -> list[str]:
        """Stems that stand behind it: those on its line."""
        return self.line.cited

    @cached_property
    def pool(self) -> list[Quantity]:
        """What its numbers can be: the facts cited, else those of the groups and files it names."""
        if self.cited:
            return list(self.ground.quantities(self.cited))
        claimed = [c for name in self.line.ids if (c := self.ground.claims.get(name))]
        if claimed:
            stems = dict.fromkeys(stem(f) for claim in claimed for f in claim["facts"])
            return list(self.ground.quantities(stems))
        if self.line.in_table or self.line.section not in SPOKEN:
            return []
        return [said for fact in self.about for said in said_by(fact)]

    @cached_property
    def about(self) -> list[Json]:
        """All facts on the groups, files and metrics named, whether cited or not."""
        files = self.files
        found: Iterable[Json] = [f for name in files for f in self.ground.paths.get(name, ())]
        if self.groups:
            known = [f for g in self.groups for f in facts_about(self.ground, g)]
            paths = set(files)
            found = [f for f in known if not paths or path_of(f) in paths]
        elif not files:
            found = self._counts()
        named = self.named_metrics
        return [f for f in found if not named or f["metric"] in named or f["statistic"] == "count"]

    def _counts(self) -> list[Json]:
        """Return the counts whose every word is in the text."""
        text = set(re.findall(r"[a-z]+", self.text.lower()))
        text |= {word + "s" for word in text}
        counts = [f for f in self.ground.document["facts"] if f["statistic"] == "count"]
        said = [fact for fact in counts if set(fact["metric"].lower().split()) <= text]
        whole = [fact for fact in said if "folder" not in fact["scope"]]
        alone = Counter(fact["metric"] for fact in said)
        known = {fact["metric"] for fact in whole}
        return whole + [f for f in said if alone[f["metric"]] == 1 and f["metric"] not in known]

    @cached_property
    def entities(self) -> list[Entity]:
        """Groups and files in the order of the text."""
        found: list[Entity] = []
        for match in _GROUP.finditer(self.text):
            spans = (s for m in match.groups() if m for s in self.line.spans_in(m))
            first, *rest = map(self.ground.whole, spans)
            parts = ((first, rest[0]),) if rest else (("", first),)
            found.append(Entity(match.start(), match.end(), parts))
        found += self._plain(bool(found))
        return self._merged(sorted(found))

    def _plain(self, spans: bool) -> list[Entity]:
        """Return groups named by a word outside of code."""
        known, loose = self.ground.labels, not spans and not self.cited and not self.line.ids
        return [
            Entity(m.start(), m.end(), (("", m.group()),))
            for m in _WORDY.finditer(self.text)
            if m.group() in known and (not m.group().isalpha() or (loose and _is_name(m.group())))
        ]

    def _merged(self, found: list[Entity]) -> list[Entity]:
        """Join neighbours that name one group by several of its labels."""
        joined: list[Entity] = []
        for one in found:
            last = joined[-1] if joined else None
            if last and self.text[last.end : one.start] == ", ":
                both = Entity(last.start, one.end, last.parts + one.parts)
                if facts_about(self.ground, both):
                    joined[-1] = both
                    continue
            joined.append(one)
        return joined

    @cached_property
    def groups(self) -> list[Entity]:
        """The entities that facts hold for."""
        return [one for one in self.entities if facts_about(self.ground, one)]

    @cached_property
    def files(self) -> list[str]:
        """The files it names, or that the sentence before it names."""
        paths = self.ground.paths
        named = [name for one in self.entities for _, name in one.parts if name in paths]
        return named or (self.context.files if self.context else [])

    @cached_property
    def unknown_files(self) -> list[str]:
        """File names outside of code that are nowhere in `report.json`."""
        pieces = self.ground.pieces
        return [m for m in _FILE.findall(self.text) if m.lower() not in pieces]

    @cached_property
    def metrics(self) -> list[Named]:
        """The metrics it names, in the order of the text."""
        return named_metrics(self.text, self.ground)

    @property
    def named_metrics(self) -> frozenset[str]:
        """All metrics named here, else in the sentence before."""
        found = frozenset(m for one in self.metrics for m in one.metrics)
        return found or (self.context.named_metrics if self.context else frozenset())

    def before(self, position: int, among: list[Entity] | None = None) -> Entity | None:
        """Return the last group that ends before a place."""
        found = [one for one in (among or self.groups) if one.end <= position]
        return found[-1] if found else None

    def after(self, position: int) -> Entity | None:
        """Return the first group that starts behind a place."""
        return next((one for one in self.groups if one.start >= position), None)


def sentences(text: str, line: Line, ground: Ground) -> list[Sentence]:
    """Return the sentences of a line whose names are marked; a row of a table is one."""
    parts = [text] if line.in_table else _ENDING.split(text)
    found: list[Sentence] = []
    for part in parts:
        found.append(Sentence(part, line, ground, found[-1] if found else None))
    return found


def path_of(fact: Json) -> str:
    """Return the file of a fact, as code spans show it."""
    return squeezed(fact["scope"].get("path", "."))


def named_metrics(text: str, ground: Ground) -> list[Named]:
    """Return the metrics a text names by their titles, the longest name first."""
    pattern, table = _titles(ground)
    return [Named(m.start(), m.end(), table[m.group().lower()]) for m in pattern.finditer(text)]


def _titles(ground: Ground) -> tuple[re.Pattern[str], dict[str, frozenset[str]]]:
    known = ground.spelled
    if known is None:
        metrics = {f["metric"] for f in ground.document["facts"] if f["statistic"] != "count"}
        table = {title(metric): frozenset({metric}) for metric in metrics}
        table |= {said: frozenset({m}) for said, m in _SPELLINGS.items() if m in metrics}
        if QUALITY & metrics:
            table["quality"] = QUALITY & metrics
        table.pop("value", None)
        names = "|".join(map(re.escape, sorted(table, key=len, reverse=True))) or "(?!)"
        known = ground.spelled = (
            re.compile(rf"(?<![\w-])(?:{names})(?![\w-])", re.IGNORECASE),
            table,
        )
    pattern, table = known
    return pattern, table


def facts_about(ground: Ground, entity: Entity) -> list[Json]:
    """Return the facts that hold for a group."""
    known = ground.groups.get(entity.parts)
    if known is None:
        key, name = entity.parts[0]
        known = ground.labels.get(name, [])
        if key or len(entity.parts) > 1:
            known = [fact for fact in known if entity.fits(fact)]
        ground.groups[entity.parts] = known
    return known


def _is_name(word: str) -> bool:
    return len(word) >= _LEAST and word.lower() not in _ORDINARY
