"""From `provider:name` to a chat model."""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

from chimera.errors import AddressError, SetupError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from chimera.models.options import ModelOptions
    from chimera.models.timeouts import Timeouts

_SPEC = re.compile(r"([a-z][a-z0-9_-]*):(\S+)")
_COMMON = ("temperature", "top_p")  # options that every provider's library knows


def parse_model(spec: str) -> tuple[str, str]:
    """Split `provider:name`; the name may hold colons, as in `ollama:gemma3:latest`.

    Raises:
        AddressError: If the spec has another form.
    """
    match = _SPEC.fullmatch(spec.strip())
    if match is None:
        raise AddressError(
            f"model {spec[:80]!r} cannot be used: write PROVIDER:NAME, like 'ollama:gemma3:latest'"
        )
    return match[1], match[2]


def chat_model(
    spec: str,
    options: ModelOptions,
    *,
    base_url: str | None = None,
    timeouts: Timeouts | None = None,
) -> BaseChatModel:
    """Return the chat model a spec names, with its options set.

    `ollama` is Chimera's own; other providers come from the langchain package, imported here.

    Raises:
        AddressError: If the spec or the address does not hold.
        SetupError: If the provider's package is missing or the provider is unknown.
    """
    provider, name = parse_model(spec)
    if provider != "ollama":
        return _foreign(provider, name, options, base_url)
    from chimera.models.ollama import Ollama
    from chimera.models.timeouts import Timeouts

    set_options = options.model_dump(exclude_none=True)
    if "think" in set_options:
        set_options["reasoning"] = set_options.pop("think")  # as ChatOllama calls it
    return Ollama(model=name, base_url=base_url, timeouts=timeouts or Timeouts(), **set_options)


def _foreign(
    provider: str, name: str, options: ModelOptions, base_url: str | None
) -> BaseChatModel:
    try:
        chat_models = import_module("langchain.chat_models")
    except ImportError:
        raise SetupError(
            f"provider {provider!r} needs LangChain's own package: "
            f"pip install langchain langchain-{provider}"
        ) from None
    settings: dict[str, Any] = options.model_dump(include=set(_COMMON), exclude_none=True)
    if options.num_predict is not None:
        settings["max_tokens"] = options.num_predict
    if base_url is not None:
        settings["base_url"] = base_url
    try:
        model: BaseChatModel = chat_models.init_chat_model(
            name, model_provider=provider, **settings
        )
    except ImportError as error:
        raise SetupError(f"provider {provider!r} is not installed: {error}") from error
    except ValueError as error:
        raise SetupError(f"model {provider}:{name} cannot be set up: {error}") from error
    return model
