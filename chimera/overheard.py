"""Model calls that nodes make by themselves, with any LangChain model, accounted for as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import LLMResult
from langchain_core.tracers.context import register_configure_hook

from chimera import session as sessions
from chimera.events import ModelAsked, ModelCalled, ModelText
from chimera.models.listener import Onlooker, accounted

if TYPE_CHECKING:
    from chimera.models.account import Account
    from chimera.session import Session
    from chimera.stages import StageContext


register_configure_hook(sessions.hearer, inheritable=False)  # so that only models have it, no chain


@dataclass(slots=True)
class _Call:
    """A call on its way."""

    account: Account
    stage: StageContext | None
    first_ms: float | None = None


class Overhearer(Onlooker):
    """Keeps a record of every model call of a run that passes no gateway.

    A record holds what LangChain tells: times seen here, and the counters a provider puts into its
    answer. What is retried inside of a provider's library is one attempt.

    Args:
        session: The run.
    """

    run_inline = True
    ignore_chain = True  # nodes time themselves
    ignore_agent = True
    ignore_retriever = True
    ignore_custom_event = True

    def __init__(self, session: Session) -> None:
        self._session = session
        self._calls: dict[UUID, _Call] = {}

    def on_chat_model_start(
        self,
        serialized: dict[str, Any],
        messages: list[list[BaseMessage]],  # noqa: ARG002  never looked at
        *,
        run_id: UUID,
        **more: Any,  # noqa: ANN401  LangChain's
    ) -> None:
        """Take in that a chat model is asked."""
        self._asked(run_id, serialized, more)

    def on_llm_start(
        self,
        serialized: dict[str, Any],
        prompts: list[str],  # noqa: ARG002  never looked at
        *,
        run_id: UUID,
        **more: Any,  # noqa: ANN401  LangChain's
    ) -> None:
        """Take in that a model is asked that completes texts."""
        self._asked(run_id, serialized, more)

    def _asked(self, run_id: UUID, serialized: Mapping[str, Any] | None, more: Any) -> None:  # noqa: ANN401  LangChain's
        if accounted.get():
            return
        from chimera.models.account import Account

        session, stage = self._session, sessions.frame.get()
        name = _name(
            serialized or {}, more.get("metadata") or {}, more.get("invocation_params") or {}
        )
        where = None if stage is None else stage.stage
        now = session.clock.monotonic()
        account = Account(session.next_call_id(), where, None, name, now, attempts=1)
        account.asked_s = session.elapsed_s(now)
        self._calls[run_id] = _Call(account, stage)
        session.emit(ModelAsked(where, None, name))

    def on_llm_new_token(
        self,
        token: str | list[str | dict[str, Any]],
        *,
        run_id: UUID,
        **_: Any,  # noqa: ANN401  LangChain's
    ) -> None:
        """Take in a piece of an answer."""
        call = self._calls.get(run_id)
        if call is None or not token or not isinstance(token, str):
            return
        if call.first_ms is None:
            now = self._session.clock.monotonic()
            call.first_ms = (now - call.account.started_s) * 1000
        if self._session.listener is not None:
            self._session.emit(ModelText(call.account.stage, None, token))

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **_: Any) -> None:  # noqa: ANN401  LangChain's
        """Take in an answer."""
        if (call := self._calls.pop(run_id, None)) is None:
            return
        from chimera.models.answer import Raw
        from chimera.models.records import Outcome

        message = _message(response)
        raw = Raw.of(message, first_ms=call.first_ms)
        call.account.answer(raw)
        outcome = raw.outcome
        if outcome is Outcome.EMPTY and message.tool_calls:
            outcome = Outcome.OK
        call.account.outcome, call.account.detail = outcome, raw.detail
        self._keep(call)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:  # noqa: ANN401  LangChain's
        """Take in that there is no answer."""
        if (call := self._calls.pop(run_id, None)) is None:
            return
        from chimera.models.foreign import classified

        if isinstance(error, Exception):
            call.account.fail(classified(error))
        else:
            call.account.give_up()
        self._keep(call)

    def _keep(self, call: _Call) -> None:
        record = call.account.record(self._session.clock.monotonic())
        self._session.keep(record, call.stage)
        self._session.emit(ModelCalled(record.stage, None, record))


def _message(response: LLMResult) -> AIMessage:
    """Return the answer with all that is known of it."""
    generation = response.generations[0][0]
    message = getattr(generation, "message", None)
    if not isinstance(message, AIMessage):
        message = AIMessage(generation.text)
    info = {**(generation.generation_info or {}), **message.response_metadata}
    return message.model_copy(update={"response_metadata": info})


def _name(
    serialized: Mapping[str, Any], metadata: Mapping[str, Any], params: Mapping[str, Any]
) -> str:
    """Return `provider:name` as far as LangChain says."""
    known: Sequence[Any] = (
        metadata.get("ls_provider"), str(params.get("_type", "")).removeprefix("chat-"), "unknown",
    )  # fmt: skip
    names: Sequence[Any] = (
        metadata.get("ls_model_name"), params.get("model"), params.get("model_name"),
        serialized.get("name"), "unknown",
    )  # fmt: skip
    return f"{next(filter(None, known))}:{next(filter(None, names))}"
