"""Addresses of model servers."""

import pytest

from chimera.errors import AddressError
from chimera.models.address import base_url


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("gpu-box", "http://gpu-box:11434"),
        ("http://gpu-box", "http://gpu-box:80"),
        ("https://gpu-box", "https://gpu-box:443"),
        ("https://gpu-box:8443/ollama/", "https://gpu-box:8443/ollama"),
        ("0.0.0.0", "http://127.0.0.1:11434"),  # noqa: S104  where servers listen
        ("[::1]:5000", "http://[::1]:5000"),
        ("[::]", "http://[::1]:11434"),
    ],
)
def test_ollamas_own_syntax_is_read(given: str, address: str) -> None:
    """Host, host and port, and URLs mean what they mean to Ollama."""
    assert base_url(given) == address


def test_the_environment_names_the_server() -> None:
    """`OLLAMA_HOST` is used where no address is given, quotes and blanks taken off."""
    assert base_url(None, {"OLLAMA_HOST": ' "0.0.0.0:9999" '}) == "http://127.0.0.1:9999"


def test_the_default_is_this_machine() -> None:
    """Without an address and without `OLLAMA_HOST` the server is local."""
    assert base_url(None, {}) == "http://127.0.0.1:11434"


@pytest.mark.parametrize(
    "given",
    [
        "ftp://host",
        "file:///etc/passwd",
        "http://",
        "http://host:notaport",
        "http://host:0",
        "http://host:99999",
        "http://host:",
        "host:port:1",
        "http://ho st",
        "http://host\n.example",
        "http://[::1",
        "http://[zz]",
        "http://host?x=1",
        "-host",
        "",
    ],
)
def test_an_address_that_does_not_hold_is_refused(given: str) -> None:
    """There is no silent fallback to another server."""
    with pytest.raises(AddressError, match="cannot be used"):
        base_url(given)


@pytest.mark.parametrize(
    "given", ["http://me:hunter2@host", "me:hunter2@host:1", "ftp://me:hunter2@host", "h?k=hunter2"]
)
def test_a_refusal_never_repeats_a_secret(given: str) -> None:
    """User names, passwords and queries stay out of messages."""
    with pytest.raises(AddressError) as caught:
        base_url(given)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
