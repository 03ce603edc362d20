"""`OllamaStandIn`: a server on loopback that answers like Ollama, without a model.

It speaks `/`, `/api/version`, `/api/tags`, `/api/ps`, `/api/show` and `/api/chat` as recorded
from a real server, and misbehaves on request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self, Unpack

from chimera.testing.behaviour import Behaviour, failing
from chimera.testing.chat import LENGTH, AnswerTo, Chat, wrong_request
from chimera.testing.faults import BUSY, FAULTS
from chimera.testing.http1 import JSON, Request, chunk, chunked_head, dumps, whole
from chimera.testing.lists import Catalogue, full_name
from chimera.testing.outlet import Closed
from chimera.testing.scheduler import Busy, Grant, Machine, Scheduler, seconds_of
from chimera.testing.server import LoopbackServer
from chimera.testing.stream import Stream

OK = 200


class OllamaStandIn(LoopbackServer):
    """An Ollama server in a thread of its own; use it with `with` or `async with`.

    A chat is answered by the next behaviour of `script`, else by the one of its model's name in
    `behaviours` or `FAULTS`, else well. Any model exists, unless `models` lists those that do.
    Without a `machine` it answers all at once and at once; with one it loads models, lets chats
    wait and refuses them as a real server does.

    Args:
        answer: The text of every good answer, or a function of the request's body.
        script: Behaviours of the first chats, in order.
        behaviours: Behaviour by model name.
        models: The models there are; others are answered with 404.
        digests: Digest by model name; others are made from the name.
        machine: The limits of the server, see `chimera.testing.Machine`.

    Attributes:
        prompts: The text of each prompt that reached a model, in order.
    """

    def __init__(
        self,
        answer: str | AnswerTo | None = None,
        *,
        script: Iterable[Behaviour] = (),
        behaviours: Mapping[str, Behaviour] | None = None,
        models: Iterable[str] | None = None,
        digests: Mapping[str, str] | None = None,
        **machine: Unpack[Machine],
    ) -> None:
        super().__init__()
        self._answer = (lambda _: answer) if isinstance(answer, str) else answer
        self._script = list(script)
        self._behaviours = {**FAULTS, **(behaviours or {})}
        self._models = None if models is None else [full_name(name) for name in models]
        self._machine = machine
        self._catalogue = Catalogue(
            machine.get("context_length", LENGTH),
            {full_name(name): digest for name, digest in (digests or {}).items()},
            machine.get("old", False),
        )
        self._scheduler = Scheduler(machine)
        self.prompts: list[str] = []

    @property
    def chats(self) -> list[Request]:
        """The requests to `/api/chat`, in order."""
        return [request for request in self.requests if request.path == "/api/chat"]

    @property
    def loads(self) -> int:
        """How often a model was loaded."""
        return self._scheduler.loads

    def start(self) -> Self:
        """Listen on 127.0.0.1: on a free port, or on the one it had before; nothing is loaded."""
        self._scheduler = Scheduler(self._machine, self.loads)
        return super().start()

    async def answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        if request.path == "/api/chat":
            with self._counted():
                await self._chat(request, writer)
        else:
            writer.write(self._other(request))

    def _other(self, request: Request) -> bytes:
        method, path = request.method, request.path
        catalogue, runners = self._catalogue, self._scheduler.runners
        bodies: dict[str, Callable[[], dict[str, Any]]] = {
            "/api/version": catalogue.version,
            "/api/tags": lambda: catalogue.tags(self._models or [r.name for r in runners]),
            "/api/ps": lambda: catalogue.running(runners),
        }
        if path == "/":
            text = [("Content-Type", "text/plain; charset=utf-8")]
            return whole(OK, text, b"Ollama is running", head=method == "HEAD")
        if path == "/api/show":
            return self._show(str(request.body.get("model", "")))
        if path in bodies:
            return whole(OK, [("Content-Type", JSON)], dumps(bodies[path]()))
        if path == "/api/chat/":
            return whole(307, [("Location", "/api/chat")], b"")
        return whole(404, [("Content-Type", "text/plain")], b"404 page not found")

    def _show(self, name: str) -> bytes:
        if not self._has(name):
            return _refused(failing(404, f"model '{full_name(name)}' not found"))
        return chunked_head(JSON) + chunk(dumps(self._catalogue.show(name))) + chunk(b"")

    def _has(self, name: str) -> bool:
        return self._models is None or full_name(name) in self._models

    def _behaviour(self, request: Request) -> Behaviour:
        name = str(request.body.get("model", ""))
        wrong = wrong_request(request.method, request.content, request.body)
        if wrong is not None:
            return wrong
        if self._script:
            return self._script.pop(0)
        if name in self._behaviours:
            return self._behaviours[name]
        return Behaviour() if self._has(name) else failing(404, f"model '{name}' not found")

    async def _chat(self, request: Request, writer: asyncio.StreamWriter) -> None:
        behaviour = self._behaviour(request)
        if behaviour.raw is None and behaviour.status == OK:
            await self._good(Chat(request.body, behaviour, self._answer, self._machine), writer)
            return
        await asyncio.sleep(behaviour.first_token_s)
        if behaviour.raw is not None:
            writer.write(behaviour.raw)
            raise Closed
        writer.write(_refused(behaviour))

    async def _good(self, chat: Chat, writer: asyncio.StreamWriter) -> None:
        try:
            keep_s = seconds_of(chat.body.get("keep_alive"))
        except ValueError as error:
            writer.write(_refused(failing(400, str(error))))
            return
        name = full_name(chat.name)
        if chat.preload and not keep_s:
            self._scheduler.unload(name)
            writer.write(chat.loaded("unload"))
            return
        try:
            async with self._scheduler.lend(name, chat.profile, keep_s) as grant:
                await self._generated(chat, grant, writer)
        except Busy:
            writer.write(_refused(failing(503, BUSY)))

    async def _generated(self, chat: Chat, grant: Grant, writer: asyncio.StreamWriter) -> None:
        """Answer with a loaded model at hand."""
        await asyncio.sleep(chat.behaviour.first_token_s)
        if chat.preload:
            writer.write(chat.loaded())
            return
        if (refusal := chat.refusal()) is not None:
            writer.write(refusal)
            return
        self.prompts.append(chat.prompt)
        end = chat.last(grant, chat.cached_tokens(grant.runner.cached(chat.prompt)))
        if chat.behaviour.ending == "runner_died":
            self._scheduler.unload(grant.runner.name)
        if chat.body.get("stream") is False:
            writer.write(chat.unstreamed(end))
        else:
            await Stream(chat, end, writer).send()


def _refused(behaviour: Behaviour) -> bytes:
    return whole(behaviour.status, behaviour.headers, behaviour.body)
