"""Addresses such as `s3://bucket/runs` → listing and bytes, through the file systems of fsspec.

Requests are made for many files at once: one by one, each would wait for the network.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from chimera.errors import NotFoundError, SetupError
from chimera.evidence.choice import Choice, is_hidden
from chimera.evidence.content import Content, Found, capped, iso_time
from chimera.evidence.limits import Limits
from chimera.evidence.scan import Listing, shown

_EXTRAS = {"s3": "s3", "gs": "gs", "gcs": "gs", "hf": "hf"}
_TIMES = ("LastModified", "last_modified", "mtime", "updated", "modified", "created")


def is_remote(source: str) -> bool:
    """Tell whether a source is an address that fsspec opens, not a path of this machine."""
    scheme, colon, _ = source.partition("://")
    return bool(colon) and scheme.isalnum() and scheme != "file"


def scan_remote(source: str, limits: Limits, choice: Choice) -> Listing:
    """List the files below an address, or the one file it names, in the order of their paths.

    Raises:
        SetupError: The file system of the address is not installed, or refuses.
        NotFoundError: There is nothing at the address.

    """
    system, base = _open(source)
    try:
        infos: Mapping[str, Mapping[str, Any]] = system.find(base, detail=True)
    except FileNotFoundError as error:
        raise NotFoundError(f"nothing at {source!r}") from error
    except Exception as error:  # each file system has errors of its own; all mean: not to be read
        raise SetupError(f"cannot list {source!r}: {type(error).__name__}: {error}") from error
    if not infos:
        raise NotFoundError(f"nothing at {source!r}")
    return _listing(source, base, infos, limits, choice)


def read_remote(batch: Iterable[Found], limits: Limits) -> Iterator[tuple[Found, Content]]:
    """Yield the content of remote files of one source, fetched together."""
    batch = list(batch)
    system, _ = _open(batch[0].place)
    small = [found for found in batch if found.size <= limits.file_bytes]
    places = [found.place for found in small]
    got: Mapping[str, Any] = system.cat(places, on_error="return") if places else {}
    if not isinstance(got, dict):  # for one path some file systems return the bytes themselves
        got = {places[0]: got}
    data = {_bare(system, key): value for key, value in got.items()}
    for found in batch:
        if found.size > limits.file_bytes:
            yield found, _head(system, found, limits)
        else:
            yield found, _content(found, data.get(_bare(system, found.place)), limits)


def _head(system: Any, found: Found, limits: Limits) -> Content:  # noqa: ANN401 - fsspec is untyped
    try:
        data = system.cat_file(found.place, start=0, end=limits.file_bytes + 1)
    except Exception as error:  # noqa: BLE001 - each file system has errors of its own; recorded
        data = error
    return _content(found, data, limits)


def _content(found: Found, data: object, limits: Limits) -> Content:
    if isinstance(data, bytes):
        return capped(data, found.size, found.modified, limits.file_bytes)
    if isinstance(data, FileNotFoundError):
        reason = "vanished while reading"
    elif isinstance(data, PermissionError):
        reason = "permission denied"
    else:
        reason = f"cannot be read: {type(data).__name__}"
    return Content(None, found.size, found.modified, (reason,), status="failed")


def _listing(
    source: str,
    base: str,
    infos: Mapping[str, Mapping[str, Any]],
    limits: Limits,
    choice: Choice,
) -> Listing:
    scheme = source.partition("://")[0]
    root = base.rstrip("/")
    listing = Listing(shown(root.rpartition("/")[2] or root))
    for key in sorted(infos):
        if infos[key].get("type", "file") != "file":
            continue
        path = shown(key[len(root) + 1 :] if key != root else root.rpartition("/")[2])
        if any(map(is_hidden, path.split("/"))) or not choice.takes(path):
            continue
        if len(listing.files) >= limits.files:
            listing.limits.append(f"more than {limits.files} files: the rest was not read")
            break
        size = int(infos[key].get("size") or 0)
        listing.files.append(
            Found(path, f"{scheme}://{key}", size=size, modified=_modified(infos[key]))
        )
    return listing


def _modified(info: Mapping[str, Any]) -> str:
    for key in _TIMES:
        value = info.get(key)
        if isinstance(value, datetime):
            return iso_time(value.timestamp())
        if isinstance(value, int | float):
            return iso_time(value)
        if isinstance(value, str):
            try:
                return iso_time(datetime.fromisoformat(value).timestamp())
            except ValueError:
                continue
    return ""


def _system(scheme: str, address: str) -> Any:  # noqa: ANN401 - fsspec is untyped
    extra = _EXTRAS.get(scheme, "remote")
    remedy = f"pip install 'chimera-agents[{extra}]'"
    try:
        import fsspec

        return fsspec.core.url_to_fs(address)[0]
    except ImportError as error:
        raise SetupError(
            f"{scheme}:// needs {getattr(error, 'name', None) or 'fsspec'}; {remedy}"
        ) from error
    except ValueError as error:
        raise SetupError(f"{address!r}: {error}") from error


def _open(address: str) -> tuple[Any, str]:
    scheme, _, rest = address.partition("://")
    # HTTP servers differ by host; elsewhere one file system serves every address of the scheme.
    host = rest.partition("/")[0] if scheme in {"http", "https"} else ""
    system = _system(scheme, f"{scheme}://{host}" if host else address)
    return system, system._strip_protocol(address)  # noqa: SLF001 - fsspec's own way to a path


def _bare(system: Any, path: str) -> str:  # noqa: ANN401 - fsspec is untyped
    return str(system._strip_protocol(path))  # noqa: SLF001 - fsspec's own way to a path
