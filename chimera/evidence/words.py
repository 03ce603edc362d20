"""Word lists, written as running text."""

from __future__ import annotations


def words(*texts: str) -> frozenset[str]:
    """Return the words of the texts as a set."""
    return frozenset(" ".join(texts).split())
