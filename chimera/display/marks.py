"""Markdown as HTML that is safe to show: no raw HTML, no pictures, no links elsewhere."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt


def html(markdown: str) -> str:
    """Return Markdown as HTML; tags in it and links elsewhere are shown as they are written."""
    return str(_reader().render(markdown))


@cache
def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.disable(["image", "autolink"])
    reader.validateLink = lambda url: url.startswith("#")  # type: ignore[method-assign]
    return reader
