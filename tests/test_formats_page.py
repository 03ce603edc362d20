"""The list of formats in the docs is the one in the code."""

import os
from pathlib import Path

import pytest

from chimera.evidence.formats import formats

PAGE = Path(__file__).parents[1] / "docs" / "formats.md"
START, END = "<!-- formats -->\n", "<!-- end -->\n"
SHAPES = {"node": "JSON", "sheet": "table", "console": "console"}


def listing() -> str:
    """Return the table of formats as the page has it."""
    lines = ["| name | from | what |", "|---|---|---|"]
    for name, one in sorted(formats().items()):
        said = (one.__doc__ or "").splitlines()[0].replace("|", "\\|")
        shapes = ", ".join(SHAPES[kind] for kind in SHAPES if kind in one.READS)
        lines.append(f"| {name} | {shapes} | {said} |")
    return "\n".join(lines) + "\n"


def test_every_format_is_listed() -> None:
    """`CHIMERA_UPDATE_GOLDEN=1` writes the list anew."""
    before, rest = PAGE.read_text(encoding="utf-8").split(START)
    listed, after = rest.split(END)
    if os.environ.get("CHIMERA_UPDATE_GOLDEN"):
        PAGE.write_text(f"{before}{START}{listing()}{END}{after}", encoding="utf-8")
        pytest.skip("the list was written anew")
    assert listed == listing()


def test_the_number_of_formats_is_the_one_that_is_told() -> None:
    """In README and CHANGELOG."""
    for page in ("README.md", "CHANGELOG.md"):
        text = (PAGE.parents[1] / page).read_text(encoding="utf-8")
        assert f"{len(formats())} formats" in text
