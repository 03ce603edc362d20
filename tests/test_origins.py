"""Merged personas as text: the YAML of the result, right of each line where it comes from."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from chimera.inherit import resolve
from chimera.origins import annotated, listed
from chimera.yamlfile import read_text


def test_each_line_names_its_file_and_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child's lines are the child's, inherited ones the parent's."""
    folder = tmp_path / "personas"
    folder.mkdir()
    (folder / "a.yaml").write_text(
        "name: A\ntitle: t\ninstructions: |\n  One.\n  Two.\nrules: {max_words: 5, language: en}\n"
    )
    (folder / "b.yaml").write_text(
        "extends: a\nname: B\ninstructions: |\n  {{ inherited }}\n  Three.\n"
        "rules:\n  max_words: 9\n"
    )
    monkeypatch.chdir(tmp_path)
    assert resolve(folder / "b.yaml").as_text() == (
        "name: B          # personas/b.yaml:2\n"
        "title: t         # personas/a.yaml:2\n"
        "instructions: |  # personas/b.yaml:3\n"
        "  One.           # personas/a.yaml:4\n"
        "  Two.           # personas/a.yaml:5\n"
        "  Three.         # personas/b.yaml:5\n"
        "rules:           # personas/b.yaml:6\n"
        "  max_words: 9   # personas/b.yaml:7\n"
        "  language: en   # personas/a.yaml:6"
    )


def test_a_long_line_pushes_no_other_aside() -> None:
    """Only lines of some width share a column."""
    text = annotated(read_text(f"a: {'x' * 200}\nb: 1\n", "f"))
    assert text.splitlines()[1] == "b: 1  # f:2"


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]) | st.sampled_from("\n #:-'\"")
)
VALUES = st.recursive(
    TEXTS | st.integers() | st.booleans() | st.floats(allow_nan=False) | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(TEXTS.filter(lambda key: key != "<<"), VALUES, min_size=1, max_size=3))
def test_lines_are_the_yaml_of_the_data(data: dict[str, Any]) -> None:
    """Read again without the origins, the text says what the document did."""
    text = yaml.safe_dump(data, allow_unicode=True)
    document = read_text(text, "f") if "<<" not in text else None
    if document is not None:
        lines = "\n".join(line for line, _ in listed(document))
        assert yaml.safe_load(lines) == document.data
