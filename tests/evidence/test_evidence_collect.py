"""The collector as a whole: duplicates, gaps, inventory, storage."""

from __future__ import annotations

import json
from pathlib import Path

from chimera.evidence import Evidence, collect
from chimera.evidence.store import decode, encode

RUNS = "model,ttft_s,tokens_s,error\nllama,0.5,70.5,\nllama,0.6,71.5,\nllama,0,0,refused\n"


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")


def gaps(evidence: Evidence) -> list[str]:
    return [gap.what for gap in evidence.inventory.gaps]


def test_the_same_bytes_are_measured_once(tmp_path: Path) -> None:
    """The first path in order is read, later ones are listed as duplicates of it."""
    for name in ("b/runs.csv", "a/runs.csv", "c.txt"):
        write(tmp_path, name, RUNS)
    inventory = collect(tmp_path).inventory
    assert [entry.status for entry in inventory.files] == ["read", "duplicate", "duplicate"]
    assert inventory.duplicates == [["a/runs.csv", "b/runs.csv", "c.txt"]]
    assert inventory.files[1].problems == ["same bytes as a/runs.csv"]


def test_empty_files_are_skipped_and_no_duplicates(tmp_path: Path) -> None:
    """Nothing equals nothing, but nobody copied it."""
    for name in ("a.csv", "b.json"):
        write(tmp_path, name, "")
    inventory = collect(tmp_path).inventory
    assert [(e.kind, e.status, e.problems) for e in inventory.files] == [
        ("csv", "skipped", ["empty"]),
        ("json", "skipped", ["empty"]),
    ]
    assert inventory.duplicates == []


def test_a_file_entry_counts_its_numbers_and_failures(tmp_path: Path) -> None:
    """Two valid rows of two metrics, one failed row."""
    write(tmp_path, "runs.csv", RUNS)
    entry = collect(tmp_path).inventory.files[0]
    assert (entry.tables, entry.measurements, entry.failures) == (1, 4, 1)


def test_kinds_count_files_by_name(tmp_path: Path) -> None:
    """A kind is what the name says, also where the content is another."""
    for name, text in (("a.csv", "text\n"), ("b.csv", RUNS), ("c.json", "{}"), ("d", "{}\n")):
        write(tmp_path, name, text)
    counts = {kind: count.count for kind, count in collect(tmp_path).inventory.kinds.items()}
    assert counts == {"csv": 2, "json": 2}


def test_binaries_are_skipped_with_their_sort(tmp_path: Path) -> None:
    """A pickle is never loaded."""
    (tmp_path / "model.pkl").write_bytes(b"\x80\x04\x95" + b"x" * 50)
    entry = collect(tmp_path).inventory.files[0]
    assert (entry.kind, entry.format, entry.status, entry.problems) == (
        "pickle",
        "binary",
        "skipped",
        ["binary: pickle"],
    )


def test_each_file_is_announced_before_it_is_read(tmp_path: Path) -> None:
    """A caller can show progress."""
    for name in ("a.csv", "b.csv"):
        write(tmp_path, name, RUNS)
    heard: list[str] = []
    collect(tmp_path, on_file=heard.append)
    assert heard == ["a.csv", "b.csv"]


def test_what_no_table_carries_is_a_gap_with_its_scope(tmp_path: Path) -> None:
    """Only what the columns and keys can prove."""
    write(tmp_path, "runs.csv", RUNS)
    evidence = collect(tmp_path)
    assert gaps(evidence) == [
        "latency or duration",
        "quality (accuracy, loss, perplexity, …)",
        "memory use",
        "power or energy",
        "environment (hardware, operating system, versions)",
    ]
    assert evidence.inventory.gaps[0].scope == (
        "looked for in the columns and keys of the 1 files read as data: 1 csv"
    )


def test_single_runs_of_each_configuration_are_a_gap(tmp_path: Path) -> None:
    """Repeats need two valid raw rows with the same labels and settings."""
    write(tmp_path, "runs.csv", "num_ctx,ttft_s\n1024,0.5\n2048,0.6\n")
    assert "repeated runs of one configuration" in gaps(collect(tmp_path))


def test_metrics_of_failed_rows_do_not_fill_a_gap(tmp_path: Path) -> None:
    """A throughput that was never measured is missing."""
    write(tmp_path, "runs.csv", "name,ttft_s,tokens_s,error\nx,0,0,refused\n")
    assert gaps(collect(tmp_path))[:2] == ["throughput", "time to first token (TTFT)"]


def test_evidence_survives_being_stored(tmp_path: Path) -> None:
    """What is read back equals what was written, failures and lone surrogates included."""
    write(tmp_path, "in/runs.csv", RUNS)
    write(tmp_path, "in/a.json", json.dumps({"name": "caf\udce9", "latencies_ms": [1.5, 2.5]}))
    evidence = collect(tmp_path / "in")
    assert decode(encode(evidence)) == evidence


def test_the_same_folder_gives_the_same_bytes(tmp_path: Path) -> None:
    """Nothing depends on the order of the file system or on hashing."""
    for name in ("b.csv", "a.json", "c/d.md"):
        write(tmp_path, name, RUNS if name.endswith("csv") else '{"ttft_s": 1.5}')
    assert encode(collect(tmp_path)) == encode(collect(tmp_path))
