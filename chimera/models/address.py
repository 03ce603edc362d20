"""The address of an Ollama server: parsed by us, never replaced silently.

The ollama client falls back to its default for an address it cannot read, so that a prompt may
reach another server than the one named. Here an address that does not hold is an error.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping, Sequence
from urllib.parse import SplitResult, urlsplit

from chimera.errors import AddressError

DEFAULT = "http://127.0.0.1:11434"

_OLLAMA_PORT = 11434
_LABEL = 63  # characters a part of a host name may have
_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?")
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  where servers listen, clients call home


def base_url(text: str | None = None, environ: Mapping[str, str] = os.environ) -> str:
    """Return `scheme://host:port[/path]` of a server, in Ollama's own syntax.

    `host`, `host:port` and URLs are read; without a scheme the port is 11434, with one it is
    the scheme's own. None means `OLLAMA_HOST`, and where that is unset `http://127.0.0.1:11434`.

    Raises:
        AddressError: If the address does not hold, or carries a password.
    """
    where = "base URL"
    if text is None:
        text, where = environ.get("OLLAMA_HOST", "").strip().strip("\"'").strip(), "OLLAMA_HOST"
        if not text:
            return DEFAULT
    scheme, found, rest = text.strip().partition("://")
    if not found:
        scheme, rest = "http", text.strip()
    if scheme not in _PORTS:
        raise _refusal(where, text, "the scheme has to be http or https")
    parts = _split(where, text, f"{scheme}://{rest}")
    port = _port(where, text, parts) or (_PORTS[scheme] if found else _OLLAMA_PORT)
    return f"{scheme}://{_host(where, text, parts)}:{port}{parts.path.rstrip('/')}"


def full_url(text: str) -> str:
    """Return the base URL of another server than Ollama, as `http://127.0.0.1:8000/v1`.

    Raises:
        AddressError: If the address does not hold, has no scheme, or carries a password.
    """
    if "://" not in text:
        raise AddressError(
            f"base URL {shown(text)!r} cannot be used: write it in full, as in "
            "http://127.0.0.1:8000/v1"
        )
    return base_url(text)


def each(given: str | Sequence[str] | None) -> list[str | None]:
    """Return addresses one by one; None stands for the default."""
    return [given] if isinstance(given, str) or given is None else [*given]


def shown(text: str) -> str:
    """Return an address fit for messages: without user name, password and query."""
    return text.rpartition("@")[2].partition("?")[0].partition("#")[0][:120]


def _split(where: str, text: str, url: str) -> SplitResult:
    if any(character.isspace() or not character.isprintable() for character in url):
        raise _refusal(where, text, "it holds blanks or control characters")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise _refusal(where, text, "the host cannot be read") from None
    if "@" in parts.netloc:
        raise _refusal(where, text, "no user name or password may stand in it")
    if parts.query or parts.fragment:
        raise _refusal(where, text, "no query and no fragment")
    return parts


def _port(where: str, text: str, parts: SplitResult) -> int | None:
    try:
        port = parts.port
    except ValueError:
        raise _refusal(where, text, "the port has to be a number from 1 to 65535") from None
    if port == 0 or parts.netloc.endswith(":"):
        raise _refusal(where, text, "the port has to be a number from 1 to 65535")
    return port


def _host(where: str, text: str, parts: SplitResult) -> str:
    host = parts.hostname or ""
    if "[" in parts.netloc:
        try:
            return f"[{_ANY.get(host) or ipaddress.IPv6Address(host)}]"
        except ValueError:
            raise _refusal(where, text, "the IPv6 address does not hold") from None
    labels = host.removesuffix(".").split(".")
    if not _HOST.fullmatch(host) or not all(0 < len(label) <= _LABEL for label in labels):
        raise _refusal(where, text, "the host name does not hold")
    return _ANY.get(host, host)


def _refusal(where: str, text: str, reason: str) -> AddressError:
    return AddressError(
        f"{where} {shown(text)!r} cannot be used: {reason}; write it like {DEFAULT}"
    )
