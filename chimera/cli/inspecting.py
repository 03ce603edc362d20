"""`list`, `show`, `check`, `doctor`: look without running."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from chimera.project import KINDS, Kind, Project

_PACKAGES = ("langgraph", "langchain-core", "langchain-ollama", "pydantic")


def listing(kind: str | None, start: Path | None) -> str:
    """Return the names of what can be used, by kind."""
    project = Project.find(start)
    parts = []
    for name in (found for found in KINDS if kind in {None, found}):
        names = project.names(name)
        parts.append(
            "\n".join(names) if kind else f"{name}:\n" + "\n".join(f"  {n}" for n in names)
        )
    return "\n".join(parts)


def shown(kind: str, name: str, start: Path | None) -> str:
    """Return one persona, agent or graph for reading."""
    project = Project.find(start)
    if kind == "persona":
        return project.persona(name).prompt
    plural: Kind = "agents" if kind == "agent" else "graphs"
    path = project.path(plural, name)
    if kind == "agent":
        project.agent_file(name)  # refuse to show what would be refused to run
        return path.read_text(encoding="utf-8").rstrip()
    from langgraph.graph import StateGraph

    graph = project.graph(name)
    compiled = graph.compile() if isinstance(graph, StateGraph) else graph
    return str(compiled.get_graph().draw_mermaid()).rstrip()


def resolved_persona(name: str, start: Path | None) -> str:
    """Return a persona's merged YAML, each line with the file and line it comes from."""
    from chimera.inherit import resolve

    project = Project.find(start)
    return resolve(project.path("personas", name), project).as_text()


def diagnosis(base_url: str | None, start: Path | None) -> str:
    """Return versions, project, model and server as lines."""
    from chimera.session import DEFAULT_MODEL, environment_model

    project = Project.find(start)
    lines = [f"chimera     {version('chimera-agents')}", f"python      {platform.python_version()}"]
    lines += [f"{name:<11} {_version(name)}" for name in _PACKAGES]
    lines += [
        f"project     {project.root}",
        f"model       {environment_model() or DEFAULT_MODEL}",
    ]
    hosts: list[str | None] = [base_url]
    if base_url is None:
        hosts = [*project.file().models.hosts] or [None]
    lines += [f"server      {_server(host)}" for host in hosts]
    return "\n".join(lines)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _server(base_url: str | None) -> str:
    import httpx

    from chimera.models.address import base_url as address_of

    address = address_of(base_url)
    try:
        with httpx.Client(base_url=address, timeout=3, trust_env=False) as client:
            found = client.get("/api/version").json()["version"]
            models = [model["name"] for model in client.get("/api/tags").json()["models"]]
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return f"{address}: no Ollama answers; start it with `ollama serve`"
    return f"{address}: Ollama {found}, models: {', '.join(models) or 'none'}{_missing(models)}"


def _missing(models: list[str]) -> str:
    """Return how to get the model that agents ask by default, where the server lacks it."""
    from chimera.session import DEFAULT_MODEL, environment_model

    provider, _, name = (environment_model() or DEFAULT_MODEL).partition(":")
    full = name if ":" in name else f"{name}:latest"
    return (
        "" if provider != "ollama" or full in models else f"; get yours with `ollama pull {name}`"
    )
