"""Errors injected into true reports, one at a time, each of a kind, for measuring the verifier.

What is injected is false by construction: names come from elsewhere, numbers and statistics are
held against the report's own facts so that a change which happens to stay true is left out.
"""

import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise, takewhile
from typing import Any

from chimera.verify.text import Verifier

SPAN = re.compile(r"(?<!\\)`[^`]*`")
NUMBER = re.compile(r"(?<![\w.,:/-])\d[\d,]*(?:\.\d+)?(?![\w:/-]|\.\d)")
MASKED = re.compile(
    r"`[^`]*`|\[F[0-9a-z]+(?:, F[0-9a-z]+)*\]|^\s*\d+\. |\b[CR][0-9a-z]{4}\b"
    r"|\bF[0-9a-z]{6}\.\w+|\d{4}-\d\d-\d\d(?:T[\d:]+Z)?|\bp\d+\b"
)
UNITS = {
    "ms": "s", "s": "ms", "µs": "ms", "ns": "µs", "tok/s": "req/s", "req/s": "tok/s", "%": "pp",
    "bytes": "MB", "times": "%", "op/s": "op/us", "us/op": "ms/op", "MB": "GB",
}  # fmt: skip
UNIT = re.compile(r"(?<=\d )(ms|s|µs|ns|tok/s|req/s|%|bytes|times|op/s|us/op|MB)(?![\w/])")
HEADING_UNIT = re.compile(r"(?<=\()(ms|s|µs|ns|tok/s|req/s|%)(?=[,)])")
DIRECTIONS = (
    ("higher is better", "lower is better"), ("lower is better", "higher is better"),
    ("or less", "or more"), ("values above", "values below"), ("at least", "at most"),
    (" above ", " below "), ("faster", "slower"), ("slower", "faster"), ("higher", "lower"),
    ("lower", "higher"), ("rises", "falls"), ("falls", "rises"), ("more than", "less than"),
)  # fmt: skip
STATISTICS = (
    ("median", "mean"), ("medians", "means"), ("maximum", "minimum"), ("mean", "median"),
    ("p90", "p99"), ("p95", "p90"), ("p99", "p95"), ("max", "min"), ("min", "max"),
)  # fmt: skip
CONTEXT = 24


@dataclass(frozen=True)
class Injection:
    """One false text: its section with one change."""

    kind: str
    section: str
    line: int
    text: str  # the whole section, changed
    hint: str


@dataclass
class Section:
    """A section of a report: its heading and its lines."""

    name: str
    lines: list[str]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass
class Injector:
    """Makes errors of every kind out of one report."""

    markdown: str
    document: dict[str, Any]
    rng: random.Random
    facts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for fact in self.document["facts"]:
            self.facts.setdefault(fact["id"].partition(".")[0], []).append(fact)
        self.stems = re.findall(r"F[0-9a-z]{6}", " ".join(re.findall(r"\[F[^]]*\]", self.markdown)))
        self.claims = [claim["id"] for claim in self.document["claims"]]
        self.paths = [entry["path"] for entry in self.document["inventory"]["files"]]
        self.labels = sorted({
            value for fact in self.document["facts"] for key, value in fact["scope"].items()
            if key not in {"path", "column", "table", "definition", "folder"} and value.strip()
        })  # fmt: skip

    def sections(self) -> list[Section]:
        """Return the sections, the first without a heading."""
        found = [Section("", [])]
        for line in self.markdown.splitlines():
            if line.startswith("## "):
                found.append(Section(line[3:].strip(), []))
            found[-1].lines.append(line)
        return found

    def all(self) -> Iterator[Injection]:
        """Yield injections of every kind, each with one change."""
        for section in self.sections():
            if section.name in {"Personas", "Evidence"}:
                continue
            for index, line in enumerate(section.lines):
                if not line.strip() or line.startswith(("## ", "# ", "| ---", "Left out")):
                    continue
                for kind, changed, hint in self._changes(line, section, index):
                    if changed != line:
                        lines = [*section.lines[:index], changed, *section.lines[index + 1 :]]
                        yield Injection(kind, section.name, index, "\n".join(lines), hint)

    def _changes(self, line: str, section: Section, index: int) -> Iterator[tuple[str, str, str]]:
        yield from self._numbers(line, section)
        yield from self._units(line)
        yield from self._directions(line)
        yield from self._superlatives(line)
        yield from self._statistics(line, section, index)
        yield from self._entities(line, section)
        yield from self._citations(line)

    def _numbers(self, line: str, section: Section) -> Iterator[tuple[str, str, str]]:
        pool = [m for other in section.lines for m in self._shown(other)]
        for start, end, shown in self._placed(line):
            around = line[max(0, start - CONTEXT) : end + CONTEXT]
            count = re.search(r"\bn = $", line[:start]) is not None
            for name, other in self._others(shown, pool):
                if other != shown and not self._still_true(line, start, end, other):
                    kind = "n" if count else "number"
                    yield (
                        kind,
                        line[:start] + other + line[end:],
                        f"{name} {shown}->{other}: {around}",
                    )

    def _placed(self, line: str) -> Iterator[tuple[int, int, str]]:
        hidden = MASKED.sub(lambda m: "\0" * len(m.group()), line)
        for match in NUMBER.finditer(hidden):
            shown = match.group().rstrip(",")
            yield match.start(), match.start() + len(shown), shown

    def _shown(self, line: str) -> list[str]:
        return [] if line.startswith(("## ", "| ---")) else [s for _, _, s in self._placed(line)]

    def _others(self, shown: str, pool: list[str]) -> Iterator[tuple[str, str]]:
        digits = [i for i, letter in enumerate(shown) if letter.isdigit()]
        place = self.rng.choice(digits)
        digit = self.rng.choice([d for d in "123456789" if d != shown[place]])
        yield "digit", shown[:place] + digit + shown[place + 1 :]
        last = digits[-1]
        yield "last", shown[:last] + str((int(shown[last]) + 1) % 10) + shown[last + 1 :]
        whole, _, decimals = shown.replace(",", "").partition(".")
        value = float(f"{whole}.{decimals or 0}")
        yield "shift", f"{value * 10:,.{len(decimals)}f}"
        yield "near", f"{value * self.rng.choice((0.97, 1.03, 1.1)):,.{len(decimals)}f}"
        different = sorted({other for other in pool if other != shown})
        if different:
            yield "swap", self.rng.choice(different)

    def _still_true(self, line: str, start: int, end: int, other: str) -> bool:
        """Return whether a number is the same one written otherwise."""
        texts = [text.replace(",", "") for text in (line[start:end], other)]
        decimals = min(len(text.partition(".")[2]) for text in texts)
        one, two = map(float, texts)

        return abs(one - two) < 0.51 * 10.0**-decimals

    def _units(self, line: str) -> Iterator[tuple[str, str, str]]:
        hidden = SPAN.sub(lambda m: "\0" * len(m.group()), line)
        pattern = HEADING_UNIT if line.startswith("###") else UNIT
        for match in pattern.finditer(hidden):
            if match.group() == "%" and "interval" in line[match.end() : match.end() + 10]:
                continue
            other = UNITS[match.group()]
            yield (
                "unit",
                line[: match.start()] + other + line[match.end() :],
                f"{match.group()}->{other}",
            )

    def _directions(self, line: str) -> Iterator[tuple[str, str, str]]:
        if line.startswith(("Supported:", "| Risk")):
            return
        for old, new in DIRECTIONS:
            if old in line and "choos" not in line and "once per" not in line:
                yield "direction", line.replace(old, new, 1), f"{old}->{new}"
                break
        swapped = re.search(r"from (\S+ \S+) to (\S+ [^\s.]+)", line)
        if swapped and swapped.group(1) != swapped.group(2):
            a, b = swapped.groups()
            yield "direction", line.replace(swapped.group(), f"from {b} to {a}"), "ends swapped"
        signed = re.search(r"(median |\*\*|\` )(\d[\d,.]* (?:tok/s|ms|s))", line)
        if signed:
            yield "direction", line.replace(signed.group(2), "-" + signed.group(2), 1), "sign"

    def _superlatives(self, line: str) -> Iterator[tuple[str, str, str]]:
        for old, new in (("highest", "lowest"), ("lowest", "highest")):
            found = re.search(rf"`([^`]+)` is {old}", line)
            if not found:
                continue
            yield "superlative", line.replace(f"is {old}", f"is {new}", 1), f"{old}->{new}"
            others = self._rivals(found.group(1), line)
            for other in others[:2]:
                changed = line.replace(found.group(), f"`{other}` is {old}", 1)
                yield "superlative", changed, f"{found.group(1)}->{other} is {old}"

    def _rivals(self, leader: str, line: str) -> list[str]:
        stems = re.findall(r"F[0-9a-z]{6}", line)
        here = [f for stem in stems for f in self.facts.get(stem, [])]
        keys = {k for f in here for k, v in f["scope"].items() if v == leader}
        paths = {f["scope"].get("path") for f in here}
        return sorted({
            f["scope"][key] for f in self.document["facts"] for key in keys
            if f["scope"].get("path") in paths and key in f["scope"]
        } - {leader})  # fmt: skip

    def _statistics(
        self, line: str, section: Section, index: int
    ) -> Iterator[tuple[str, str, str]]:
        if section.name in {"Recommendations", ""} or line.startswith("Supported:"):
            return
        table = [line]
        if line.startswith("| Group"):
            table = list(takewhile(lambda row: row.startswith("|"), section.lines[index:]))
        hidden = MASKED.sub(
            lambda m: m.group() if re.fullmatch(r"p\d+", m.group()) else "\0" * len(m.group()), line
        )
        for old, new in STATISTICS:
            match = re.search(rf"\b{old}\b", hidden)
            if match is None or self._same(old, new, table):
                continue
            yield "statistic", line[: match.start()] + new + line[match.end() :], f"{old}->{new}"

    def _same(self, old: str, new: str, lines: list[str]) -> bool:
        """Return whether the facts behind lines have one value for both statistics."""
        names = {"medians": "median", "means": "mean", "maximum": "max", "minimum": "min"}
        one, other = names.get(old, old), names.get(new, new)
        stems = {s for text in lines for s in re.findall(r"F[0-9a-z]{6}", text)}
        pairs = []
        for stem in stems:
            values = {f["statistic"]: f["value"] for f in self.facts.get(stem, [])}
            if one in values:
                pairs.append((values[one], values.get(other)))
        return bool(pairs) and all(b is not None and f"{a:.4g}" == f"{b:.4g}" for a, b in pairs)

    def _entities(self, line: str, section: Section) -> Iterator[tuple[str, str, str]]:
        if line.startswith("### ") or "report.json" in line:
            return
        spans = [(m.start(), m.end(), m.group()[1:-1]) for m in SPAN.finditer(line)]
        present = {name for _, _, name in spans}
        for start, end, name in spans[:6]:
            if name in self.paths:
                other = self._other_path(name, line, section)
            elif name in self.labels:
                left = [label for label in self.labels if label not in present]
                other = self.rng.choice(left) if left else name
            else:
                other = name + "-2"
            yield "entity", f"{line[:start]}`{other}`{line[end:]}", f"{name}->{other}"
        yield from self._swaps(line)

    def _other_path(self, name: str, line: str, section: Section) -> str:
        """Return a file of which the line would not be true."""
        kinds = {
            e["path"]: (e["kind"], bool(e["tables"])) for e in self.document["inventory"]["files"]
        }
        others = [p for p in self.paths if p not in line and kinds[p][0] != kinds[name][0]]
        if section.name == "What was measured" and line.startswith("|"):
            title = line.split("|")[1].strip().partition(" (")[0].lower()
            holds = {
                f["scope"].get("path")
                for f in self.document["facts"]
                if f["metric"].replace("_", " ") in title or title in f["metric"]
            }
            others = [p for p in others if p not in holds]
        if line.startswith("`"):
            others = [p for p in self.paths if kinds[p][1]]
        return self.rng.choice(others) if others else name + "-2"

    def _swaps(self, line: str) -> Iterator[tuple[str, str, str]]:
        """Yield lines in which two groups with different numbers behind them change places."""
        found = list(re.finditer(r"`([^`]+)` (\d[\d,.]*)", line))
        for one, other in pairwise(found):
            if one.group(1) != other.group(1) and one.group(2) != other.group(2):
                a, b = f"`{one.group(1)}` ", f"`{other.group(1)}` "
                text = line[: one.start()] + b + line[one.start() + len(a) : other.start()]
                yield "entity", text + a + line[other.start() + len(b) :], f"{a}<->{b}"

    def _citations(self, line: str) -> Iterator[tuple[str, str, str]]:
        for found in list(re.finditer(r"F[0-9a-z]{6}(?=[,\]])", line))[:2]:
            other = self.rng.choice([s for s in self.stems if s not in line] or [found.group()])
            yield "citation", line[: found.start()] + other + line[found.end() :], "stem"
        match = re.search(r"\bC[0-9a-z]{4}\b", line)
        if match and len(self.claims) > 1:
            other = self.rng.choice([c for c in self.claims if c not in line])
            yield "citation", line[: match.start()] + other + line[match.end() :], "claim"


@dataclass
class Score:
    """How many injected errors of each kind were found, and how many true lines were flagged."""

    found: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    false_alarms: int = 0
    examples: list[Injection] = field(default_factory=list)

    def recall(self, kind: str) -> float:
        """Return the share of errors of a kind that were found."""
        total = self.found[kind] + self.missed[kind]
        return self.found[kind] / total if total else 1.0

    @property
    def precision(self) -> float:
        """Return the share of flagged lines that are wrong."""
        hits = sum(self.found.values())
        return hits / (hits + self.false_alarms) if hits else 0.0

    @property
    def kinds(self) -> list[str]:
        """Return the kinds measured."""
        return sorted(set(self.found) | set(self.missed))


def score(markdown: str, document: dict[str, Any], into: Score, *, seed: int, most: int) -> None:
    """Inject errors into a report and note which the verifier finds; at most so many of a kind."""
    verifier = Verifier(document)
    into.false_alarms += len({item.line for item in verifier.check(markdown).unsupported})
    rng = random.Random(seed)  # noqa: S311  seeded on purpose
    injections = list(Injector(markdown, document, rng).all())
    rng.shuffle(injections)
    taken: Counter[str] = Counter()
    for injection in injections:
        taken[injection.kind] += 1
        if taken[injection.kind] > most:
            continue
        if verifier.check(injection.text).unsupported:
            into.found[injection.kind] += 1
        else:
            into.missed[injection.kind] += 1
            into.examples.append(injection)
