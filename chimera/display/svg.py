"""Pieces of SVG as text: everything escaped, nothing referred to by id or address.

Ids would clash where a notebook shows several pictures, so arrow heads and hatching are drawn line
by line.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from xml.sax.saxutils import escape, quoteattr

FONT: Final = "system-ui, -apple-system, 'Segoe UI', sans-serif"
FONT_SIZE: Final = 12
LONGEST: Final = 60  # characters of a name that are shown; its tooltip has all of it

_LETTER: Final = 6.6  # pixels of an average letter at FONT_SIZE, on the wide side
_UNPRINTABLE: Final = re.compile(r"[^\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def element(name: str, *children: str, **attributes: object) -> str:
    """Return an element; `stroke_width=1` becomes `stroke-width="1"`; None is left out."""
    said = "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(_value(value))}"
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{said}>{''.join(children)}</{name}>" if children else f"<{name}{said}/>"


def text(shown: str, x: float, y: float, **attributes: object) -> str:
    """Return a line of text; control characters, which XML forbids, become blanks."""
    return element("text", escape(clean(shown)), x=x, y=y, **{"fill": "currentColor", **attributes})


def title(said: str) -> str:
    """Return a tooltip, which is also what a screen reader reads."""
    return element("title", escape(clean(said)))


def picture(width: float, height: float, *children: str, label: str) -> str:
    """Return a whole picture, as wide as it is drawn; a page may let it scroll."""
    return element(
        "svg",
        title(label),
        *children,
        xmlns="http://www.w3.org/2000/svg",
        width=width,
        height=height,
        viewBox=f"0 0 {_value(width)} {_value(height)}",
        role="img",
        font_family=FONT,
        font_size=FONT_SIZE,
    )


def clean(said: str) -> str:
    """Return text without line breaks and without characters that XML cannot hold."""
    return " ".join(_UNPRINTABLE.sub(" ", said).split())


def short(said: str, longest: int = LONGEST) -> str:
    """Return text cut with an ellipsis."""
    said = clean(said)
    return said if len(said) <= longest else f"{said[: longest - 1]}…"


def width_px(said: str) -> float:
    """Return about how wide a text is; wide letters, as of Chinese, count twice."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in said)
    return (len(said) + wide) * _LETTER


def hatched(x: float, y: float, width: float, height: float, **attributes: object) -> str:
    """Return a path of slanted lines that fill a rectangle."""
    step, lines = 5.0, []
    start = -height
    while start < width:
        left, right = max(0.0, start), min(width, start + height)
        if right > left:
            bottom, top = height - (left - start), height - (right - start)
            lines.append(
                f"M{_value(x + left)} {_value(y + bottom)}L{_value(x + right)} {_value(y + top)}"
            )
        start += step
    return element("path", d="".join(lines) or "M0 0", fill="none", **attributes)


def _value(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
