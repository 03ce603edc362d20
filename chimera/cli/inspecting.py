"""`list`, `show`, `check`, `doctor`: look without running."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from chimera.project import KINDS, PROJECT_FILE, Kind, Project

if TYPE_CHECKING:
    from pydantic import BaseModel

    from chimera.agentfile import AgentFile

_SHOWN_HASH: Final = 12  # hexadecimal digits

_PACKAGES = ("langgraph", "langchain-core", "langchain-ollama", "pydantic")


@dataclass(frozen=True, slots=True)
class Listed:
    """One thing that can be used.

    Attributes:
        kind: personas, agents or graphs.
        name: What it is called.
        origin: `own`, `bundled`, or the name of a pack.
        path: Its file.
        hides: Files of the same name in packs and the bundled project, which are not used.
    """

    kind: Kind
    name: str
    origin: str
    path: str
    hides: tuple[str, ...]


def listed(kind: str | None, start: Path | None) -> list[Listed]:
    """Return what can be used, by kind and name."""
    project = Project.find(start)
    return [
        _listed(project, one, name)
        for one in KINDS
        if kind in {None, one}
        for name in project.names(one)
    ]


def _listed(project: Project, kind: Kind, name: str) -> Listed:
    path = project.path(kind, name)
    hidden = [other for other in project.paths(kind, name) if other.parent != path.parent]
    origin = project.origin(kind, name)
    return Listed(kind, name, origin, str(path), tuple(map(str, hidden)))


def listing(kind: str | None, start: Path | None) -> str:
    """Return what can be used as lines: the name, then where it is from if not from the project."""
    found = listed(kind, start)
    home = "bundled" if Project.find(start) == Project.bundled() else "own"
    lines: list[str] = []
    for plural in KINDS:
        names = [one.name + _whence(one, home) for one in found if one.kind == plural]
        if kind is None:
            lines += [f"{plural}:", *(f"  {name}" for name in names)]
        else:
            lines += names
    return "\n".join(lines)


def as_json(kind: str | None, start: Path | None) -> str:
    """Return what can be used as JSON."""
    return json.dumps([asdict(one) for one in listed(kind, start)], indent=1)


def _whence(one: Listed, home: str) -> str:
    """Return where something is from, behind its name; empty where that is plain."""
    if one.origin == "own":
        if not one.hides:
            return ""
        bundled = Path(one.hides[0]).parents[1] == Project.bundled().root
        return f"  (yours, hides {'the bundled one' if bundled else 'that of a pack'})"
    if one.origin == "bundled":
        return "" if home == "bundled" else "  (bundled)"
    return f"  (pack {one.origin})"


def shown(kind: str, name: str, start: Path | None) -> str:
    """Return one persona, agent or graph for reading."""
    project = Project.find(start)
    if kind == "persona":
        return project.persona(name).prompt
    if kind == "agent":
        return _agent(project, name)
    from langgraph.graph import StateGraph

    graph = project.graph(name)
    compiled = graph.compile() if isinstance(graph, StateGraph) else graph
    return str(compiled.get_graph().draw_mermaid()).rstrip()


def drawn(name: str, start: Path | None) -> str:
    """Return a graph as SVG, drawn on this machine."""
    from chimera.display import graph_svg

    return graph_svg(Project.find(start).graph(name), name=name)


def _agent(project: Project, name: str) -> str:
    """Return an agent's file and, as comments, what it comes to and where that is from."""
    file = project.agent_file(name)  # refuse to show what would be refused to run
    path = project.path("agents", name)
    persona = project.speaker(name)
    version = f", version {persona.version}" if persona.version else ""
    model, whence = _model(file)
    facts = {
        "file": _near(path),
        "persona": f"{persona.name}{version}, hash {persona.hash[:_SHOWN_HASH]}"
        f" ({_near(project.path('personas', file.persona, near=path))})",
        "model": f"{model} ({whence})",
        "server": _address(project, file, model),
        "options": _given(file.options) or "the server's own",
        "timeouts": _given(file.timeouts) or "the defaults",
        "prompt": f"chimera try agent {name}",
    }
    text = path.read_text(encoding="utf-8").rstrip()
    return "\n".join([text, "", *(f"# {key:<9} {fact}" for key, fact in facts.items())])


def _near(path: Path) -> str:
    """Return a path from the working folder where it lies below it, else in full."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _model(file: AgentFile) -> tuple[str, str]:
    """Return the model an agent asks if a run names none, and where that is from."""
    from chimera.session import DEFAULT_MODEL, environment_model

    if model := environment_model():
        return model, "CHIMERA_MODEL"
    return (file.model, "this file") if file.model else (DEFAULT_MODEL, "the default")


def _address(project: Project, file: AgentFile, model: str) -> str:
    if file.base_url:
        return f"{file.base_url} (this file)"
    provider = model.partition(":")[0]
    if provider != "ollama":
        return f"that of {provider}"
    from chimera.models.address import base_url

    hosts = project.file().models.hosts
    if hosts:
        return f"{', '.join(hosts)} ({PROJECT_FILE})"
    return f"{base_url(None)} ({'OLLAMA_HOST' if os.environ.get('OLLAMA_HOST') else 'the default'})"


def _given(options: BaseModel) -> str:
    """Return what a file sets of options."""
    return ", ".join(
        f"{key} {value}" for key, value in options.model_dump(exclude_unset=True).items()
    )


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
