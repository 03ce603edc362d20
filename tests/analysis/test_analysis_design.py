"""The design of a table of runs: factors, cells, aliases, run order, cold starts per level."""

import random
from collections.abc import Mapping, Sequence
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from chimera.analysis.design import Design, audit
from chimera.evidence.records import Series, Table

Row = Mapping[str, object]
SETTINGS = ("num_ctx", "batch", "note")


def design(rows: Sequence[Row], *, times: bool = False, load: Sequence[float] = ()) -> Design:
    """Return the design of rows; what is no setting is a label, `host` an id."""
    count = len(rows)
    columns = {name: [str(row[name]) for row in rows] for name in rows[0]}
    ids = {name: columns.pop(name) for name in ("host",) if name in columns}
    if times:
        ids["timestamp"] = [f"2025-01-01T10:{i:02}:00" for i in range(count)]
    found = Series("ttft_s", "ttft", "s", "lower", "raw", [1.0] * count, ["1"] * count)
    loads = Series("load_s", "load", "s", "lower", "raw", list(load), [str(v) for v in load])
    table = Table(
        *("runs.csv", "csv", "", [str(i + 2) for i in range(count)]),
        labels={k: v for k, v in columns.items() if k not in SETTINGS},
        params={k: v for k, v in columns.items() if k in SETTINGS},
        series=(found, loads) if load else (found,),
        ids=ids,
    )
    return audit(table, found)


def factorial(repeats: int = 1) -> list[Row]:
    """Return a full factorial in the order of nested loops, `num_ctx` outside."""
    cells = product((1024, 2048, 8192), (1, 16), range(repeats))
    return [{"num_ctx": ctx, "batch": batch} for ctx, batch, _ in cells]


def test_a_full_factorial_has_every_cell_equally_often() -> None:
    """Levels are in numeric order, cells counted."""
    found = design(factorial(repeats=3))
    assert [factor.name for factor in found.factors] == ["num_ctx", "batch"]
    assert found.factors[0].levels == ("1024", "2048", "8192")
    assert (found.fewest, found.most, found.full) == (3, 3, True)
    assert all(factor.balanced for factor in found.factors)


def test_a_missing_cell_makes_it_fractional() -> None:
    """A combination that never ran is noticed, and so are unequal levels."""
    found = design(factorial()[:-1])
    assert not found.full
    assert not any(factor.balanced for factor in found.factors)


def test_the_outer_loop_runs_in_blocks() -> None:
    """Levels in one stretch each are blocked, those returned to are mixed."""
    outer, inner = design(factorial()).factors
    assert (outer.blocked, inner.blocked) == (True, False)


def test_sorted_rows_tell_no_order_unless_they_have_times() -> None:
    """Rows as nested loops write them may have been sorted later; timestamps settle it."""
    assert not design(factorial()).ordered
    assert design(factorial(), times=True).ordered
    turns: list[Row] = [{"batch": 1}, {"batch": 2}] * 4
    assert design(turns).ordered


def test_settings_that_change_together_are_aliases() -> None:
    """One determines the other."""
    found = design([{"num_ctx": k, "batch": 2 * k} for k in (1, 2, 3)] * 3)
    assert found.aliases == {"num_ctx": ("batch",), "batch": ("num_ctx",)}


def test_nearly_aliased_settings_are_aliases() -> None:
    """One run in sixty that breaks the rule does not tell two settings apart."""
    pair: list[Row] = [{"num_ctx": k, "batch": k} for k in (1, 2)]
    rows = pair * 30
    assert design([*rows, {"num_ctx": 1, "batch": 2}]).aliases
    assert not design(
        [*rows, *({"num_ctx": 3 - k, "batch": k} for k in (1, 2) for _ in range(30))]
    ).aliases


def test_a_label_or_host_that_goes_with_a_setting_is_an_alias() -> None:
    """Which engine ran and where counts as a factor."""
    pair: list[Row] = [
        {"batch": k, "engine": engine, "host": f"of {engine}"} for k, engine in ((1, "a"), (2, "b"))
    ]
    rows = pair * 4
    assert set(design(rows).aliases["batch"]) == {"engine", "host"}


def test_a_name_of_the_settings_is_no_factor() -> None:
    """Neither a label that spells the settings nor one that is called a configuration."""
    spelled = [{**row, "tag": f"c{row['num_ctx']}_b{row['batch']}"} for row in factorial(2)]
    called = [{**row, "config_name": f"x{i // 2}"} for i, row in enumerate(factorial(2))]
    for rows in (spelled, called):
        assert [factor.name for factor in design(rows).factors] == ["num_ctx", "batch"]
        assert not design(rows).aliases


def test_cold_starts_are_counted_per_level() -> None:
    """By the load times of the table."""
    load = [3.0 if i % 2 == 0 else 0.05 for i in range(6)]
    outer, inner = design(factorial(), load=load).factors
    assert (outer.cold, inner.cold) == ((1, 1, 1), (3, 0))


@given(st.integers(0, 10_000))
def test_shuffling_rows_unblocks_and_changes_no_count(seed: int) -> None:
    """Shuffled, a sweep of 60 runs is mixed; cells, levels and aliases are as before."""
    rows = factorial(repeats=10)
    before = design(rows)
    random.Random(seed).shuffle(rows)  # noqa: S311
    after = design(rows)
    assert not any(factor.blocked for factor in after.factors)
    assert after.ordered
    assert {k: len(v) for k, v in before.cells.items()} == {
        k: len(v) for k, v in after.cells.items()
    }
    assert before.aliases == after.aliases


@given(st.permutations(["red", "green", "blue"]))
def test_other_names_of_levels_change_nothing(names: list[str]) -> None:
    """Relabelled, runs per level, order and balance stay."""
    named = dict(zip((1024, 2048, 8192), names, strict=True))
    rows: list[Row] = [
        {"note": named[int(str(r["num_ctx"]))], "batch": r["batch"]} for r in factorial(2)
    ]
    (one, _), (other, _) = design(factorial(2)).factors, design(rows).factors
    same = dict(zip(other.levels, other.rows, strict=True))
    assert [same[named[int(level)]] for level in one.levels] == list(one.rows)
    assert (one.blocked, one.balanced) == (other.blocked, other.balanced)
