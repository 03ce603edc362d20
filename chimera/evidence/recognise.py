"""Text → a document of a known format. The content decides; the name is a hint."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from chimera.evidence.decode import one_line
from chimera.evidence.document import Document
from chimera.evidence.jsontext import Loader, load_lines
from chimera.evidence.limits import Limits
from chimera.evidence.sniff import sniff

_KINDS = {
    ".csv": "csv", ".tsv": "csv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".md": "markdown", ".markdown": "markdown", ".txt": "text", ".text": "text", ".log": "log",
    ".out": "log", ".stdout": "log", ".stderr": "log", ".yaml": "yaml", ".yml": "yaml",
    ".html": "html", ".htm": "html", ".xml": "xml", ".toml": "toml", ".ini": "ini",
    ".py": "python", ".ipynb": "notebook", ".sh": "shell", ".js": "javascript", ".ts": "typescript",
    ".rs": "rust", ".go": "go", ".c": "c", ".cpp": "c++", ".png": "image", ".jpg": "image",
    ".jpeg": "image", ".gif": "image", ".svg": "image", ".pdf": "pdf", ".zip": "archive",
    ".gz": "archive", ".zst": "archive", ".tar": "archive", ".parquet": "parquet",
    ".sqlite": "sqlite", ".db": "sqlite", ".pkl": "pickle", ".pickle": "pickle", ".npy": "numpy",
    ".npz": "numpy",
}  # fmt: skip
_STRUCTURED = {"csv": "csv", "json": "json", "jsonl": "jsonl", "notebook": "json"}
_FORMAT_NAMES = {"csv": "CSV", "json": "JSON", "jsonl": "JSON Lines", "markdown": "Markdown"}
_SOURCE_CODE = frozenset(
    {"python", "shell", "javascript", "typescript", "rust", "go", "c", "c++", "toml", "ini"}
)
_SEPARATOR = re.compile(r"^ {0,3}\|?(?: ?:?-+:? *\|)+(?: *:?-+:? *)?$", re.MULTILINE)
_MOST_BAD_LINES = 8


def kind_of(path: str) -> str | None:
    """Return what a file name promises, None where its ending is not known."""
    return _KINDS.get(PurePosixPath(path).suffix.lower())


def recognise(path: str, text: str, limits: Limits, *, truncated: bool = False) -> Document:
    """Find the format of a text and parse it; oddities go to the document's problems."""
    kind = kind_of(path)
    document = Document(path, kind or "", "text", text)
    if not text.strip():
        document.format = "empty"
    elif kind in _SOURCE_CODE:
        document.format = "text"
    else:
        if truncated:
            document.text = text[: text.rfind("\n") + 1] or text
        _find_format(document, limits)
    if not document.kind:
        document.kind = document.format
    _compare(document)
    return document


def _find_format(document: Document, limits: Limits) -> None:
    start = document.text.lstrip()[0]
    if start in "{[" and _as_json(document):
        return
    if start not in "{[" and document.kind in {"json", "jsonl"} and _as_json(document):
        return
    if document.kind == "csv" and _as_delimited(document, limits):
        return
    head = document.text[:262144]
    if document.kind == "markdown" or _SEPARATOR.search(head):
        document.format = "markdown"
    elif head.lstrip()[:14].lower().startswith(("<!doctype html", "<html")):
        document.format = "html"
    elif head.lstrip().startswith("<?xml"):
        document.format = "xml"
    elif document.kind not in {"csv", "yaml"}:
        _as_delimited(document, limits)


def _as_json(document: Document) -> bool:
    loader = Loader()
    try:
        document.value = loader.load(document.text)
    except ValueError as error:
        if _as_lines(document):
            return True
        if document.kind in {"json", "jsonl", "notebook"}:
            document.failed = True
            where = f"line {error.lineno}: " if hasattr(error, "lineno") else ""
            document.problems.append(f"not valid JSON: {where}{getattr(error, 'msg', error)}")
        return False
    document.format = "json"
    document.problems += loader.notes
    return True


def _as_lines(document: Document) -> bool:
    if document.text.count("\n") == 0 and document.kind != "jsonl":
        return False
    loader = Loader()
    good, bad = load_lines(document.text, loader)
    if not any(isinstance(value, dict) for _, value in good) or len(bad) > max(1, len(good)):
        return False
    document.format = "jsonl"
    document.lines = good
    document.problems += loader.notes
    shown = [f"line {number} is not valid JSON: {reason}" for number, reason in bad]
    document.problems += shown[:_MOST_BAD_LINES]
    if len(bad) > _MOST_BAD_LINES:
        document.problems.append(f"{len(bad) - _MOST_BAD_LINES} more lines are not valid JSON")
    return True


def _as_delimited(document: Document, limits: Limits) -> bool:
    found = sniff(document.text, named=document.kind == "csv", limits=limits)
    if found is None:
        return False
    document.format = "csv"
    document.records = found.records
    document.delimiter = found.delimiter
    document.problems += found.problems
    document.limits += found.limits
    return True


def _compare(document: Document) -> None:
    promised = _STRUCTURED.get(document.kind)
    if promised is None or document.format in {promised, "empty"} or document.failed:
        return
    suffix = PurePosixPath(document.path).suffix
    held = _FORMAT_NAMES.get(document.format, document.format)
    quote = "" if document.format in _STRUCTURED else f": '{one_line(document.text.strip())}'"
    document.problems.insert(0, f"named {suffix}, but holds {held}{quote}")
