"""`ScriptedModel`: a chat model whose answers are written down beforehand."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LangSmithParams, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_json_schema
from pydantic import ConfigDict, PrivateAttr

from chimera.models.structured import parsed
from chimera.testing.chat import FILLER, tokens
from chimera.testing.schema import example

Reply = str | Exception
Answers = Sequence[Reply] | dict[str, Reply] | Callable[[list[BaseMessage]], Reply]

_PIECE = re.compile(r"\s*\S+|\s+")


class ScriptedModel(BaseChatModel):
    """A deterministic chat model: the same questions get the same answers, at once.

    An answer that is an exception is raised. Where `answers` is None, a request with a JSON
    schema gets the simplest value that fits, and any other a filler sentence.

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

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401  LangChain's
    ) -> ChatResult:
        text = self._reply(messages, stop, kwargs)
        for piece in _PIECE.findall(text):
            if run_manager:
                run_manager.on_llm_new_token(piece)
        return self._result(messages, text)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401  LangChain's
    ) -> ChatResult:
        text = self._reply(messages, stop, kwargs)
        for piece in _PIECE.findall(text):
            if run_manager:
                await run_manager.on_llm_new_token(piece)
        return self._result(messages, text)

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
    ) -> str:
        self._asked.append(list(messages))
        reply = self._scripted(messages, kwargs.get("format", self.format))
        if isinstance(reply, Exception):
            raise reply
        for word in stop or []:
            reply = reply.partition(word)[0]
        return reply

    def _scripted(self, messages: list[BaseMessage], form: object) -> Reply:
        answers = self.answers
        if answers is None:
            return json.dumps(example(form)) if isinstance(form, dict) else FILLER.strip()
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

    def _result(self, messages: list[BaseMessage], text: str) -> ChatResult:
        message = AIMessage(content=text, usage_metadata=self._usage(messages, text))
        generation = ChatGeneration(message=message, generation_info=self._info())
        return ChatResult(generations=[generation])

    def _chunks(self, messages: list[BaseMessage], text: str) -> Iterator[ChatGenerationChunk]:
        for piece in _PIECE.findall(text):
            yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
        yield ChatGenerationChunk(
            message=AIMessageChunk(
                content="", usage_metadata=self._usage(messages, text), chunk_position="last"
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
