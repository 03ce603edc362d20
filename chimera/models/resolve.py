"""From `provider:name` to a chat model."""

from __future__ import annotations

import re
import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from chimera.errors import AddressError, SetupError
from chimera.models.faults import safe

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.language_models import BaseChatModel

    from chimera.models.options import ModelOptions
    from chimera.models.timeouts import Timeouts

_SPEC = re.compile(r"([a-z][a-z0-9_-]*):(\S+)")
_OPENAI = {
    "temperature": "temperature",
    "top_p": "top_p",
    "seed": "seed",
    "num_predict": "max_tokens",
}
_COMMON = frozenset({"temperature", "max_tokens"})  # every provider's library takes them
_QUIET = {"streaming": True, "stream_usage": True, "max_retries": 0}  # where a library knows them


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

    `ollama` and `openai` are Chimera's own classes; the latter takes any server that speaks
    OpenAI's protocol, such as vLLM and llama.cpp, by its `base_url`. Other providers come from the
    langchain package, imported here. Options a provider cannot be given are named in a warning.

    Raises:
        AddressError: If the spec or the address does not hold.
        SetupError: If the provider's package is missing or the provider is unknown.
    """
    provider, name = parse_model(spec)
    if provider == "openai":
        return _compatible(name, options, base_url, timeouts)
    if provider != "ollama":
        return _foreign(provider, name, options, base_url)
    from chimera.models.ollama import Ollama
    from chimera.models.timeouts import Timeouts

    set_options = options.model_dump(exclude_none=True)
    if "think" in set_options:
        set_options["reasoning"] = set_options.pop("think")  # as ChatOllama calls it
    return Ollama(model=name, base_url=base_url, timeouts=timeouts or Timeouts(), **set_options)


def _compatible(
    name: str, options: ModelOptions, base_url: str | None, timeouts: Timeouts | None
) -> BaseChatModel:
    try:
        from chimera.models.compatible import OpenAICompatible
    except ImportError:
        raise SetupError(
            "provider 'openai' needs one more package: pip install 'chimera-agents[openai]'"
        ) from None
    settings = _passed_on(f"openai:{name}", options, _OPENAI)
    if base_url is not None:
        settings["base_url"] = base_url
    if timeouts is not None:
        settings["timeouts"] = timeouts
    return _made(lambda: OpenAICompatible(model=name, **settings), f"openai:{name}")


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
    spec = f"{provider}:{name}"
    start: dict[str, Any] = {"model_provider": provider}
    if base_url is not None:
        from chimera.models.address import full_url

        start["base_url"] = full_url(base_url)
    first = _made(lambda: chat_models.init_chat_model(name, **start), spec)
    fields = set(type(first).model_fields)
    known = {ours: theirs for ours, theirs in _OPENAI.items() if theirs in fields | _COMMON}
    quiet = {field: value for field, value in _QUIET.items() if field in fields}
    settings = start | quiet | _passed_on(spec, options, known)
    return _made(lambda: chat_models.init_chat_model(name, **settings), spec)


def _passed_on(spec: str, options: ModelOptions, known: dict[str, str]) -> dict[str, Any]:
    """Return the options by the names another library has for them; warn of the others.

    The context window is no option of a request there; it still limits what is sent.
    """
    given = options.model_dump(exclude_none=True, exclude={"num_ctx"})
    if lost := sorted(given.keys() - known.keys()):
        warnings.warn(f"{spec} cannot be given {', '.join(lost)}", UserWarning, stacklevel=5)
    return {known[name]: value for name, value in given.items() if name in known}


def _made(make: Callable[[], BaseChatModel], spec: str) -> BaseChatModel:
    """Make a model; errors of other libraries are told without what was given to them."""
    try:
        return make()
    except ImportError as error:
        raise SetupError(f"{spec} is not installed: {error}") from error
    except SetupError:
        raise
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False, include_context=False)
        raise SetupError(f"{spec} cannot be set up: {safe(found[0]['msg'])}") from None
    except Exception as error:  # noqa: BLE001  raised again as what it means
        raise SetupError(f"{spec} cannot be set up: {safe(str(error))}") from None
