"""Numbers: whether one is what a cited fact says, in its unit and statistic."""

from __future__ import annotations

import re
from typing import Final

from chimera.verify.accounts import Account
from chimera.verify.counting import file_before, is_counted
from chimera.verify.ground import Quantity, labels
from chimera.verify.names import squeezed
from chimera.verify.problems import Kind
from chimera.verify.speech import TIMES, Says, column_says, is_level, says
from chimera.verify.subjects import Entity, Sentence
from chimera.verify.tokens import Token
from chimera.verify.units import PERCENT, converted, measure

LEAST_PRECISE: Final = 0.05  # no number of a fact is further from it than this share
_SCALES: Final = (1.0, 1e3, 1e6, 1e9, 1e-3, 1e-6)
_RATIOS: Final = frozenset({"share", "points", "factor"})
_FINEST: Final = 1e-14
_COUNT_UNITS: Final = frozenset({None, "count", "tokens", "tok", "chars"})
_SHARES: Final = ("share", "accuracy", "rate", "efficiency", "level")
_TIMES_THE: Final = re.compile(r" the (median|mean|maximum|minimum)\b")
_STATISTIC: Final = re.compile(r"\.(median|mean|max|min)\b")
_GROUPS: Final = re.compile(
    r" (?:models?|groups?|configurations?|settings?|levels?|variants?)\b|[,;.]"
)
_SHORT: Final = {"maximum": "max", "minimum": "min"}
_FOLLOWS: Final = re.compile(r" (?:of|for|at|below|in|on|against|by) (?:the )?$")


def fault(token: Token, sentence: Sentence, accounts: list[Account]) -> Kind | None:
    """Return what is wrong with a number as written; None if it is supported."""
    if is_level(token, sentence):
        return None
    column = sentence.line.column(sentence.text, token.start)
    spoken = column_says(column, token) if column else None
    unit = token.unit or (sentence.line.unit if sentence.line.in_table else "") or ""
    kind = _in_facts(token, sentence, spoken or says(token, sentence), unit)
    if kind and (_in_accounts(token, sentence, accounts) or _counts_groups(token, sentence)):
        return None
    return kind


def _in_facts(token: Token, sentence: Sentence, spoken: Says, unit: str) -> Kind | None:
    """Look for the number among the quantities of its sentence."""
    worst: Kind = "number"
    bound = None
    for quantity in sentence.pool:
        if not _fits(quantity, token, unit):
            if worst == "number" and token.unit and _is_scaled(quantity.value, token):
                worst = "unit"
            continue
        if not spoken(quantity) or not _multiplies(quantity, token, sentence.text):
            worst = "statistic"
            continue
        bound = _bindings(token, sentence) if bound is None else bound
        if _is_of(quantity, bound, sentence) and is_counted(quantity, token, sentence):
            return None
        worst = "entity"
    return worst


def _multiplies(quantity: Quantity, token: Token, text: str) -> bool:
    """Return whether a factor of a statistic, `1.2 times the median`, was computed from it."""
    of = _TIMES_THE.match(text, token.behind) if token.unit in TIMES else None
    parts = set(_STATISTIC.findall(quantity.fact["formula"]))
    return of is None or not parts or _SHORT.get(of.group(1), of.group(1)) in parts


def _fits(quantity: Quantity, token: Token, unit: str) -> bool:
    """Return whether a quantity, in the unit shown, rounds to the number shown.

    A quantity without a unit cannot stand before a stated one; in a table it can be a count.
    """
    own, value = quantity.unit, quantity.value
    if own == unit or (own in _COUNT_UNITS and not token.unit):
        return _rounds(value, token)
    if own in _COUNT_UNITS and unit in TIMES:
        return _rounds(value, token)
    if own is None and unit in {PERCENT, "percent"} and _is_share(quantity):
        return _rounds(value * 100, token)
    into = converted(value, own, unit)
    return into is not None and _rounds(into, token)


def _is_share(quantity: Quantity) -> bool:
    about = f"{quantity.statistic} {quantity.metric}"
    if quantity.statistic.startswith("change"):
        return True
    return 0 <= quantity.value <= 1 and any(word in about for word in _SHARES)


def _is_scaled(value: float, token: Token) -> bool:
    """Return whether a value would be the number shown in another unit or of another prefix."""
    found = measure(token.unit)
    scales = (1.0,) if found is None or found.what in _RATIOS else _SCALES
    return any(_rounds(value * scale, token) for scale in scales)


def _rounds(value: float, token: Token) -> bool:
    """Return whether a value, rounded as the number is, is the number shown."""
    if token.step > _FINEST and abs(token.value - value) > LEAST_PRECISE * abs(value):
        return False
    return rounds_to(value, token.value, token.step)


def rounds_to(value: float, shown: float, step: float) -> bool:
    """Return whether a value, rounded to a multiple of a step, is a number shown."""
    if step == 1 and value == int(value):
        return shown == value
    return abs(shown - value) <= 0.5 * step * 1.000001 + 1e-12 * abs(value)


def _bindings(token: Token, sentence: Sentence) -> list[Entity]:
    """Return the groups and files whose number it has to be: those named next to it."""
    if sentence.line.in_table:
        return []
    return [one for one in (_group(token, sentence), file_before(token, sentence)) if one]


def _group(token: Token, sentence: Sentence) -> Entity | None:
    """Return the group named nearest before a number, or right behind it."""
    known = [e for e in sentence.groups if any(_about(q, e) for q in sentence.pool)]
    last = next((e for e in reversed(known) if e.end <= token.start), None)
    first = next((e for e in known if e.start >= token.behind), None)
    if first and _FOLLOWS.fullmatch(sentence.text[token.behind : first.start]):
        return first
    return last


def _about(quantity: Quantity, entity: Entity) -> bool:
    """Return whether a quantity is of a group or file."""
    return all(name in quantity.names for name in entity.names)


def _is_of(quantity: Quantity, bound: list[Entity], sentence: Sentence) -> bool:
    """Return whether a quantity is of the groups and files named, or compares them."""
    if quantity.fact["statistic"] == "count" or not quantity.fact["scope"]:
        return True
    left = [entity for entity in bound if not _about(quantity, entity)]
    if not left or not quantity.derived:
        return not left
    compared = sentence.ground.operands(quantity.fact)
    return all(entity.names <= compared for entity in left)


def _in_accounts(token: Token, sentence: Sentence, accounts: list[Account]) -> bool:
    """Return whether a number is one of its section's accounts, with the words around it."""
    same = [a for a in accounts if rounds_to(a.value, token.value, token.step)]
    same = [a for a in same if _in_unit(a, token)]
    if not same:
        return False
    around = sentence.line.around(sentence.text, token)
    return any(account.around <= around for account in same)


def _counts_groups(token: Token, sentence: Sentence) -> bool:
    """Return whether a number counts the groups that a series of the file named has."""
    if sentence.cited or not _GROUPS.match(sentence.text, token.end):
        return False
    series = sentence.ground.series.items()
    files = set(sentence.files)
    sizes = {
        len({labels(f) for f in facts})
        for key, facts in series
        if squeezed(key.place[0] or "") in files
    }
    return token.value in sizes


def _in_unit(account: Account, token: Token) -> bool:
    if not token.unit:
        return account.unit is None
    if account.unit is None:
        return False
    return converted(1.0, account.unit, token.unit) == 1.0
