"""The callback that hears a model's text as it arrives."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from langchain_core.callbacks import (
    AsyncCallbackHandler,
    AsyncCallbackManager,
    BaseCallbackHandler,
)
from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import RunnableConfig

from chimera.models.thinking import Thinking

accounted: ContextVar[bool] = ContextVar("chimera_accounted", default=False)
"""Whether a gateway keeps the account of what is asked now."""


class Onlooker(BaseCallbackHandler):
    """A callback that has nothing to hear of a call which is `accounted` for."""


class TextListener(AsyncCallbackHandler):
    """A callback that wants the text and nothing else, so that no LangChain chunk is built.

    Serves one answer: thinking between tags at its start is passed over.

    Attributes:
        hear: Called with every non-empty piece of text as it arrives.
    """

    run_inline = True

    def __init__(self, hear: Callable[[str], None]) -> None:
        self.hear = hear
        self._tags = Thinking()

    @property
    def ignore_chat_model(self) -> bool:
        """The start of a call is nothing to hear."""
        return True

    async def on_llm_new_token(
        self,
        token: str | list[str | dict[str, Any]],
        **_: Any,  # noqa: ANN401  LangChain's
    ) -> None:
        """Pass a piece of text on."""
        if token and isinstance(token, str):
            self._pass_on(self._tags.feed(token)[1])

    async def on_llm_end(self, *_: Any, **__: Any) -> None:  # noqa: ANN401  LangChain's
        """Pass on what could have become a tag and did not."""
        self._pass_on(self._tags.end()[1])

    def _pass_on(self, text: str) -> None:
        if text:
            self.hear(text)


def text_listeners(model: BaseChatModel, config: RunnableConfig) -> list[TextListener] | None:
    """Return the listeners of a call whose text alone is listened to; None where more is wanted.

    Tracers, LangGraph's streams, handlers of context variables and LangChain's debug switches are
    handlers too: LangChain itself says which there are.
    """
    manager = AsyncCallbackManager.configure(
        config.get("callbacks"), model.callbacks, model.verbose
    )
    handlers = manager.handlers
    if accounted.get():
        handlers = [handler for handler in handlers if not isinstance(handler, Onlooker)]
    listeners = [handler for handler in handlers if isinstance(handler, TextListener)]
    return listeners if len(listeners) == len(handlers) else None
