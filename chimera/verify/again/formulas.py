"""The formulas of facts: text goes in, what has to be computed comes out.

as written                        median(values)                   count(files where status = read)
ratio(Fa.median, Fb.median)       ratio_low(Fa, Fb, level=0.95)    holm(2, Fa.p_raw, Fb.p_raw)
max(0.0001, mann_whitney_p(Fa, Fb))                                Fa.max / Fb.median
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias


@dataclass(frozen=True, slots=True)
class Written:
    """The number is a cell."""


@dataclass(frozen=True, slots=True)
class OfValues:
    """A statistic of the cells that the fact's sources name; `where` chooses rows among them."""

    statistic: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """How many a query finds."""

    query: str


@dataclass(frozen=True, slots=True)
class LeastN:
    """The least n with `1 - quantile^n` at least `level`."""

    quantile: float
    level: float


@dataclass(frozen=True, slots=True)
class Reference:
    """A fact, by its id, or all values of a group, by their stem."""

    name: str

    @property
    def is_stem(self) -> bool:
        """Whether it stands for all values of a group."""
        return "." not in self.name


@dataclass(frozen=True, slots=True)
class Call:
    """A function of numbers, facts, groups and other calls."""

    name: str
    arguments: tuple[Argument, ...]
    options: Mapping[str, float] = field(default_factory=dict)


Argument: TypeAlias = "float | Reference | Call"
Formula: TypeAlias = Written | OfValues | Count | LeastN | Reference | Call

_WRITTEN: Final = {"as written", "as written by the tool"}
_COUNT: Final = re.compile(r"count\((.*)\)", re.DOTALL)
_OF_VALUES: Final = re.compile(r"([a-z][a-z0-9_.]*)\(values(?: where (.*))?\)", re.DOTALL)
_LEAST_N: Final = re.compile(r"least n with 1 - ([\d.]+)\^n >= ([\d.]+)")
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<fact>F[0-9a-z]+(?:\.[a-z][a-z0-9_.]*[a-z0-9])?)"
    r"|(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)"
    r"|(?P<name>[a-z][a-z0-9_]*)|(?P<sign>[(),=/]))"
)
_DEEPEST: Final = 20


def parse(text: str) -> Formula:
    """Return what a formula asks for.

    Raises:
        ValueError: It is in words, or in no grammar that is known here.

    """
    if text in _WRITTEN:
        return Written()
    if match := _COUNT.fullmatch(text):
        return Count(match[1])
    if match := _OF_VALUES.fullmatch(text):
        return OfValues(match[1], match[2] or "")
    if match := _LEAST_N.fullmatch(text):
        return LeastN(float(match[1]), float(match[2]))
    return _Parser(text).formula()


class _Parser:
    """Reads one formula from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(self._cut())
        self._at = 0

    def formula(self) -> Reference | Call:
        """Read all of it: a term, or one over another."""
        first = self._term(0)
        if self._take("/"):
            first = Call("ratio", (first, self._term(0)))
        if self._at != len(self._tokens) or isinstance(first, float):
            raise self._wrong()
        return first

    def _cut(self) -> list[tuple[str, str]]:
        tokens: list[tuple[str, str]] = []
        at, text = 0, self._text.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None or match.lastgroup is None:
                raise self._wrong()
            tokens.append((match.lastgroup, match[match.lastgroup]))
            at = match.end()
        return tokens

    def _term(self, depth: int) -> Argument:
        kind, word = self._next()
        if kind == "number":
            return float(word)
        if kind == "fact":
            return Reference(word)
        if kind == "name" and self._take("(") and depth < _DEEPEST:
            return self._call(word, depth)
        raise self._wrong()

    def _call(self, name: str, depth: int) -> Call:
        arguments: list[Argument] = []
        options: dict[str, float] = {}
        while not self._take(")"):
            if arguments or options:
                self._expect(",")
            if self._named():
                key = self._next()[1]
                self._expect("=")
                options[key] = self._number()
            elif options:
                raise self._wrong()  # what has no name stands first
            else:
                arguments.append(self._term(depth + 1))
        return Call(name, tuple(arguments), options)

    def _named(self) -> bool:
        two = self._tokens[self._at : self._at + 2]
        return [kind for kind, _ in two] == ["name", "sign"] and two[1][1] == "="

    def _number(self) -> float:
        kind, word = self._next()
        if kind != "number":
            raise self._wrong()
        return float(word)

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise self._wrong()
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, sign: str) -> bool:
        found = self._tokens[self._at : self._at + 1] == [("sign", sign)]
        self._at += found
        return found

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise self._wrong()

    def _wrong(self) -> ValueError:
        return ValueError(f"a formula in no grammar known here: {self._text}")
