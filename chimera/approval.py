"""An answer that a person has to approve before it goes on."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from chimera.errors import SetupError, StageError
from chimera.loop import run_sync

Asking = Callable[[str], Coroutine[Any, Any, Any]]

_CHECKPOINTER: Final = "__pregel_checkpointer"  # LangGraph's key; it has no public one
_HELP: Final = 'resume with true, a text in its place, {"edit": …}, or {"reject": "why"}'


async def approved(name: str, ask: Asking, *, output: type[BaseModel] | None, threads: bool) -> Any:  # noqa: ANN401  plain JSON
    """Return an answer that a person has accepted, or put in its place.

    The node is interrupted with the answer. A rejected answer is asked for once more, with the
    reason; an unreadable decision is asked for again. LangGraph runs a node from its start when it
    is resumed: each question is a task of its own, whose result the checkpointer keeps, so that no
    model is asked again.

    Args:
        name: Name of the node.
        ask: Asks the agent, with why its earlier answer was rejected; returns plain JSON.
        output: What an edited answer has to fit.
        threads: Whether LangGraph runs in threads: then its tasks are plain functions.

    Raises:
        SetupError: If the graph has no checkpointer to wait with.
        StageError: If the second answer is rejected too.
    """
    from langgraph.config import get_config
    from langgraph.types import interrupt

    try:
        config = get_config()
    except RuntimeError:
        raise SetupError(
            f"the answer of {name!r} needs a person's approval, and its node was called outside of"
            " a graph: let it stand in one, or ask by Agent.ask"
        ) from None
    if config["configurable"].get(_CHECKPOINTER) is None:
        raise SetupError(
            f"the answer of {name!r} needs a person's approval, and its graph could not go on after"
            " it: compile it with a checkpointer, and give a thread_id"
        )
    why = ""
    for last in (False, True):
        answer = await _once(name, ask, why, threads=threads)
        asked: dict[str, Any] = {"agent": name, "answer": answer, "help": _HELP}
        while True:
            verdict, given, problem = _decided(interrupt(asked), output)
            if not problem:
                break
            asked = {**asked, "problem": problem}
        if verdict != "reject":
            return answer if verdict == "accept" else given
        why = given
        if last:
            break
    raise StageError(f"the answer of {name!r} was rejected twice: {why}")


async def _once(name: str, ask: Asking, why: str, *, threads: bool) -> Any:  # noqa: ANN401
    """Ask as a task of LangGraph, which is not run again when the node is."""
    from langgraph.func import task

    async def asking(why: str) -> Any:  # noqa: ANN401
        return await ask(why)

    def waiting(why: str) -> Any:  # noqa: ANN401
        return run_sync(ask(why))

    kept: Any = task(name=name)
    future = kept(waiting if threads else asking)(why)
    if isinstance(future, concurrent.futures.Future):
        return await asyncio.wrap_future(future)
    return await future


def _decided(given: object, output: type[BaseModel] | None) -> tuple[str, Any, str]:
    """Return accept, edit or reject, what goes with it, and what is wrong with the decision."""
    if given is True:
        return "accept", None, ""
    if isinstance(given, str) and output is None:
        given = {"edit": given}
    if isinstance(given, Mapping) and len(given) == 1:
        verdict, value = next(iter(given.items()))
        if verdict == "accept" and value is True:
            return "accept", None, ""
        if verdict == "reject" and isinstance(value, str) and value.strip():
            return "reject", value, ""
        if verdict == "edit":
            return _edited(value, output)
    return "", None, f"{given!r} is no decision: {_HELP}"


def _edited(value: object, output: type[BaseModel] | None) -> tuple[str, Any, str]:
    if output is None:
        return "edit", value, "" if isinstance(value, str) else f"{value!r} is no text"
    try:
        return "edit", output.model_validate(value).model_dump(mode="json"), ""
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "it"
        return "", None, f"the edit does not fit: {place}: {first['msg']}"
