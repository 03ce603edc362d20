"""One request to a model, and the hash that tells it from every other."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, Protocol

from langchain_core.messages import BaseMessage

from chimera.models.answer import Raw
from chimera.models.prompt import tools_size
from chimera.models.toolcalls import said

Said = tuple[tuple[str, str], ...]  # role and text of each message


@dataclass(frozen=True)
class Request:
    """What decides over an answer: a model, its options, the messages and the schema.

    Attributes:
        model: `provider:name`.
        digest: Which build of the model the server has; None where it does not say.
        host: Address of the server.
        options: Options in force, the context window among them.
        messages: What is sent.
        schema: JSON schema the answer is held to; None for text.
        repeat: How many answers this same question has had in its call: an empty one is asked for
            again, and a journal must not give it twice.
        tools: Schemas of the tools the model may call.
    """

    model: str
    digest: str | None
    host: str
    options: Mapping[str, Any]
    messages: Sequence[BaseMessage]
    schema: Mapping[str, Any] | None
    repeat: int = 0
    tools: Sequence[Mapping[str, Any]] = ()

    @cached_property
    def said(self) -> Said:
        """Role and text of each message, tool calls in it."""
        return tuple((message.type, said(message)) for message in self.messages)

    @property
    def size(self) -> int:
        """Bytes of all messages and tools in UTF-8."""
        texts = sum(len(text.encode("utf-8", "replace")) for _, text in self.said)
        return texts + tools_size(self.tools)

    @cached_property
    def hash(self) -> str:
        """SHA-256 over all that decides; the same in every process.

        The digest stands for the server where it is known: the same build elsewhere answers alike.
        How long the model stays loaded decides nothing.
        """
        options = {name: v for name, v in self.options.items() if name != "keep_alive"}
        where = self.digest or self.host
        whole: list[Any] = [self.model, where, options, self.said, self.schema, self.repeat]
        whole += [self.tools] if self.tools else []
        text = json.dumps(whole, sort_keys=True, separators=(",", ":"))
        return sha256(text.encode("utf-8", "replace")).hexdigest()


class Door(Protocol):
    """What every request passes: it sends it, or answers in the server's place.

    A journal of answered calls is one: it looks `request.hash` up before it sends, and keeps what
    comes back.
    """

    async def __call__(self, request: Request, send: Callable[[], Awaitable[Raw]], /) -> Raw:
        """Return the answer to a request."""


async def straight(_: Request, send: Callable[[], Awaitable[Raw]], /) -> Raw:
    """Send every request."""
    return await send()
