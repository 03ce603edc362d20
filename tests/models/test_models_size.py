"""What a model's name says of its size."""

import pytest

from chimera.models.size import is_small, parameters


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("ollama:gemma3:1b", 1e9),
        ("ollama:gemma3:270m", 270e6),
        ("ollama:llama3.2:3b-instruct", 3e9),
        ("ollama:qwen2.5:0.5b", 0.5e9),
        ("ollama:Llama-3.2-1B-Instruct-Q4_K_M", 1e9),
        ("ollama:gemma3n:e2b", 2e9),
        ("ollama:mixtral:8x7b", 56e9),
        ("ollama:qwen3:30b-a3b", 30e9),
        ("ollama:gemma3:4b-it-q4_0", 4e9),
        ("ollama:gemma3:latest", None),
        ("ollama:phi3:mini-4k", None),
        ("ollama:qwen2.5", None),
        ("ollama:model-4bit", None),
        ("scripted:ScriptedModel", None),
    ],
)
def test_size_stands_in_the_name(name: str, size: float | None) -> None:
    """The size is read from the tag or the name; versions and quantisations are none."""
    assert parameters(name) == size


@pytest.mark.parametrize(
    ("name", "small"),
    [("gemma3:270m", True), ("phi3:3.8b", True), ("gemma3:4b", False), ("gemma3:latest", False)],
)
def test_below_four_billion_is_small(name: str, small: bool) -> None:
    """A model whose name says nothing is not small."""
    assert is_small(name) is small
