"""Bytes → text: byte-order marks, UTF-16 with and without one, legacy code pages, binaries."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PAR1", "parquet"),
    (b"ARROW1", "arrow"),
    (b"SQLite format 3\x00", "sqlite"),
    (b"\x93NUMPY", "npy"),
    (b"\x80\x02", "pickle"),
    (b"\x80\x03", "pickle"),
    (b"\x80\x04", "pickle"),
    (b"\x80\x05", "pickle"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF8", "gif"),
    (b"%PDF-", "pdf"),
    (b"\x7fELF", "elf"),
    (b"MZ\x90", "exe"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x89HDF\r\n\x1a\n", "hdf5"),
    (b"GGUF", "gguf"),
    (b"NVR\x00", "ncu-rep"),
)
_MAGICS = tuple(magic for magic, _ in _MAGIC)
_BOMS: tuple[tuple[bytes, str, str], ...] = (
    (b"\xef\xbb\xbf", "utf-8", "utf-8 with BOM"),
    (b"\xff\xfe\x00\x00", "utf-32-le", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be", "utf-16-be"),
)
# A UTF-16 text whose bytes were taken for Latin-1 and written once more as UTF-8.
_TWICE = ((b"\xc3\xbf\xc3\xbe", "utf-16-le"), (b"\xc3\xbe\xc3\xbf", "utf-16-be"))
_ANSI = re.compile(
    r"\x1b(?:\[[0-?]{0,32}[ -/]{0,8}[@-~]|\][^\x07\x1b]{0,512}(?:\x07|\x1b\\)|[@-_])"
)
_CONTROLS = bytes(c for c in range(0x20) if c not in b"\t\n\r\x0b\x0c\x1b\x00\x07\x08")
_SAMPLE = 8192
_CONTROL_SHARE = 0.02  # of the sample; text has next to none
_NUL_SHARE = 0.01
_UTF16_SHARE = 0.8  # ASCII in UTF-16 has a NUL in nearly every second byte


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text and how it was read; `text` is None for a binary, whose sort `binary` names."""

    text: str | None
    encoding: str | None = None
    problems: tuple[str, ...] = ()
    binary: str | None = None


def decode(data: bytes) -> Decoded:
    """Turn the bytes of a file into text without ANSI escapes, or say why they are none."""
    if data.startswith(_MAGICS):
        return Decoded(None, binary=next(name for magic, name in _MAGIC if data.startswith(magic)))
    decoded = _marked(data) or _twice(data) or _unmarked(data)
    if decoded.text is not None and "\x1b" in decoded.text:
        plain = _ANSI.sub("", decoded.text)
        return Decoded(plain, decoded.encoding, decoded.problems)
    return decoded


def one_line(text: str, most: int = 80) -> str:
    """Return text as one printable line of at most `most` characters."""
    head = text[: most + 1]
    line = head if head.isprintable() else "".join(map(_escaped, head))
    return line if len(line) <= most and len(text) <= most else line[: most - 1] + "…"


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character in "\n\t\r" else character.encode("unicode_escape").decode("ascii")


def _marked(data: bytes) -> Decoded | None:
    for mark, codec, name in _BOMS:
        if data.startswith(mark):
            return _with(data[len(mark) :], codec, name)
    return None


def _twice(data: bytes) -> Decoded | None:
    for mark, codec in _TWICE:
        if data.startswith(mark):
            try:
                inner = data.decode("utf-8").encode("latin-1")
            except UnicodeError:
                return None
            text = _with(inner[2:], codec, "utf-16 re-encoded as utf-8").text
            problem = "UTF-16 text encoded once more as UTF-8"
            return Decoded(text, "utf-16 re-encoded as utf-8", (problem,))
    return None


def _unmarked(data: bytes) -> Decoded:
    sample = data[:_SAMPLE]
    nuls = sample.count(0)
    codec = _utf16_without_mark(sample) if nuls else None
    if codec:
        return _with(data, codec, codec)
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    if nuls > _NUL_SHARE * len(sample):
        return Decoded(None, binary="unknown binary (NUL bytes)")
    if controls > _CONTROL_SHARE * len(sample):
        return Decoded(None, binary="unknown binary (control bytes)")
    problems: tuple[str, ...] = ()
    if 0 in data:
        problems = (f"{data.count(0)} NUL bytes left out",)
        data = data.replace(b"\0", b"")
    return _eight_bit(data, problems)


def _utf16_without_mark(sample: bytes) -> str | None:
    half = len(sample) // 2
    if half == 0:
        return None
    even, odd = sample[0 : 2 * half : 2], sample[1 : 2 * half : 2]
    if odd.count(0) > _UTF16_SHARE * half and 0 not in even:
        return "utf-16-le"
    if even.count(0) > _UTF16_SHARE * half and 0 not in odd:
        return "utf-16-be"
    return None


def _eight_bit(data: bytes, problems: tuple[str, ...]) -> Decoded:
    try:
        return Decoded(data.decode("utf-8"), "utf-8", problems)
    except UnicodeDecodeError as error:
        problem = f"not UTF-8 from byte {error.start} on"
    for codec in ("cp1252", "latin-1"):
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        return Decoded(text, codec, (*problems, f"{problem}: read as {codec}"))
    return Decoded(None, binary="unknown binary")  # not reached: Latin-1 decodes every byte


def _with(data: bytes, codec: str, name: str) -> Decoded:
    text = data.decode(codec, "replace").replace("\0", "")
    problems = ("bytes that do not decode were replaced",) if "\ufffd" in text else ()
    return Decoded(text, name, problems)
