"""Project: where personas, agents and graphs are found: yours, those of packs, the bundled ones."""

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

from chimera import packs
from chimera.errors import ConfigError, NotFoundError, nearest
from chimera.packs import key_of

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
    """A folder with `personas/`, `agents/` and `graphs/`.

    What it lacks comes from installed packs, and what they lack from the bundled project.
    A file `chimera.yaml` beside them says what holds for the whole project.
    A name is the file's name without its ending; case, `-` and `_` do not matter. `PACK:NAME` is
    what a pack has under that name.
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

    @classmethod
    def around(cls, file: Path) -> Self:
        """Return the project a file belongs to: the nearest one upwards, else the bundled one."""
        folder = Path(os.path.abspath(file)).parent  # noqa: PTH100  links are not followed
        if folder.name in KINDS:
            return cls(folder.parent)
        root = next((p for p in (folder, *folder.parents) if _is_project(p)), None)
        return cls(root) if root else cls.bundled()

    @property
    def roots(self) -> list[Path]:
        """The folders that are looked into, in this order: own, packs by name, bundled."""
        return [*self._own, *(pack.root for pack in packs.installed().usable), _bundled_root()]

    def names(self, kind: Kind) -> list[str]:
        """Return the names of all personas, agents or graphs that can be used, sorted.

        A name that only several packs have is given once for each of them, as `PACK:NAME`.
        """
        own = {key_of(path.stem): _name(path) for path in _files(kind, *self._own)}
        bundled = {key_of(path.stem): _name(path) for path in _files(kind, _bundled_root())}
        found = {**bundled, **own}
        for key, homes in _in_packs(kind).items():
            if key not in own:
                found.pop(key, None)
                names = [_name(path) if len(homes) == 1 else _full(p, path) for p, path in homes]
                found.update({name: name for name in names})
        return sorted(found.values())

    def path(self, kind: Kind, name: str, *, near: Path | None = None) -> Path:
        """Return the file a name stands for.

        Args:
            kind: What is asked for.
            name: `NAME`, or `PACK:NAME`.
            near: A file that says the name. Where it is a pack's, that pack comes next after the
                project.

        Raises:
            NotFoundError: If there is none; the message lists the names there are.
            ConfigError: If several packs have the name and nothing says which is meant.
        """
        own = [] if ":" in name else _matching(kind, key_of(name), *self._own)
        for path in own or self.paths(kind, name, near=near):
            return path
        names = self.names(kind)
        raise NotFoundError(
            f"no {kind[:-1]} is called {name!r}{nearest(name, names)}"
            f" (there are: {', '.join(names)}){_left_out()}"
        )

    def paths(self, kind: Kind, name: str, *, near: Path | None = None) -> list[Path]:
        """Return every file a name could stand for: the one that is used, then those it hides.

        Raises:
            ConfigError: If several packs have the name and nothing says which is meant.
        """
        pack, _, bare = name.rpartition(":")
        key = key_of(bare)
        homes = _in_packs(kind).get(key, [])
        if pack:
            return [path for home, path in homes if key_of(home) == key_of(pack)]
        own = _matching(kind, key, *self._own)
        beside = [path for _, path in homes if near is not None and path.parents[1] in near.parents]
        if len(homes) > 1 and not own and not beside:
            names = " or ".join(repr(_full(home, path)) for home, path in homes)
            raise ConfigError(f"{len(homes)} packs have {kind} called {name!r}: write {names}")
        bundled = _matching(kind, key, _bundled_root())
        return [*dict.fromkeys([*own, *beside, *(path for _, path in homes), *bundled])]

    def origin(self, kind: Kind, name: str) -> str:
        """Return where a name is found: `own`, `bundled`, or the name of a pack."""
        root = self.path(kind, name).parents[1]
        if root in self._own:
            return "own"
        return next((p.name for p in packs.installed().usable if p.root == root), "bundled")

    def persona(self, name: str, *, near: Path | None = None) -> Persona:
        """Load a persona by name; `near` as for `path`."""
        from chimera.inherit import resolve

        return resolve(self.path("personas", name, near=near), self).persona

    def speaker(self, agent: str) -> Persona:
        """Load the persona of an agent, with the values the agent's file gives its variables.

        Raises:
            NotFoundError: If there is no such agent or persona.
            ConfigError: If a file is wrong, or a variable has no value.
        """
        from chimera.agentfile import spoken

        return spoken(self.path("agents", agent), self.agent_file(agent), self)

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
        module = load_module(path)
        if not hasattr(module, "graph"):
            raise ConfigError(f"{path}: a graph file must set `graph` to a StateGraph")
        return module.graph

    @property
    def _own(self) -> list[Path]:
        return [] if self.root == _bundled_root() else [self.root]


def _in_packs(kind: Kind) -> dict[str, list[tuple[str, Path]]]:
    """Return the files of all packs with their packs, by what their names are compared by."""
    found: dict[str, list[tuple[str, Path]]] = {}
    for pack in packs.installed().usable:
        for path in _files(kind, pack.root):
            found.setdefault(key_of(path.stem), []).append((pack.name, path))
    return found


def _matching(kind: Kind, key: str, *roots: Path) -> list[Path]:
    return [path for path in _files(kind, *roots) if key_of(path.stem) == key]


def _files(kind: Kind, *roots: Path) -> Iterator[Path]:
    for root in roots:
        try:
            with os.scandir(root / kind) as entries:
                names = sorted(e.name for e in entries if e.name.endswith(_SUFFIX[kind]))
        except OSError:
            continue  # another project may have the folder
        yield from (path for name in names if (path := root / kind / name).is_file())


def _full(pack: str, path: Path) -> str:
    return f"{pack}:{_name(path)}"


def _left_out() -> str:
    """Return the packs that might have had a name, were they in order."""
    return "".join(f"; {problem}" for problem in packs.installed().problems)


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


def load_module(path: Path) -> ModuleType:
    """Load a graph file by path; unchanged files are loaded once."""
    stamp = path.stat().st_mtime_ns
    name = f"_chimera_graph_{key_of(path.stem)}_{abs(hash(os.fspath(path))):x}_{stamp:x}"
    if name in sys.modules:
        return sys.modules[name]
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ConfigError(f"{path}: cannot be loaded as Python")
    module = module_from_spec(spec)
    sys.modules[name] = module  # LangGraph resolves annotations through it
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise ConfigError(f"{path}: cannot be loaded: {type(error).__name__}: {error}") from error
    return module
