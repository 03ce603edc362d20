"""One request to any LangChain chat model: messages in, a raw answer or a `WireError` out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import ensure_config, merge_configs
from pydantic import BaseModel

from chimera.errors import SetupError
from chimera.models.answer import Raw
from chimera.models.faults import WireError, from_error, from_status
from chimera.models.listener import TextListener
from chimera.models.records import Outcome
from chimera.models.schema import schema_of

OnText = Callable[[str], None]

_LIMITS = ("num_predict", "max_tokens")  # Ollama's name first, then what others share


class Sender:
    """Asks one model, in the way that model takes structured output."""

    def __init__(self, model: BaseChatModel) -> None:
        self._model = model
        self._takes_format = "format" in type(model).model_fields
        self._is_ollama = model._llm_type == "chat-ollama"  # noqa: SLF001  LangChain's own switch

    async def send(
        self,
        messages: Sequence[BaseMessage],
        output: type[BaseModel] | None,
        on_text: OnText | None,
        ids: Sequence[str] = (),
        most: int | None = None,
    ) -> Raw:
        """Return the model's answer, of `most` tokens where the model has an option for that.

        Raises:
            WireError: If there is none; foreign exceptions are told apart by `classified`.
        """
        first = _FirstText(on_text)
        config = _listening(first.hear) if on_text else None
        try:
            message, parsed = await self._invoke(list(messages), output, config, ids, most)
        except (WireError, SetupError):
            raise
        except Exception as error:
            raise classified(error) from error
        raw = _raw(message, parsed, first.ms)
        if self._is_ollama and raw.info.get("done") is not True:
            raise WireError(Outcome.DROPPED_STREAM, "the answer ended without `done: true`")
        return raw

    async def _invoke(
        self,
        messages: list[BaseMessage],
        output: type[BaseModel] | None,
        config: RunnableConfig | None,
        ids: Sequence[str],
        most: int | None,
    ) -> tuple[AIMessage, object]:
        model = self._model if most is None else _limited(self._model, most)
        if output is None:
            return await model.ainvoke(messages, config), None
        if self._takes_format:
            schema = schema_of(output, ids)
            return await model.ainvoke(messages, config, format=schema), None
        found: Any = await _structured(model, output).ainvoke(messages, config)
        return found["raw"], found["parsed"]


class _FirstText:
    """Passes text on and remembers when the first of it came."""

    def __init__(self, on_text: OnText | None) -> None:
        self._on_text = on_text
        self._start = time.perf_counter()
        self.ms: float | None = None

    def hear(self, text: str) -> None:
        if self.ms is None:
            self.ms = (time.perf_counter() - self._start) * 1000
        if self._on_text is not None:
            self._on_text(text)


def classified(error: Exception) -> WireError:
    """Return what an exception of another library means, by its status or its name."""
    status = getattr(error, "status_code", None)
    told = f"{type(error).__name__}: {error}"
    if isinstance(status, int) and status >= 400:  # noqa: PLR2004  HTTP errors
        body = json.dumps({"error": str(error)}).encode()
        return WireError(from_status(status, body, "named").kind, told, status=status)
    names = " ".join(kind.__name__ for kind in type(error).__mro__)
    if isinstance(error, TimeoutError) or "Timeout" in names:
        return WireError(Outcome.STALLED, told)
    if isinstance(error, OSError) or "ConnectError" in names or "ConnectionError" in names:
        fault = WireError(Outcome.UNREACHABLE, told)
        fault.seen_before = False
        return fault
    if "ProtocolError" in names or "ReadError" in names:
        return WireError(Outcome.DROPPED_STREAM, told)
    return from_error(told, Outcome.SERVER_ERROR if status == -1 else Outcome.BAD_REQUEST)


def _limited(model: BaseChatModel, most: int) -> BaseChatModel:
    """Return a model whose answers have at most so many tokens, where it has a field for that."""
    known = [name for name in _LIMITS if name in type(model).model_fields]
    return model.model_copy(update={known[0]: most}) if known else model


def _structured(model: BaseChatModel, output: type[BaseModel]) -> Any:  # noqa: ANN401  a Runnable
    try:
        return model.with_structured_output(output, method="json_schema", include_raw=True)
    except (TypeError, ValueError):  # a provider without that method
        return model.with_structured_output(output, include_raw=True)
    except NotImplementedError as error:
        raise SetupError(f"{type(model).__name__} cannot give structured output") from error


def _listening(hear: OnText) -> RunnableConfig:
    """Return the running node's config with one more callback, LangGraph's own ones kept."""
    return merge_configs(ensure_config(), {"callbacks": [TextListener(hear)]})


def _raw(message: AIMessage, parsed: object, first_ms: float | None) -> Raw:
    info: dict[str, Any] = message.response_metadata
    if info.get("ttft_ms") is None and first_ms is not None:
        info = {**info, "ttft_ms": first_ms}
    return Raw(
        text=message.content if isinstance(message.content, str) else str(message.text),
        thought=bool(message.additional_kwargs.get("reasoning_content")),
        info=info,
        usage=dict(message.usage_metadata or {}),
        parsed=parsed,
    )
