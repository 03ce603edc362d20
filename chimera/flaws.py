"""Flaws: what a model's own checks find wrong, at which of its keys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

FLAW: Final = "flaw"  # the type such an error has in Pydantic's list


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong.

    Attributes:
        message: What is wrong, with which value, and what to do.
        where: The keys that lead to it, from the model that checks.
        allowed: What may stand there instead, where that can be listed.
        nearest: The one of them that was probably meant.
        line: Which line of the text that stands there, from 0; None for the text as a whole.
    """

    message: str
    where: tuple[str | int, ...] = ()
    allowed: tuple[str, ...] = ()
    nearest: str | None = None
    line: int | None = None


def refuse(title: str, flaws: Iterable[Flaw]) -> None:
    """Raise Pydantic's error of the flaws, each with its place; nothing where there are none.

    To be called in a validator of the model that is called `title`.
    """
    details = [_detail(flaw) for flaw in flaws]
    if details:
        raise ValidationError.from_exception_data(title, details)


def _detail(flaw: Flaw) -> InitErrorDetails:
    context: dict[str, Any] = {
        "said": flaw.message,
        "allowed": flaw.allowed,
        "nearest": flaw.nearest,
        "line": flaw.line,
    }
    return InitErrorDetails(
        type=PydanticCustomError(FLAW, "{said}", context), loc=flaw.where, input=None
    )
