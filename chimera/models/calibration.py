"""What each model's tokens weigh: learned from the counts of its server, kept from run to run."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chimera.models import cache
from chimera.models.estimate import Estimate, Fit, Sample, fit, plausible
from chimera.models.events import emit

NAME = "calibration.json"
MODELS = 200  # of more, those learned of least recently are forgotten
SAMPLES = 16  # observations of one model
NOTICEABLE = 0.02  # change of an estimate that is worth writing down

_VERSION = 1
_KEY_LIMIT = 256  # characters
_FILE_LIMIT = 1_000_000  # bytes; 200 models with 16 observations have less than half of that
_TYPICAL = (8192, 2)  # bytes and messages of the prompt that changes are judged by

_Size = Annotated[int, Field(ge=0, le=10**9)]
_Key = Annotated[str, Field(min_length=1, max_length=_KEY_LIMIT)]
_Samples = Annotated[list[tuple[_Size, _Size, _Size]], Field(max_length=SAMPLES)]
_Known = dict[str, list[Sample]]


class _File(BaseModel):
    """Models with their observations (bytes, messages, tokens), the newest last in both."""

    model_config = ConfigDict(extra="forbid", strict=True)

    version: Literal[1]
    models: Annotated[dict[_Key, _Samples], Field(max_length=MODELS)]


class _Newer(BaseModel):
    """A file of a later Chimera, whatever else it holds."""

    version: Annotated[int, Field(gt=_VERSION, strict=True)]


class Calibration:
    """Learns how many tokens a model makes of a byte; may be shared by threads.

    Only sizes and counts are kept, no text. The file is written when an estimate changes by 2 %,
    after it was read again: what another process learned in between stays, and of two that write
    in the same moment one loses what it learned since its last writing. Where the file cannot be
    read or written, the estimates last as long as the process; a damaged file is replaced, that of
    a later version is left alone.

    Args:
        path: The file; None for none.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = Lock()
        self._known: _Known | None = None
        self._pending: _Known = {}
        self._fits: dict[str, Fit] = {}
        self._written: dict[str, Fit] = {}
        self._told = False

    def estimate(self, model: str, sent_bytes: int, messages: int) -> Estimate:
        """Return the expected size of a prompt.

        Args:
            model: The digest of the model, else its name.
            sent_bytes: Size of all message texts in UTF-8.
            messages: How many messages there are.
        """
        with self._lock:
            line = self._fit(model)
        return line.estimate(sent_bytes, messages)

    def learn(self, model: str, sent_bytes: int, messages: int, counted: int) -> None:
        """Take in a server's count of a prompt that was not cut, in tokens; write it if need be.

        What cannot be the count of a whole prompt is passed over; so is a name that is none.
        """
        if self.note(model, sent_bytes, messages, counted):
            self.save()

    def note(self, model: str, sent_bytes: int, messages: int, counted: int) -> bool:
        """Take in what `learn` does; return whether it has to be written, by `save`."""
        sample = Sample(sent_bytes, messages, counted)
        if not plausible(sample) or not _names(model):
            return False
        with self._lock:
            before = self._written.setdefault(model, self._fit(model))
            _add(self._loaded(), model, [sample])
            _add(self._pending, model, [sample])
            self._fits.pop(model, None)
            return _differ(before, self._fit(model))

    def save(self) -> None:
        """Write what was learned; not in an event loop, as files may block."""
        with self._lock:
            self._save()

    def _fit(self, model: str) -> Fit:
        if model not in self._fits:
            samples = self._loaded().get(model)
            if samples is None:
                return Fit()
            self._fits[model] = fit(samples)
        return self._fits[model]

    def _loaded(self) -> _Known:
        if self._known is None:
            self._known = self._read() or {}
        return self._known

    def _read(self) -> _Known | None:
        """Return what the file holds; None where it cannot be had."""
        if self._path is None:
            return None
        try:
            content = cache.read(self._path, _FILE_LIMIT)
            models = _File.model_validate_json(content).models
        except FileNotFoundError:
            return {}
        except (OSError, ValidationError) as error:
            self._tell(error)
            if isinstance(error, ValidationError) and _is_newer(content):
                self._path = None
            return None
        return {model: [Sample(*s) for s in samples] for model, samples in models.items()}

    def _save(self) -> None:
        """Write what was learned since the last time on top of what the file holds by now."""
        known = self._read()
        if known is None:
            known = dict(self._loaded())
        for model, samples in self._pending.items():
            _add(known, model, samples)
        file = _File(version=1, models={m: [(*s,) for s in found] for m, found in known.items()})
        try:
            if self._path is not None:
                cache.replace(self._path, file.model_dump_json().encode())
        except OSError as error:
            self._tell(error)
            self._written.update({model: self._fit(model) for model in self._pending})
            return
        self._known, self._pending, self._fits, self._written = known, {}, {}, {}

    def _tell(self, error: Exception) -> None:
        if not self._told:
            self._told = True
            emit("model.calibration.unavailable", reason=type(error).__name__)


def of_user() -> Calibration:
    """Return the calibration in the user's cache folder, one for the whole process."""
    folder = cache.folder()
    return _at(folder / NAME if folder else None)


@lru_cache(maxsize=4)
def _at(path: Path | None) -> Calibration:
    return Calibration(path)


def _add(known: _Known, model: str, samples: Sequence[Sample]) -> None:
    """Add observations; the model becomes the newest. One of the same size replaces an older one.

    A prompt that is sent again and again would push out all others and teach nothing.
    """
    by_size = {sample[:2]: sample for sample in known.pop(model, [])}
    for sample in samples:
        by_size.pop(sample[:2], None)
        by_size[sample[:2]] = sample
    known[model] = list(by_size.values())[-SAMPLES:]
    while len(known) > MODELS:
        del known[next(iter(known))]


def _names(model: str) -> bool:
    return 0 < len(model) <= _KEY_LIMIT and model.isprintable()


def _differ(before: Fit, now: Fit) -> bool:
    old, new = before.estimate(*_TYPICAL), now.estimate(*_TYPICAL)
    pairs = [(old.least, new.least), (old.expected, new.expected), (old.most, new.most)]
    return any(abs(a - b) > NOTICEABLE * max(a, b) for a, b in pairs)


def _is_newer(content: bytes) -> bool:
    try:
        _Newer.model_validate_json(content)
    except ValidationError:
        return False
    return True


if hasattr(os, "register_at_fork"):  # a child learns by itself: the lock may be held by nobody
    os.register_at_fork(after_in_child=_at.cache_clear)
