"""LangChain's own test suites for chat models, run on the classes we ship against stand-ins."""

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests

from chimera.models import Ollama
from chimera.testing import OllamaStandIn, OpenAIStandIn


class TestOllamaUnit(ChatModelUnitTests):
    """The suite that needs no server."""

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        """The class under test."""
        return Ollama

    @property
    def chat_model_params(self) -> dict[str, Any]:
        """What every model is built with."""
        return {"model": "gemma3"}

    @property
    def standard_chat_model_params(self) -> dict[str, Any]:
        """The common parameters Ollama has; unknown ones are refused."""
        return {"temperature": 0}


class TestOllamaIntegration(ChatModelIntegrationTests):
    """The suite that talks to a server."""

    server: ClassVar[OllamaStandIn]

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def _running(cls) -> Iterator[None]:
        with OllamaStandIn() as cls.server:
            yield

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        """The class under test."""
        return Ollama

    @property
    def chat_model_params(self) -> dict[str, Any]:
        """What every model is built with."""
        return {"model": "gemma3", "base_url": self.server.base_url}

    @property
    def standard_chat_model_params(self) -> dict[str, Any]:
        """The common parameters Ollama has; unknown ones are refused."""
        return {"temperature": 0}

    @property
    def has_tool_calling(self) -> bool:
        """The stand-in calls no tools."""
        return False

    @property
    def structured_output_kwargs(self) -> dict[str, Any]:
        """The method that Ollama does on the server."""
        return {"method": "json_schema"}

    @property
    def supports_json_mode(self) -> bool:
        """The stand-in gives an empty object without a schema."""
        return False


class TestCompatibleUnit(ChatModelUnitTests):
    """The suite that needs no server, on the class behind `openai:`."""

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        """The class under test."""
        from chimera.models.compatible import OpenAICompatible

        return OpenAICompatible

    @property
    def chat_model_params(self) -> dict[str, Any]:
        """What every model is built with."""
        return {"model": "qwen3", "base_url": "http://127.0.0.1:8000/v1"}


class TestCompatibleIntegration(ChatModelIntegrationTests):
    """The suite that talks to a server, on the class behind `openai:`."""

    server: ClassVar[OpenAIStandIn]

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def _running(cls) -> Iterator[None]:
        with OpenAIStandIn() as cls.server:
            yield

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        """The class under test."""
        from chimera.models.compatible import OpenAICompatible

        return OpenAICompatible

    @property
    def chat_model_params(self) -> dict[str, Any]:
        """What every model is built with."""
        return {"model": "qwen3", "base_url": self.server.api_url}

    @property
    def has_tool_calling(self) -> bool:
        """The stand-in calls no tools."""
        return False

    @property
    def structured_output_kwargs(self) -> dict[str, Any]:
        """The method that such servers do themselves."""
        return {"method": "json_schema"}

    @property
    def supports_json_mode(self) -> bool:
        """The stand-in gives an empty object without a schema."""
        return False
