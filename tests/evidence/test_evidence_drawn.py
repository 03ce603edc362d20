"""Tables drawn on a console, as libraries draw them: read with the place of every cell."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table as RichTable

from chimera.evidence import Limits, Table, collect
from chimera.evidence.locate import follow

DRAWN = {
    "tabulate grid": """
+---------+--------------+-------------+
| model   |   latency_ms | tok_s       |
+=========+==============+=============+
| a       |         10.5 | 30.0        |
+---------+--------------+-------------+
| b       |         11.5 | 31.0        |
+---------+--------------+-------------+
""",
    "tabulate psql": """
+---------+--------------+---------+
| model   |   latency_ms |   tok_s |
|---------+--------------+---------|
| a       |         10.5 |    30.0 |
| b       |         11.5 |    31.0 |
+---------+--------------+---------+
""",
    "tabulate fancy_grid": """
╒═════════╤══════════════╤═════════╕
│ model   │   latency_ms │   tok_s │
╞═════════╪══════════════╪═════════╡
│ a       │         10.5 │    30.0 │
├─────────┼──────────────┼─────────┤
│ b       │         11.5 │    31.0 │
╘═════════╧══════════════╧═════════╛
""",
    "psql": """
 model | latency_ms | tok_s
-------+------------+-------
 a     |       10.5 |  30.0
 b     |       11.5 |  31.0
(2 rows)
""",
    "tabulate simple": """
model      latency_ms    tok_s
-------  ------------  -------
a                10.5     30.0
b                11.5     31.0

That was all.
""",
    "tabulate simple with a number first": """
  latency_ms    tok_s  model
------------  -------  -------
        10.5     30.0  a
        11.5     31.0  b
""",
    "tabulate rst": """
=======  ============  =======
model      latency_ms    tok_s
=======  ============  =======
a                10.5     30.0
b                11.5     31.0
=======  ============  =======
""",
    "sqlite3 in columns": """
model  latency_ms  tok_s
-----  ----------  -----
a      10.5        30.0
b      11.5        31.0
""",
    "pandas": """
loading …
  model  latency_ms  tok_s
0     a        10.5   30.0
1     b        11.5   31.0
done
""",
    "pandas with names for an index": """
   latency_ms  tok_s
a        10.5   30.0
b        11.5   31.0
""",
}


def tables(tmp_path: Path, text: str, limits: Limits = Limits()) -> tuple[Table, ...]:  # noqa: B008 - frozen
    (tmp_path / "run.log").write_text(text, encoding="utf-8")
    return collect(tmp_path / "run.log", limits=limits).tables


def rich_table() -> str:
    table = RichTable("model", "latency_ms", "tok_s", title="Results")
    table.add_row("a", "10.5", "30.0")
    table.add_row("b", "11.5", "31.0")
    out = io.StringIO()
    Console(file=out, width=80).print(table)
    return out.getvalue()


@pytest.mark.parametrize("name", [*DRAWN, "rich"])
def test_a_drawn_table_is_read_with_the_place_of_each_cell(tmp_path: Path, name: str) -> None:
    """Whoever drew it: names of rows, numbers, units, and the way back."""
    text = DRAWN.get(name) or rich_table()
    (table,) = tables(tmp_path, text)
    assert list(table.labels.values()) == [("a", "b")]
    read = {one.column: (one.unit, tuple(one.values)) for one in table.series}
    assert read == {"latency_ms": ("ms", (10.5, 11.5)), "tok_s": ("tok/s", (30.0, 31.0))}
    for one in table.series:
        for index, cell in enumerate(one.texts):
            (place,) = follow(text.encode(), "text", table.locate(one, index))
            assert place.text == cell


def test_a_printed_description_is_one_of_statistics(tmp_path: Path) -> None:
    """`print(df.describe())`."""
    text = (
        "       latency_ms\n"
        "count   100.00000\n"
        "mean     12.50000\n"
        "std       1.50000\n"
        "50%      12.10000\n"
    )
    (table,) = tables(tmp_path, text)
    assert [one.statistic for one in table.series] == ["mean", "stdev", "median"]
    assert (table.declared_n, table.locate(table.series[0], 0)) == (
        (100,),
        "line 3, characters 10-17",
    )


def test_metrics_in_the_rows_of_a_box_are_metrics(tmp_path: Path) -> None:
    """One metric per row, with its value."""
    text = "+---------------+-------+\n| Metric        | Value |\n+---------------+-------+\n"
    text += "| TTFT p50 (ms) | 10.5  |\n| Tokens/s      | 30    |\n+---------------+-------+\n"
    (table,) = tables(tmp_path, text)
    assert [(one.metric, one.unit) for one in table.series] == [
        ("ttft", "ms"),
        ("throughput", "tok/s"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Title one  two\n------------  ----\nthis is some text that runs across\nmore   text\n",
        "  This is  a text\nwith  two  spaces here\nand  more  of it\n",
        "  name  name\n0  1.5   2.5\n",  # two columns of one name
        "+-----+\n| box |\n+-----+\n| one |\n+-----+\n",  # one column
        "model  latency_ms\n-----  ----------\n",  # no rows
    ],
)
def test_other_texts_hold_no_table(tmp_path: Path, text: str) -> None:
    """What only looks like one."""
    assert tables(tmp_path, text) == ()


def test_caps_hold_for_drawn_tables(tmp_path: Path) -> None:
    """Rows, columns and tables beyond the caps are left, and it is said."""
    many = DRAWN["psql"] * 3
    (tmp_path / "run.log").write_text(many, encoding="utf-8")
    evidence = collect(tmp_path / "run.log", limits=Limits(tables=2, rows=1, columns=2))
    assert [len(table.rows) for table in evidence.tables] == [1, 1]
    assert [len(table.series) for table in evidence.tables] == [1, 1]
    said = " ".join(evidence.inventory.limits)
    assert "more than 2 tables" in said
    assert "more than 1 rows" in said
    assert "more than 2 columns" in said


@pytest.mark.parametrize("line", [" " * 200_000, "-" * 200_000, "- " * 100_000, "|" * 200_000])
def test_long_lines_of_what_tables_are_drawn_with_take_no_time(tmp_path: Path, line: str) -> None:
    """A pattern that tries every start of a line would not end."""
    assert tables(tmp_path, f"a  b\n{line}x\n{line}\n{line}x\n") == ()
