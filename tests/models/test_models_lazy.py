"""What an import drags in."""

import subprocess
import sys

import pytest

import chimera.models
import chimera.testing

HEAVY = ("langchain_core", "langchain_ollama", "langgraph", "httpx", "ollama", "tenacity")


@pytest.mark.parametrize("package", ["chimera.models", "chimera.testing", "chimera.models.options"])
def test_an_import_loads_nothing_heavy(package: str) -> None:
    """LangChain and httpx wait for first use."""
    code = f"import sys, {package}; print([m for m in {HEAVY} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize("module", [chimera.models, chimera.testing])
def test_every_public_name_can_be_had(module: object) -> None:
    """`__all__` is sorted as ruff sorts it, complete, and listed by `dir`."""
    names: list[str] = module.__all__  # type: ignore[attr-defined]
    assert all(getattr(module, name) is not None for name in names)
    assert set(names) <= set(dir(module))


def test_a_misspelt_name_is_an_attribute_error() -> None:
    """The lazy loader does not hide mistakes."""
    with pytest.raises(AttributeError, match="Olama"):
        _ = chimera.models.Olama  # type: ignore[attr-defined]
