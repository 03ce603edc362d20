"""Structured output for models that keep to a JSON schema by themselves."""

from __future__ import annotations

from typing import Any

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage
from langchain_core.output_parsers import BaseOutputParser, JsonOutputParser, PydanticOutputParser
from langchain_core.runnables import Runnable, RunnableLambda, RunnableMap, RunnablePassthrough
from langchain_core.utils.pydantic import is_basemodel_subclass

Asking = Runnable[LanguageModelInput, AIMessage]


def parsed(
    asking: Asking, schema: dict[str, Any] | type, *, include_raw: bool
) -> Runnable[LanguageModelInput, Any]:
    """Return a runnable that reads the JSON text of answers.

    Args:
        asking: The model, bound to the schema.
        schema: A Pydantic model or a JSON schema.
        include_raw: Whether to return message, value and error side by side, as LangChain does.
    """
    parser: BaseOutputParser[Any] = JsonOutputParser()
    if is_basemodel_subclass(schema):  # type: ignore[arg-type]
        parser = PydanticOutputParser(pydantic_object=schema)
    if not include_raw:
        return asking | parser
    return RunnableMap(raw=asking) | RunnablePassthrough.assign(
        parsed=RunnableLambda(lambda got: _tried(parser, got["raw"])[0]),
        parsing_error=RunnableLambda(lambda got: _tried(parser, got["raw"])[1]),
    )


def _tried(parser: BaseOutputParser[Any], message: AIMessage) -> tuple[Any, Exception | None]:
    try:
        return parser.invoke(message), None
    except ValueError as error:
        return None, error
