"""Facts computed again from the bytes of their files, by a way of their own.

The independent follower of locators gives the cells, `written` reads them, `formulas` reads what is
to be computed, `figures` and `ranks` compute it, `counts` counts what the inventory lists.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

from chimera.evidence.words import words
from chimera.verify.again import figures
from chimera.verify.again.cells import Files, Opened, OutOfReachError, Read
from chimera.verify.again.counts import counted
from chimera.verify.again.formulas import (
    Argument,
    Call,
    Count,
    Formula,
    LeastN,
    OfValues,
    Reference,
    Written,
    parse,
)
from chimera.verify.again.written import margin_of, number_in, same_kind, unit_in

Json = Mapping[str, Any]
Status = Literal["confirmed", "differs", "changed", "unreachable", "not_recomputable", "too_large"]
STATUSES: Final[tuple[Status, ...]] = (
    "confirmed",
    "differs",
    "changed",
    "unreachable",
    "not_recomputable",
    "too_large",
)
_MEGA: Final = 1024 * 1024
MOST_BYTES: Final = 16 * _MEGA
"""Bytes of one file up to which it is read again."""
MOST_BYTES_IN_ALL: Final = 256 * _MEGA
"""Bytes of all files together up to which they are read again."""
_WRITTEN: Final = 1e-9  # relative: what binary fractions hide
_DERIVED: Final = 1e-6
_RARE: Final = 1e-4  # p-values below are shown as "below"
_DEEPEST: Final = 12  # facts of facts
_SUFFIX: Final = re.compile(r"(?:[(\[]\s*([^()\[\]]+?)\s*[)\]]|_([a-z]+))\s*\Z", re.IGNORECASE)
_MEANS_A_UNIT: Final = words("ns us ms s sec secs seconds msec usec kb mb gb kib mib gib")
_INVENTORY: Final = "."
_SEVERE: Final = "values beyond 3 interquartile ranges from the quartiles"
_BEHIND: Final = "items behind "  # a number of items that the tool states with its figure


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one fact."""

    fact: str  # id
    status: Status
    reason: str = ""  # what was found instead, or why there is nothing
    found: float | None = None


@dataclass(frozen=True, slots=True)
class Recomputation:
    """What became of every fact that was asked for, in the order of the report."""

    outcomes: tuple[Outcome, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many facts came out how, every status named."""
        found = Counter(outcome.status for outcome in self.outcomes)
        return {status: found[status] for status in STATUSES}

    def of(self, *statuses: Status) -> list[Outcome]:
        """Return the outcomes of these kinds."""
        return [outcome for outcome in self.outcomes if outcome.status in statuses]


def recompute(
    document: Json,
    read: Read,
    stems: Iterable[str] | None = None,
    *,
    most: int = MOST_BYTES,
    total: int = MOST_BYTES_IN_ALL,
) -> Recomputation:
    """Compute the facts of a report again from its files.

    A number as written has to be the same to a relative 1e-9, one that was computed to 1e-6; of
    two p-values below 1e-4 the size does not matter. The number of cells has to be the fact's n,
    and a unit that the name of a column ends in that of the fact.

    Args:
        document: A `report.json`, as plain data.
        read: Gives a file by its path in the inventory: its bytes, and their SHA-256.
        stems: Facts to compute, by stem; all where it is None. What they rest on is computed, too.
        most: Bytes of a file above which it is not read.
        total: Bytes of all files above which no more are read.

    """
    again = _Again(document, Files(document["inventory"]["files"], read, most, total))
    wanted = None if stems is None else set(stems)
    return Recomputation(
        tuple(
            again.outcome(fact["id"])
            for fact in document["facts"]
            if wanted is None or _stem(fact["id"]) in wanted
        )
    )


class _Again:
    """One report that is computed again."""

    def __init__(self, document: Json, files: Files) -> None:
        self._document, self._files = document, files
        self._facts: dict[str, Json] = {fact["id"]: fact for fact in document["facts"]}
        self._groups: dict[str, Json] = {}  # stem -> the fact that names its values
        for fact in document["facts"]:
            if fact["sources"] and _names_values(fact["formula"]):
                self._groups.setdefault(_stem(fact["id"]), fact)
        self._known: dict[str, Outcome] = {}
        self._values: dict[tuple[str | None, ...], list[float]] = {}
        self._resting: dict[str, str] = {}  # fact -> one it rests on that is not recomputable
        self._open: list[str] = []  # facts under way, each resting on the next

    def outcome(self, name: str) -> Outcome:
        """Return what becomes of a fact, computed once."""
        if name not in self._known:
            self._known[name] = self._computed(self._facts[name])
        return self._known[name]

    def _computed(self, fact: Json) -> Outcome:
        name = fact["id"]
        self._open.append(name)
        try:
            formula = parse(fact["formula"])
            found = self._value(fact, formula)
            wrong = self._wrong(fact, formula, found)
        except OutOfReachError as error:
            return Outcome(name, cast("Status", error.status), str(error))
        except (ValueError, TypeError, ArithmeticError, LookupError) as error:
            return Outcome(name, "not_recomputable", str(error) or type(error).__name__)
        finally:
            self._open.pop()
        if wrong:
            return Outcome(name, "differs", wrong, found)
        if name in self._resting:
            reason = f"it rests on what is not recomputable: {self._resting[name]}"
            return Outcome(name, "not_recomputable", reason)
        changed = self._changed(fact, formula)
        return Outcome(name, "changed" if changed else "confirmed", changed, found)

    def _value(self, fact: Json, formula: Formula) -> float:
        match formula:
            case Written():
                values = self._cells(fact)
                if len(values) != 1:
                    raise ValueError(f"{len(values)} cells for one number")
                return values[0]
            case OfValues(where=""):
                return figures.statistic(formula.statistic, self._cells(fact))
            case OfValues():
                raise ValueError("its rows are chosen by a query of a large table")
            case Count():
                return self._count(fact, formula.query)
            case LeastN():
                n = math.ceil(math.log1p(-formula.level) / math.log(formula.quantile))
                return float(n)
        return self._number(formula)

    def _count(self, fact: Json, query: str) -> float:
        found = counted(query, self._document)
        if found is not None:
            return found
        if query == _SEVERE:
            return figures.severe(self._cells(fact))
        if query.startswith(_BEHIND):
            return float(self._facts[query.removeprefix(_BEHIND)]["n"])
        places = [one for one in fact["sources"] if one["path"] != _INVENTORY]
        if not any(query.endswith(f" in {one['path']}") for one in places):
            raise ValueError(f"no place names what is counted: {query}")
        return sum(1 for one in places for _ in self._files.open(one["path"]).cells(one["locator"]))

    def _number(self, argument: Argument) -> float:
        found = self._argument(argument)
        if isinstance(found, list):
            raise TypeError("values of a group where a number belongs")
        return found

    def _argument(self, argument: Argument) -> float | list[float]:
        if isinstance(argument, float):
            return argument
        if isinstance(argument, Reference):
            if argument.is_stem and argument.name in self._groups:
                return self._cells(self._groups[argument.name])
            return self._referred(argument.name)
        return self._called(argument)

    def _called(self, call: Call) -> float:
        arguments = [self._argument(one) for one in call.arguments]
        function = figures.FUNCTIONS.get(call.name)
        if function is not None:
            return float(function(*arguments, **call.options))
        if len(arguments) == 1 and isinstance(arguments[0], list):
            return figures.statistic(call.name, arguments[0])
        raise ValueError(f"no function {call.name!r} is known here")

    def _referred(self, name: str) -> float:
        """Return a fact as it was computed again, whether or not it is what the report says."""
        if name not in self._facts:
            raise ValueError(f"there is no fact {name}")
        if name in self._open or len(self._open) > _DEEPEST:
            raise ValueError("facts that rest on each other")
        outcome = self.outcome(name)
        if outcome.status == "not_recomputable":
            self._resting[self._open[-1]] = name  # the arithmetic can still be held against it
            return float(self._facts[name]["value"])
        if outcome.found is None:
            raise OutOfReachError(outcome.status, outcome.reason)
        return outcome.found

    def _cells(self, fact: Json) -> list[float]:
        """Return the numbers of the cells that a fact's sources name, in the fact's unit."""
        places = (
            part for source in fact["sources"] for part in (source["path"], source["locator"])
        )
        key = (fact["unit"], fact["scope"].get("column"), *places)
        if key not in self._values:
            self._values[key] = list(self._read(fact))
        return self._values[key]

    def _read(self, fact: Json) -> Iterator[float]:
        for source in fact["sources"]:
            file = self._files.open(source["path"])
            for cell in file.cells(source["locator"]):
                value = _in_unit(cell, file, fact)
                if value is None:
                    place = f"{source['path']}, {source['locator']}"
                    raise OutOfReachError("unreachable", f"{cell[:24]!r} is no number ({place})")
                yield value

    def _wrong(self, fact: Json, formula: Formula, found: float) -> str:
        """Return what is wrong with a fact; empty where it is right."""
        if not _agree(fact, found, formula):
            return f"the files say {found:.12g}"
        if isinstance(formula, OfValues) and formula.statistic != fact["statistic"]:
            return f"it is a {formula.statistic}, no {fact['statistic']}"
        n = fact["n"]
        if _is_raw(fact) and n is not None and n != len(self._cells(fact)):
            return f"n is {n}, but its places hold {len(self._cells(fact))} numbers"
        return self._wrong_unit(fact) if isinstance(formula, Written | OfValues) else ""

    def _wrong_unit(self, fact: Json) -> str:
        named = _named_unit(fact["scope"].get("column", ""))
        factor = same_kind(named, fact["unit"] or "") if named else None
        if factor is None or factor == 1 or self._say_units(fact):
            return ""
        return f"the column {fact['scope']['column']!r} is in {named}"

    def _say_units(self, fact: Json) -> bool:
        cells = (
            cell
            for source in fact["sources"]
            for cell in self._files.open(source["path"]).cells(source["locator"])
        )
        return any(map(unit_in, cells))

    def _changed(self, fact: Json, formula: Formula) -> str:
        """Return which file is not what it was, though the numbers are."""
        for source in fact["sources"]:
            path = source["path"]
            if path == _INVENTORY or isinstance(formula, Count | LeastN):
                continue
            if self._files.open(path).changed:
                return f"{path} is not the file that was read"
        return ""


def _in_unit(cell: str, file: Opened, fact: Json) -> float | None:
    if fact["scope"].get("column", "").endswith("±"):
        cell = margin_of(cell)
    comma = "," in cell and file.decimal_comma
    return number_in(cell, fact["unit"], decimal_comma=comma)


def _agree(fact: Json, found: float, formula: Formula) -> bool:
    value = fact["value"]
    if not isinstance(value, int | float):
        return False
    if isinstance(formula, Call) and fact["statistic"].startswith("p_"):
        if value <= _RARE and found <= _RARE:
            return True
        return math.isclose(value, found, rel_tol=_DERIVED, abs_tol=_DERIVED)
    exact = isinstance(formula, Written)
    return math.isclose(value, found, rel_tol=_WRITTEN if exact else _DERIVED, abs_tol=1e-300)


def _is_raw(fact: Json) -> bool:
    return fact["formula"] == "as written" or "(values" in fact["formula"]


def _names_values(formula: str) -> bool:
    return formula.startswith("as written") or formula.endswith("(values)")


def _named_unit(column: str) -> str:
    """Return the unit in brackets behind a column's name, or of a suffix that can be no else."""
    match = _SUFFIX.search(column.rpartition("/")[2])
    if match is None:
        return ""
    suffix = (match[2] or "").lower()
    return match[1] or (suffix if suffix in _MEANS_A_UNIT else "")


def _stem(fact_id: str) -> str:
    return fact_id.partition(".")[0]
