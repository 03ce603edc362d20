"""What a model's name, and its server, say of its size."""

import pytest

from chimera import Agent, Persona
from chimera.models.size import parameters, told
from chimera.slots import writes
from chimera.testing import OllamaStandIn


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
    ("text", "size"),
    [("592K", 592e3), ("6.8M", 6.8e6), ("4.3B", 4.3e9), ("70.6b", 70.6e9), ("", None), (7, None)],
)
def test_a_server_tells_the_size(text: object, size: float | None) -> None:
    """As Ollama writes it in `/api/tags`; anything else says nothing."""
    assert told(text) == size


async def test_a_model_that_its_server_calls_small_writes_no_sentences() -> None:
    """Where the name does not say, the server does; a name that says comes first."""
    persona = Persona(name="P", title="t", instructions="i")
    with OllamaStandIn(models=["tiny", "tiny:8b", "other"], digests={}) as server:
        server._catalogue.sizes["tiny:latest"] = "592K"
        found = [
            await writes(Agent(persona=persona, model=f"ollama:{name}", base_url=server.base_url))
            for name in ("tiny", "tiny:8b", "other", "other:1b", "unknown")
        ]
    assert found == [False, True, True, False, True]
