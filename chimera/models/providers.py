"""Providers of models: Chimera's own, and those that LangChain's `init_chat_model` knows."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from chimera.errors import nearest

PACKAGES: Final = {
    "anthropic": "langchain_anthropic",
    "anthropic_bedrock": "langchain_aws",
    "azure_ai": "langchain_azure_ai",
    "azure_openai": "langchain_openai",
    "baseten": "langchain_baseten",
    "bedrock": "langchain_aws",
    "bedrock_converse": "langchain_aws",
    "cohere": "langchain_cohere",
    "deepseek": "langchain_deepseek",
    "fireworks": "langchain_fireworks",
    "google_anthropic_vertex": "langchain_google_vertexai",
    "google_genai": "langchain_google_genai",
    "google_vertexai": "langchain_google_vertexai",
    "groq": "langchain_groq",
    "huggingface": "langchain_huggingface",
    "ibm": "langchain_ibm",
    "litellm": "langchain_litellm",
    "meta": "langchain_meta",
    "mistralai": "langchain_mistralai",
    "nvidia": "langchain_nvidia_ai_endpoints",
    "ollama": "langchain_ollama",
    "openai": "langchain_openai",
    "openrouter": "langchain_openrouter",
    "perplexity": "langchain_perplexity",
    "together": "langchain_together",
    "upstage": "langchain_upstage",
    "xai": "langchain_xai",
}
"""The package of each provider."""


def missing(model: str) -> str | None:
    """Return what keeps a model's provider from being used here; None if nothing does.

    Nothing is imported and nobody is asked: a model the provider lacks is not found out.
    """
    provider, colon, _ = model.partition(":")
    if not colon:  # "none"
        return None
    if provider not in PACKAGES:
        names = ", ".join(PACKAGES)
        return (
            f"no provider is called {provider!r}{nearest(provider, PACKAGES)} (there are: {names})"
        )
    package = PACKAGES[provider]
    wanted = [package] if provider in {"ollama", "openai"} else ["langchain", package]
    lacking = [name for name in wanted if find_spec(name) is None]
    if not lacking:
        return None
    needed = " ".join(name.replace("_", "-") for name in lacking)
    needed = "'chimera-agents[openai]'" if provider == "openai" else needed
    return f"{model!r} needs more packages: pip install {needed}"
