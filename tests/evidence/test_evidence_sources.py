"""Where evidence is read from: archives, compressed files, several sources, patterns, addresses."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chimera.errors import ConfigError, NotFoundError, SetupError
from chimera.evidence import Evidence, Limits, collect
from chimera.evidence.choice import Choice
from chimera.evidence.locate import follow
from chimera.evidence.sources import read_artifact

CSV = b"model,ttft_s\nx,0.5\nx,0.6\n"
JSON = b'{"runs": [{"latency_ms": 1.5}, {"latency_ms": 2.5}]}'


def write(root: Path, name: str, content: bytes = CSV) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def paths(evidence: Evidence) -> list[str]:
    return [entry.path for entry in evidence.inventory.files]


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()


def tarred(files: dict[str, bytes], mode: str = "w:gz") -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return held.getvalue()


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_compressed_file_is_read_as_what_it_holds(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    """Under any name; its hash is that of the file as it lies there."""
    write(tmp_path, "runs", pack(CSV))
    evidence = collect(tmp_path)
    entry = evidence.inventory.files[0]
    assert (entry.format, entry.measurements, entry.bytes) == ("csv", 2, len(pack(CSV)))
    assert read_artifact([str(tmp_path)], "runs").data == CSV


@pytest.mark.parametrize("pack", [zipped, tarred, lambda files: tarred(files, "w")])
@pytest.mark.parametrize("inside", [True, False])
def test_the_members_of_an_archive_are_files(
    tmp_path: Path, pack: Callable[[dict[str, bytes]], bytes], *, inside: bool
) -> None:
    """As the source itself, or as a file of a folder; each under the path of the archive."""
    path = write(tmp_path, "runs.pack", pack({"b/a.csv": CSV, "a.json": JSON, ".x": b"hidden"}))
    evidence = collect(tmp_path if inside else path)
    assert paths(evidence) == ["runs.pack", "runs.pack/a.json", "runs.pack/b/a.csv"]
    assert [entry.measurements for entry in evidence.inventory.files] == [0, 2, 2]
    assert read_artifact([str(tmp_path)], "runs.pack/b/a.csv").data == CSV


def test_a_member_equal_to_a_file_is_a_duplicate(tmp_path: Path) -> None:
    """Folder and archive of it are measured once."""
    write(tmp_path, "a.csv")
    write(tmp_path, "b.zip", zipped({"a.csv": CSV}))
    assert collect(tmp_path).inventory.duplicates == [["a.csv", "b.zip/a.csv"]]


def test_archives_in_archives_are_opened_once(tmp_path: Path) -> None:
    """Deeper ones are named and left."""
    inner = zipped({"in.zip": zipped({"in.zip": zipped({"a.csv": CSV})})})
    write(tmp_path, "a.zip", inner)
    entries = collect(tmp_path).inventory.files
    assert [entry.path for entry in entries][-1] == "a.zip/in.zip/in.zip"
    assert entries[-1].problems == ["an archive within archives: not opened"]


def test_a_bomb_is_unpacked_up_to_the_cap(tmp_path: Path) -> None:
    """The cap counts unpacked bytes, and is a line of the inventory."""
    write(tmp_path, "bomb.zip", zipped({f"{n}.csv": bytes(5_000_000) for n in range(9)}))
    write(tmp_path, "bomb.gz", gzip.compress(bytes(20_000_000)))
    limits = Limits(file_bytes=1 << 20, archive_bytes=3 << 20)
    inventory = collect(tmp_path, limits=limits).inventory
    assert "bomb.zip: more than 3145728 bytes unpacked" in str(inventory.limits)
    assert "bomb.gz: only the first 1048576 of" in str(inventory.limits)


@pytest.mark.parametrize(
    "content",
    [
        zipped({"a.csv": CSV})[:-30], gzip.compress(CSV, mtime=0)[:-9], tarred({"a.csv": CSV})[:40],
        b"PK\x03\x04" + bytes(50), b"\x1f\x8b\x08" + bytes(9), b"SQLite format 3\x00" + bytes(99),
        bz2.compress(CSV)[:20], lzma.compress(CSV)[:20],
    ],
    ids=range(8),  # an archive holds the time of its making
)  # fmt: skip
def test_damaged_packing_costs_only_that_file(tmp_path: Path, content: bytes) -> None:
    """With its reason; the file beside it is read."""
    write(tmp_path, "a.pack", content)
    write(tmp_path, "b.csv", CSV + b"x,0.7\n")
    evidence = collect(tmp_path)
    assert evidence.inventory.files[0].problems
    assert sum(entry.measurements for entry in evidence.inventory.files[-1:]) == 3


def test_zstandard_in_a_zip_is_unpacked(tmp_path: Path) -> None:
    """Logs of Inspect are packed so; the standard library does not read them before 3.14."""
    zstandard = pytest.importorskip("zstandard")
    packed = zstandard.ZstdCompressor().compress(CSV)
    data = bytearray(zipped({"a.csv": packed}, zipfile.ZIP_STORED))
    for mark, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        start = data.index(mark)
        data[start + at : start + at + 2] = (93).to_bytes(2, "little")
    write(tmp_path, "a.eval", bytes(data))
    assert collect(tmp_path).inventory.files[1].measurements == 2


def test_office_documents_are_no_archives(tmp_path: Path) -> None:
    """Their members are parts, not artifacts."""
    write(tmp_path, "a.xlsx", zipped({"[Content_Types].xml": b"<a/>", "xl/a.xml": b"<a/>"}))
    entry = collect(tmp_path).inventory.files[0]
    assert (entry.status, entry.problems) == ("skipped", ["binary: office document"])


def test_a_database_is_read_table_by_table(tmp_path: Path) -> None:
    """The locator names table, row and column."""
    with sqlite3.connect(tmp_path / "runs.db") as connection:
        connection.execute("CREATE TABLE runs (model TEXT, ttft_s REAL)")
        connection.executemany("INSERT INTO runs VALUES (?, ?)", [("x", 0.5), ("x", 0.75)])
        connection.execute("CREATE VIEW trap AS SELECT load_extension('x')")
    connection.close()
    table = collect(tmp_path).tables[0]
    assert table.locate(table.series[0], 1) == "table runs, row 2, column ttft_s"
    assert table.series[0].values == (0.5, 0.75)


def test_parquet_is_read_where_the_engine_is_installed(tmp_path: Path) -> None:
    """Scalar columns, row by row; also out of an archive."""
    duckdb = pytest.importorskip("duckdb")
    rows = "(VALUES ('x', 0.5::FLOAT, [1]), ('x', 0.8::FLOAT, [2])) t(model, ttft_s, nested)"
    duckdb.sql(f"FROM {rows}").write_parquet(str(tmp_path / "a.bin"))
    data = (tmp_path / "a.bin").read_bytes()
    write(tmp_path, "b.zip", zipped({"c.parquet": data}))
    table = collect(tmp_path / "a.bin").tables[0]
    assert (table.series[0].texts, table.labels) == (("0.5", "0.8"), {"model": ("x", "x")})
    assert table.locate(table.series[0], 1) == "row 2, column ttft_s"
    assert follow(data, "parquet", "row 2, column ttft_s")[0].text == "0.8"
    assert collect(tmp_path / "b.zip").inventory.files[1].measurements == 2


def test_broken_parquet_costs_only_itself(tmp_path: Path) -> None:
    """With its reason."""
    pytest.importorskip("duckdb")
    entry = collect(write(tmp_path, "a", b"PAR1" + bytes(50) + b"PAR1")).inventory.files[0]
    assert entry.problems == ["not a readable Parquet file"]


def test_several_sources_go_by_their_names(tmp_path: Path) -> None:
    """Two of one name are numbered."""
    write(tmp_path, "a/runs/x.csv")
    write(tmp_path, "b/runs/x.csv", CSV + b"x,0.9\n")
    single = write(tmp_path, "y.json", JSON)
    evidence = collect([tmp_path / "a" / "runs", tmp_path / "b" / "runs", single])
    assert paths(evidence) == ["runs-2/x.csv", "runs/x.csv", "y.json"]
    assert evidence.inventory.root == "runs + runs + y.json"


def test_patterns_choose_what_is_read(tmp_path: Path) -> None:
    """Excludes win over includes; what was left out is counted."""
    for name in ("a.csv", "b/c.csv", "b/d.json", "old/e.csv"):
        write(tmp_path, name)
    evidence = collect(tmp_path, choice=Choice(include=("*.csv",), exclude=("old/",)))
    assert paths(evidence) == ["a.csv", "b/c.csv"]
    assert evidence.inventory.problems == ["entries that the patterns leave out: 2"]


def test_ignore_files_are_honoured_from_the_source_down(tmp_path: Path) -> None:
    """Those of folders above say nothing about what the user named."""
    write(tmp_path, ".gitignore", b"*.csv\n")
    for name in ("src/a.csv", "src/tmp/b.csv", "src/deep/c.csv", "src/deep/keep/d.csv"):
        write(tmp_path, name)
    write(tmp_path, "src/.gitignore", b"tmp/\n/deep/*.csv\n")
    assert paths(collect(tmp_path / "src")) == ["a.csv", "deep/keep/d.csv"]
    everything = collect(tmp_path / "src", choice=Choice(gitignore=False))
    assert len(everything.inventory.files) == 4


def test_hidden_folders_of_known_results_are_entered(tmp_path: Path) -> None:
    """pytest-benchmark and asv keep theirs where nobody looks."""
    for name in (".benchmarks/a.csv", ".asv/results/b.csv", ".git/c.csv"):
        write(tmp_path, name)
    assert paths(collect(tmp_path)) == [".asv/results/b.csv", ".benchmarks/a.csv"]


@pytest.mark.parametrize("source", [[], "", " ", ["a", ""]])
def test_an_empty_source_is_refused(source: str | list[str]) -> None:
    """Rather than reading the folder one happens to be in."""
    with pytest.raises(ConfigError, match="source is empty"):
        collect(source)


def test_the_cap_of_seconds_leaves_the_rest(tmp_path: Path) -> None:
    """Every file that was not opened is listed with the reason."""
    for number in range(3):
        write(tmp_path, f"{number}.csv", CSV + b"x,%d\n" % number)
    entries = collect(tmp_path, limits=Limits(seconds=-1)).inventory.files
    assert [entry.status for entry in entries] == ["skipped"] * 3
    assert entries[0].problems == ["the cap of seconds for the whole source was reached"]


@pytest.mark.parametrize(("name", "value"), [("file", 1), ("rows", 0), ("seconds", -1)])
def test_a_wrong_cap_is_refused(name: str, value: int) -> None:
    """By name, or by value."""
    with pytest.raises(ConfigError, match="cap"):
        Limits().updated({name: value})


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An S3 server of moto on loopback, with a bucket of files."""
    moto = pytest.importorskip("moto.server")
    fsspec = pytest.importorskip("fsspec")
    pytest.importorskip("s3fs")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    system = fsspec.filesystem("s3")
    system.makedirs("bench", exist_ok=True)  # the server keeps its buckets for the whole process
    files = {"a.csv": CSV, "b/c.json": JSON, "z.gz": gzip.compress(CSV, mtime=0)}
    system.pipe({f"bench/runs/{name}": content for name, content in files.items()})
    yield "s3://bench/runs"
    server.stop()


@pytest.mark.filterwarnings("ignore")
def test_a_bucket_is_read_like_a_folder(bucket: str, tmp_path: Path) -> None:
    """From a real S3 server, the same evidence; hashes and numbers are those of local files."""
    for name, content in {
        "a.csv": CSV,
        "b/c.json": JSON,
        "z.gz": gzip.compress(CSV, mtime=0),
    }.items():
        write(tmp_path, f"runs/{name}", content)
    there, here = collect(bucket), collect(tmp_path / "runs")
    assert there.tables == here.tables
    assert [e.sha256 for e in there.inventory.files] == [e.sha256 for e in here.inventory.files]
    assert there.inventory.files[0].modified
    assert read_artifact([bucket], "b/c.json").data == JSON


@pytest.mark.filterwarnings("ignore")
def test_an_empty_address_is_named(bucket: str) -> None:
    """As a folder that is not there is."""
    with pytest.raises(NotFoundError, match="nothing at"):
        collect(f"{bucket}/nowhere")


def test_an_unknown_scheme_names_the_remedy() -> None:
    """Nothing is tried."""
    pytest.importorskip("fsspec")
    with pytest.raises(SetupError, match="nosuch://"):
        collect("nosuch://bench/runs")
