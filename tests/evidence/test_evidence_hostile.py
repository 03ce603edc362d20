"""Strange and hostile content: a problem or nothing, never a crash, never a wait."""

from __future__ import annotations

import random
import string
import time
from pathlib import Path

import pytest

from chimera.evidence import FileEntry, Limits, collect
from chimera.evidence.store import decode, encode

SECONDS = 2.0


def entry(tmp_path: Path, name: str, content: bytes) -> FileEntry:
    (tmp_path / name).write_bytes(content)
    started = time.perf_counter()
    evidence = collect(tmp_path)
    assert time.perf_counter() - started < SECONDS
    assert decode(encode(evidence)) == evidence
    return evidence.inventory.files[0]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf", b"\xff\xfe", b"\x00", b"\n\n\n", b"\xff" * 50, b"{", b"[]", b"{}",
        b"null", b'"x"',
        b"[[[[1,2],[3,4]]]]", b'{"": 1.5}', b'{"a": {"": {"ttft_s": 1.5}}}',
        b'{"a/b": [1.5, 2.5]}',
        b'{"\\ud800": 1.5, "x": "\\udfff"}', b'[{"ttft_s": "\\ud800"}]', b"[1e400, 2.5]",
        b'[{"n": 99999999999999999999999999, "mean_ms": 1.5}]', b"a,b\n", b",,,\n,,,\n", b'"',
        b'"\n,"',
        b"|", b"|-|\n|-|", b"|a|\n|-|\n|1|", b"```\n", b"a|b\n-|-\n", b"ttft_s\n" + b"," * 9,
        b"#,#\n#,#\n",
        b"ttft_s,x\n" + b"1," * 50_000, b'{"ttft_s": [' + b"1.5," * 1000 + b"2.5]}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.csv", "a.md", "a"])
def test_odd_content_never_breaks_the_collector(tmp_path: Path, name: str, content: bytes) -> None:
    """Whatever the name promises."""
    assert "could not be sorted" not in str(entry(tmp_path, name, content).problems)


@pytest.mark.parametrize(
    "content",
    [
        b"a" * 1_000_000, b"a," * 500_000, b"|" * 500_000, b"-" * 500_000, b"| -" * 300_000,
        b"(" * 500_000,
        b"[" * 500_000, b'{"a":' * 200_000, b"1," * 500_000, b'"' * 500_000, b"\x1b[" * 300_000,
        b"\x1b]0;" * 200_000, b"`" * 500_000, b"*" * 500_000, b"a: " * 300_000, b"\\|" * 300_000,
        b"error" * 200_000, b"1,000" * 200_000, b"a\n" * 300_000, b"a,b\n" * 200_000,
        b"error x" * 100_000 + b"\n",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["a.csv", "a.md", "a.txt"])
def test_long_monotonous_content_is_read_in_linear_time(
    tmp_path: Path, name: str, content: bytes
) -> None:
    """No pattern backtracks over a megabyte."""
    entry(tmp_path, name, content)


def test_a_field_beyond_the_csv_limit_ends_the_reading_there(tmp_path: Path) -> None:
    """Rows before it are kept, and the row is named."""
    found = entry(tmp_path, "a.csv", b"name,ttft_s\nx,0.5\ny,0.5\n" + b"z" * 200_000 + b",0.5\n")
    assert found.measurements == 2
    assert "row 4: field larger than field limit" in found.problems[0]


def test_a_million_keys_and_columns_are_capped(tmp_path: Path) -> None:
    """Wide objects and wide headers stop at the cap."""
    keys = ",".join(f'"k{number}_ms": {number}.5' for number in range(100_000))
    assert "more than 2000 keys" in str(entry(tmp_path, "a.json", f"{{{keys}}}".encode()).problems)
    header = ",".join(f"k{number}_ms" for number in range(100_000))
    row = ",".join(["1.5"] * 100_000)
    found = entry(tmp_path, "a.json", f"{header}\n{row}\n".encode())
    assert found.problems[0] == "named .json, but holds CSV"
    assert "more than 2000 columns" in str(found.problems)


def test_a_sparse_gigabyte_is_read_up_to_the_cap(tmp_path: Path) -> None:
    """Memory and time follow the cap, not the size the file claims."""
    with (tmp_path / "big.csv").open("wb") as file:
        file.truncate(1 << 30)
    found = collect(tmp_path, limits=Limits(file_bytes=1 << 20)).inventory.files[0]
    assert (found.bytes, found.status) == (1 << 30, "skipped")


def test_random_tables_never_break_the_collector(tmp_path: Path) -> None:
    """Names and cells thrown together from the alphabet of real files."""
    seed = 20261123
    chance = random.Random(seed)  # noqa: S311 - a test input, no secret
    words = [
        "ttft",
        "tok/s",
        "p99",
        "_",
        "ms",
        " ",
        "(",
        ")",
        "/",
        "%",
        "#2",
        "mean",
        ".",
        "é",
        "~",
    ]
    for number in range(300):
        header = ["".join(chance.choices(words, k=chance.randint(1, 5))) for _ in range(4)]
        cells = ["".join(chance.choices(string.printable, k=3)) for _ in range(20)]
        rows = [",".join(cells[i : i + 4]) for i in range(0, 20, 4)]
        (tmp_path / f"{number}.csv").write_text("\n".join([",".join(header), *rows]), "utf-8")
    problems = [entry.problems for entry in collect(tmp_path).inventory.files]
    assert "could not be sorted" not in str(problems), seed
