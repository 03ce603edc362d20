"""Which files of a source are read: include and exclude patterns, `.gitignore`, hidden entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from chimera.errors import ConfigError

IGNORE_FILE = ".gitignore"
_GENERATED = frozenset({"__pycache__", "node_modules"})
_RESULTS = frozenset({".benchmarks", ".asv"})  # where pytest-benchmark and asv keep results
_MOST_PATTERNS = 2_000  # of one `.gitignore`
_MOST_STARS = 3  # in one name of a pattern
Matches = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Choice:
    """Patterns in the syntax of `.gitignore`; a file is read if it is included and not excluded."""

    include: tuple[str, ...] = ()  # all files where empty
    exclude: tuple[str, ...] = ()
    gitignore: bool = True  # leave out what `.gitignore` files within the source name

    def takes(self, path: str) -> bool:
        """Tell whether a file is chosen, by its path relative to the source."""
        if self.exclude and matcher(self.exclude)(path):
            return False
        return not self.include or matcher(self.include)(path)

    def enters(self, folder: str) -> bool:
        """Tell whether a folder, given with a slash at its end, is walked."""
        return not (self.exclude and matcher(self.exclude)(folder))


def is_hidden(name: str) -> bool:
    """Tell whether an entry is left out by its name; folders of known results are not."""
    return (name.startswith(".") and name not in _RESULTS) or name in _GENERATED


@lru_cache(maxsize=256)
def matcher(patterns: tuple[str, ...]) -> Matches:
    """Return a function that tells whether a path matches patterns in the syntax of `.gitignore`.

    Raises:
        ConfigError: A pattern does not follow that syntax.

    """
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(patterns).match_file
    except ValueError as error:
        raise ConfigError(f"pattern {patterns!r} cannot be used: {error}") from error


def ignored_by(lines: Iterable[str]) -> tuple[Matches | None, int]:
    """Return what the lines of a `.gitignore` leave out, None where they cannot be read.

    Also returns how many patterns were left out themselves: as regular expressions they would
    try every way to divide a name among their stars.
    """
    given = list(lines)
    cheap = [line for line in given[:_MOST_PATTERNS] if _is_cheap(line)]
    try:
        return matcher(tuple(cheap)), len(given) - len(cheap)
    except ConfigError:
        return None, len(given)


def _is_cheap(pattern: str) -> bool:
    stars = [part.count("*") for part in pattern.split("/")]
    return max(stars) <= _MOST_STARS and sum(stars) <= 2 * _MOST_STARS
