"""Text → a document of a known format, by its content alone."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from chimera.evidence.decode import one_line
from chimera.evidence.document import Document
from chimera.evidence.jsontext import Loader, load_lines
from chimera.evidence.limits import Limits
from chimera.evidence.sniff import is_bare_header, sniff
from chimera.evidence.yamltext import load_yaml, looks_like_yaml

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
_PROMISES = {"csv": "csv", "json": "json", "jsonl": "jsonl", "notebook": "json"}
_FORMAT_NAMES = {"csv": "CSV", "json": "JSON", "jsonl": "JSON Lines", "markdown": "Markdown"}
_SEPARATOR = re.compile(r"^ {0,3}\|?(?: ?:?-+:? *\|)+(?: *:?-+:? *)?$", re.MULTILINE)
_DRAWN = re.compile(r"^ ?-+\+-[-+]*\s*$", re.MULTILINE)  # below the header, by psql
_HEADING = re.compile(r"^#{1,6} \S", re.MULTILINE)
# What a JSON text starts with; a log line such as `[INFO] up` or `[12:01:33]` does not.
_JSON_START = re.compile(
    r"""\s*(?:\{\s*(?:["'}]|\Z)|\[\s*(?:[\[{"\]]|\Z|-?[\d.]+(?:[eE][+-]?\d+)?\s*[,\]\r\n]|null|true|false|NaN))"""
)
_LOG_PREFIX = re.compile(r"\s*\[[\w.:+ -]{0,40}\][ \t]*[^\s,\]]")  # `[0] started`, `[12:01] up`
_LOGGED_OBJECT = re.compile(r"\S{1,40} \{\"")  # `:::MLLOG {"key": …`: a log, whatever its commas
_BANNER = re.compile(r"^[\[{]\s*$", re.MULTILINE)
_MOST_BANNER = 4096  # characters of other lines before a JSON text
_MOST_BAD_LINES = 8
_HEAD = 262_144  # characters


def kind_of(path: str) -> str | None:
    """Return what a file name promises, None where its ending is not known."""
    name = path.rpartition("/")[2]
    if name in {"", "."}:
        name = PurePosixPath(path).name
    point = name.rfind(".")
    return _KINDS.get(name[point:].lower()) if point > 0 else None


def recognise(path: str, text: str, limits: Limits, *, truncated: bool = False) -> Document:
    """Find the format of a text and parse it; oddities go to the document's problems.

    The name decides nothing: it is counted as the document's kind, and held against the content.
    """
    document = Document(path, kind_of(path) or "", "text", text)
    if not text.strip():
        document.format = "empty"
        document.problems.append("nothing but white space")
    else:
        if truncated:
            whole_lines = text[: text.rfind("\n") + 1]
            document.text = whole_lines if whole_lines.strip() else text
        _find_format(document, limits)
    if not document.kind:
        document.kind = document.format
    _compare(document)
    return document


def _find_format(document: Document, limits: Limits) -> None:
    head = document.text[:_HEAD]
    start = head.lstrip()[:14].lower()
    if start[:1] in {"{", "["} and _JSON_START.match(head) and not _LOG_PREFIX.match(head):
        if not _as_json(document) and not _as_lines(document):
            document.failed = True
        return
    if start.startswith(("<!doctype html", "<html")):
        document.format = "html"
    elif start.startswith("<?xml"):
        document.format = "xml"
    elif _as_lines(document) or ("|" in head and _SEPARATOR.search(head)):
        document.format = document.format if document.lines else "markdown"
    elif _LOGGED_OBJECT.match(head) or ("-+-" in head and _DRAWN.search(head)):
        document.format = "text"
    elif not (_as_delimited(document, limits) or _below_banner(document) or _as_yaml(document)):
        document.format = "markdown" if "# " in head and _HEADING.search(head) else "text"


def _as_json(document: Document) -> bool:
    loader = Loader()
    try:
        document.value = loader.load(document.text)
    except ValueError as error:
        where = f"line {error.lineno}: " if hasattr(error, "lineno") else ""
        document.problems.append(f"not valid JSON: {where}{getattr(error, 'msg', error)}")
        return False
    document.format = "json"
    document.problems += loader.notes
    return True


def _below_banner(document: Document) -> bool:
    """Read a JSON text that other lines stand above, such as the notes of fio."""
    head = document.text[:_MOST_BANNER]
    start = _BANNER.search(head) if "{" in head or "[" in head else None
    if start is None:
        return False
    loader = Loader()
    try:
        document.value = loader.load(document.text[start.start() :])
    except ValueError:
        return False
    document.format = "json"
    above = document.text[: start.start()].strip().count("\n") + 1
    document.problems += [f"{above} lines above the JSON were left out", *loader.notes]
    return True


def _as_yaml(document: Document) -> bool:
    if not looks_like_yaml(document.text):
        return False
    try:
        document.value = load_yaml(document.text, document.problems)
    except ValueError as error:
        if document.kind == "yaml":
            document.problems.append(f"not read as YAML: {error}")
        return False
    document.format = "yaml"
    return True


def _as_lines(document: Document) -> bool:
    """Read JSON Lines: most lines are objects; banners and a torn last line are named."""
    text = document.text
    if "{" not in text or ("\n" not in text.rstrip() and text.lstrip()[0] != "{"):
        return False
    if not any("{" in line and _is_object(line) for line in text.split("\n")):
        return False
    loader = Loader()
    good, bad = load_lines(text, loader)
    if not any(isinstance(value, dict) for _, value in good) or len(bad) > max(1, len(good)):
        return False
    document.format = "jsonl"
    document.lines = good
    shown = [f"line {number} is not valid JSON: {reason}" for number, reason in bad]
    document.problems[:] = [*loader.notes, *shown[:_MOST_BAD_LINES]]
    if len(bad) > _MOST_BAD_LINES:
        document.problems.append(f"{len(bad) - _MOST_BAD_LINES} more lines are not valid JSON")
    return True


def _is_object(line: str) -> bool:
    return line.lstrip(" \t")[:1] == "{" and line.rstrip(" \t\r")[-1:] == "}"


def _as_delimited(document: Document, limits: Limits) -> bool:
    found = sniff(document.text, limits)
    if found is None:
        return False
    document.format = "csv"
    document.records = found.records
    document.delimiter = found.delimiter
    document.problems += found.problems
    document.limits += found.limits
    return True


def _compare(document: Document) -> None:
    """Say so where a name promises another format than the content is of."""
    promised = _PROMISES.get(document.kind)
    if promised is None or document.format in {promised, "empty"} or document.failed:
        return
    if promised == "csv" and is_bare_header(document.text):
        return
    suffix = PurePosixPath(document.path).suffix
    held = _FORMAT_NAMES.get(document.format, document.format)
    quote = "" if document.format in _FORMAT_NAMES else f": '{one_line(document.text.strip())}'"
    document.problems.insert(0, f"named {suffix}, but holds {held}{quote}")
