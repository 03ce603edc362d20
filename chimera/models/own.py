"""The options of a chat model that the user made, with those of the agent that speaks by it."""

from __future__ import annotations

from langchain_core.language_models import BaseChatModel
from pydantic import ValidationError

from chimera.errors import SetupError
from chimera.models.options import ModelOptions

_CALLED = {"think": "reasoning"}  # as ChatOllama calls it


def settled(model: BaseChatModel, options: ModelOptions) -> tuple[BaseChatModel, ModelOptions]:
    """Return a model and its options: what the agent sets, else what the model was made with.

    Models of other providers keep their own settings; what the agent says is for the record.
    """
    if getattr(model, "endpoint", None) is None:
        return model, options
    given = options.model_dump(exclude_none=True)
    own = {
        name: getattr(model, _CALLED.get(name, name), None) for name in ModelOptions.model_fields
    }
    known = {
        name: value for name, value in own.items() if value is not None and _holds(name, value)
    }
    changed = {_CALLED.get(name, name): value for name, value in given.items()}
    differing = any(getattr(model, name) != value for name, value in changed.items())
    return (
        model.model_copy(update=changed) if differing else model,
        ModelOptions.model_validate({**known, **given}),
    )


def moved(model: BaseChatModel, address: str) -> BaseChatModel:
    """Return a model like this one at another server.

    Raises:
        SetupError: If it is no Ollama model of ours, whose address is its library's to keep.
    """
    from chimera.models.ollama import Ollama

    if not isinstance(model, Ollama):
        raise SetupError(
            f"{type(model).__name__} cannot be asked at {address}: name a model in the fallback"
        )
    fields = {name: getattr(model, name) for name in model.model_fields_set}
    return Ollama(**{**fields, "base_url": address})


def _holds(name: str, value: object) -> bool:
    """Return whether a value is an option here: Ollama's -1 for no limit is none."""
    try:
        ModelOptions.model_validate({name: value})
    except ValidationError:
        return False
    return True
