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


@pytest.mark.parametrize(("level", "heard"), [("WARNING", False), ("INFO", True)])
def test_events_that_nobody_hears_load_nothing(level: str, heard: bool) -> None:
    """Structlog comes with the first event that goes somewhere; below warnings none does."""
    code = (
        "import logging, chimera.logs as logs\n"
        f"logging.getLogger('chimera').setLevel('{level}')\n"
        "with logs.bound(run='r'):\n"
        "    logs.logger().info('stage.started')\n"
    )
    assert ("structlog" in loaded(code)) == heard


def test_a_warning_has_what_was_bound_before_it_was_loaded() -> None:
    """Run, stage and agent stand in the first event that is heard, too."""
    code = (
        "import chimera.logs as logs\n"
        "with logs.bound(run='r-1'), logs.bound(stage='ingest'):\n"
        "    logs.logger().warning('stage.gap', problem='none')\n"
        "logs.logger().warning('later')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == (
        "event='stage.gap' run='r-1' stage='ingest' problem='none'\nevent='later'\n"
    )
