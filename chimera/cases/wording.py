"""A verdict in lines, for the terminal and for pytest."""

from __future__ import annotations

from chimera.cases.playing import Verdict

EXCERPT = 400  # characters of an answer


def title(verdict: Verdict) -> str:
    """Return the one line of a case: how it ended, and which it is."""
    again = " (after one repair)" if verdict.repaired and verdict.passed else ""
    return f"{verdict.status:<10} {verdict.suite}: {verdict.case}{again}"


def reasons(verdict: Verdict, *, drift: bool = True) -> list[str]:
    """Return why a case did not pass, a line each; none where it did.

    Args:
        verdict: What came of the case.
        drift: Whether to say how the persona has changed, which holds for all cases of a file.
    """
    if verdict.passed:
        return []
    lines = [f"- {problem}" for problem in verdict.problems]
    if verdict.drift:
        lines.append(f"- the persona is not the one that was accepted{':' if drift else ''}")
    if verdict.drift and drift:
        lines += [f"    {line}" for line in verdict.drift]
        again = " --live --record" if verdict.status == "stale" else ""
        lines.append(f"  where that is meant: chimera test {verdict.suite}{again} --accept")
    if verdict.answer and verdict.problems:
        lines.append(f"- the answer ({verdict.model}): {_excerpt(verdict.answer)!r}")
    return lines


def failure(verdict: Verdict) -> str:
    """Return a failure as a text whose first line tells the first reason."""
    first, *others = reasons(verdict)
    return "\n".join([f"{verdict.status}: {first.removeprefix('- ')}", *others])


def _excerpt(text: str) -> str:
    return text if len(text) <= EXCERPT else f"{text[:EXCERPT]}…"
