"""LangChain's own test suites for chat models, run on `ScriptedModel`."""

from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests

from chimera.testing import ScriptedModel


class TestScriptedUnit(ChatModelUnitTests):
    """The suite that asks for no answer."""

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        """The class under test."""
        return ScriptedModel


class TestScriptedIntegration(ChatModelIntegrationTests):
    """The suite that asks for answers."""

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        """The class under test."""
        return ScriptedModel

    @property
    def structured_output_kwargs(self) -> dict[str, Any]:
        """The one method a scripted model has."""
        return {"method": "json_schema"}
