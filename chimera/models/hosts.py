"""The servers that hold one model: which of them is asked, and what is known of each."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Final

from langchain_core.language_models import BaseChatModel

from chimera.models.address import base_url
from chimera.models.answer import Raw
from chimera.models.catalogue import Catalogue, catalogue, forget, window_in_force
from chimera.models.events import emit
from chimera.models.faults import WireError
from chimera.models.limiter import Limiter, limiter_of
from chimera.models.records import Outcome
from chimera.models.sender import Sender

if TYPE_CHECKING:
    from chimera.models.connections import Endpoint

REST_S: Final = 30.0  # how long a host that failed is left alone where there is another
OTHERS_IN_FLIGHT: Final = 8  # calls at once to another provider, whose servers answer in batches
MOST_SENDERS: Final = 8  # windows and lengths of one model that are kept ready
WARM_MS: Final = 20.0  # a loaded model answers with a load_duration of some 1 ms

_ELSEWHERE: Final = frozenset(  # troubles of one server, which another one need not have
    {
        Outcome.FIRST_TOKEN_TIMEOUT,
        Outcome.STALLED,
        Outcome.DROPPED_STREAM,
        Outcome.SERVER_BUSY,
        Outcome.SERVER_ERROR,
        Outcome.MODEL_MISSING,
        Outcome.UNAUTHORISED,
        Outcome.UNREACHABLE,
        Outcome.NOT_OLLAMA,
    }
)

_USERINFO: Final = re.compile(r"//[^/@]*@")  # never in a record
RESTING: dict[str, float] = {}  # address -> until when
LOADED: dict[tuple[str, str], tuple[int | None, int | None]] = {}  # asked for, in force


class Host:
    """One model at one server.

    Attributes:
        address: The server's base URL; the provider's name where its library keeps it.
        model_name: The model as the server calls it.
        endpoint: For Ollama: how it is reached; None for other providers.
    """

    def __init__(self, model: BaseChatModel, in_flight: int | None = None) -> None:
        self.endpoint: Endpoint | None = getattr(model, "endpoint", None)
        self.model_name = str(getattr(model, "model", None) or getattr(model, "model_name", ""))
        self.address = self.endpoint.base_url if self.endpoint else _address(model)
        self.limiter = _limiter(model, self.address, in_flight)
        self._model = model
        self._senders: dict[tuple[int | None, int | None], Sender] = {}

    def __repr__(self) -> str:
        return f"Host({self.model_name!r} at {self.address!r})"

    @property
    def resting(self) -> bool:
        """Whether the server failed a moment ago."""
        return time.monotonic() < RESTING.get(self.address, 0.0)

    def rest(self) -> None:
        """Leave the server alone for a while."""
        RESTING[self.address] = time.monotonic() + REST_S
        if self.endpoint:
            forget(self.endpoint)

    def sender(self, window: int | None, most: int | None = None) -> Sender:
        """Return what asks the model with this context window and for answers of this length.

        Args:
            window: In tokens; for Ollama only.
            most: Tokens of an answer, where it is to be shorter than the model's options say.
        """
        key = (window, most)
        if key not in self._senders:
            if len(self._senders) >= MOST_SENDERS:
                self._senders.clear()
            self._senders[key] = Sender(self._as(window, most))
        return self._senders[key]

    def _as(self, window: int | None, most: int | None) -> BaseChatModel:
        model, fields = self._model, type(self._model).model_fields
        update: dict[str, int | None] = {}
        if self.endpoint is not None and window != getattr(model, "num_ctx", None):
            update["num_ctx"] = window
        limit = next((name for name in ("num_predict", "max_tokens") if name in fields), None)
        if most is not None and limit is not None:
            update[limit] = most
        return model.model_copy(update=update) if update else model

    def told_window(self, asked: int | None) -> int | None:
        """Return the window that the server put in force when so many tokens were asked for."""
        known = LOADED.get((self.address, self.model_name))
        return known[1] if known is not None and known[0] == asked else None

    async def loaded_window(self) -> int | None:
        """Return the context window the model is loaded with, in tokens, as the server says."""
        if self.endpoint is None:
            return None
        return await window_in_force(self.endpoint, self.model_name)

    def forget_window(self) -> None:
        """Take in that the model is not loaded any more."""
        LOADED.pop((self.address, self.model_name), None)

    async def catalogue(self) -> Catalogue:
        """Return what the server says of itself; nothing known where it does not."""
        found = await catalogue(self.endpoint) if self.endpoint else None
        return found or Catalogue()

    async def window(self, asked: int | None, raw: Raw) -> int | None:
        """Return the context window in force for an answer, in tokens, as the server says.

        The server loads a model again whenever another window is asked for, which takes far longer
        than `WARM_MS`: as long as nothing was loaded, what it said last still holds.
        """
        if self.endpoint is None:
            return None
        key = (self.address, self.model_name)
        load_ms = raw.duration_ms("load_duration")
        known = LOADED.get(key)
        if known and known[0] == asked and load_ms is not None and load_ms < WARM_MS:
            return known[1]
        found = await window_in_force(self.endpoint, self.model_name)
        if found is not None:
            LOADED[key] = (asked, found)
        return found


def _log(problem: str) -> None:
    emit("model.host_left_out", problem=problem)


class Hosts:
    """Servers that hold the same model; those that fail rest while others answer.

    The digest that the first of them to answer has is the one that counts: a server that has
    another build under the same name is not asked.

    Args:
        models: The model at each server, the preferred first.
        in_flight: Calls at once at each server, for the whole process; None keeps what is in force.
        pins: Returns model to the digest that counts, shared by those who are to use one build.
        warn: Is told of each server that is left out or fails, also again.
    """

    def __init__(
        self,
        models: Sequence[BaseChatModel],
        in_flight: int | None = None,
        *,
        pins: Callable[[], dict[str, str]] | None = None,
        warn: Callable[[str], None] = _log,
    ) -> None:
        self.all = tuple(Host(model, in_flight) for model in models)
        own: dict[str, str] = {}
        self._pins = pins or (lambda: own)
        self._warn = warn
        self._fits: dict[Host, bool] = {}  # what was last seen; unknown ones are not there

    async def choose(self, failed: Collection[Host] = ()) -> Host:
        """Return the host to ask next: one that has not failed, the least busy, in their order.

        Where all have, one of those that hold the right build is asked again; one that is known to
        hold another, or none, only where there is no other at all.
        """
        if len(self.all) == 1:
            return self.all[0]
        await self._look()
        fit = [host for host in self.all if self._fits.get(host)]
        open_ = [host for host in self.all if self._fits.get(host) is None]
        awake = [host for host in fit if not host.resting]
        fresh = [host for host in awake if host not in failed]
        unseen = [host for host in open_ if not host.resting and host not in failed]
        candidates = fresh or unseen or awake or fit or open_ or list(self.all)
        return min(candidates, key=lambda host: host.limiter.in_flight + host.limiter.waiting)

    def can_move(self, fault: WireError, failed: Collection[Host]) -> bool:
        """Return whether a host is left that has not failed and need not have the same trouble."""
        return fault.kind in _ELSEWHERE and any(
            host not in failed and not host.resting and self._fits.get(host) is not False
            for host in self.all
        )

    def note(self, host: Host, fault: WireError) -> None:
        """Take in that a request failed: where there are others, the host may rest."""
        if fault.kind is Outcome.MODEL_MISSING and host.endpoint:
            forget(host.endpoint)
        if len(self.all) > 1 and fault.kind in _ELSEWHERE:
            host.rest()
            self._tell(host, f"failed ({fault.kind.value})")

    async def _look(self) -> None:
        """Learn which hosts hold the model, in the build that counts."""
        pins, awake = self._pins(), [host for host in self.all if not host.resting]
        found = await asyncio.gather(*(host.catalogue() for host in awake))
        for host, said in zip(awake, found, strict=True):
            digest = said.digest(host.model_name)
            if not said.digests:
                self._tell(host, "does not say what it has")
                continue
            fits = digest is not None and digest == pins.setdefault(host.model_name, digest)
            if not fits:
                self._tell(host, "holds another build" if digest else "does not have the model")
            self._fits[host] = fits

    def _tell(self, host: Host, reason: str) -> None:
        self._warn(f"{host.address} {reason}: other servers are asked for {host.model_name}")


def _limiter(model: BaseChatModel, address: str, in_flight: int | None) -> Limiter:
    """Return the limiter of a server, one for all spellings of this machine."""
    provider = model._llm_type  # noqa: SLF001  LangChain's only name for a provider
    if provider != "chat-ollama":
        return limiter_of(f"{provider} {address}", in_flight or OTHERS_IN_FLIGHT)
    if getattr(model, "endpoint", None) is None:  # LangChain's own class
        address = base_url(getattr(model, "base_url", None))
    return limiter_of(address.replace("//localhost:", "//127.0.0.1:"), in_flight)


def _address(model: BaseChatModel) -> str:
    """Return where another provider's model is asked, as far as its library tells."""
    for name in ("openai_api_base", "base_url", "endpoint_url"):
        if isinstance(found := getattr(model, name, None), str):
            return _USERINFO.sub("//", found).partition("?")[0]
    return str(model._llm_type)  # noqa: SLF001  LangChain's only name for a provider
