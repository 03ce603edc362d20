"""Ground: what a `report.json` allows a report to say, looked up by the verifier.

It shares no code with what renders reports and reads nothing but the plain data of `report.json`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

from chimera.evidence.words import words
from chimera.verify.accounts import Account, accounts, quotes
from chimera.verify.names import Json, gather, shown_as, squeezed, stem

COUNTED: Final = "n"  # statistic of a quantity that is the n of a fact
PLAIN: Final = words("median mean average min max stdev value aggregate sum cv")

_SPAN: Final = re.compile(r"`([^`]*)`")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\dZ)?")
_STEM: Final = re.compile(r"\bF[0-9a-z]{4,}\b")
_FIXED: Final = {"report.json", "(empty)", "not given", "none"}
_CLAIMED: Final = ("claims", "refusals", "recommendations", "risks")
_WHERE: Final = ("path", "column", "table", "definition")
_PLACES: Final = frozenset({*_WHERE, *(f"{key} of the other" for key in _WHERE)})  # no labels
_DEEPEST: Final = 6  # facts of facts of facts
_PIECE: Final = re.compile(r"[A-Za-z0-9._]+")


class Quantity(NamedTuple):
    """A number of a cited fact: its value or its n."""

    value: float
    unit: str | None
    statistic: str
    metric: str
    names: frozenset[str]  # what the fact is about, as code spans show it
    fact: Json

    @property
    def derived(self) -> bool:
        """Whether it compares, counts or shares, rather than describes one group."""
        name = self.statistic
        return name != COUNTED and name not in PLAIN and not name.startswith(("p5", "p7", "p9"))


class Series(NamedTuple):
    """What facts have in common whose groups can be put in an order."""

    metric: str
    statistic: str
    unit: str | None
    place: tuple[str | None, ...]
    keys: tuple[str, ...]


class Ground:
    """Facts, names, dates, quotations and accounts of one `report.json`."""

    def __init__(self, document: Json) -> None:
        self.document = document
        self.facts: dict[str, list[Json]] = {}  # by stem
        for fact in document["facts"]:
            self.facts.setdefault(stem(fact["id"]), []).append(fact)
        self.groups: dict[tuple[tuple[str, str], ...], list[Json]] = {}  # filled as they are asked
        self.spelled: tuple[re.Pattern[str], dict[str, frozenset[str]]] | None = None
        self._quantities: dict[str, list[Quantity]] = {}
        self.ids = {item["id"] for key in ("claims", "refusals", "calls") for item in document[key]}
        texts: set[str] = {claim["leader"] for claim in document["claims"] if claim["leader"]}
        gather([document[key] for key in ("run", "inventory", "facts", "calls")], texts)
        self.names = {squeezed(text) for text in texts}
        self.dates = {text for text in self.names if _DATE.fullmatch(text)}
        self.said = _FIXED | _spans([document[key] for key in (*_CLAIMED, "narrative")])
        self.units = {fact["unit"] for fact in document["facts"] if fact["unit"]}
        self.statistics = {fact["statistic"] for fact in document["facts"]}
        self.metrics = {title(metric) for metric in {f["metric"] for f in document["facts"]}}
        self.quotes = quotes(document)
        self.prompts = {
            line.strip()
            for agent in document["run"]["agents"]
            for line in agent["prompt"].splitlines()
        }
        self.refusals = {r["id"]: set(map(stem, r["facts"])) for r in document["refusals"]}
        self.claims = {claim["id"]: claim for claim in document["claims"]}
        self.leaders = {
            claim["id"]: squeezed(claim["leader"])
            for claim in document["claims"]
            if claim["leader"]
        }
        self.claimed = [set(map(stem, claim["facts"])) for claim in document["claims"]]
        self.followed = [
            item["claims"] for key in ("recommendations", "risks") for item in document[key]
        ]

    def cited(self, stems: Iterable[str]) -> list[Json]:
        """Return the facts that stems stand for; an unknown one stands for none."""
        return [fact for name in stems for fact in self.facts.get(name, ())]

    def quantities(self, stems: Iterable[str]) -> Iterator[Quantity]:
        """Yield what the facts say that stems stand for."""
        for name in stems:
            if name in self.facts:
                yield from self._quantities_of(name)

    def _quantities_of(self, name: str) -> list[Quantity]:
        known = self._quantities.get(name)
        if known is None:
            facts = self.facts[name]
            known = self._quantities[name] = [said for fact in facts for said in said_by(fact)]
        return known

    def accounts(self, section: str) -> list[Account]:
        """Return the numbers of a section that account for the report itself."""
        return accounts(self.document, section)

    def knows(self, span: str) -> bool:
        """Return whether a code span stands in the document, as a whole or cut short."""
        if shown_as(span, self.names) or squeezed(span).lower() in self.metrics:
            return True
        return shown_as(span, self.said) and not any(letter.isdigit() for letter in span)

    def is_subject(self, span: str) -> bool:
        """Return whether a name is of a group or a file that facts hold for."""
        name = self.whole(span)
        return name in self.labels or name in self.paths or name in self.files

    def whole(self, span: str) -> str:
        """Return the name of a group or file that a code span shows, cut short or not."""
        name = squeezed(span)
        if name == "(empty)" and "" in self.labels:
            return ""
        if not name.endswith("…") or name in self.labels or name in self.paths:
            return name
        known = (*self.labels, *self.paths)
        return next((one for one in known if one.startswith(name[:-1])), name)

    def speaks_of(self, stems: list[str], span: str) -> bool:
        """Return whether facts are about a name, or a claim or refusal that rests on them is."""
        facts = self.cited(stems)
        known: set[str] = set()
        for fact in facts:
            known |= {squeezed(text) for pair in fact["scope"].items() for text in pair}
            known |= {squeezed(source["path"]) for source in fact["sources"]}
            known |= self.operands(fact)
        if shown_as(span, known):
            return True
        cited = set(stems)
        return any(f"`{span}`" in text for text, used in self._sentences if used == cited)

    @cached_property
    def _sentences(self) -> list[tuple[str, set[str]]]:
        """Sentences of claims and refusals, and the facts behind them."""
        document = self.document
        said = [(claim["text"], claim["facts"]) for claim in document["claims"]]
        said += [(f"{r['reason']} {r['needs']}", r["facts"]) for r in document["refusals"]]
        return [(text, set(map(stem, facts))) for text, facts in said]

    def backing(self, claim: str) -> set[str] | None:
        """Return the stems of the facts behind a claim; None if there is no such claim."""
        found = self.claims.get(claim)
        return None if found is None else set(map(stem, found["facts"]))

    @cached_property
    def labels(self) -> dict[str, list[Json]]:
        """Facts by the labels and settings they hold for."""
        found: dict[str, list[Json]] = defaultdict(list)
        for fact in self.document["facts"]:
            for name in labels(fact):
                found[name].append(fact)
        return dict(found)

    @cached_property
    def titled(self) -> dict[str, list[Json]]:
        """Facts by the title of their metric."""
        found: dict[str, list[Json]] = defaultdict(list)
        for fact in self.document["facts"]:
            found[title(fact["metric"])].append(fact)
        return dict(found)

    @cached_property
    def paths(self) -> dict[str, list[Json]]:
        """Facts by their file."""
        found: dict[str, list[Json]] = defaultdict(list)
        for fact in self.document["facts"]:
            found[squeezed(fact["scope"].get("path", "."))].append(fact)
        return dict(found)

    @cached_property
    def series(self) -> dict[Series, list[Json]]:
        """The full set of facts that one metric and statistic has in one table."""
        found: dict[Series, list[Json]] = defaultdict(list)
        for fact in self.document["facts"]:
            if "path" in fact["scope"]:
                found[series_of(fact)].append(fact)
        return dict(found)

    @cached_property
    def pieces(self) -> frozenset[str]:
        """Every name, and every piece of one that punctuation sets apart."""
        return frozenset(
            piece.lower() for name in self.names for piece in (name, *_PIECE.findall(name))
        )

    @cached_property
    def files(self) -> dict[str, Json]:
        """The files of the inventory by path."""
        return {squeezed(entry["path"]): entry for entry in self.document["inventory"]["files"]}

    def operands(self, fact: Json, depth: int = _DEEPEST) -> frozenset[str]:
        """Return the labels of all groups that a derived fact was computed from."""
        found: set[str] = set(labels(fact))
        text = " ".join((fact["formula"], *fact["scope"].values()))
        for name in set(_STEM.findall(text)) - {stem(fact["id"])} if depth else ():
            for other in self.facts.get(name, ())[:1]:
                found |= self.operands(other, depth - 1)
        return frozenset(found | self._beside(fact))

    def _beside(self, fact: Json) -> set[str]:
        """Return the labels of the groups whose values stand where those of a fact do."""
        places = {(s["path"], s["locator"]) for s in fact["sources"]}
        return {name for place in places for name in self._placed.get(place, ())}

    @cached_property
    def _placed(self) -> dict[tuple[str, str], frozenset[str]]:
        found: dict[tuple[str, str], frozenset[str]] = {}
        for facts in self.facts.values():
            fact = facts[0]
            if fact["statistic"] in PLAIN:
                for source in fact["sources"]:
                    found[source["path"], source["locator"]] = labels(fact)
        return found


@lru_cache(maxsize=4096)
def title(metric: str) -> str:
    """Return the name of a metric as code spans show it."""
    return " ".join(metric.replace("_", " ").split()).lower()


def labels(fact: Json) -> frozenset[str]:
    """Return the labels and settings a fact holds for, as code spans show them."""
    return frozenset(squeezed(v) for k, v in fact["scope"].items() if k not in _PLACES)


def series_of(fact: Json) -> Series:
    """Return the series a fact belongs to."""
    scope = fact["scope"]
    return Series(
        fact["metric"],
        fact["statistic"],
        fact["unit"],
        tuple(scope.get(key) for key in _WHERE),
        tuple(key for key in scope if key not in _PLACES),
    )


def said_by(fact: Json) -> Iterator[Quantity]:
    """Yield what one fact says: its value, and its n."""
    about = frozenset(squeezed(text) for text in (*fact["scope"], *fact["scope"].values()))
    metric = fact["metric"]
    yield Quantity(fact["value"], fact["unit"], fact["statistic"], metric, about, fact)
    if fact["n"] is not None and fact["statistic"] != "count":
        yield Quantity(fact["n"], None, COUNTED, metric, about, fact)


def _spans(data: object) -> set[str]:
    texts: set[str] = set()
    gather(data, texts)
    return {span for text in texts for span in _SPAN.findall(text)}
