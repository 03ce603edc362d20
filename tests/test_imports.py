"""What an import costs and gives."""

import json
import subprocess
import sys

import pytest

import chimera

HEAVY = {"langgraph", "langchain_core", "langchain_ollama", "langsmith", "httpx", "ollama", "rich"}


def loaded(code: str) -> set[str]:
    """Return the top-level modules a fresh interpreter holds after some code."""
    script = f"{code}\nimport sys, json; print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in json.loads(done.stderr.splitlines()[-1])}


def test_root_names_are_complete_and_sorted() -> None:
    """Every name of `__all__` can be used, and there are at most a dozen."""
    assert chimera.__all__ == sorted(chimera.__all__)
    assert len(chimera.__all__) <= 12
    assert all(getattr(chimera, name).__module__.startswith("chimera.") for name in chimera.__all__)


def test_root_homes_match_the_names() -> None:
    """The lazy table names exactly what `__all__` promises."""
    assert sorted(chimera._HOME) == chimera.__all__


def test_unknown_root_name_is_an_attribute_error() -> None:
    """A misspelt name fails as it does in any module."""
    with pytest.raises(AttributeError, match="no attribute 'rum'"):
        _ = chimera.rum  # type: ignore[attr-defined]


def test_import_loads_nothing_heavy() -> None:
    """`import chimera` leaves everything but itself to first use."""
    assert not loaded("import chimera") & (HEAVY | {"pydantic", "yaml", "structlog"})


@pytest.mark.parametrize(
    "code",
    [
        "import chimera.errors, chimera.models, chimera.evidence",
        "import chimera; chimera.Persona, chimera.Agent, chimera.Project",
        "from chimera.cli.commands import cli; cli(['--help'], standalone_mode=False)",
        "from chimera.cli.commands import cli; cli(['list'], standalone_mode=False)",
    ],
)
def test_looking_loads_no_langgraph(code: str) -> None:
    """Personas, agents, help and listing do without LangGraph and HTTP."""
    assert not loaded(code) & HEAVY


def test_import_does_nothing() -> None:
    """An import opens no socket, starts no thread, configures no logging."""
    code = (
        "import chimera, chimera.stages, chimera.runs, chimera.agent\n"
        "import logging, structlog, threading\n"
        "assert threading.active_count() == 1\n"
        "assert not logging.getLogger().handlers and not structlog.is_configured()"
    )
    loaded(code)
