"""What the core of the checkout installs: the distributions it needs, and their size on disk."""

import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).parents[2] / "pyproject.toml"


def core() -> set[str]:
    """Return the distributions that come with the core in this environment, by canonical names."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    return closure(project["dependencies"])


def closure(requirements: list[str]) -> set[str]:
    """Return the distributions that requirements stand for, with all that those need."""
    waiting = [Requirement(line) for line in requirements]
    found: dict[str, set[str]] = {}
    while waiting:
        requirement = waiting.pop()
        name, extras = canonicalize_name(requirement.name), {"", *requirement.extras}
        new = extras - found.setdefault(name, set())
        found[name] |= new
        waiting += [
            needed
            for line in metadata.requires(name) or []
            if wanted(needed := Requirement(line), new)
        ]
    return set(found)


def wanted(needed: Requirement, extras: set[str]) -> bool:
    """Return whether a requirement holds here, for one of these extras of the distribution."""
    if needed.marker is None:
        return bool(extras)
    return any(needed.marker.evaluate({"extra": extra}) for extra in extras)


def megabytes(name: str) -> float:
    """Return the size of a distribution's files, compiled ones too, in megabytes."""
    files = metadata.files(name) or []
    places = {Path(str(file.locate())) for file in files}
    return sum(place.stat().st_size for place in places if place.is_file()) / 1e6
