"""How often chance alone makes a verdict: counted over many seeds."""

import math

from chimera.analysis.facts import FactBook
from chimera.analysis.groups import panels
from chimera.comparing.changes import examine
from chimera.comparing.matching import match
from chimera.comparing.sides import Measured, Side
from chimera.comparing.verdict import counted
from chimera.evidence.records import Series, Table
from tests.comparing.sides import runs

SEEDS = range(400)
MORE = range(1200)
GROUPS = ("a", "b", "c", "d", "e", "f")


def side(path: str, text: str) -> Side:
    """Return a side as it is read from a file of runs."""
    header, *lines = text.splitlines()
    cells = [line.split(",") for line in lines]
    texts = [cell[1] for cell in cells]
    series = Series("ttft_ms", "ttft", "ms", "lower", "raw", [float(t) for t in texts], texts)
    labels = {header.split(",")[0]: [cell[0] for cell in cells]}
    rows = [str(row) for row in range(2, len(cells) + 2)]
    table = Table(path, "csv", "", rows, labels=labels, series=(series,))
    (panel,) = panels([table], FactBook())
    found = [Measured(panel, group, "runs.csv", group.key, (), (), ()) for group in panel.groups]
    return Side((table,), tuple(found))


def verdicts(
    factor: float, spread: float, n: int, seeds: range = SEEDS
) -> list[tuple[int, int, int]]:
    """Return for each seed how many of six groups regressed, improved, and stayed the same."""
    found = []
    for seed in seeds:
        one, other = dict.fromkeys(GROUPS, 1.0), dict.fromkeys(GROUPS, factor)
        before = side("before/runs.csv", runs(one, seed=seed, n=n, spread=spread))
        after = side("after/runs.csv", runs(other, seed=10_000 + seed, n=n, spread=spread))
        counts = counted(examine(match(before, after).matches, (), FactBook()).changes)
        found.append((counts.regressed, counts.improved, counts.same))
    return found


def test_without_an_effect_one_verdict_in_twenty_is_false() -> None:
    """Six groups drawn from the same distribution on both sides; three deviations are allowed."""
    found = verdicts(1.0, 0.1, 12, MORE)
    false = sum(regressed + improved > 0 for regressed, improved, _ in found)
    most = 0.05 * len(MORE) + 3 * math.sqrt(0.05 * 0.95 * len(MORE))
    assert false <= most, f"{false} of seeds {MORE}"


def test_an_effect_is_found_with_its_sign() -> None:
    """Ten per cent more time, at a spread of five: all six in nearly every folder, none wrongly."""
    found = verdicts(1.1, 0.05, 12)
    assert not any(improved or same for _, improved, same in found)
    assert sum(regressed for regressed, _, _ in found) >= 0.9 * 6 * len(SEEDS)


def test_an_effect_at_the_border_is_rarely_called_none() -> None:
    """Just 2 % more time: "no difference that matters" is false in one of twenty at most."""
    same = sum(same for _, _, same in verdicts(1.02, 0.02, 12))
    assert same <= 0.05 * 6 * len(SEEDS), f"{same} of seeds {SEEDS}"
