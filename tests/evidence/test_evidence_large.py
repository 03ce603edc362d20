"""Large CSV and JSON Lines files are read in columns, and mean what small ones mean."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

import chimera
from chimera.errors import RunError
from chimera.evidence import Evidence, Table, collect, large, take
from chimera.evidence.limits import Limits
from chimera.evidence.store import decode, encode

pytest.importorskip("duckdb")
pytest.importorskip("numpy")

HEADER = "run,model,batch,ttft_ms,tokens_s,error"
SEED = 20261124


@pytest.fixture
def columns(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Evidence]:
    """Read in columns whatever the size."""

    def read(path: Path) -> Evidence:
        with monkeypatch.context() as patch:
            for module in (large, take):
                patch.setattr(module, "LARGE", 100)
                patch.setattr(module, "HEAD", 2_000)
            return collect(path)

    return read


def rows(count: int) -> list[str]:
    rng = random.Random(SEED)  # noqa: S311 - data, no secret
    return [
        f"{n},{rng.choice(['a', 'b_c'])},{rng.choice([1, 2])},{rng.uniform(1, 9):.9f},"
        f"{rng.choice(['1e3', '-0', '.5', '5.', '', '+7', '12.50'])},"
        for n in range(count)
    ]


def written(tmp_path: Path, lines: list[str], name: str = "runs.csv", end: str = "\n") -> Path:
    path = tmp_path / name
    path.write_text(end.join(lines) + end, newline="")
    return path


def plain(table: Table) -> dict[str, object]:
    return {
        "rows": list(table.rows),
        "series": [(s.column, s.metric, s.unit, s.statistic) for s in table.series],
        "values": [list(one.values) for one in table.series],
        "texts": [list(one.texts) for one in table.series],
        "labels": {name: list(cells) for name, cells in table.labels.items()},
        "params": {name: list(cells) for name, cells in table.params.items()},
        "failures": table.failures,
    }


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_columns_hold_what_the_csv_module_reads(
    tmp_path: Path, columns: Callable[[Path], Evidence], end: str
) -> None:
    """Values, texts, rows, labels and settings, cell by cell."""
    path = written(tmp_path, [HEADER, *rows(150)], end=end)
    one, other = columns(path), collect(path)
    assert one.tables[0].bulk is not None
    assert plain(one.tables[0]) == plain(other.tables[0])
    same = ("sha256", "measurements", "failures", "format", "bytes")
    for name in same:
        assert getattr(one.inventory.files[0], name) == getattr(other.inventory.files[0], name)


def test_json_lines_are_read_in_columns(
    tmp_path: Path, columns: Callable[[Path], Evidence]
) -> None:
    """Flat objects; the texts are those of the file."""
    lines = [json.dumps({"model": "x", "latency_ms": n + 0.25, "batch": n % 3}) for n in range(150)]
    path = written(tmp_path, lines, "runs.jsonl")
    one, other = columns(path).tables[0], collect(path).tables[0]
    assert one.bulk is not None
    assert plain(one) == plain(other)


def test_failed_rows_are_found_anywhere_in_the_file(
    tmp_path: Path, columns: Callable[[Path], Evidence]
) -> None:
    """By error texts and by rows of zeros, with the reasons that small files give."""
    lines = [HEADER, *rows(150)]
    lines[120] = "119,a,1,0,0,"
    lines[140] = "139,a,1,5.5,6.5,connection refused"
    path = written(tmp_path, lines)
    one, other = columns(path), collect(path)
    assert one.tables[0].failures == other.tables[0].failures
    assert list(one.tables[0].failures) == [119, 139]
    assert one.inventory.files[0].measurements == other.inventory.files[0].measurements


def test_an_error_message_in_any_text_marks_a_failed_row(
    tmp_path: Path, columns: Callable[[Path], Evidence]
) -> None:
    """It stands where an answer should."""
    lines = ["latency_ms,answer", *(f"{n + 0.5},answer {n} of many" for n in range(150))]
    lines[121] = "120.5,Error: connection refused"
    path = written(tmp_path, lines)
    one, other = columns(path), collect(path)
    assert one.tables[0].bulk is not None
    assert one.tables[0].failures == other.tables[0].failures == {120: lines[121][6:]}


def test_cells_that_are_no_numbers_are_none(
    tmp_path: Path, columns: Callable[[Path], Evidence]
) -> None:
    """One `N/A` among many numbers costs its cell, and the file says so."""
    lines = [HEADER, *rows(150)]
    lines[130] = "129,a,1,N/A,3.5,"
    found = columns(written(tmp_path, lines))
    series = found.tables[0].series[0]
    assert (series.values[129], series.texts[129]) == (None, "N/A")
    assert "some cells in columns of numbers hold none" in found.inventory.files[0].problems


@pytest.mark.parametrize(
    "odd",
    ["", "1,a,1", '1,"a\nb",1,5,6,', "1,a,1,5,6,,7", "1,a,1,1_000,6,"],
    ids=["blank", "short", "line break", "long", "underscore"],
)
def test_a_file_whose_rows_are_not_its_lines_is_read_otherwise(
    tmp_path: Path, columns: Callable[[Path], Evidence], odd: str
) -> None:
    """Its rows would be numbered wrongly, or its cells read by other rules."""
    lines = [HEADER, *rows(150)]
    lines.insert(100, odd)
    path = written(tmp_path, lines)
    found = columns(path)
    assert found.tables[0].bulk is None
    assert plain(found.tables[0]) == plain(collect(path).tables[0])


# What a cell may hold far below the head of a file; some the engine reads as numbers, some we do.
ODD = [
    *[
        "5.",
        ".5",
        "+7",
        "-0",
        "1e3",
        "1E+05",
        "1e400",
        "inf",
        "-inf",
        "Infinity",
        "nan",
        "-nan",
        "-.5",
    ],
    *[
        "0x10",
        "12f",
        "12d",
        " 12 ",
        "\t12",
        "1 000",
        "- 5",
        "--5",
        "5-",
        "1e",
        "e5",
        "1.2.3",
    ],
    *[
        "\uff11\uff12",
        "1_000",
        "_1",
        "1__0",
        "true",
        "T",
        "yes",
        "N/A",
        "-",
        "\u2014",
        "null",
        "None",
    ],
    *[
        "",
        '""',
        '"12"',
        '"1,000"',
        "1,000",
        '"12 ms"',
        "12ms",
        "12%",
        "$12",
        "1/2",
        "12:30",
        "00012",
    ],
    *["1e-400", "123456789012345678901234567890", "0.1000000000000000055511151231257827", "OOM"],
    *[
        "timeout",
        "0",
        "-1",
        "-5",
        "\xa012",
        "12\r",
        "#12",
        "'12'",
        '"1""2"',
        "12\u00b11",
        ".",
        "1,5",
    ],
]
ODD_JSON = [
    *[
        "true",
        "null",
        '"12"',
        '"1_000"',
        '" 12"',
        '"inf"',
        "NaN",
        "Infinity",
        "1e400",
        "1E5",
        "12.50",
    ],
    *[
        '"1,000"',
        '"12 ms"',
        '""',
        '"OOM"',
        '"true"',
        "123456789012345678901234567890",
        "-0",
        "1e-400",
    ],
    *['"0x10"', "-1", "-5", "0", "[1]", '{"a": 1}', '"1\\u005f0"', "012", "1_000"],
]


def said(evidence: Evidence) -> list[object]:
    tables = [
        {**plain(t), "invalid": [dict(one.invalid) for one in t.series]} for t in evidence.tables
    ]
    return [*tables, evidence.inventory.files[0].measurements]


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_a_cell_means_the_same_in_a_large_file(
    tmp_path: Path, columns: Callable[[Path], Evidence], odd: str
) -> None:
    """Values, texts, failures, invalid cells and the count of numbers, wherever it stands."""
    lines = ["run,latency_ms,batch_size,tokens_s,error"]
    lines += [f"{n},{n + 0.25},{n % 3},{n * 1.5 + 1}," for n in range(150)]
    lines[131] = f"130,{odd},1,196.0,"
    path = written(tmp_path, lines)
    assert said(columns(path)) == said(collect(path))


@pytest.mark.parametrize("odd", ODD_JSON, ids=range(len(ODD_JSON)))
def test_a_value_means_the_same_in_large_json_lines(
    tmp_path: Path, columns: Callable[[Path], Evidence], odd: str
) -> None:
    """The engine takes `true` for 1, and writes numbers in its own way."""
    lines = [f'{{"run": {n}, "latency_ms": {n + 0.25}, "batch_size": {n % 3}}}' for n in range(150)]
    lines[131] = f'{{"run": 131, "latency_ms": {odd}, "batch_size": 1}}'
    path = written(tmp_path, lines, "runs.jsonl")
    assert said(columns(path)) == said(collect(path))


def test_numbers_that_do_not_count_are_in_no_statistic_of_a_large_file(
    tmp_path: Path, columns: Callable[[Path], Evidence]
) -> None:
    """Placeholders and NaN would move a mean of a million rows unseen."""
    lines = [HEADER, *(f"{n},a,1,5.0,2.0," for n in range(150))]
    lines[120:123] = ["119,a,1,-1,2.0,", "120,a,1,nan,2.0,", "121,a,1,5.0,inf,"]
    bulk = columns(written(tmp_path, lines)).tables[0].bulk
    assert bulk is not None
    assert bulk.query('avg("ttft_ms"), count("ttft_ms"), max("tokens_s")') == [(5.0, 148, 2.0)]


def test_booleans_beside_the_numbers_do_no_harm(
    tmp_path: Path, columns: Callable[[Path], Evidence]
) -> None:
    """A flag per line is usual; the file is still read in columns."""
    lines = [json.dumps({"latency_ms": n + 0.25, "streamed": n % 2 == 0}) for n in range(150)]
    assert columns(written(tmp_path, lines, "runs.jsonl")).tables[0].bulk is not None


def test_a_large_file_that_is_read_in_part_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cap cut it, as the engine would have dropped a number."""
    lines = [HEADER, *rows(150)]
    lines[120] = '119,a,1,"1,200",3.5,'
    for module in (large, take):
        monkeypatch.setattr(module, "LARGE", 100)
        monkeypatch.setattr(module, "HEAD", 2_000)
    found = collect(written(tmp_path, lines), limits=Limits(file_bytes=3_000)).inventory
    why = "not read in columns: column ttft_ms holds numbers that only the reader of small files"
    assert any(problem.startswith(why) for problem in found.files[0].problems)
    assert "only the first 3000 of" in found.limits[0]


def test_large_tables_are_stored_by_reference(
    tmp_path: Path, columns: Callable[[Path], Evidence]
) -> None:
    """The artifact keeps the cells; one that has changed since is refused."""
    path = written(tmp_path, [HEADER, *rows(150), "150,a,1,-1,nan,"])
    again = decode(encode(columns(path)))
    assert said(again) == said(collect(path))
    path.write_text("gone")
    os.utime(path, (1, 1))
    with pytest.raises(RunError, match="has changed"):
        again.tables[0].series[0].values[0]


def test_a_report_on_a_large_file_states_statistics_of_its_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They equal those of the values, and say which rows they are of."""
    (tmp_path / "in").mkdir()
    path = written(tmp_path / "in", [HEADER, *rows(400)])
    small = medians(path)
    for module in (large, take):
        monkeypatch.setattr(module, "LARGE", 100)
        monkeypatch.setattr(module, "HEAD", 2_000)
    found = medians(path)
    assert len(found) == 4
    assert found == pytest.approx(small)


def medians(path: Path) -> dict[tuple[tuple[str, str], ...], float]:
    facts = chimera.run("technical-report", path, model="none").facts.values()
    wanted = [one for one in facts if one.statistic == "median" and one.metric == "ttft"]
    return {tuple(sorted(one.scope.items())): one.value for one in wanted if "model" in one.scope}


@pytest.mark.parametrize("numbered", [True, False])
def test_a_large_file_with_the_index_of_pandas_is_read_in_columns(
    tmp_path: Path, columns: Callable[[Path], Evidence], *, numbered: bool
) -> None:
    """Its first column has no name."""
    lines = [",model,latency_ms"]
    lines += [f"{n if numbered else f'case-{n % 7}'},m{n % 3},{n + 0.25}" for n in range(400)]
    path = written(tmp_path, lines)
    evidence = columns(path)
    assert evidence.tables[0].bulk is not None
    assert said(evidence) == said(collect(path))


def test_blanks_around_delimiters_are_no_part_of_a_cell_of_a_large_file(
    tmp_path: Path, columns: Callable[[Path], Evidence]
) -> None:
    """`model , latency_ms`: the same labels and texts whatever the size."""
    lines = ["model , latency_ms, tok_s"]
    lines += [f"m{n % 3} , {n + 0.25} ,\t{n % 7 + 0.5}" for n in range(400)]
    path = written(tmp_path, lines)
    evidence = columns(path)
    assert evidence.tables[0].bulk is not None
    assert evidence.tables[0].labels["model"][1] == "m1"
    assert said(evidence) == said(collect(path))


@pytest.mark.parametrize("name", ["runs.csv", "runs.jsonl"])
def test_labels_of_a_large_file_are_kept_however_their_names_are_spelled(
    tmp_path: Path, columns: Callable[[Path], Evidence], name: str
) -> None:
    """`Model Name`, `batchSize`: they were lost where a header is not in snake case."""
    keys = ["Model Name", "batchSize", "Latency (ms)", "Time-Stamp", "Note"]
    cells = [
        [f"m{n % 3}", n % 2 + 1, n + 0.25, f"2026-01-01T00:00:{n % 60:02}", "fine"]
        for n in range(400)
    ]
    cells[300][3] = "Error: no clock"  # an id, not an answer
    if name.endswith("csv"):
        lines = [",".join(keys), *(",".join(map(str, row)) for row in cells)]
    else:
        lines = [json.dumps(dict(zip(keys, row, strict=True))) for row in cells]
    path = written(tmp_path, lines, name)
    evidence = columns(path)
    (table,) = evidence.tables
    assert table.bulk is not None
    assert (list(table.labels), list(table.params), list(table.ids)) == (
        ["model_name"],
        ["batch_size"],
        ["time_stamp"],
    )
    assert said(evidence) == said(collect(path))
    again = decode(encode(evidence)).tables[0]
    assert (again.labels["model_name"][7], again.ids["time_stamp"][9]) == (
        "m1",
        "2026-01-01T00:00:09",
    )
