"""Bytes → text."""

from __future__ import annotations

import pytest

from chimera.evidence.decode import decode, one_line

TEXT = "ttft_s,model\n0.5,größe\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (b"\xef\xbb\xbf" + TEXT.encode(), "utf-8 with BOM"),
        (b"\xff\xfe" + TEXT.encode("utf-16-le"), "utf-16-le"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
        (
            ("\ufeff" + TEXT).encode("utf-16-le").decode("latin-1").encode(),
            "utf-16 re-encoded as utf-8",
        ),
        (TEXT.encode("cp1252"), "cp1252"),
    ],
)
def test_every_encoding_gives_the_same_text(data: bytes, encoding: str) -> None:
    """Text comes out the same, and the encoding is named."""
    decoded = decode(data)
    assert (decoded.text, decoded.encoding) == (TEXT, encoding)


def test_text_that_is_not_utf8_names_the_first_wrong_byte() -> None:
    """A legacy code page is a problem worth a line."""
    assert decode(b"caf\xe9").problems == ("not UTF-8 from byte 3 on: read as cp1252",)


def test_a_text_encoded_twice_is_a_problem() -> None:
    """The reader should know that a tool wrote UTF-16 and another took it for Latin-1."""
    data = "\ufeffERROR".encode("utf-16-le").decode("latin-1").encode()
    assert decode(data).problems == ("UTF-16 text encoded once more as UTF-8",)


@pytest.mark.parametrize(
    ("start", "sort"),
    [
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"PK\x03\x04", "zip"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"PAR1", "parquet"),
        (b"SQLite format 3\x00", "sqlite"),
        (b"\x80\x04\x95", "pickle"),
        (b"\x93NUMPY\x01", "npy"),
        (b"ab\x00\x00\x00\x01" * 9, "unknown binary (NUL bytes)"),
    ],
)
def test_binaries_are_named_and_give_no_text(start: bytes, sort: str) -> None:
    """A binary is recognised by its first bytes and never parsed."""
    decoded = decode(start + b"rest")
    assert (decoded.text, decoded.binary) == (None, sort)


def test_ansi_escapes_are_stripped() -> None:
    """Colours and cursor moves of a console are no content."""
    assert decode(b"\x1b[1;31mred\x1b[0m \x1b]0;title\x07x").text == "red x"


def test_a_few_nul_bytes_are_left_out_with_a_note() -> None:
    """A stray NUL does not make a text a binary."""
    decoded = decode(b"a,b\n" * 100 + b"1,\x002\n")
    assert decoded.text is not None
    assert (decoded.text[-4:], decoded.problems) == ("1,2\n", ("1 NUL bytes left out",))


def test_a_quote_is_one_printable_line() -> None:
    """Control characters are escaped, breaks become spaces, long texts are cut."""
    assert one_line("a\nb\x07c") == "a b\\x07c"
    assert one_line("x" * 90) == "x" * 79 + "…"
