"""One request to any LangChain chat model: messages in, a raw answer or a `WireError` out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.config import ensure_config, merge_configs
from pydantic import BaseModel

from chimera.errors import SetupError
from chimera.models.answer import Raw
from chimera.models.faults import WireError
from chimera.models.foreign import classified, masked, secrets_of
from chimera.models.listener import TextListener
from chimera.models.records import Outcome
from chimera.models.schema import schema_of
from chimera.models.timeouts import Timeouts
from chimera.models.watchdog import Watchdog

OnText = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Terms:
    """What one request wants of a model.

    Attributes:
        output: The type of the answer; None for text.
        on_text: Hears the text as it arrives.
        ids: The ids that `Id` fields of the answer may hold.
        tools: Schemas of the tools the model may call; with them it is not held to a schema, as
            servers that hold it let it call none.
    """

    output: type[BaseModel] | None = None
    on_text: OnText | None = None
    ids: Sequence[str] = ()
    tools: Sequence[Mapping[str, Any]] = ()


class Sender:
    """Asks one model, in the way that model takes structured output."""

    def __init__(self, model: BaseChatModel) -> None:
        self._model = model
        self._takes_format = "format" in type(model).model_fields
        self._is_ollama = model._llm_type == "chat-ollama"  # noqa: SLF001  LangChain's own switch
        self._keeps_time = self._is_ollama and "timeouts" in type(model).model_fields
        self._secrets = secrets_of(model)
        self._answered = False

    async def send(
        self,
        messages: Sequence[BaseMessage],
        terms: Terms,
        timeouts: Timeouts | None = None,
    ) -> Raw:
        """Return the model's answer.

        Args:
            messages: What to ask.
            terms: What the answer has to be, and who hears it come.
            timeouts: Limits of silence for models of other libraries; Ollama's keeps its own.

        Raises:
            WireError: If there is none; foreign exceptions are told apart by `classified`.
        """
        try:
            raw = await self._answer(messages, terms, timeouts or Timeouts())
        except (WireError, SetupError):
            raise
        except Exception as error:  # noqa: BLE001  raised again as what it means
            fault = self._fault(error)
            raise fault from (error if self._may_be_shown(error) else None)
        self._answered = True
        if (missing := self._unfinished(raw.info)) is not None:
            dropped = WireError(Outcome.DROPPED_STREAM, f"the answer ended without {missing}")
            dropped.text = raw.text
            raise dropped
        return raw

    async def _answer(
        self,
        messages: Sequence[BaseMessage],
        terms: Terms,
        timeouts: Timeouts,
    ) -> Raw:
        on_text = terms.on_text
        if self._keeps_time:
            config = _listening(TextListener(on_text)) if on_text else None
            return Raw.of(*await self._invoke(list(messages), terms, config))
        dog = Watchdog(timeouts, on_text)
        work = self._invoke(list(messages), terms, _listening(dog))
        message, parsed = await dog.within(work)
        if dog.first_thought_ms is not None:
            message.response_metadata["first_thought_ms"] = dog.first_thought_ms
        return Raw.of(message, parsed, dog.first_ms)

    def _fault(self, error: Exception) -> WireError:
        fault = classified(error, self._secrets)
        fault.seen_before = self._answered or fault.kind is not Outcome.UNREACHABLE
        self._answered = self._answered or fault.status is not None
        return fault

    def _may_be_shown(self, error: Exception) -> bool:
        """Return whether an exception may be shown: servers quote the key they refuse."""
        return masked(str(error), self._secrets) == str(error)

    async def _invoke(
        self,
        messages: list[BaseMessage],
        terms: Terms,
        config: RunnableConfig | None,
    ) -> tuple[AIMessage, object]:
        output = terms.output
        if terms.tools:
            return await self._with(terms.tools).ainvoke(messages, config), None
        if output is None:
            return await self._model.ainvoke(messages, config), None
        if self._takes_format:
            schema = schema_of(output, terms.ids)
            return await self._model.ainvoke(messages, config, format=schema), None
        asking = _structured(self._model, output)
        if asking is None:  # the answer is read as text
            return await self._model.ainvoke(messages, config), None
        found: Any = await asking.ainvoke(messages, config)
        return found["raw"], found["parsed"]

    def _with(self, tools: Sequence[Mapping[str, Any]]) -> Runnable[LanguageModelInput, AIMessage]:
        try:
            return self._model.bind_tools([dict(tool) for tool in tools])
        except NotImplementedError:
            raise SetupError(
                f"{type(self._model).__name__} cannot call tools: take another model, or no tools"
            ) from None

    def _unfinished(self, info: dict[str, Any]) -> str | None:
        """Return what the end of the answer lacks that every whole answer has there."""
        if self._is_ollama:
            return None if info.get("done") is True else "`done: true`"
        if info.get("model_provider") != "openai" or {"finish_reason", "status"} & info.keys():
            return None
        return "`finish_reason`"


def _structured(model: BaseChatModel, output: type[BaseModel]) -> Any:  # noqa: ANN401  a Runnable
    try:
        return model.with_structured_output(output, method="json_schema", include_raw=True)
    except (TypeError, ValueError):  # a provider without that method
        return model.with_structured_output(output, include_raw=True)
    except NotImplementedError:
        return None


def _listening(listener: TextListener) -> RunnableConfig:
    """Return the running node's config with one more callback, LangGraph's own ones kept."""
    return merge_configs(ensure_config(), {"callbacks": [listener]})
