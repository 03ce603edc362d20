"""Columns in less memory: the same cells and numbers, the same evidence elsewhere."""

from __future__ import annotations

import pickle

import pytest

from chimera.evidence.compact import Cells, compact
from chimera.evidence.records import Series, Table


def _kept(texts: tuple[str, ...], values: tuple[float | None, ...]) -> Series:
    one = Series("t_s", "t", "s", "lower", "raw", values, texts)
    rows = tuple(map(str, range(len(texts))))
    return compact(Table("a.csv", "csv", "", rows, series=(one,))).series[0]


@pytest.mark.parametrize("odd", ["", "0.5", "a\nb", "\x1f", "a\x1fb"])
def test_cells_are_what_they_were(odd: str) -> None:
    """A cell may hold anything, even what keeps the others apart."""
    texts = ("1.5", odd, *["2"] * 10)
    kept = _kept(texts, (1.5, None, *[2.0] * 10))
    assert list(kept.texts) == list(texts)
    assert [kept.texts[i] for i in range(-12, 12)] == [texts[i] for i in range(-12, 12)]
    assert kept.texts[1:3] == texts[1:3]
    assert len(kept.texts) == len(texts)
    assert isinstance(kept.texts, Cells) == ("\x1f" not in odd)


def test_numbers_are_what_they_were() -> None:
    """With an empty cell or without one."""
    whole = tuple(i / 3 for i in range(12))
    assert tuple(_kept(("1",) * 12, whole).values) == whole
    assert tuple(_kept(("1",) * 12, (None, *whole[1:])).values) == (None, *whole[1:])


def test_kept_columns_are_equal_after_a_journey() -> None:
    """To another process, that is."""
    kept = _kept(("1.5",) * 12, (1.5,) * 12)
    assert pickle.loads(pickle.dumps(kept)) == kept  # noqa: S301 - our own
    assert len({kept.texts, _kept(("1.5",) * 12, (1.5,) * 12).texts}) == 1
    assert kept.texts != _kept(("1.4",) * 12, (1.5,) * 12).texts
