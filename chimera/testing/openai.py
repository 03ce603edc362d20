"""`OpenAIStandIn`: a server on loopback that speaks OpenAI's protocol, without a model.

It speaks `/v1/models` and `/v1/chat/completions` as vLLM, llama.cpp and Ollama do; what Ollama
says there is held against recordings.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from chimera.testing.behaviour import Behaviour
from chimera.testing.completion import TROUBLES, AnswerTo, Completion, refusing, too_long
from chimera.testing.http1 import Request, chunk, chunked_head, dumps, whole
from chimera.testing.outlet import Closed, Outlet
from chimera.testing.server import LoopbackServer

OK = 200
PATH = "/v1/chat/completions"

_JSON = [("Content-Type", "application/json")]


class OpenAIStandIn(LoopbackServer):
    """A server for OpenAI-compatible clients; use it with `with` or `async with`.

    A chat is answered by the next behaviour of `script`, else by the one of its model's name in
    `behaviours` or `TROUBLES`, else well. A JSON schema asked for is kept to.

    Args:
        answer: The text of every good answer, or a function of the request's body.
        script: Behaviours of the first chats, in order.
        behaviours: Behaviour by model name.
        models: The models there are; any, where it is None.
        key: The key that is asked for; without one everybody is let in.
        num_ctx: The context window, in tokens; a longer prompt is refused.

    Attributes:
        base_url: Where it listens, once it is entered; `api_url` is what clients are given.
    """

    def __init__(
        self,
        answer: str | AnswerTo | None = None,
        *,
        script: Iterable[Behaviour] = (),
        behaviours: Mapping[str, Behaviour] | None = None,
        models: Iterable[str] | None = None,
        key: str | None = None,
        num_ctx: int = 131_072,
    ) -> None:
        super().__init__()
        self._answer = (lambda _: answer) if isinstance(answer, str) else answer
        self._script = list(script)
        self._behaviours = {**TROUBLES, **(behaviours or {})}
        self._models = None if models is None else list(models)
        self._key = key
        self._num_ctx = num_ctx

    @property
    def api_url(self) -> str:
        """The base URL of the protocol, version included."""
        return f"{self.base_url}/v1"

    @property
    def chats(self) -> list[Request]:
        """The requests to `/v1/chat/completions`, in order."""
        return [request for request in self.requests if request.path == PATH]

    async def answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        if request.path == PATH:
            with self._counted():
                await self._chat(request, writer)
        elif request.path == "/v1/models":
            rows = [{"id": n, "object": "model", "owned_by": "library"} for n in self._models or []]
            writer.write(whole(OK, _JSON, dumps({"object": "list", "data": rows})))
        else:
            writer.write(whole(404, [("Content-Type", "text/plain")], b"404 page not found"))

    def _behaviour(self, request: Request) -> Behaviour:
        name = str(request.body.get("model", ""))
        if self._key and request.headers.get("authorization") != f"Bearer {self._key}":
            return TROUBLES["unauthorised"]
        if self._script:
            return self._script.pop(0)
        if name in self._behaviours:
            return self._behaviours[name]
        if self._models is None or name in self._models:
            return Behaviour()
        return refusing(404, f"model '{name}' not found", kind="not_found_error")

    async def _chat(self, request: Request, writer: asyncio.StreamWriter) -> None:
        behaviour = self._behaviour(request)
        completion = Completion(request.body, behaviour, self._answer)
        if behaviour.status == OK and completion.prompt_tokens > self._num_ctx:
            behaviour = too_long(completion.prompt_tokens, self._num_ctx)
        await asyncio.sleep(behaviour.first_token_s)
        if behaviour.raw is not None:
            writer.write(behaviour.raw)
            raise Closed
        if behaviour.status != OK:
            writer.write(whole(behaviour.status, behaviour.headers, behaviour.body))
        elif request.body.get("stream") is True:
            await _stream(completion, Outlet(writer, behaviour))
        else:
            writer.write(whole(OK, _JSON, completion.whole()))


async def _stream(completion: Completion, outlet: Outlet) -> None:
    behaviour = completion.behaviour
    data = chunked_head("text/event-stream")
    for event in completion.events():
        data += _event(event)
        await outlet.write(data)
        data = b""
        await asyncio.sleep(behaviour.token_s)
    if behaviour.ending in {"done", "slow_close"}:
        data += b"".join(_event(event) for event in completion.ending())
    if behaviour.ending in {"done", "no_done"}:
        data += chunk(b"")
    await outlet.write(data)
    await outlet.finish(b'85\r\ndata: {"id":')


def _event(data: bytes) -> bytes:
    return chunk(b"data: " + data + b"\n\n")
