"""Strict YAML: what is refused, and what the refusal says."""

from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from chimera import yamlfile
from chimera.errors import ConfigError, NotFoundError


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    num_ctx: int = Field(default=1, ge=1)


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    options: Inner = Inner()
    tags: list[str] = []


def refusal(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        yamlfile.parse(text, Outer, source="file.yaml")
    return str(caught.value)


def test_reads_values_of_every_kind() -> None:
    """A valid text becomes the model."""
    found = yamlfile.parse("name: x\noptions:\n  num_ctx: 5\ntags: [a, b]\n", Outer, source="f")
    assert found == Outer(name="x", options=Inner(num_ctx=5), tags=["a", "b"])


def test_unknown_key_names_line_and_nearest() -> None:
    """A misspelt key is refused with its line and the nearest valid name."""
    said = refusal("name: x\n\noptions:\n  num_cxt: 5\n")
    assert said.startswith("file.yaml:4: unknown key 'options.num_cxt'; did you mean 'num_ctx'?")


def test_wrong_type_names_line_and_value() -> None:
    """A value of another type is refused with its line, and shown."""
    assert refusal("name: x\noptions:\n  num_ctx: many\n").startswith(
        "file.yaml:3: options.num_ctx:"
    )
    assert "not 'many'" in refusal("name: x\noptions:\n  num_ctx: many\n")


def test_value_out_of_range_is_refused() -> None:
    """A value out of range says what is allowed."""
    assert "must be at least 1, not 0" in refusal("name: x\noptions: {num_ctx: 0}\n")


def test_missing_key_is_named() -> None:
    """A missing key is named."""
    assert "key 'name' is missing" in refusal("tags: []\n")


def test_every_problem_is_reported_at_once() -> None:
    """Two mistakes give two lines."""
    assert len(refusal("nam: x\ntag: y\n").splitlines()) == 3


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("name: &a x\ntags: [*a]\n", "anchors and aliases"),
        ("name: !!python/object:os.system x\n", "tag"),
        ("name: x\noptions: !!python/object:os.x {num_ctx: 5}\n", "tag"),
        ("!evil\nname: x\n", "tag"),
        ('name: x\noptions: !!int "&a [*a]"\n', "tag"),
        ('name: x\ntags: !!null "[a, b]"\n', "tag"),
        ("name: !!str x\n", "tag"),
        ("name: x\noptions: {num_ctx: 1:30}\n", "'1:30' would be read as another number"),
        ("name: x\noptions: {num_ctx: 010}\n", "'010' would be read as another number"),
        ("name: x\nname: y\n", "stands twice"),
        ("name: x\n<<: {tags: []}\n", "merge keys"),
        ("name: [\n", "not valid YAML"),
        ("", "expected a mapping"),
        ("- a\n", "expected a mapping"),
        ("name: x\ntags: " + "[" * 40 + "]" * 40, "nested deeper"),
    ],
)
def test_what_yaml_can_do_and_we_do_not_want(text: str, why: str) -> None:
    """Tags, anchors, duplicates, merges and deep nesting are refused with a reason."""
    assert why in refusal(text)


def test_dates_stay_text() -> None:
    """A value that YAML would make a date stays as written."""
    assert yamlfile.parse("name: 2026-11-23\n", Outer, source="f").name == "2026-11-23"


def test_large_file_is_refused(tmp_path: Path) -> None:
    """A file above the cap is not read."""
    path = tmp_path / "big.yaml"
    path.write_text("name: " + "x" * yamlfile.MAX_BYTES)
    with pytest.raises(ConfigError, match="at most"):
        yamlfile.load(path, Outer)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    """A file that is not UTF-8 says so."""
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"name: \xe9")
    with pytest.raises(ConfigError, match="not UTF-8"):
        yamlfile.load(path, Outer)


def test_missing_file_is_named(tmp_path: Path) -> None:
    """A path that leads nowhere is named."""
    with pytest.raises(NotFoundError, match="nothing"):
        yamlfile.load(tmp_path / "nothing.yaml", Outer)


def test_change_of_file_is_seen(tmp_path: Path) -> None:
    """An edited file is read again."""
    path = tmp_path / "a.yaml"
    path.write_text("name: first")
    assert yamlfile.load(path, Outer).name == "first"
    path.write_text("name: second one")
    assert yamlfile.load(path, Outer).name == "second one"


def test_too_many_values_are_refused() -> None:
    """A small file can hold many values; there is a cap on them."""
    many = ", ".join(["a"] * yamlfile.MAX_VALUES)
    assert f"more than {yamlfile.MAX_VALUES} keys and values" in refusal(
        f"name: x\ntags: [{many}]\n"
    )


def test_lines_of_a_block_have_places() -> None:
    """Each line of a block of text knows its own line of the file."""
    found = yamlfile.read_text("a:\n  - |\n    one\n\n    three\nb: |-\n  x\nc: one\n", "f")
    assert [found.place("a", 0, n).line for n in (0, 1, 2)] == [3, 4, 5]
    assert [found.place("b", 0).line, found.place("c", 5).line] == [7, 8]


def test_a_long_number_is_not_repeated_in_full() -> None:
    """What cannot be read is shown by its beginning."""
    assert len(refusal("name: " + "9" * 5000)) < 300


def test_numbers_are_kept_as_written() -> None:
    """A document knows that 1.10 was written 1.10."""
    assert yamlfile.read_text("a: [1.10, x]\n", "f").written == {("a", 0): "1.10"}


def test_value_that_is_none_of_the_choices_gets_the_nearest() -> None:
    """A field with few values names them all, and the one that was meant."""

    class Chosen(BaseModel):
        kind: Literal["bullets", "prose"]

    with pytest.raises(ConfigError) as caught:
        yamlfile.parse("kind: bulets\n", Chosen, source="f")
    (problem,) = caught.value.problems
    assert (problem.allowed, problem.nearest) == (("bullets", "prose"), "bullets")
    assert problem.message == (
        "kind: must be one of bullets, prose, not 'bulets'; did you mean 'bullets'?"
    )
