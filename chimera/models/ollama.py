"""`Ollama`: langchain-ollama's `ChatOllama` on a wire of our own.

The same fields and the same conversion of messages; other answers to what goes wrong: nothing is
cut in silence, an incomplete answer is an error, and a secret never shows. Of the parent only
`_chat_params` and `with_structured_output` are used; `tests/models` watches both, and that calls
which go past LangChain's callbacks answer as those that do not.
"""

from __future__ import annotations

import uuid
import warnings
from collections.abc import AsyncIterator, Iterator
from typing import Any, Self, cast

from langchain_core.callbacks import (
    AsyncCallbackHandler,
    AsyncCallbackManagerForLLMRun,
    BaseCallbackHandler,
    CallbackManagerForLLMRun,
)
from langchain_core.globals import get_llm_cache
from langchain_core.language_models import LangSmithParams, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import ensure_config
from langchain_core.utils.utils import LC_ID_PREFIX
from langchain_ollama import ChatOllama
from pydantic import ConfigDict, PrivateAttr, model_validator

from chimera.loop import iterate, run_sync
from chimera.models import wire
from chimera.models.address import base_url
from chimera.models.connections import OWNED, Endpoint
from chimera.models.listener import TextListener, text_listeners
from chimera.models.messages import Collector, chunk
from chimera.models.options import ModelOptions
from chimera.models.timeouts import Timeouts

_FIELDS = frozenset(
    {"messages", "model", "tools", "think", "format", "options", "keep_alive"}
    | {"logprobs", "top_logprobs"}
)
_OPTIONS = tuple(name for name in ModelOptions.model_fields if name != "think")
_IDENTIFYING = ("model", "format", "reasoning", "stop", *_OPTIONS)
_FOR_TRACERS = frozenset({"ls_structured_output_format", "structured_output_format"})
_UNLIMITED = (-1, -2)  # Ollama's words for "no limit" and "fill the context"
_SILENT = (BaseCallbackHandler.on_llm_new_token, AsyncCallbackHandler.on_llm_new_token)


class Ollama(ChatOllama):
    """A chat model on an Ollama server, usable wherever LangChain takes one.

    Takes the fields of `ChatOllama`, refuses unknown ones and values out of range. A request
    without a complete answer raises `chimera.errors.CallError`, whose `outcome` says why.
    `response_metadata` holds ChatOllama's keys and `ttft_ms`. An object may be used from
    several event loops; the synchronous methods run on Chimera's own.

    LangChain's common name `max_tokens` is taken for `num_predict`.

    Attributes:
        timeouts: Limits of each request, in seconds.
        streaming: LangChain's switch: True makes every call build chunks.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    timeouts: Timeouts = Timeouts()
    streaming: bool | None = None

    _endpoint: Endpoint = PrivateAttr()

    @model_validator(mode="before")
    @classmethod
    def _take_common_names(cls, values: Any) -> Any:  # noqa: ANN401  whatever was given
        if isinstance(values, dict) and "max_tokens" in values and "num_predict" not in values:
            values = dict(values)
            values["num_predict"] = values.pop("max_tokens")
        return values

    @model_validator(mode="after")
    def _set_clients(self) -> Self:
        """Check the settings; takes the place of ChatOllama's method, which builds two clients."""
        _check_ranges(self)
        if self.sync_client_kwargs:
            raise ValueError("sync_client_kwargs has no effect here: use client_kwargs")
        settings = {**(self.client_kwargs or {}), **(self.async_client_kwargs or {})}
        if taken := sorted(OWNED & settings.keys()):
            raise ValueError(f"client_kwargs must not hold {taken}: see base_url and timeouts")
        if self.top_logprobs is not None and self.logprobs is None:
            warnings.warn("top_logprobs switches logprobs on", UserWarning, stacklevel=2)
            self.logprobs = True
        self._endpoint = Endpoint(base_url(self.base_url), settings)
        if self.validate_model_on_init:
            run_sync(wire.fetch(self._endpoint, "/api/show", {"model": self.model}))
        return self

    @property
    def endpoint(self) -> Endpoint:
        """The server, and how it is reached."""
        return self._endpoint

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Mask what may hold credentials."""
        for name, value in super().__repr_args__():
            yield name, "***" if value and str(name).endswith("client_kwargs") else value

    @property
    def _identifying_params(self) -> dict[str, Any]:
        """What makes an answer this model's; ChatOllama leaves it out of LangChain's cache keys."""
        named = {name: getattr(self, name) for name in _IDENTIFYING}
        return {"base_url": self._endpoint.base_url} | {
            name: value for name, value in named.items() if value is not None
        }

    def _get_ls_params(
        self,
        stop: list[str] | None = None,
        **kwargs: Any,  # noqa: ANN401  LangChain's
    ) -> LangSmithParams:
        """Name the model really asked for: ChatOllama forgets a `model` given with the call."""
        params = super()._get_ls_params(stop=stop, **kwargs)
        params["ls_model_name"] = kwargs.get("model", self.model)
        return params

    def _body(
        self, messages: list[BaseMessage], stop: list[str] | None, kwargs: dict[str, Any]
    ) -> dict[str, Any]:
        kwargs = {name: value for name, value in kwargs.items() if name != "stream"}
        params = self._chat_params(messages, stop, **kwargs)
        params.pop("stream", None)
        if unknown := sorted(params.keys() - _FIELDS):
            raise TypeError(f"Ollama has no parameter {unknown}: options go into options={{…}}")
        for said, message in zip(messages, params["messages"], strict=True):
            if not message.get("images", True):
                del message["images"]
            if said.type == "tool" and said.name:  # templates name the tool, not the call's id
                message["tool_name"] = said.name
        return {name: value for name, value in params.items() if value not in (None, "")}

    async def ainvoke(
        self,
        input: LanguageModelInput,  # noqa: A002  LangChain's
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,  # noqa: ANN401  LangChain's
    ) -> AIMessage:
        """Answer as LangChain has it.

        A call that no callback, tracer, cache or rate limiter has a part in goes straight to the
        server: managing callbacks that are not there costs as much as the request.
        """
        config = ensure_config(config)
        messages = self._convert_input(input).to_messages()
        listeners = None
        if not (config.get("run_id") or "stream" in kwargs) and self._adds_nothing(messages):
            listeners = text_listeners(self, config)
        if listeners is None:
            return await super().ainvoke(input, config, stop=stop, **kwargs)
        return await self._straight(messages, listeners, stop, kwargs)

    def _adds_nothing(self, messages: list[BaseMessage]) -> bool:
        """Return whether LangChain would send these messages as they are and keep no answer."""
        cache = get_llm_cache() if self.cache is None else self.cache
        if self.streaming or self.rate_limiter or self.output_version == "v1":
            return False
        return cache in (None, False) and all(isinstance(m.content, str) for m in messages)

    async def _straight(
        self,
        messages: list[BaseMessage],
        listeners: list[TextListener],
        stop: list[str] | None,
        kwargs: dict[str, Any],
    ) -> AIMessage:
        run = AsyncCallbackManagerForLLMRun(
            run_id=uuid.uuid4(), handlers=[*listeners], inheritable_handlers=[]
        )
        sent = {name: value for name, value in kwargs.items() if name not in _FOR_TRACERS}
        generation = (await self._agenerate(messages, stop, run, **sent)).generations[0]
        message = cast("AIMessage", generation.message)
        message.response_metadata = generation.generation_info or {}
        message.id = f"{LC_ID_PREFIX}-{run.run_id}"
        return message

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401  LangChain's
    ) -> ChatResult:
        body = self._body(messages, stop, kwargs)
        listeners = _token_handlers(run_manager)
        collector = Collector([h.hear for h in listeners if isinstance(h, TextListener)])
        if all(isinstance(handler, TextListener) for handler in listeners):
            final = await wire.chat(self._endpoint, body, self.timeouts, collector.take)
            return collector.result(final)
        collector.forget_listeners()
        async for item in wire.stream(self._endpoint, body, self.timeouts):
            collector.add(item)
            if run_manager and (piece := chunk(item)):
                await run_manager.on_llm_new_token(piece.text, chunk=piece)
        return collector.result()

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401  LangChain's
    ) -> AsyncIterator[ChatGenerationChunk]:
        body = self._body(messages, stop, kwargs)
        async for item in wire.stream(self._endpoint, body, self.timeouts):
            if piece := chunk(item):
                if run_manager:
                    await run_manager.on_llm_new_token(piece.text, chunk=piece)
                yield piece

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401  LangChain's
    ) -> ChatResult:
        if not _token_handlers(run_manager):
            return run_sync(self._agenerate(messages, stop, None, **kwargs))
        collector = Collector()
        body = self._body(messages, stop, kwargs)
        for item in iterate(wire.stream(self._endpoint, body, self.timeouts)):
            collector.add(item)
            if run_manager and (piece := chunk(item)):
                run_manager.on_llm_new_token(piece.text, chunk=piece)
        return collector.result()

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401  LangChain's
    ) -> Iterator[ChatGenerationChunk]:
        for piece in iterate(self._astream(messages, stop, None, **kwargs)):
            if run_manager:
                run_manager.on_llm_new_token(piece.text, chunk=piece)
            yield piece


def _check_ranges(model: ChatOllama) -> None:
    values = {name: getattr(model, name) for name in _OPTIONS}
    if values["num_predict"] in _UNLIMITED:
        del values["num_predict"]
    ModelOptions.model_validate({k: v for k, v in values.items() if v is not None})


def _token_handlers(
    run_manager: AsyncCallbackManagerForLLMRun | CallbackManagerForLLMRun | None,
) -> list[BaseCallbackHandler]:
    """Return the handlers that do something with a token."""
    handlers = run_manager.handlers if run_manager else []
    return [h for h in handlers if type(h).on_llm_new_token not in _SILENT]
