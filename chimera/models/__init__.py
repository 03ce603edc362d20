"""Language models: a prompt and options go in, an answer and its call record come out.

Everything here loads on first use: neither LangChain nor httpx comes with the import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimera.lazy import attach

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
    __getattr__, __dir__ = attach(__name__, _HOME)
