"""The collector's brief: what the folder holds, in bullet points, its figures printed by code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from chimera.evidence.failed import once
from chimera.evidence.records import Inventory, Table
from chimera.markup import code, plain
from chimera.models.schema import Id
from chimera.prose import flaws

MOST_WORDS: Final = 250
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
        max_length=100, description="A few words that open it; no digits; may be empty."
    )


class BriefPlan(BaseModel):
    """The collector's answer: which items to state, in which order, with which leads."""

    model_config = ConfigDict(extra="forbid")

    bullets: list[Bullet] = Field(max_length=6, description="First what matters most.")


def items(inventory: Inventory, tables: Sequence[Table]) -> list[Item]:
    """Return what can be said of an inventory, what matters most first."""
    said = [("directory coverage", _coverage(inventory, tables))]
    said += [("files of a type", text) for text in _kinds(inventory)]
    said += [("failed runs", text) for text in _failed(inventory)]
    said += [("gaps", text) for text in _gaps(inventory)]
    said += [("problems", text) for text in _problems(inventory)]
    return [Item(f"I{n}", topic, text) for n, (topic, text) in enumerate(said, start=1)]


def render(
    found: Sequence[Item], plan: BriefPlan | None = None, language: str = "en"
) -> tuple[str, int]:
    """Return the brief as Markdown bullets of at most 250 words, and the number of leads dropped.

    A plan orders the items and adds leads; what it leaves out follows in the usual order, since a
    gap must not vanish because a model did not care for it.
    """
    known = {item.id: item for item in found}
    leads: dict[str, str] = {}
    dropped = 0
    for bullet in plan.bullets if plan else []:
        if bullet.item not in known or bullet.item in leads:
            dropped += 1
            continue
        lead = bullet.lead.strip().rstrip(":.")
        about = (known[bullet.item].topic, known[bullet.item].text)
        bad = bool(lead) and (
            lead in leads.values() or bool(flaws(lead, language=language, about=about))
        )
        dropped += bad
        leads[bullet.item] = "" if bad else lead
    kept = {item.id: item.text for item in _fitting(found)}
    order = [
        *(name for name in leads if name in kept),
        *(name for name in kept if name not in leads),
    ]
    room = MOST_WORDS - sum(map(_words, kept.values()))
    lines: list[str] = []
    for name in order:
        lead = leads.get(name, "")
        if lead and _words(lead) <= room:
            room -= _words(lead)
            lines.append(f"- {lead}: {kept[name]}")
        else:
            dropped += bool(lead)
            lines.append(f"- {kept[name]}")
    return "\n".join(lines), dropped


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


def shown(found: Sequence[Item]) -> str:
    """Return the items as lines for a prompt: text from files is left out, topics stand for it."""
    return "\n".join(
        f"{item.id}: {item.topic if item.topic == 'problems' else item.text}" for item in found
    )
