"""An address such as `dask:tcp://scheduler:8786` → an executor on the machines that are there."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any

from chimera.errors import SetupError

_TIMEOUT = 10  # seconds for a scheduler to answer


@contextmanager
def executor_at(address: str | None) -> Iterator[Executor | None]:
    """Connect to the engine at an address for as long as the context lasts; None gives None.

    Raises:
        SetupError: The address names no engine, the engine is not installed, or nobody answers.

    """
    if address is None:
        yield None
        return
    engine, _, rest = address.partition(":")
    if engine != "dask" or not rest:
        raise SetupError(f"no executor at {address!r}; give dask:ADDRESS of a running scheduler")
    try:
        from distributed import Client

        connect: Any = Client
    except ImportError as error:
        raise SetupError(f"{address!r} needs Dask; pip install 'chimera-agents[dask]'") from error
    try:
        client = connect(rest, timeout=_TIMEOUT)
    except (OSError, ValueError) as error:
        raise SetupError(f"no Dask scheduler answers at {rest!r}: {error}") from error
    with client:
        yield client.get_executor(pure=False)
