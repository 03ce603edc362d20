"""The collector's brief: what the folder holds, in bullet points, its figures printed by code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from chimera.evidence.failed import once
from chimera.evidence.records import Inventory, Table
from chimera.gist import gist
from chimera.markup import code, plain
from chimera.models.schema import Id
from chimera.prose import Gate
from chimera.slots import broken, quoted, trusted, wrong_ids

MOST_WORDS: Final = 250
LONGEST: Final = 40  # characters of a lead
MOST_SHOWN: Final = 12  # items a model is shown
SHOWN_BYTES: Final = 450
_MOST_KINDS: Final = 6
_MOST_PROBLEMS: Final = 3
_STATUSES: Final = ("failed", "read", "skipped", "duplicate")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing the brief can say."""

    id: str
    topic: str
    text: str


class Bullet(BaseModel):
    """One bullet of the model's brief."""

    model_config = ConfigDict(extra="forbid")

    item: Id = Field(description="Id of the item to state.")
    lead: str = Field(
        json_schema_extra={"maxLength": LONGEST},
        description="A few words that open it; no digits; may be empty.",
    )


class BriefPlan(BaseModel):
    """The collector's answer: which items to state, in which order, with which leads."""

    model_config = ConfigDict(extra="forbid")

    bullets: list[Bullet] = Field(max_length=4, description="First what matters most.")


class BriefOrder(BaseModel):
    """A small model's answer: which items to state first."""

    model_config = ConfigDict(extra="forbid")

    items: list[Id] = Field(max_length=6, description="Ids of items, first what matters most.")


@dataclass(slots=True)
class Brief:
    """A brief as Markdown bullets, and what of the model's plan it leaves out, and why."""

    text: str
    dropped: int = 0
    reasons: list[str] = field(default_factory=list)


def items(inventory: Inventory, tables: Sequence[Table]) -> list[Item]:
    """Return what can be said of an inventory, what matters most first."""
    said = [("directory coverage", _coverage(inventory, tables))]
    said += [("files of a type", text) for text in _kinds(inventory)]
    said += [("failed runs", text) for text in _failed(inventory)]
    said += [("gaps", text) for text in _gaps(inventory)]
    said += [("problems", text) for text in _problems(inventory)]
    return [Item(f"I{n}", topic, text) for n, (topic, text) in enumerate(said, start=1)]


def render(
    found: Sequence[Item], plan: BriefPlan | BriefOrder | None = None, gate: Gate | None = None
) -> Brief:
    """Return the brief, of at most 250 words.

    A plan orders the items and adds leads; what it leaves out follows in the usual order, since a
    gap must not vanish because a model did not care for it. A plan most of whose ids are unknown is
    not used, nor are leads that together break the persona's rules.
    """
    bullets = _bullets(plan)
    known = {item.id: item for item in found}
    ids = [bullet.item for bullet in bullets]
    if not trusted(ids, known):
        reason = "most of the ids are not among those given"
        return Brief(_lines(found, {})[0], len(bullets), [reason])
    reasons = wrong_ids("bullets", ids, known)
    leads = _leads(bullets, known, gate or Gate(), reasons)
    if gate and (wrong := broken(gate, [lead for lead in leads.values() if lead])):
        reasons += wrong
        leads = dict.fromkeys(leads, "")
    text, used = _lines(found, leads)
    said = sum(bool(b.lead.strip()) for b in bullets if b.item in known)
    unused = len(ids) - len(leads)  # unknown, or there twice
    return Brief(text, max(said - used, 0) + unused, quoted(reasons))


def _bullets(plan: BriefPlan | BriefOrder | None) -> list[Bullet]:
    if isinstance(plan, BriefOrder):
        return [Bullet(item=name, lead="") for name in plan.items]
    return plan.bullets if plan else []


def _leads(
    bullets: Sequence[Bullet], known: Mapping[str, Item], gate: Gate, reasons: list[str]
) -> dict[str, str]:
    """Return the leads of known items in the order of the plan; empty where one cannot stay."""
    leads: dict[str, str] = {}
    for bullet in bullets:
        item = known.get(bullet.item)
        if item is None or item.id in leads:
            continue
        lead = bullet.lead.strip().rstrip(":.")
        about = (item.topic, item.text)
        wrong = gate.flaws(lead, about=about, longest=LONGEST) if lead else []
        reasons += [f"lead: {reason}" for reason in wrong]
        leads[item.id] = "" if wrong else lead
    return leads


def _lines(found: Sequence[Item], leads: Mapping[str, str]) -> tuple[str, int]:
    """Return the bullets, those with a lead first, and how many leads there was room for."""
    kept = {item.id: item.text for item in _fitting(found)}
    order = [
        *(name for name in leads if name in kept),
        *(name for name in kept if name not in leads),
    ]
    room = MOST_WORDS - sum(map(_words, kept.values()))
    lines: list[str] = []
    used = 0
    for name in order:
        lead = leads.get(name, "")
        fits = bool(lead) and _words(lead) <= room
        if fits:
            room -= _words(lead)
            used += 1
        lines.append(f"- {lead}: {kept[name]}" if fits else f"- {kept[name]}")
    return "\n".join(lines), used


def _fitting(found: Sequence[Item]) -> list[Item]:
    """Return the items that fit into a brief; no plan and no lead decides over that."""
    kept: list[Item] = []
    room = MOST_WORDS
    for item in found:
        if _words(item.text) <= room:
            room -= _words(item.text)
            kept.append(item)
    return kept


def _words(text: str) -> int:
    """Count the words of a text as one bullet, its dash among them."""
    return len(text.split()) + 1


def _coverage(inventory: Inventory, tables: Sequence[Table]) -> str:
    folders = {entry.path.rpartition("/")[0] for entry in inventory.files}
    status = [entry.status for entry in inventory.files]
    numbers = sum(entry.measurements for entry in inventory.files)
    return (
        f"Coverage: {_plural(inventory.files_total, 'file')} ({inventory.bytes_total:,} bytes) in"
        f" {_plural(len(folders), 'folder')}; {status.count('read')} read,"
        f" {status.count('duplicate')} duplicate, {status.count('skipped')} skipped,"
        f" {status.count('failed')} failed; {_plural(len(tables), 'table')} with"
        f" {_plural(numbers, 'measurement')}."
    )


def _kinds(inventory: Inventory) -> list[str]:
    ordered = sorted(inventory.kinds.items(), key=lambda kind: (-kind[1].count, kind[0]))
    return [
        f"{name}: {_plural(kind.count, 'file')}, latest change {kind.latest_modified}."
        for name, kind in ordered[:_MOST_KINDS]
    ]


def _gaps(inventory: Inventory) -> list[str]:
    scopes: dict[str, list[str]] = {}
    for gap in inventory.gaps:
        scopes.setdefault(gap.scope, []).append(gap.what)
    return [f"Missing: {'; '.join(what)}. Scope: {scope}." for scope, what in scopes.items()]


def _failed(inventory: Inventory) -> list[str]:
    failed = {e.path: e.failures for e in inventory.files if e.failures and not e.document}
    paths = once(failed)
    if not paths:
        return []
    rows = sum(failed[path] for path in paths)
    return [f"Failed runs: {_plural(rows, 'row')} in {_plural(len(paths), 'file')}, counted apart."]


def _problems(inventory: Inventory) -> list[str]:
    told = [e for e in inventory.files if e.problems and e.status != "duplicate" and not e.document]
    odd = sorted(told, key=lambda entry: _STATUSES.index(entry.status))
    said = [f"{code(entry.path)}: {plain(entry.problems[0])}" for entry in odd[:_MOST_PROBLEMS]]
    return (
        [*said, "Further files with oddities are listed in the report."]
        if odd[_MOST_PROBLEMS:]
        else said
    )


def _plural(count: int, one: str) -> str:
    return f"{count:,} {one}" if count == 1 else f"{count:,} {one}s"


def offered(found: Sequence[Item]) -> list[Item]:
    """Return the first items of an inventory, as many as a prompt has room for."""
    room = SHOWN_BYTES
    items: list[Item] = []
    for item in found[:MOST_SHOWN]:
        room -= len(_line(item).encode()) + 1
        if room < 0:
            break
        items.append(item)
    return items


def shown(found: Sequence[Item]) -> str:
    """Return how items open, as lines for a prompt; topics stand for text from files."""
    return "\n".join(map(_line, found))


def _line(item: Item) -> str:
    return f"{item.id}: {item.topic if item.topic == 'problems' else gist(item.text)}"
