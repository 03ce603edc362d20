"""Language models: a prompt and options go in, an answer and its call record come out.

Everything here loads on first use: neither LangChain nor httpx comes with the import.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chimera.models.answer import Answer as Answer
    from chimera.models.gateway import CallSite as CallSite
    from chimera.models.gateway import Gateway as Gateway
    from chimera.models.ollama import Ollama as Ollama
    from chimera.models.options import ModelOptions as ModelOptions
    from chimera.models.prompt import Prompt as Prompt
    from chimera.models.prompt import Section as Section
    from chimera.models.records import CallRecord as CallRecord
    from chimera.models.records import Outcome as Outcome
    from chimera.models.records import Receipt as Receipt
    from chimera.models.resolve import chat_model as chat_model
    from chimera.models.resolve import parse_model as parse_model
    from chimera.models.timeouts import Timeouts as Timeouts

__all__ = [
    "Answer",
    "CallRecord",
    "CallSite",
    "Gateway",
    "ModelOptions",
    "Ollama",
    "Outcome",
    "Prompt",
    "Receipt",
    "Section",
    "Timeouts",
    "chat_model",
    "parse_model",
]

_HOME = {
    "Answer": "answer",
    "CallRecord": "records",
    "CallSite": "gateway",
    "Gateway": "gateway",
    "ModelOptions": "options",
    "Ollama": "ollama",
    "Outcome": "records",
    "Prompt": "prompt",
    "Receipt": "records",
    "Section": "prompt",
    "Timeouts": "timeouts",
    "chat_model": "resolve",
    "parse_model": "resolve",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
