"""What is kept of live answers, so that they can be played again: a JSON file beside the tests."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from chimera.cases.casefile import ANSWER_CHARS
from chimera.errors import ConfigError, Problem, SetupError

if TYPE_CHECKING:
    from chimera.models.request import Request
    from chimera.persona import Persona

MAX_BYTES = 4 * 1024 * 1024
MOST_REQUESTS = 8  # of one call
_HASH = r"^[0-9a-f]{64}$"


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Said(_Kept):
    """One answer of a model to one request."""

    prompt: str = Field(pattern=_HASH, description="Hash of the messages and schema it answers.")
    text: str = Field(max_length=ANSWER_CHARS, description="The answer as it came.")


class Answered(_Kept):
    """How one case was answered: once, or again where the first answer did not hold."""

    model: str = Field(description="provider:name.")
    recorded: str = Field(description="Date of the recording, YYYY-MM-DD.")
    persona: str = Field(pattern=_HASH, description="Hash of the persona that was asked.")
    said: tuple[Said, ...] = Field(min_length=1, max_length=MOST_REQUESTS, description="In order.")


class Accepted(_Kept):
    """The persona that was accepted, resolved."""

    hash: str = Field(pattern=_HASH, description="Its hash.")
    persona: dict[str, JsonValue] = Field(description="All it says.")


class Recording(_Kept):
    """What is kept for one file of tests."""

    format: Literal["chimera.recording/1"] = Field(
        default="chimera.recording/1", description="Name and version of this contract."
    )
    accepted: Accepted | None = Field(default=None, description="The persona that was accepted.")
    answers: dict[str, Answered] = Field(default_factory=dict, description="By name of the case.")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a recording; an empty one where there is no such file.

        Raises:
            ConfigError: If the file holds something else.
        """
        try:
            if (size := path.stat().st_size) > MAX_BYTES:
                raise _wrong(path, f"{size} bytes; at most {MAX_BYTES} are read")
            return cls.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return cls()
        except OSError as error:
            raise _wrong(path, f"cannot be read: {error.strerror}") from None
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "file"
            raise _wrong(path, f"{where}: {first['msg']}; record again, or remove it") from None

    def save(self, path: Path) -> None:
        """Write the recording, whole or not at all.

        Raises:
            SetupError: If it cannot be written, or has grown too large to be read again.
        """
        data = self.model_dump(mode="json")
        text = json.dumps(data, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
        raw = text.encode("utf-8", "replace")
        if len(raw) > MAX_BYTES:
            raise SetupError(f"{path}: {len(raw)} bytes, more than {MAX_BYTES}: split the tests")
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(raw)
            draft.replace(path)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise SetupError(f"cannot write {str(path)!r}: {error.strerror}") from None


def accepted(persona: Persona) -> Accepted:
    """Return what is kept of a persona that was accepted."""
    return Accepted(hash=persona.hash, persona=persona.model_dump(mode="json"))


def prompt_hash(request: Request) -> str:
    """Return a hash of what is asked; which model on which server is asked is no part of it."""
    whole: list[Any] = [request.said, request.schema]
    text = json.dumps(whole, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode("utf-8", "replace")).hexdigest()


def _wrong(path: Path, what: str) -> ConfigError:
    return ConfigError.of(Problem(str(path), None, what))
