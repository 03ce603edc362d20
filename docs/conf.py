"""How the pages become a site: `make docs`. Nothing in it is fetched, when built or when read."""

from __future__ import annotations

import importlib
import importlib.metadata
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

project = "Chimera"
author = "The Chimera authors"
release = importlib.metadata.version("chimera-agents")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["requirements.txt"]
default_role = "code"

html_theme = "furo"
html_title = "Chimera"
html_copy_source = False
html_show_copyright = False
html_show_sourcelink = False

myst_heading_anchors = 4

napoleon_use_ivar = True
autodoc_default_options = {"exclude-members": "model_config"}
autodoc_member_order = "groupwise"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 90

_CODE: Final = re.compile(r"(?<!`)`([^`\n]+)`(?!`)(?=(\w?))")
_MARKUP: Final = re.compile(r"([*|]|(?<=\w)_(?!\w))")


def from_markdown(*told: Any) -> None:  # noqa: ANN401  what Sphinx says
    """Turn a docstring, written as Markdown and Google's sections, into what Sphinx reads."""
    _app, what, _name, obj, _options, lines = told
    if what in {"attribute", "property"} and lines:
        lines[0] = lines[0].replace(
            ": ", " \u2013 ", 1
        )  # what is before it would be read as a type
    if isinstance(obj, type) and issubclass(obj, BaseModel):
        lines += _fields(obj)
    lines[:] = [_inline(line, code=code) for line, code in _blocks(list(_trees(lines)))]


def _fields(model: type[BaseModel]) -> list[str]:
    """Return the fields of a Pydantic model, as a section of its docstring."""
    described = {
        name: field.description for name, field in model.model_fields.items() if field.description
    }
    if not described:
        return []
    return ["", "Attributes:", *(f"    {name}: {said}" for name, said in described.items())]


def _trees(lines: list[str]) -> Iterator[str]:
    """Move a paragraph that draws a tree further in, where code stands."""
    for blank, paragraph in groupby(lines, key=lambda line: not line.strip()):
        block = list(paragraph)
        drawn = not blank and any("├" in line for line in block)
        yield from (f"    {line}" for line in block) if drawn else block


def _blocks(lines: list[str]) -> list[tuple[str, bool]]:
    """Mark the lines of code: those that stand further in after a blank line."""
    marked: list[tuple[str, bool]] = []
    margin, code, before = 0, False, ""
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if line.strip():
            begins = not before and indent > margin and bool(marked)
            if begins and not code:
                marked += [(f"{' ' * margin}.. code-block:: text", True), ("", True)]
            code = begins or (code and indent > margin)
            margin = margin if code else indent
        marked.append((line, code))
        before = line.strip()
    return marked


def _inline(line: str, *, code: bool) -> str:
    if code:
        return line
    parts = _CODE.split(line)
    shown = [_MARKUP.sub(r"\\\1", parts[0])]
    for inside, following, rest in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        shown.append(f"``{inside}``" + ("\\ " if following else ""))
        shown.append(_MARKUP.sub(r"\\\1", rest))
    return "".join(shown)


def load() -> None:
    """Load every public name first: autodoc passes over those whose first import is its own."""
    for page in (Path(__file__).parent / "api").glob("chimera*.rst"):
        module = importlib.import_module(page.stem)
        for name in getattr(module, "__all__", ()):
            getattr(module, name)


def call_them_attributes() -> None:
    """Name the fields of a class as Python does: a variable is something else in a persona."""
    from sphinx.domains.python import PyObject

    for field in PyObject.doc_field_types:
        if field.name == "variable":
            field.label = "Attributes"


def setup(app: Any) -> None:  # noqa: ANN401  Sphinx
    """Tell Sphinx of it, before its own reading of Google's sections."""
    load()
    call_them_attributes()
    app.connect("autodoc-process-docstring", from_markdown, priority=100)
