"""`OpenAICompatible`: langchain-openai's `ChatOpenAI` for any server that speaks its protocol.

vLLM, llama.cpp and others send a model's thinking in fields that `ChatOpenAI` leaves out, know
`max_tokens` only, and often want no key. Of the parent two conversions and the payload are
overridden; `tests/models` watches them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, Literal

import httpx
from langchain_core.language_models import LanguageModelInput
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_json_schema
from langchain_openai import ChatOpenAI
from pydantic import ConfigDict, Field, SecretStr, model_validator

from chimera.models.address import full_url
from chimera.models.structured import parsed
from chimera.models.timeouts import Timeouts

NO_KEY = "no-key"  # what a server that asks for none is sent

_SPOKEN = ("reasoning_content", "reasoning", "refusal")  # fields ChatOpenAI does not read
_HIDDEN = frozenset({"default_headers", "openai_proxy", "extra_body"})
KEY = "CHIMERA_API_KEY"
_PLAIN: dict[str, Any] = {
    "trust_env": False,
    "follow_redirects": False,
    # A kept connection belongs to one event loop; a model may be used in several.
    "limits": httpx.Limits(max_keepalive_connections=0),
}


class OpenAICompatible(ChatOpenAI):
    """A chat model on a server that speaks OpenAI's chat completions.

    It streams on the wire, repeats nothing by itself, follows no redirect and takes no proxy from
    the environment. The key is `api_key`. Without an address it may also be the environment's
    OPENAI_API_KEY, as ChatOpenAI has it; to another address that key is never sent, but the
    environment's CHIMERA_API_KEY, and where there is none a word that is no key. Thinking
    is in `additional_kwargs["reasoning_content"]`, a refusal in `additional_kwargs["refusal"]`.

    Attributes:
        format: JSON schema the answer has to keep to; may also come with a call.
        timeouts: `connect` is kept here; the others by who asks.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    streaming: bool = True
    stream_usage: bool | None = True
    max_retries: int | None = Field(default=0)
    use_responses_api: bool | None = False
    openai_proxy: str | None = Field(default=None)
    stream_chunk_timeout: float | None = None
    format: dict[str, Any] | None = None
    timeouts: Timeouts = Timeouts()

    @model_validator(mode="before")
    @classmethod
    def _set_up(cls, values: dict[str, Any]) -> dict[str, Any]:
        values = {"streaming": True, **values}  # LangChain asks whether it was set, not what it is
        _set_address(values)
        limits = Timeouts.model_validate(values.get("timeouts") or {})
        if not values.keys() & {"timeout", "request_timeout"}:
            values["timeout"] = httpx.Timeout(limits.total, connect=limits.connect)
        if not values.get("openai_proxy"):
            values["http_client"] = values.get("http_client") or httpx.Client(**_PLAIN)
            ours = values.get("http_async_client") or httpx.AsyncClient(**_PLAIN)
            values["http_async_client"] = ours
        return values

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Mask what may hold credentials."""
        for name, value in super().__repr_args__():
            yield name, "***" if value and name in _HIDDEN else value

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Models are made from a project's files, never from what was stored."""
        return False

    def with_structured_output(
        self,
        schema: dict[str, Any] | type | None = None,
        *,
        method: Literal["function_calling", "json_mode", "json_schema"] = "json_schema",
        include_raw: bool = False,
        **kwargs: Any,  # noqa: ANN401  LangChain's
    ) -> Runnable[LanguageModelInput, Any]:
        """Return a runnable that answers with values of a Pydantic model or of a JSON schema.

        With `json_schema` the server keeps to the schema and the answer is read here; the other
        methods are ChatOpenAI's own.
        """
        if method != "json_schema" or schema is None:
            return super().with_structured_output(
                schema, method=method, include_raw=include_raw, **kwargs
            )
        told = {"kwargs": {"method": method}, "schema": schema}
        form = convert_to_json_schema(schema)
        asking = self.bind(format=form, ls_structured_output_format=told)
        return parsed(asking, schema, include_raw=include_raw)

    def _get_request_payload(
        self,
        input_: LanguageModelInput,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,  # noqa: ANN401  LangChain's
    ) -> dict[str, Any]:
        form = kwargs.pop("format", self.format)
        payload: dict[str, Any] = super()._get_request_payload(input_, stop=stop, **kwargs)
        if self.openai_api_base and "max_completion_tokens" in payload:
            payload["max_tokens"] = payload.pop("max_completion_tokens")
        if form:  # beside ChatOpenAI's own way, which parses and fails in its own manner
            held = {"type": "json_schema", "json_schema": {"name": "answer", "schema": form}}
            extra = payload.get("extra_body") or {}
            payload["extra_body"] = {**extra, "response_format": held}
        return payload

    def _convert_chunk_to_generation_chunk(
        self,
        chunk: dict[str, Any],
        default_chunk_class: type,
        base_generation_info: dict[str, Any] | None,
    ) -> ChatGenerationChunk | None:
        made = super()._convert_chunk_to_generation_chunk(
            chunk, default_chunk_class, base_generation_info
        )
        choices = chunk.get("choices")
        if made is not None and choices:
            made.message.additional_kwargs.update(_spoken(choices[0].get("delta")))
        return made

    def _create_chat_result(
        self,
        response: Any,  # noqa: ANN401  a dict, or a model of OpenAI's library
        generation_info: dict[str, Any] | None = None,
    ) -> ChatResult:
        result = super()._create_chat_result(response, generation_info)
        said = response if isinstance(response, dict) else response.model_dump()
        for generation, choice in zip(result.generations, said["choices"], strict=True):
            generation.message.additional_kwargs.update(_spoken(choice.get("message")))
        return result


def _set_address(values: dict[str, Any]) -> None:
    given = next((name for name in ("base_url", "openai_api_base") if values.get(name)), None)
    if given is None:
        return
    values[given] = full_url(str(values[given]))
    named = values.get("api_key") or values.get("openai_api_key")
    if not named:
        values["api_key"] = SecretStr(os.environ.get(KEY) or NO_KEY)


def _spoken(message: dict[str, Any] | None) -> dict[str, str]:
    """Return thinking and refusal of a message or a piece of one, by ChatOllama's name."""
    found = {n: (message or {}).get(n) for n in _SPOKEN}
    thought = found["reasoning_content"] or found["reasoning"]
    kept = {"reasoning_content": thought, "refusal": found["refusal"]}
    return {name: value for name, value in kept.items() if isinstance(value, str) and value}
