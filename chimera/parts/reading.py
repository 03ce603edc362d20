"""What a part reads of the state: one field, several by name, or all of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from chimera.errors import ConfigError, StageError
from chimera.parts.fields import Fields, plain, spelled, value_of
from chimera.parts.workers import Worker

Reads = str | Sequence[str]


class Reading:
    """The fields that a part reads.

    Args:
        fields: The fields of the state.
        reads: One field, whose value is read; several, read as a mapping of name to value; None
            for the state as it is.
        use: What is read, for messages.

    Raises:
        ConfigError: If the state lacks one.
    """

    def __init__(self, fields: Fields, reads: Reads | None, use: str = "what it works on") -> None:
        self._part = fields.part
        self._alone = isinstance(reads, str)
        names = [reads] if isinstance(reads, str) else list(reads or ())
        self._types = {n: fields.type_of(n, f"reads {use} from", "str") for n in names}

    def check(self, *workers: Worker) -> None:
        """Refuse to show agents the state as a whole: what they read is sent to a model.

        Raises:
            ConfigError: If no field is named and one of the workers is an agent.
        """
        for worker in workers:
            if not self._types and worker.asks:
                raise ConfigError(f"{self._part}: say with reads=… what {worker.name!r} is shown")

    def value(self, state: Any) -> Any:  # noqa: ANN401  any LangGraph state
        """Return what is read, as the types of the state."""
        return self.typed(self.plain(state)) if self._types else state

    def plain(self, state: Any) -> Any:  # noqa: ANN401  any LangGraph state
        """Return what is read as plain JSON."""
        found = {n: self._plain(state, n) for n in self._types}
        return next(iter(found.values())) if self._alone else found

    def _plain(self, state: Any, name: str) -> Any:  # noqa: ANN401  any LangGraph state
        value = value_of(state, name, self._part)
        try:
            return plain(value, self._types[name])
        except ValidationError:
            kind = spelled(self._types[name])
            raise StageError(
                f"{self._part} reads {name!r}, which is no {kind}: {value!r:.200}"
            ) from None

    def typed(self, found: Any) -> Any:  # noqa: ANN401  plain JSON
        """Return plain JSON as the types of the state."""
        if self._alone:
            return TypeAdapter(next(iter(self._types.values()))).validate_python(found)
        return {n: TypeAdapter(kind).validate_python(found[n]) for n, kind in self._types.items()}
