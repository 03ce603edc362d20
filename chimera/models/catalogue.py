"""What an Ollama server says of itself: its version, its models' digests, the windows in force."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from chimera.models.connections import Endpoint
from chimera.models.faults import WireError
from chimera.models.size import told
from chimera.models.timeouts import Timeouts
from chimera.models.wire import fetch

KEPT_S: Final = 60.0  # how long an answer counts
FAILED_S: Final = 10.0  # how long a server that did not answer is not asked again

_QUICK: Final = Timeouts(connect=2.0, idle=2.0, total=4.0)
KNOWN: dict[str, tuple[float, Catalogue | None]] = {}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The models of one server.

    Attributes:
        version: Version of Ollama; None where it does not say.
        digests: Name with tag to digest.
        lengths: Name with tag to the model's own context length, in tokens.
        sizes: Name with tag to how many parameters the model has.
    """

    version: str | None = None
    digests: Mapping[str, str] = field(default_factory=dict)
    lengths: Mapping[str, int] = field(default_factory=dict)
    sizes: Mapping[str, float] = field(default_factory=dict)

    def digest(self, model: str) -> str | None:
        """Return the digest of a model; None where it is not known."""
        return self.digests.get(full_name(model))

    def longest(self, model: str) -> int | None:
        """Return a model's own context length, in tokens; None where it is not known."""
        return self.lengths.get(full_name(model))

    def parameters(self, model: str) -> float | None:
        """Return how many parameters a model has; None where it is not known."""
        return self.sizes.get(full_name(model))


async def catalogue(endpoint: Endpoint) -> Catalogue | None:
    """Return what a server says; None where it says nothing. Asked at most once a minute."""
    known = KNOWN.get(endpoint.base_url)
    if known is not None and time.monotonic() < known[0]:
        return known[1]
    try:
        found = await _read(endpoint)
    except WireError:
        found = None
    kept = FAILED_S if found is None else KEPT_S
    KNOWN[endpoint.base_url] = (time.monotonic() + kept, found)
    return found


def forget(endpoint: Endpoint) -> None:
    """Ask a server anew next time: it failed, or a model was found missing."""
    KNOWN.pop(endpoint.base_url, None)


async def window_in_force(endpoint: Endpoint, model: str) -> int | None:
    """Return the context window a model is loaded with, in tokens, as `/api/ps` has it."""
    try:
        body = await fetch(endpoint, "/api/ps", timeouts=_QUICK)
    except WireError:
        return None
    for entry in _entries(body):
        if full_name(model) in (entry.get("name"), entry.get("model")):
            return _length(entry)
    return None


def full_name(model: str) -> str:
    """Return a model's name with its tag, as the server lists it; `latest` where there is none."""
    return model if ":" in model.rpartition("/")[2] else f"{model}:latest"


async def _read(endpoint: Endpoint) -> Catalogue:
    entries = _entries(await fetch(endpoint, "/api/tags", timeouts=_QUICK))
    version = (await fetch(endpoint, "/api/version", timeouts=_QUICK)).get("version")
    return Catalogue(
        version=version if isinstance(version, str) else None,
        digests={
            entry["name"]: entry["digest"]
            for entry in entries
            if isinstance(entry.get("name"), str) and isinstance(entry.get("digest"), str)
        },
        lengths={
            str(entry.get("name")): length
            for entry in entries
            if (length := _length(entry.get("details"))) is not None
        },
        sizes={
            str(entry.get("name")): size
            for entry in entries
            if isinstance(details := entry.get("details"), dict)
            and (size := told(details.get("parameter_size"))) is not None
        },
    )


def _entries(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    models = body.get("models")
    return [e for e in models if isinstance(e, dict)] if isinstance(models, list) else []


def _length(details: object) -> int | None:
    """Return the context length of an entry, in tokens; 0 and what is no number say nothing."""
    length = details.get("context_length") if isinstance(details, dict) else None
    return length if type(length) is int and length > 0 else None
