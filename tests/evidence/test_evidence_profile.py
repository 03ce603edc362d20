"""What the profiler finds out about columns besides their names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chimera.evidence import Evidence, Series, Table, collect


def read(tmp_path: Path, content: str | list[Any] | dict[str, Any]) -> Evidence:
    name = "a.csv" if isinstance(content, str) else "a.json"
    text = content if isinstance(content, str) else json.dumps(content)
    (tmp_path / name).write_text(text, encoding="utf-8")
    return collect(tmp_path)


def table(tmp_path: Path, content: str | list[Any] | dict[str, Any]) -> Table:
    return read(tmp_path, content).tables[0]


def series(found: Table, column: str) -> Series:
    return next(one for one in found.series if one.column == column)


def test_short_identifiers_are_kept_and_prompts_are_not(tmp_path: Path) -> None:
    """Which run it was stays with the numbers; what was asked does not."""
    text = "run_id,ts,commit,host,prompt,ttft_s\n" + "".join(
        f"r{n},2025-01-0{n}T10:00:00Z,9f8e7d{n},node-{n},Say it in {n} words,0.{n}\n"
        for n in (1, 2, 3)
    )
    found = table(tmp_path, text)
    assert list(found.ids) == ["run_id", "ts", "commit", "host"]
    assert next(found.measurements()).ids["run_id"] == "r1"


def test_identifiers_longer_than_80_characters_are_left_out(tmp_path: Path) -> None:
    """A URL of a page is no name of a run."""
    assert table(tmp_path, f"url,ttft_s\n{'u' * 81},0.5\nv,0.6\n").ids == {}


def test_identifiers_of_the_surroundings_hold_for_the_rows(tmp_path: Path) -> None:
    """The commit of a run belongs to each of its results."""
    found = table(tmp_path, {"commit": "9f8e7d6", "results": [{"ttft_s": 0.5}, {"ttft_s": 0.6}]})
    assert found.ids == {"commit": ("9f8e7d6", "9f8e7d6")}


def test_near_unique_texts_name_the_rows_of_a_small_table_only(tmp_path: Path) -> None:
    """Three queries are labels; of a hundred requests the texts are identifiers."""
    few = table(tmp_path, "what,time_s\n" + "".join(f"Q{n},{n}.5\n" for n in range(3)))
    assert list(few.labels) == ["what"]
    many = table(tmp_path, "what,time_s\n" + "".join(f"Q{n},{n}.5\n" for n in range(100)))
    assert (list(many.labels), list(many.ids)) == ([], ["what"])


def test_a_time_since_1970_is_a_moment(tmp_path: Path) -> None:
    """`time` is no duration where its values are seconds of the Unix clock."""
    found = table(tmp_path, "time,ttft_s\n1759186372.1,0.5\n1759186373.1,0.6\n")
    assert (list(found.ids), len(found.series)) == (["time"], 1)


def test_whole_numbers_in_equal_shares_are_settings(tmp_path: Path) -> None:
    """Somebody chose them; those that come as they like stay out."""
    rows = [(8, 0), (8, 1), (16, 0), (16, 0)]
    text = "foo,bar,ttft_s\n" + "".join(f"{a},{b},0.5\n" for a, b in rows)
    assert list(table(tmp_path, text).params) == ["foo"]


@pytest.mark.parametrize(
    ("row", "unit", "direction"),
    [
        ({"value": 5.5, "unit": "ns", "higher_is_better": True}, "ns", "higher"),
        ({"value": 5.5, "unit": "points", "lower_is_better": True}, "points", "lower"),
        ({"score": 5.5, "better": "lower"}, None, "lower"),
        ({"stalls": 5.5, "direction": "minimize"}, None, "lower"),
        ({"ttft": {"p95": 5.5, "unit": "ms"}}, "ms", "lower"),
        ({"latency": 5.5, "latency_unit": "us"}, "us", "lower"),
        ({"unit": "ms", "latency": {"p95": 5.5}}, "ms", "lower"),
        ({"unit": "ms", "accuracy": 0.5}, None, "higher"),
        ({"acc": 0.5, "higher_is_better": {"acc": False}}, None, "lower"),
        ({"accuracy": 0.5, "direction": "read"}, None, "higher"),
    ],
)
def test_units_and_better_sides_that_stand_beside_the_number(
    tmp_path: Path, row: dict[str, Any], unit: str | None, direction: str | None
) -> None:
    """The file knows best; a unit of another kind of metric is not taken over."""
    found = table(tmp_path, [row, row | {"other": 1}])
    assert [(one.unit, one.direction) for one in found.series] == [(unit, direction)]


def test_rows_that_disagree_on_the_better_side_leave_it_open(tmp_path: Path) -> None:
    """Nobody may then say better or worse of the column."""
    rows = [{"score": 5.5, "better": "lower"}, {"score": 6.5, "better": "higher"}]
    assert table(tmp_path, rows).series[0].direction is None


def test_a_unit_in_the_cells_beats_that_of_the_name(tmp_path: Path) -> None:
    """`kubectl top` writes `512Mi` under `MEMORY(bytes)`."""
    assert table(tmp_path, "NAME,MEMORY(bytes)\na,512Mi\nb,3Mi\n").series[0].unit == "MiB"
    evidence = read(tmp_path, "name,wait_ms\na,5 MB\nb,6 MB\n")
    assert evidence.tables[0].series[0].direction is None
    assert "its name says ms, its cells say MB" in evidence.inventory.files[0].problems[0]


def test_cells_that_are_no_measurement_say_why(tmp_path: Path) -> None:
    """Placeholders and impossible values are kept as written and do not count."""
    cells = ["1.5", "-1", "-0.3", "OOM", "N/A", "", "2.5"]
    found = table(tmp_path, "name,ttft_ms\n" + "".join(f"x,{cell}\n" for cell in cells))
    assert found.series[0].values == (1.5, None, None, None, None, None, 2.5)
    assert found.series[0].invalid == {
        1: "-1 stands for no value",
        2: "a negative ttft is impossible",
        3: "holds 'OOM', no number",
        4: "holds 'N/A', no number",
    }
    assert sum(m.valid for m in found.measurements()) == 2


def test_negative_changes_and_losses_are_measurements(tmp_path: Path) -> None:
    """A difference and a clock's offset may lie below zero."""
    found = table(tmp_path, "name,delta_ms,clock_offset_ms,loss\nx,-3.5,-2.5,-0.5\ny,1,2,3\n")
    assert [one.values[0] for one in found.series] == [-3.5, -2.5, -0.5]


@pytest.mark.parametrize(
    ("last", "invalid"),
    [("Aggregated,9", [2]), ("TOTAL,9", [2]), ("mean,3", [2]), ("sum,4.2", []), ("c,9", [])],
)
def test_rows_that_sum_up_the_others_are_not_pooled(
    tmp_path: Path, last: str, invalid: list[int]
) -> None:
    """Words that also name operations count only if the numbers bear them out."""
    found = table(tmp_path, f"operation,time_ms\na,2\nb,4\n{last}\n")
    assert sorted(found.series[0].invalid) == invalid


def test_identities_are_noted_and_give_units(tmp_path: Path) -> None:
    """`ttft` is the sum of two times in seconds, so it is in seconds."""
    rows = ["0.50,0.10,0.60,2.00,100,50.0", "0.10,0.20,0.30,4.00,160,40.0"]
    rows += ["0.05,0.15,0.20,1.00,55,55.0"]
    head = "load_s,prompt_eval_s,ttft,eval_s,eval_count,tokens_s\n"
    found = table(tmp_path, head + "\n".join(rows) + "\n")
    ttft, rate = series(found, "ttft"), series(found, "tokens_s")
    assert (ttft.derived, ttft.unit) == ("load_s + prompt_eval_s", "s")
    assert rate.derived == "eval_count / eval_s"


def test_a_rate_gives_the_unit_of_the_time_behind_it(tmp_path: Path) -> None:
    """Tokens per second over tokens pin the time to milliseconds."""
    rows = "2000,100,50.0\n4000,160,40.0\n1000,55,55.0"
    found = table(tmp_path, f"latency,eval_count,tokens_s\n{rows}\n")
    assert series(found, "latency").unit == "ms"


def test_an_identity_that_fails_in_one_row_is_none(tmp_path: Path) -> None:
    """A unit is not taken from a sum that does not hold."""
    rows = "0.5,0.1,0.6\n0.1,0.2,0.3\n0.2,0.3,0.5\n0.2,0.3,0.7"
    found = table(tmp_path, f"load_s,prompt_eval_s,ttft\n{rows}\n")
    assert (series(found, "ttft").derived, series(found, "ttft").unit) == ("", None)
