"""`ScriptedModel`: a chat model whose answers are written down beforehand."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LangSmithParams, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call, tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_json_schema, convert_to_openai_tool
from pydantic import ConfigDict, PrivateAttr

from chimera.models.structured import parsed
from chimera.testing.chat import FILLER, tokens
from chimera.testing.schema import example

Reply = str | Exception | AIMessage
Answers = Sequence[Reply] | dict[str, Reply] | Callable[[list[BaseMessage]], Reply]

_PIECE = re.compile(r"\s*\S+|\s+")


def calling(name: str, /, **arguments: Any) -> AIMessage:  # noqa: ANN401  a tool's own
    """Return the answer of a model that calls a tool."""
    return AIMessage(
        content="", tool_calls=[tool_call(name=name, args=arguments, id=f"call_{name}")]
    )


class ScriptedModel(BaseChatModel):
    """A deterministic chat model: the same questions get the same answers, at once.

    An answer that is an exception is raised, one that is a message is given as it is: `calling`
    makes those that call a tool. Where `answers` is None, a request with a JSON schema gets the
    simplest value that fits, one with tools calls the first of them once, and any other gets a
    filler sentence.

    Attributes:
        answers: A list, used up in order; a dict, whose first key found in the prompt counts; or
            a function of the messages.
        name: Its name in metadata.
        format: A JSON schema, as `Ollama` takes it; may also come with a call.
        counts: Whether token counts are given.
        done_reason: Why every answer ends; `length` makes it a cut one.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    answers: Answers | None = None
    name: str = "scripted"
    format: str | dict[str, Any] | None = None
    counts: bool = True
    done_reason: str = "stop"

    _asked: list[list[BaseMessage]] = PrivateAttr(default_factory=list)

    @property
    def asked(self) -> list[list[BaseMessage]]:
        """The messages of every call, in order."""
        return self._asked

    @property
    def prompts(self) -> list[str]:
        """The text of every call, in order."""
        return [_text(messages) for messages in self._asked]

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _get_ls_params(
        self,
        stop: list[str] | None = None,
        **kwargs: Any,  # noqa: ANN401  LangChain's
    ) -> LangSmithParams:
        params = super()._get_ls_params(stop=stop, **kwargs)
        params["ls_provider"] = "scripted"
        params["ls_model_name"] = kwargs.get("model", self.name)
        return params

    def with_structured_output(
        self,
        schema: dict[str, Any] | type,
        *,
        include_raw: bool = False,
        **_: Any,  # noqa: ANN401  LangChain's
    ) -> Runnable[LanguageModelInput, Any]:
        """Return a runnable that answers with values of a Pydantic model or of a JSON schema.

        Whatever `method` says, the answer is JSON text.
        """
        form: dict[str, Any] = convert_to_json_schema(schema)
        asking = self.bind(format=form, ls_structured_output_format={"schema": schema})
        return parsed(asking, schema, include_raw=include_raw)

    def bind_tools(
        self,
        tools: Sequence[Mapping[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,  # noqa: ANN401  LangChain's
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Return a runnable that offers tools with every call."""
        schemas = [convert_to_openai_tool(tool) for tool in tools]
        chosen = [s for s in schemas if s["function"]["name"] == tool_choice]
        return self.bind(tools=chosen or schemas, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401  LangChain's
    ) -> ChatResult:
        reply = self._reply(messages, stop, kwargs)
        for piece in _PIECE.findall(reply.text):
            if run_manager:
                run_manager.on_llm_new_token(piece)
        return self._result(messages, reply)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401  LangChain's
    ) -> ChatResult:
        reply = self._reply(messages, stop, kwargs)
        for piece in _PIECE.findall(reply.text):
            if run_manager:
                await run_manager.on_llm_new_token(piece)
        return self._result(messages, reply)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401  LangChain's
    ) -> Iterator[ChatGenerationChunk]:
        for piece in self._chunks(messages, self._reply(messages, stop, kwargs)):
            if run_manager:
                run_manager.on_llm_new_token(piece.text, chunk=piece)
            yield piece

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401  LangChain's
    ) -> AsyncIterator[ChatGenerationChunk]:
        for piece in self._chunks(messages, self._reply(messages, stop, kwargs)):
            if run_manager:
                await run_manager.on_llm_new_token(piece.text, chunk=piece)
            yield piece

    def _reply(
        self, messages: list[BaseMessage], stop: list[str] | None, kwargs: dict[str, Any]
    ) -> AIMessage:
        self._asked.append(list(messages))
        reply = self._scripted(messages, kwargs)
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, AIMessage):
            return reply
        for word in stop or []:
            reply = reply.partition(word)[0]
        return AIMessage(content=reply)

    def _scripted(self, messages: list[BaseMessage], kwargs: dict[str, Any]) -> Reply:
        answers = self.answers
        if answers is None:
            return self._simplest(messages, kwargs)
        if callable(answers):
            return answers(messages)
        if isinstance(answers, dict):
            prompt = _text(messages)
            found = next((reply for key, reply in answers.items() if key in prompt), None)
            if found is None:
                raise LookupError(f"no answer for this prompt; there are: {sorted(answers)}")
            return found
        if len(self._asked) > len(answers):
            raise LookupError(f"the script is spent after {len(answers)} answers")
        return answers[len(self._asked) - 1]

    def _simplest(self, messages: list[BaseMessage], kwargs: dict[str, Any]) -> Reply:
        form, tools = kwargs.get("format", self.format), kwargs.get("tools")
        if isinstance(form, dict):
            return json.dumps(example(form))
        if tools and not any(isinstance(message, ToolMessage) for message in messages):
            first = tools[0]["function"]
            return calling(first["name"], **example(first.get("parameters") or {"type": "object"}))
        return FILLER.strip()

    def _result(self, messages: list[BaseMessage], reply: AIMessage) -> ChatResult:
        message = reply.model_copy(update={"usage_metadata": self._usage(messages, reply.text)})
        generation = ChatGeneration(message=message, generation_info=self._info())
        return ChatResult(generations=[generation])

    def _chunks(
        self, messages: list[BaseMessage], reply: AIMessage
    ) -> Iterator[ChatGenerationChunk]:
        for piece in _PIECE.findall(reply.text):
            yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
        calls = [
            tool_call_chunk(name=c["name"], args=json.dumps(c["args"]), id=c["id"], index=index)
            for index, c in enumerate(reply.tool_calls)
        ]
        if calls:
            yield ChatGenerationChunk(message=AIMessageChunk(content="", tool_call_chunks=calls))
        yield ChatGenerationChunk(
            message=AIMessageChunk(
                content="",
                usage_metadata=self._usage(messages, reply.text),
                chunk_position="last",
            ),
            generation_info=self._info(),
        )

    def _info(self) -> dict[str, Any]:
        return {
            "model_name": self.name,
            "model_provider": "scripted",
            "done": True,
            "done_reason": self.done_reason,
        }

    def _usage(self, messages: list[BaseMessage], text: str) -> UsageMetadata | None:
        if not self.counts:
            return None
        asked, answered = sum(6 + tokens(str(m.text)) for m in messages), tokens(text)
        return UsageMetadata(
            input_tokens=asked, output_tokens=answered, total_tokens=asked + answered
        )


def _text(messages: list[BaseMessage]) -> str:
    return "\n".join(str(message.text) for message in messages)
