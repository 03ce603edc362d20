"""Project: where personas, agents and graphs are found, yours before the bundled ones."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, Self

from chimera.errors import ConfigError, NotFoundError, nearest

if TYPE_CHECKING:
    from chimera.agentfile import AgentFile
    from chimera.persona import Persona
    from chimera.projectfile import ProjectFile

Kind = Literal["personas", "agents", "graphs"]
KINDS: tuple[Kind, ...] = ("personas", "agents", "graphs")
PROJECT_FILE = "chimera.yaml"
_SUFFIX: dict[Kind, str] = {"personas": ".yaml", "agents": ".yaml", "graphs": ".py"}
_PACKAGE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with `personas/`, `agents/` and `graphs/`; what it lacks comes from the bundled one.

    A file `chimera.yaml` beside them says what holds for the whole project.
    A name is the file's name without its ending; case, `-` and `_` do not matter.
    """

    root: Path

    @classmethod
    def bundled(cls) -> Self:
        """Return the reference project: inside the wheel, else the checkout around the package."""
        return cls(_bundled_root())

    @classmethod
    def find(cls, start: str | Path | None = None) -> Self:
        """Return the project at `start`, else the nearest one upwards, else the bundled one.

        Raises:
            NotFoundError: If `start` is given and is no project.
        """
        if start is not None:
            root = Path(start).expanduser().resolve()
            if not any((root / kind).is_dir() for kind in KINDS):
                raise NotFoundError(
                    f"{str(start)!r} is no project: none of its folders is {', '.join(KINDS)}"
                )
            return cls(root)
        try:
            here = Path.cwd()
        except OSError:  # the working folder is gone
            return cls.bundled()
        nearest_root = next((p for p in (here, *here.parents) if _is_project(p)), None)
        return cls(nearest_root) if nearest_root else cls.bundled()

    def names(self, kind: Kind) -> list[str]:
        """Return the names of all personas, agents or graphs that can be used, sorted."""
        return sorted({_name(path) for path in self._files(kind)})

    def path(self, kind: Kind, name: str) -> Path:
        """Return the file a name stands for.

        Raises:
            NotFoundError: If there is none; the message lists the names there are.
        """
        key = _key(name)
        for path in self._files(kind):
            if _key(path.stem) == key:
                return path
        names = self.names(kind)
        raise NotFoundError(
            f"no {kind[:-1]} is called {name!r}{nearest(name, names)}"
            f" (there are: {', '.join(names)})"
        )

    def persona(self, name: str) -> Persona:
        """Load a persona by name."""
        from chimera.persona import Persona

        return Persona.load(self.path("personas", name))

    def agent_file(self, name: str) -> AgentFile:
        """Load what an agent's YAML file says, by name."""
        from chimera import yamlfile
        from chimera.agentfile import AgentFile
        from chimera.places import beside

        with beside(self.root):
            return yamlfile.load(self.path("agents", name), AgentFile)

    def file(self) -> ProjectFile:
        """Load `chimera.yaml`; what it would say by default where there is none."""
        from chimera import yamlfile
        from chimera.projectfile import ProjectFile

        path = self.root / PROJECT_FILE
        return yamlfile.load(path, ProjectFile) if path.is_file() else ProjectFile()

    def graph(self, name: str) -> Any:  # noqa: ANN401  LangGraph's own types are not loaded here
        """Load a graph by name: the uncompiled `StateGraph` its file calls `graph`."""
        path = self.path("graphs", name)
        module = _load_module(path)
        if not hasattr(module, "graph"):
            raise ConfigError(f"{path}: a graph file must set `graph` to a StateGraph")
        return module.graph

    def _files(self, kind: Kind) -> Iterator[Path]:
        for root in dict.fromkeys((self.root, Project.bundled().root)):
            try:
                with os.scandir(root / kind) as entries:
                    names = sorted(e.name for e in entries if e.name.endswith(_SUFFIX[kind]))
            except OSError:
                continue  # the other project may have the folder
            yield from (path for name in names if (path := root / kind / name).is_file())


@lru_cache(maxsize=1)
def _bundled_root() -> Path:
    for root in (_PACKAGE / "_bundled", _PACKAGE.parent):
        if _is_project(root):
            return root
    raise NotFoundError(f"chimera was installed without its folders {', '.join(KINDS)}")


def _is_project(root: Path) -> bool:
    return all((root / kind).is_dir() for kind in KINDS)


def _name(path: Path) -> str:
    return path.stem.replace("_", "-")


def _key(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _load_module(path: Path) -> ModuleType:
    """Load a graph file by path; unchanged files are loaded once."""
    stamp = path.stat().st_mtime_ns
    name = f"_chimera_graph_{_key(path.stem)}_{abs(hash(os.fspath(path))):x}_{stamp:x}"
    if name in sys.modules:
        return sys.modules[name]
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ConfigError(f"{path}: cannot be loaded as Python")
    module = module_from_spec(spec)
    sys.modules[name] = module  # LangGraph resolves annotations through it
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise ConfigError(f"{path}: cannot be loaded: {type(error).__name__}: {error}") from error
    return module
