"""Inputs that once broke the collector, made it wait, or cost far more than their size."""

from __future__ import annotations

import io
import json
import os
import signal
import sqlite3
import struct
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from chimera.errors import NotFoundError
from chimera.evidence import Evidence, FileEntry, Limits, collect
from chimera.evidence.store import decode, encode

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")
YAML = "a_ms: 1.5\nb: 2\nc: 3\n"
RUNS = b"name,ttft_s\nx,0.5\ny,0.6\n"


@pytest.fixture(autouse=True)
def _no_endless_wait() -> Iterator[None]:
    """End a test that hangs or takes minutes, so that it fails instead."""
    if sys.platform == "win32":
        yield
        return

    def give_up(*_: object) -> None:
        raise TimeoutError("a small input took more than a minute")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def read(root: Path, name: str, content: str | bytes, limits: Limits = Limits()) -> Evidence:  # noqa: B008 - frozen
    data = content if isinstance(content, bytes) else content.encode()
    (root / name).write_bytes(data)
    evidence = collect(root, limits=limits)
    assert decode(encode(evidence)) == evidence
    return evidence


def entry(root: Path, name: str, content: str | bytes) -> FileEntry:
    return read(root, name, content).inventory.files[0]


@posix
@pytest.mark.parametrize("name", ["report.json", ".gitignore"])
def test_a_pipe_under_a_name_we_look_into_is_not_waited_for(tmp_path: Path, name: str) -> None:
    """The walk itself opens `report.json` and `.gitignore`."""
    os.mkfifo(tmp_path / name)
    assert read(tmp_path, "runs.csv", RUNS).inventory.files[-1].measurements == 2


@posix
@pytest.mark.parametrize("name", ["report.json", ".gitignore"])
def test_a_link_under_a_name_we_look_into_is_not_followed(tmp_path: Path, name: str) -> None:
    """What lies outside the source decides nothing about what is read in it."""
    outside = tmp_path / "outside"
    outside.write_text('{"schema": "chimera.report/1"}\n*.csv\n')
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).symlink_to(outside)
    (tmp_path / "in" / "runs.csv").write_bytes(RUNS)
    found = collect(tmp_path / "in").inventory
    assert found.files[-1].measurements == 2
    assert "earlier run" not in str(found.problems)


def test_patterns_that_backtrack_are_left_out_of_an_ignore_file(tmp_path: Path) -> None:
    """A dozen stars in one name try every way to divide it; the other patterns hold."""
    (tmp_path / ".gitignore").write_text("*a" * 12 + "b\n*.log\n")
    (tmp_path / "x.log").write_text("x")
    found = read(tmp_path, "a" * 200, "text\n").inventory
    assert [one.path for one in found.files] == ["a" * 200]
    assert "1 pattern" in str(found.problems)


def test_a_long_integer_before_a_deep_nesting_is_no_crash(tmp_path: Path) -> None:
    """The second look at a text with long integers may find it too deep."""
    found = entry(tmp_path, "a.json", "[" + "1" * 5000 + "," + "[" * 100_000)
    assert (found.status, found.problems) == ("failed", ["not valid JSON: nested too deeply"])


def test_a_cut_file_that_starts_with_blank_lines_is_no_crash(tmp_path: Path) -> None:
    """Where the cap falls into the first line that says something."""
    found = read(tmp_path, "a.txt", b"\n" + b"a" * 3000, Limits(file_bytes=1000)).inventory
    assert found.files[0].problems == ["only the first 1000 of 3001 bytes were read"]


def test_a_grouped_number_beyond_the_largest_float_is_no_number(tmp_path: Path) -> None:
    """It would be infinite, and could not be stored."""
    cells = '"1' + ",000" * 120 + '"'
    evidence = read(tmp_path, "a.csv", f"name,ttft_s\nx,{cells}\n" + "y,2.5\n" * 5)
    assert evidence.tables[0].series[0].values == (None, *[2.5] * 5)


def test_a_superscript_is_no_percentile(tmp_path: Path) -> None:
    """`²` is a digit for Python and no number."""
    value = {"percentiles": {"²": 1.5, "99": 2.5}, "ttft_s": 1.5}
    assert entry(tmp_path, "a.json", json.dumps(value)).problems == []


def test_a_source_that_is_no_possible_path_is_not_found() -> None:
    """A lone surrogate cannot be encoded for the file system."""
    with pytest.raises(NotFoundError):
        collect("/\ud800")


@posix
def test_the_headers_of_a_tar_are_capped(tmp_path: Path) -> None:
    """A sparse file that claims a header of gigabytes is not read into memory."""
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 3 << 30
    with (tmp_path / "a.tar").open("wb") as file:
        file.write(info.tobuf(tarfile.GNU_FORMAT))
        file.truncate((3 << 30) + 4096)
    found = collect(tmp_path).inventory.files[0]
    assert "a header of 3221225472 bytes" in str(found.problems)


def test_links_in_a_tar_have_names_that_can_be_shown(tmp_path: Path) -> None:
    """As those of its files: no leading slash, escapes and wrong bytes spelt out."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        info = tarfile.TarInfo("/etc/\x1b[31m\udcff")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info)
    found = read(tmp_path, "a.tar", packed.getvalue()).inventory
    assert found.files[1].path == "a.tar/etc/\\x1b[31m\\xff"


def test_encrypted_members_have_names_that_can_be_shown(tmp_path: Path) -> None:
    """As those of members that are read."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("/x\x1b[31m.csv", RUNS)
    data = packed.getvalue().replace(b"PK\x03\x04\x14\x00\x00", b"PK\x03\x04\x14\x00\x01")
    data = data.replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01")
    found = read(tmp_path, "a.zip", data).inventory
    assert [one.path for one in found.files] == ["a.zip", "a.zip/x\\x1b[31m.csv"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a\nb.json", '{"a":' * 100 + "1" + "}" * 100),
        ("a.json", '[{"a\\n\\u001b[31m_ms": "1 ms"}, {"a\\n\\u001b[31m_ms": "1 s"}]'),
        ("a.csv", 'name,"a\nb","a\nb"\nx,1.5,2.5\n'),
    ],
)
def test_a_problem_is_one_printable_line(tmp_path: Path, name: str, content: str) -> None:
    """Names and keys of files cannot forge lines of a log or a report."""
    found = read(tmp_path, name, content).inventory
    said = [*found.limits, *found.problems, *found.files[0].problems]
    assert said
    assert all(map(str.isprintable, said)), said


def test_names_of_a_database_do_not_break_a_problem_line(tmp_path: Path) -> None:
    """A table may be called anything."""
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute('CREATE TABLE "a\n\x1b[31m" (a TEXT PRIMARY KEY) WITHOUT ROWID')
    connection.close()
    assert all(map(str.isprintable, collect(tmp_path).inventory.files[0].problems))


def test_rows_without_common_keys_are_capped_in_cells(tmp_path: Path) -> None:
    """Each line with a key of its own makes a table of lines times keys."""
    lines = "".join(f'{{"k{number}_ms":1.5}}\n' for number in range(3000))
    found = read(tmp_path, "a.jsonl", lines, Limits(cells=100_000)).inventory
    assert "more than 100000 cells" in str(found.limits)


def test_what_objects_say_of_the_rows_in_them_is_capped_in_cells(tmp_path: Path) -> None:
    """Settings around a list count once for each of its rows."""
    value = {f"n_{number}": "x" for number in range(1000)} | {"rows": [{"a_ms": 1.5}] * 1000}
    found = read(tmp_path, "a.json", json.dumps(value), Limits(cells=100_000)).inventory
    assert "more than 100000 cells" in str(found.limits)


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"k" * 1_000_000: [{"a_ms": 1.5}] * 3000}),
        "".join(f'{{"{"k" * 300_000}{n}":' for n in range(50)) + '{"x_ms": 1.5}' + "}" * 50,
    ],
)
def test_keys_too_long_for_a_pointer_are_left_out(tmp_path: Path, content: str) -> None:
    """Each row repeats the keys that lead to it."""
    assert "keys longer than" in str(entry(tmp_path, "a.json", content).problems)


def test_a_label_for_many_rows_is_short(tmp_path: Path) -> None:
    """A text of a megabyte is no name that every row has to repeat."""
    value = {"model": "m" * 1_000_000, "runs_of_it": [{"a_ms": n + 0.5} for n in range(500)]}
    assert len(encode(read(tmp_path, "a.json", json.dumps(value)))) < 2_000_000


def test_labels_of_a_known_format_are_short(tmp_path: Path) -> None:
    """Likewise for a command that a tool has run many times."""
    result = {"command": "x" * 1_000_000, "mean": 1.5, "user": 1.0, "system": 1.0}
    value = {"results": [{**result, "times": [1.5] * 500, "exit_codes": [0] * 500}]}
    assert len(encode(read(tmp_path, "a.json", json.dumps(value)))) < 2_000_000


def test_settings_of_a_known_format_are_capped(tmp_path: Path) -> None:
    """Each run with settings of its own makes a table of runs times settings."""
    result = {"command": "x", "mean": 1.5, "user": 1.0, "system": 1.0}
    results = [{**result, "parameters": {f"p{number}": "v"}} for number in range(3000)]
    table = read(tmp_path, "a.json", json.dumps({"results": results})).tables[0]
    assert len(table.params) < 1000


def test_options_with_ever_new_keys_are_not_unfolded(tmp_path: Path) -> None:
    """Cells whose settings have nothing in common are texts."""
    rows = [{"options": json.dumps({f"k{n}": "v"}), "ttft_s": n + 0.5} for n in range(3000)]
    lines = "\n".join(map(json.dumps, rows))
    assert len(read(tmp_path, "a.jsonl", lines).tables[0].params) < 300


def test_many_columns_of_one_metric_are_compared_in_linear_time(tmp_path: Path) -> None:
    """Copies among thousands of namesakes are found without comparing each with each."""
    row = {f"a{n}": {"latency_ms": n + 0.5} for n in range(1000)} | {"b": {"latency_ms": 7.5}}
    table = read(tmp_path, "a.json", json.dumps([row] * 200)).tables[0]
    assert len(table.series) == 1000


def test_a_wide_markdown_table_is_capped_in_columns(tmp_path: Path) -> None:
    """As any other table."""
    text = f"|{'a_ms|' * 20_000}\n|{'-|' * 20_000}\n|{'1.5|' * 20_000}\n"
    assert "more than 2000 columns" in str(entry(tmp_path, "a.md", text).problems)


def test_short_rows_below_a_wide_markdown_header_are_capped_in_cells(tmp_path: Path) -> None:
    """Rows are filled up to the width of the header."""
    text = f"|{'a_ms|' * 100}\n|{'-|' * 100}\n" + "|1\n" * 10_000
    found = read(tmp_path, "a.md", text, Limits(cells=50_000)).inventory
    assert "more than 50000 cells" in str(found.limits)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", "{" + ",".join(f'"a{n}":[{{"x_ms":1.5}}]' for n in range(60)) + "}"),
        ("a.md", "|a_ms|b|\n|-|-|\n|1.5|2|\n\n" * 60),
        ("a.csv", "name,a_ms\nx,1.5\ny,2.5\n\n" * 60),
    ],
)
def test_tables_of_one_file_are_capped(tmp_path: Path, name: str, content: str) -> None:
    """A file of thousands of tables is not what anybody measured."""
    found = read(tmp_path, name, content, Limits(tables=50))
    assert len(found.tables) == 50
    assert "more than 50 tables" in str(found.inventory.limits)


@posix
def test_the_directory_of_a_zip_is_capped(tmp_path: Path) -> None:
    """A sparse file that claims a directory of gigabytes is not read into memory."""
    size = 3 << 30
    record = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 9, 9, size, 4096)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, size + 4096, 1)
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", *[0xFFFF] * 4, *[0xFFFFFFFF] * 2, 0)
    with (tmp_path / "a.zip").open("wb") as file:
        file.write(b"PK\x03\x04")
        file.seek(size + 4096)
        file.write(record + locator + end)
    found = collect(tmp_path).inventory.files[0]
    assert "a directory of 3221225472 bytes" in str(found.problems)


def test_what_breaks_a_reader_costs_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error nobody thought of is a problem of the file it was met in."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("nobody thought of it\nat all")

    monkeypatch.setattr("chimera.evidence.take.recognise", broken)
    found = entry(tmp_path, "a.csv", RUNS)
    assert (found.kind, found.format, found.status) == ("csv", "unknown", "failed")
    assert found.problems == ["could not be read (RuntimeError: nobody thought of it at all)"]


def test_what_a_tar_makes_us_skip_counts_as_unpacked(tmp_path: Path) -> None:
    """The way to the next member leads through the rest of this one, however well it is packed."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, data in (("a.csv", b"0" * 5_000_000), ("b.csv", RUNS)):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    limits = Limits(file_bytes=100_000, archive_bytes=1_000_000)
    found = read(tmp_path, "a.tar.gz", packed.getvalue(), limits).inventory
    assert [one.path for one in found.files] == ["a.tar.gz", "a.tar.gz/a.csv"]
    assert "more than 1000000 bytes" in str(found.limits)


@pytest.mark.parametrize("content", [b"\n \n", b"\xef\xbb\xbf", b"\x00\n", b"\xff\xfe\n\x00"])
def test_a_file_of_white_space_says_why_it_is_skipped(tmp_path: Path, content: bytes) -> None:
    """Every file that is not read has its reason."""
    found = entry(tmp_path, "a.csv", content)
    assert (found.status, found.problems) == ("skipped", ["nothing but white space"])


@posix
def test_the_problem_of_a_copy_is_one_line(tmp_path: Path) -> None:
    """Also where the name of the first file is none."""
    (tmp_path / "a\nb.csv").write_bytes(RUNS)
    found = read(tmp_path, "c.csv", RUNS).inventory.files[1]
    assert found.problems == ["same bytes as a b.csv"]


def test_tables_of_a_known_format_are_capped(tmp_path: Path) -> None:
    """Wherever in the file they stand."""
    result = {"command": "x", "mean": 1.5, "user": 1.0, "system": 1.0}
    value = {f"a{number}": {"results": [result]} for number in range(20)}
    found = read(tmp_path, "a.json", json.dumps(value), Limits(tables=10))
    assert len(found.tables) == 10
    assert "more than 10 tables" in str(found.inventory.limits)


def test_tables_of_a_database_are_capped(tmp_path: Path) -> None:
    """As those of any other file."""
    with sqlite3.connect(tmp_path / "a.db") as connection:
        for number in range(20):
            connection.execute(f"CREATE TABLE t{number} (name TEXT, ttft_s REAL)")
            connection.execute(f"INSERT INTO t{number} VALUES ('x', 0.5)")  # noqa: S608 - a number
    connection.close()
    found = collect(tmp_path, limits=Limits(tables=10))
    assert len(found.tables) == 10
    assert "more than 10 tables" in str(found.inventory.limits)


def test_metadata_of_a_pyperf_file_is_looked_at_once(tmp_path: Path) -> None:
    """Tens of thousands of facts times thousands of runs are not merged for each run."""
    facts = {f"m{number}": "x" for number in range(50_000)} | {"python_version": "3.13"}
    runs = [{"values": [1.5]} for _ in range(20_000)]
    value = {"version": "1.0", "metadata": facts, "benchmarks": [{"runs": runs}]}
    table = read(tmp_path, "a.json", json.dumps(value)).tables[0]
    assert table.params == {"python_version": ("3.13",) * 20_000}


@pytest.mark.parametrize("content", ["a" + "\n" * 200_000 + "b", "a\n" + " \n" * 200_000 + "b"])
def test_blank_lines_are_read_in_linear_time(tmp_path: Path, content: str) -> None:
    """The search for a line that is an object does not start anew at each of them."""
    assert entry(tmp_path, "a.txt", content).status == "read"


@pytest.mark.parametrize("content", [f"{YAML}d: {'[' * 50_000}", f"{YAML}d: {'{a: ' * 50_000}"])
def test_a_deep_yaml_is_no_crash(tmp_path: Path, content: str) -> None:
    """PyYAML recurses in C, which ends the process and not only the reading."""
    assert "nested deeper than" in str(entry(tmp_path, "a.yaml", content).problems)


def test_a_key_that_occurs_twice_in_yaml_is_a_problem(tmp_path: Path) -> None:
    """As in JSON the last one counts, which should not go unsaid."""
    found = read(tmp_path, "a.yaml", f"{YAML}a_ms: 2.5\n")
    assert found.tables[0].series[0].texts == ("2.5",)
    assert "a key occurs twice" in str(found.inventory.files[0].problems)


def test_a_zip_with_a_member_without_a_name_is_no_crash(tmp_path: Path) -> None:
    """The zipfile module looks for the last letter of a name."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a", RUNS)
    data = packed.getvalue()
    at = data.index(b"PK\x01\x02")
    cut = data[:at] + data[at : at + 28] + b"\0\0" + data[at + 30 : at + 46] + data[at + 47 :]
    end = cut.index(b"PK\x05\x06")
    size = struct.unpack("<I", cut[end + 12 : end + 16])[0] - 1
    cut = cut[: end + 12] + struct.pack("<I", size) + cut[end + 16 :]
    found = read(tmp_path, "a.zip", cut).inventory.files[0]
    assert found.status == "skipped"
    assert found.problems


def test_an_archive_of_which_nothing_was_taken_says_why(tmp_path: Path) -> None:
    """Its members may all be hidden."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(".hidden", RUNS)
        archive.writestr("folder/", b"")
    found = collect(tmp_path).inventory.files
    assert [one.problems for one in found] == [["no files in it that can be read"]]


@pytest.mark.parametrize("key", ["scoreUnit", "score unit", "score-unit", "score_unit"])
def test_a_unit_is_stated_beside_its_value_in_any_spelling(tmp_path: Path, key: str) -> None:
    """A name without an underscore once cost the file all its tables."""
    value = {"result_of_it": {"score": 1.5, key: "ms"}}
    table = read(tmp_path, "a.json", json.dumps(value)).tables[0]
    assert [(one.column, one.unit) for one in table.series] == [("result_of_it/score", "ms")]


def test_what_other_files_tell_of_one_is_one_printable_line(tmp_path: Path) -> None:
    """A summary that does not follow from the runs beside it is named by its column."""
    rows = [("a", 1.5), ("a", 2.5), ("a", 3.5), ("b", 1.5), ("b", 2.5)]
    runs = "".join(f"{model},{value}\n" for model, value in rows)
    (tmp_path / "runs.csv").write_text(f"model,bytes\u2028_per_second\n{runs}")
    summary = "model,mean_bytes\u2028_per_second\na,2.5\nb,99.5\n"
    (tmp_path / "runs_summary.csv").write_text(summary)
    told = [line for one in collect(tmp_path).inventory.files for line in one.problems]
    assert "says 99.5" in str(told)
    assert all(map(str.isprintable, told)), told


def test_a_percentile_beyond_a_hundred_is_no_crash(tmp_path: Path) -> None:
    """`p500` beside the runs it would have to follow from."""
    (tmp_path / "runs.csv").write_text("model,ttft_s\na,1.5\na,2.5\na,3.5\n")
    found = read(tmp_path, "runs_summary.csv", "model,p500_ttft_s\na,2.5\n")
    assert len(found.tables) == 2


def test_summaries_in_a_large_folder_are_held_against_few_tables(tmp_path: Path) -> None:
    """Not each against each: those of the same file and of the file it is named after."""
    for number in range(600):
        rows = "".join(f"x{row % 2},{number + row}.5\n" for row in range(4))
        (tmp_path / f"n{number}.csv").write_text(f"name,ttft_ms\n{rows}")
        means = f"x0,{number + 1}.5\nx1,{number + 2}.5\n"
        (tmp_path / f"n{number}_summary.csv").write_text(f"name,mean_ttft_ms\n{means}")
    tables = collect(tmp_path).tables
    told = [one for table in tables for one in table.series if one.derived]
    assert len(told) == 600
