"""Delimited files → tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera.evidence import Evidence, Limits, Series, Table, collect


def read(tmp_path: Path, text: str, limits: Limits = Limits()) -> Evidence:  # noqa: B008 - frozen
    (tmp_path / "a.csv").write_text(text, encoding="utf-8", newline="")
    return collect(tmp_path, limits=limits)


def table(tmp_path: Path, text: str) -> Table:
    return read(tmp_path, text).tables[0]


def series(tmp_path: Path, text: str) -> Series:
    return table(tmp_path, text).series[0]


def problems(tmp_path: Path, text: str) -> list[str]:
    return read(tmp_path, text).inventory.files[0].problems


def test_columns_are_sorted_into_labels_params_and_metrics(tmp_path: Path) -> None:
    """Each column is what its name and cells say."""
    found = table(
        tmp_path,
        "timestamp,model,tag,num_ctx,temperature,prompt_text,ttft_s,error\n"
        "2025-09-30T20:11:33,llama,q4,1024,0.2,Hello there,0.5,\n"
        "2025-09-30T20:11:34,llama,q8,2048,0.4,General Kenobi,0.6,\n",
    )
    assert found.labels == {"model": ("llama", "llama"), "tag": ("q4", "q8")}
    assert found.params == {"num_ctx": ("1024", "2048"), "temperature": ("0.2", "0.4")}
    assert [one.metric for one in found.series] == ["ttft"]


def test_rows_are_counted_as_records_with_the_header_as_the_first(tmp_path: Path) -> None:
    """Blank lines count, so that a reader of the file finds the row."""
    assert table(tmp_path, "name,ttft_s\nx,0.5\n\ny,0.6\n").rows == ("2", "4")


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (("1.5", "2e3"), (1.5, 2000.0)),
        (('"1,234.5"', '"22,80,000"'), (1234.5, 2280000.0)),
        (("-0", "7"), (0.0, 7.0)),
        (("1e400", "7"), (None, 7.0)),
        (("inf", "7"), (None, 7.0)),
        (("N/A", "7"), (None, 7.0)),
        (("-1", "7"), (None, 7.0)),
        (("", "7"), (None, 7.0)),
    ],
)
def test_cells_become_numbers_or_nothing(
    tmp_path: Path, cells: tuple[str, str], values: tuple[float | None, ...]
) -> None:
    """Grouped digits are read; sentinels, overflow and gaps are no numbers."""
    rows = "".join(f"{cell},x\n" for cell in [*cells, "5", "5", "5", "5"])
    assert tuple(series(tmp_path, "ttft,name\n" + rows).values[:2]) == values


@pytest.mark.parametrize("cell", ["0x10", "1_000", "1.234,5", "12,34"])
def test_doubtful_spellings_are_not_read_as_numbers(tmp_path: Path, cell: str) -> None:
    """What might be a number and might not is left out."""
    assert read(tmp_path, f'name,ttft_s\nx,"{cell}"\ny,"{cell}"\n').tables == ()


def test_a_comma_is_a_decimal_point_where_semicolons_separate(tmp_path: Path) -> None:
    """Spreadsheets of half of Europe write so."""
    assert series(tmp_path, "name;ttft_s\nx;0,5\ny;1.234,25\n").values == (0.5, 1234.25)


def test_an_ambiguous_comma_is_left_out_with_a_problem(tmp_path: Path) -> None:
    """`1,234` may be a thousand or a fraction."""
    text = "name;ttft_s;tokens_s\nx;1,234;5\ny;2,345;6\n"
    assert [one.metric for one in table(tmp_path, text).series] == ["throughput"]
    assert "may be a thousand or a fraction" in problems(tmp_path, text)[0]


def test_a_unit_may_stand_in_the_cells(tmp_path: Path) -> None:
    """`12 ms` says the unit that the header leaves out."""
    assert series(tmp_path, "name,ttft\nx,12 ms\ny,13 ms\n").unit == "ms"


def test_cells_of_different_units_are_not_pooled(tmp_path: Path) -> None:
    """Milliseconds and megabytes in one column are a problem, not a series."""
    text = "name,ttft\nx,12 ms\ny,1.3 MB\n"
    assert read(tmp_path, text).tables == ()
    assert problems(tmp_path, text) == ["column ttft: mixes units: MB, ms"]


def test_cells_that_each_name_a_unit_of_one_kind_are_converted(tmp_path: Path) -> None:
    """Go prints `812ms` beside `1.5s` and `1m2.5s`; the file is said to do so."""
    text = "name,ttft\nx,812ms\ny,1.5s\nz,1m2.5s\n"
    found = series(tmp_path, text)
    assert (found.unit, tuple(found.values), found.texts[0]) == ("s", (0.812, 1.5, 62.5), "812ms")
    assert problems(tmp_path, text) == ["column ttft: its cells name ms and s: read as s"]


def test_a_units_row_below_the_header_is_respected(tmp_path: Path) -> None:
    """Nsight Compute writes the units into the second row."""
    text = '"ID","Kernel Name","gpu__time_duration.sum"\n"","","us"\n"0","matmul","9.408"\n'
    found = table(tmp_path, text)
    assert (found.rows, found.series[0].unit, found.labels["kernel_name"]) == (
        ("3",),
        "us",
        ("matmul",),
    )


def test_ragged_rows_are_left_out_and_named(tmp_path: Path) -> None:
    """A row of another width may have its cells in the wrong columns."""
    text = "name,ttft_s\nx,0.5\ny,0.6,oops\nz,0.7\nw,0.7\nv,0.7\n"
    assert table(tmp_path, text).rows == ("2", "4", "5", "6")
    assert problems(tmp_path, text) == ["row of another width than the header, left out: 3"]


def test_columns_of_one_name_are_kept_apart(tmp_path: Path) -> None:
    """The second gets a number, and the file a problem."""
    text = "name,ttft_s,ttft_s\nx,0.5,0.7\n"
    assert [one.column for one in table(tmp_path, text).series] == ["ttft_s", "ttft_s#2"]
    assert problems(tmp_path, text) == ["columns of the same name: ttft_s"]


def test_a_file_without_a_header_yields_nothing(tmp_path: Path) -> None:
    """Columns without names are numbers without meaning."""
    text = "1,2\n3,4\n"
    assert read(tmp_path, text).tables == ()
    assert problems(tmp_path, text) == ["no header row: its columns have no names"]


def test_options_in_a_cell_become_parameters(tmp_path: Path) -> None:
    """A JSON object of options is unfolded."""
    text = 'ttft_s,options\n0.5,"{""temperature"":0.3,""top_p"":0.9}"\n'
    assert table(tmp_path, text).params == {"temperature": ("0.3",), "top_p": ("0.9",)}


def test_a_label_that_spells_out_the_settings_is_left_out(tmp_path: Path) -> None:
    """`g40_t0.2` beside both settings would make every row a group of its own."""
    rows = "".join(f"g{g}_t{t},{g},{t},1.5\n" for g in (40, 80) for t in (0.2, 0.4))
    found = table(tmp_path, "config_name,num_gpu,temperature,ttft_s\n" + rows)
    assert found.labels == {}


def test_an_unnamed_statistic_beside_means_is_an_aggregate(tmp_path: Path) -> None:
    """In a table of means no column is a single run."""
    text = "num_ctx,mean_ttft_s,mean_load_s,prompt_eval\n1,0.5,0.1,0.2\n2,0.6,0.1,0.3\n"
    assert [one.statistic for one in table(tmp_path, text).series] == ["mean", "mean", "aggregate"]


def test_rows_columns_and_cells_are_capped(tmp_path: Path) -> None:
    """Every cap that is hit is a line in the inventory."""
    text = "name,ttft_s,load_s\n" + "x,0.5,0.1\n" * 9
    for limits, hit in (
        (Limits(rows=5), "a.csv: more than 5 rows: the rest was not read"),
        (Limits(columns=2), "a.csv: more than 2 columns: the rest was not read"),
        (Limits(cells=12), "a.csv: more than 12 cells: the rest was not read"),
    ):
        assert read(tmp_path, text, limits).inventory.limits == [hit]


def test_one_column_of_numbers_is_a_table(tmp_path: Path) -> None:
    """A CSV file with one column is read, if its name says CSV and its cells are numbers."""
    (tmp_path / "runs.csv").write_text("ttft_s\n0.1\n0.2\n0.3\n")
    (tmp_path / "prose.csv").write_text("Title\nA line of text\n")
    tables = collect(tmp_path).tables
    assert [(table.path, len(table.rows)) for table in tables] == [("runs.csv", 3)]
