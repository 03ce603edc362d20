"""A folder of about a thousand bad and hostile files, the same on every call, without a network.

`build(root)` writes it; sub-folders are the families. What the file system refuses (a name too long,
a pipe on Windows) is left out.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import socket
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path

from tests.evidence import json_cases, naughty

RUNS = "model,ttft_s,tokens_s,error\nllama,0.5,70.5,\nllama,0.6,71.5,\nqwen,0,0,refused\n"
PWNED = "pwned"  # what a payload would create in the current folder if anything ran it
MEGA = 1 << 20
BOMB = 12 * MEGA  # bytes unpacked: above the caps the tests set
_ESCAPED = "\x1b[31mred\x1b[0m"


def build(root: Path) -> None:
    """Write every family below `root`, which has to exist."""
    for family, files in (
        ("encoding", _encodings()),
        ("json-valid", _numbered(json_cases.valid(), "json")),
        ("json-invalid", _numbered(json_cases.invalid(), "json")),
        ("json-free", _numbered(json_cases.free(), "json")),
        ("lines", _lines()),
        ("delimited", _delimited()),
        ("markdown", _markdown()),
        ("yaml", _yaml()),
        ("binary", _binaries()),
        ("packed", _packed()),
        ("deep", _deep()),
        ("wide", _wide()),
        ("trap", _traps()),
        ("order", _orders()),
        ("value", _values()),
    ):
        (root / family).mkdir()
        for name, content in files:
            _write(root / family / name, content)
    _named(root / "name")
    _databases(root / "database")
    _special(root / "special")
    _links(root / "link")
    _folders(root / "folder")


def values() -> list[str]:
    """Return the texts that the files of the family `value` hold as a key and as a cell, in order."""
    return [text for _, text in naughty.texts()]


def _write(path: Path, content: str | bytes) -> None:
    data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    with suppress(OSError, ValueError):  # not every file system takes every name
        path.write_bytes(data)


Files = Iterator[tuple[str, str | bytes]]


def _numbered(contents: Iterable[str | bytes], ending: str) -> Files:
    for number, content in enumerate(contents):
        yield f"{number:03}.{ending}", content


def _encodings() -> Files:
    text = RUNS.replace("llama", "größe")
    value = json.dumps([{"name": "größe", "ttft_s": 0.5}], ensure_ascii=False)
    for kind, content in (("csv", text), ("json", value)):
        for codec in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be",
                      "latin-1", "cp1252", "cp437", "utf-7", "cp037"):  # fmt: skip
            yield f"{codec}.{kind}", content.encode(codec)
        twice = ("\ufeff" + content).encode("utf-16-le").decode("latin-1").encode()
        yield f"twice.{kind}", twice
        yield f"twice-torn.{kind}", twice[:-1]
        yield f"mojibake.{kind}", content.encode().decode("latin-1").encode()
        yield f"mixed.{kind}", content.encode() + content.encode("latin-1")
        yield f"utf-16-odd.{kind}", content.encode("utf-16")[:-1]
        yield f"invalid.{kind}", content.encode().replace(b"0.5", b"0.5\xff")
        yield f"nul.{kind}", content.encode().replace(b"0.5", b"0\x00.5")
        yield f"nul-many.{kind}", content.encode().replace(b"e", b"\x00")
    for name, data in (("empty", b""), ("bom", b"\xef\xbb\xbf"), ("bom-16", b"\xff\xfe"), ("bom-32", b"\xff\xfe\0\0"),
                       ("space", b" \t\r\n"), ("nul", b"\0"), ("ff", b"\xff" * 99), ("cr", RUNS.replace("\n", "\r").encode())):  # fmt: skip
        yield f"{name}.csv", data
        yield f"{name}.json", data


def _lines() -> Files:
    row = '{"model": "a", "ttft_s": 0.5}\n'
    yield "torn.jsonl", row * 5 + row[:12]
    yield "torn-first.jsonl", row[9:] + row * 5
    yield "separators.jsonl", '{"name": "a\u2028b\u0085c", "ttft_s": 0.5}\n' * 3
    yield "cr.jsonl", row.replace("\n", "\r") * 3
    yield "crlf.jsonl", row.replace("\n", "\r\n") * 3
    yield "blank.jsonl", "\n\n" + row + "\n \n" + row
    yield "comma.jsonl", row.replace("\n", ",\n") * 3
    yield "scalars.jsonl", '1\n"a"\nnull\n[1, 2]\n'
    yield "half.jsonl", (row + "not json\n") * 40
    yield (
        "mixed-types.jsonl",
        '{"ttft_s": 0.5}\n{"ttft_s": "0.6"}\n{"ttft_s": null}\n{"ttft_s": [1]}\n{"ttft_s": {"a": 1}}\n',
    )
    yield "glued.jsonl", row.strip() * 4
    yield "keys.jsonl", "".join(f'{{"k{number}_ms": 1.5}}\n' for number in range(500))
    yield "banner.jsonl", "starting\n" + row * 3 + "done\n"


def _delimited() -> Files:
    yield "ragged.csv", RUNS + "a\na,1\na,1,2,,5,6,7\n" * 3
    yield "header-only.csv", RUNS.split("\n", 1)[0]
    yield "no-header.csv", "1,2,3\n4,5,6\n7,8,9\n"
    yield "twice.csv", "ttft_s,ttft_s,model,model\n0.5,0.6,a,b\n0.7,0.8,a,b\n"
    yield "twice-marked.csv", "ttft_s,ttft_s,ttft_s#2\n0.5,0.6,0.7\n0.7,0.8,0.9\n"
    yield "unclosed.csv", RUNS + 'a,"0.5,70\n' + RUNS
    yield "unclosed-first.csv", '"model,ttft_s\na,0.5\n'
    yield "quotes.csv", 'model,ttft_s\n"a""b",0.5\n"a"b,0.6\na"b,0.7\n'
    yield "quoted-breaks.csv", 'model,ttft_s\n"a\nb",0.5\n"a\r\nb",0.6\n'
    yield "semicolon.csv", RUNS.replace(",", ";").replace(".", ",")
    yield "tab.csv", RUNS.replace(",", "\t")
    yield "bar.csv", RUNS.replace(",", "|")
    yield "control.csv", RUNS.replace(",", "\x1f")
    yield "mixed-delimiters.csv", "model,ttft_s;tokens_s\na,0.5;70\nb;0.6,71\n"
    yield "long-field.csv", "model,ttft_s\na,0.5\n" + "x" * 200_000 + ",0.6\n"
    yield "comments.csv", "# a\n# b,c\n" + RUNS
    yield "preamble.csv", "Benchmark of today\n\n" + RUNS
    yield "stacked.csv", (RUNS + "\n") * 50
    yield "units.csv", "ID,time,size\n,ns,MB\n0,1.5,2\n1,2.5,3\n"
    yield "mixed-units.csv", "name,latency\na,1.5 ms\nb,2 s\nc,3 us\n"
    yield "dates.csv", "date,ttft_s\n0000-00-00,0.5\n9999-12-31,0.6\n1970-01-01,0.7\n"
    yield "spaces.csv", " model , ttft_s \n a , 0.5 \n b , 0.6 \n"
    yield "empty-cells.csv", ",,,\n,,,\n,,,\n"
    yield "empty-names.csv", ",,ttft_s\na,b,0.5\nc,d,0.6\n"
    yield "long-line.csv", "model,ttft_s\n" + "a," * (5 * MEGA)
    yield "one-line-10mb.txt", "x" * (10 * MEGA)
    yield "one-line-10mb.json", '["' + "x" * (10 * MEGA) + '"]'


def _markdown() -> Files:
    table = "| model | ttft_s |\n|---|---|\n| a | 0.5 |\n| b | 0.6 |\n"
    yield "fence-open.md", "```\n" + table
    yield "fence-mixed.md", "```\n~~~\n" + table + "```\n" + table
    yield "no-rows.md", table.split("| a", 1)[0]
    yield "no-names.md", "|||\n|-|-|\n|1.5|2.5|\n"
    yield "ragged.md", table + "| c |\n| d | 0.7 | 8 | 9 |\n|\n||\n"
    yield "escaped.md", table.replace("a", "a \\| b\\\\")
    yield "twice.md", table.replace("model", "ttft_s")
    yield "marks.md", table.replace("0.5", "**0.5**").replace("0.6", "`0.6`")
    yield "html.md", "<table><tr><td>ttft_s</td></tr></table>\n" + table
    yield "front-matter.md", "---\na: &x 1\nb: *x\n---\n" + table
    yield "prose.md", "word " * 300 + "\n\n" + table
    yield "bars.md", "|" * 5000 + "\n" + "|-" * 2500 + "\n"


def _yaml() -> Files:
    head = "a_ms: 1.5\nb_ms: 2.5\nc: text\n"
    yield "tag.yaml", head + f"d: !!python/object/apply:os.system ['touch {PWNED}']\n"
    yield (
        "tag-name.yaml",
        head + "d: !!python/name:os.system\ne: !custom {a: 1}\nf: !!binary AAAA\n",
    )
    yield "alias.yaml", "a: &x [1, 2]\nb: *x\nc: *x\nd: 5\n"
    yield "alias-self.yaml", "a: &x\n  b: *x\nc: 1\nd: 2\ne: 3\n"
    bomb = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10))
    yield "alias-bomb.yaml", "a0: &a0 [x, x, x]\n" + bomb
    yield "merge.yaml", "a: &x {b: 1}\nc:\n  <<: *x\n  d: 2\ne: 3\nf: 4\n"
    yield "types.yaml", head + "n: no\nt: 1:30\no: 012\ni: .inf\nd: 2026-01-01\ns: 1_000\n"
    yield "twice.yaml", head + "a_ms: 3.5\n"
    yield "documents.yaml", f"---\n{head}---\n{head}"
    yield "tabs.yaml", head + "d:\n\te: 1\n"
    yield "keys.yaml", head + "? [a, b]\n: 1\n? {a: 1}\n: 2\n"
    yield "torn.yaml", head + 'd: "a\n'
    yield "comment.yaml", f"# {naughty.families()['order'][0]}\n{head}"


def _binaries() -> Files:
    class Payload:
        def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
            return os.system, (f"touch {PWNED}",)

    for protocol in range(6):
        yield f"protocol-{protocol}.pkl", pickle.dumps(Payload(), protocol)
    for name, magic in (
        ("png", b"\x89PNG\r\n\x1a\n"), ("jpg", b"\xff\xd8\xff"), ("gif", b"GIF89a"), ("pdf", b"%PDF-1.7"),
        ("parquet", b"PAR1"), ("arrow", b"ARROW1"), ("sqlite", b"SQLite format 3\x00"), ("npy", b"\x93NUMPY\x01\x00"),
        ("elf", b"\x7fELF"), ("exe", b"MZ\x90\x00"), ("zst", b"\x28\xb5\x2f\xfd"), ("7z", b"7z\xbc\xaf\x27\x1c"),
        ("hdf5", b"\x89HDF\r\n\x1a\n"), ("gguf", b"GGUF"), ("bz2", b"BZh9"), ("xz", b"\xfd7zXZ\x00"), ("gz", b"\x1f\x8b\x08"),
        ("zip", b"PK\x03\x04"), ("tar", b"\0" * 257 + b"ustar"), ("ncu-rep", b"NVR\x00"),
    ):  # fmt: skip
        yield f"magic.{name}", magic
        yield f"torn.{name}", magic + bytes(range(256)) * 4
        yield f"disguised-{name}.csv", magic + RUNS.encode()


def _packed() -> Files:
    for name, compress in (("gz", _gzip), ("bz2", bz2.compress), ("xz", lzma.compress)):
        data = compress(RUNS.encode() + name.encode())
        yield f"runs.csv.{name}", data
        yield f"torn.csv.{name}", data[: len(data) // 2]
        yield f"flipped.csv.{name}", data[:-9] + bytes([data[-9] ^ 255]) + data[-8:]
        yield f"trailing.csv.{name}", compress(RUNS.encode() * 2) + b"trailing"
        yield f"double.csv.{name}", compress(data)
        yield f"bomb.csv.{name}", compress(b"0" * BOMB)
    yield (
        "runs.zip",
        _zip(
            {
                "a.csv": RUNS,
                "../../up.csv": RUNS + "a",
                "/abs.csv": RUNS + "b",
                "a\\b.csv": RUNS + "c",
                _ESCAPED: "x",
            }
        ),
    )
    yield "torn.zip", _zip({"a.csv": RUNS + "d"})[:-30]
    yield "bomb.zip", _zip({f"{n}.csv": b"1" * (BOMB + n) for n in range(4)})
    yield (
        "nested.zip",
        _zip({"b.zip": _zip({"c.zip": _zip({"d.zip": _zip({"e.csv": RUNS + "e"})})})}),
    )
    yield "many.zip", _zip({f"{n}.csv": f"a_ms\n{n}\n{n + 1}\n" for n in range(40)})
    yield "office.xlsx", _zip({"[Content_Types].xml": "<x/>", "xl/a.xml": "<x/>"})
    yield "model.pt", _zip({"m/data.pkl": pickle.dumps([1])})
    yield "runs.tar", _tar({"a.csv": RUNS + "f", "../up.csv": RUNS + "g", "/abs.csv": RUNS + "h"})
    yield "torn.tar", _tar({"a.csv": RUNS * 400})[:3000]
    yield "bomb.tar.gz", _gzip(_tar({"a.csv": b"2" * BOMB}))


def _deep() -> Files:
    yield "lists.json", "[" * 100_000
    yield "lists-closed.json", "[" * 900 + "]" * 900
    yield "objects.json", '{"a":' * 100_000
    yield "objects-closed.json", '{"a":' * 300 + '{"ttft_s": 0.5}' + "}" * 300
    yield "lines.jsonl", ('{"a":' + "[" * 300 + "]" * 300 + "}\n") * 20
    yield "lists.yaml", "a: 1\nb: 2\nc: 3\nd: " + "[" * 50_000
    yield "blocks.yaml", "".join(" " * level + "a:\n" for level in range(500))
    yield "long-integer.json", '{"a_ms": ' + "1" * 5000 + ', "b": ' + "[" * 100_000
    yield "quotes.md", ">" * 100_000 + "a\n"
    yield "lists.md", "".join(" " * level + "- a\n" for level in range(500))


def _wide() -> Files:
    yield "keys.json", "{" + ",".join(f'"k{n}_ms": {n}.5' for n in range(20_000)) + "}"
    yield (
        "columns.csv",
        ",".join(f"k{n}_ms" for n in range(20_000)) + "\n" + ",".join(["1.5"] * 20_000) + "\n",
    )
    yield "columns.md", "|" + "a_ms|" * 5000 + "\n|" + "-|" * 5000 + "\n|" + "1.5|" * 5000 + "\n"
    yield "tables.json", "{" + ",".join(f'"a{n}": [{{"x_ms": 1.5}}]' for n in range(5000)) + "}"
    yield "tables.md", "|a_ms|b|\n|-|-|\n|1.5|2|\n\n" * 3000
    yield "same.json", json.dumps([{f"a{n}": {"latency_ms": n + 0.5} for n in range(300)}] * 20)
    yield "long-keys.json", json.dumps({"k" * 100_000: [{"a_ms": 1.5}] * 200})
    yield "long-label.json", json.dumps({"model": "m" * 100_000, "runs": [{"a_ms": 1.5}] * 200})
    yield (
        "context.json",
        json.dumps({f"n_{n}": "x" for n in range(2000)} | {"rows": [{"a_ms": 1.5}] * 200}),
    )
    yield (
        "options.jsonl",
        "".join(
            json.dumps({"options": f'{{"k{n}": "v"}}', "ttft_s": 0.5}) + "\n" for n in range(500)
        ),
    )
    yield "integers.json", json.dumps([{"a_ms": 10**4000 + n, "n": 2**70 + n} for n in range(20)])


def _traps() -> Files:
    for name, unit in (
        ("a", "a"), ("a-comma", "a,"), ("bar", "|"), ("dash", "-"), ("bar-dash", "| -"), ("bracket", "("), ("open", "["),
        ("quote", '"'), ("escape", "\x1b["), ("title", "\x1b]0;"), ("tick", "`"), ("star", "*"), ("colon", "a: "),
        ("backslash", "\\|"), ("error", "error"), ("digits", "1,000"), ("line", "\n"), ("space-line", " \n"), ("brace", "{\n"),
        ("unit", "1 ms"), ("underscore", "_a"), ("camel", "aB"), ("point", "1."), ("space", " "), ("hash", "# "), ("item", "- "),
    ):  # fmt: skip
        yield f"{name}.txt", "a" + unit * (MEGA // 4 // len(unit)) + "b"


def _orders() -> Files:
    for number, order in enumerate(naughty.families()["order"]):
        quoted = order.replace('"', '""')
        yield f"{number}-cell.csv", f'model,ttft_s,notes\na,0.5,"{quoted}"\nb,0.6,"{quoted}"\n'
        yield f"{number}-header.csv", f'model,ttft_s,"{quoted}"\na,0.5,1\nb,0.6,2\n'
        yield (
            f"{number}-key.json",
            json.dumps([{order: 1.5, "ttft_s": 0.5}, {order: 2.5, "ttft_s": 0.6}]),
        )
        yield (
            f"{number}-text.md",
            f"# {order}\n\n{order}\n\n| {order} | ttft_s |\n|---|---|\n| a | 0.5 |\n",
        )
        yield f"{number}-log.txt", f"[INFO] {order}\nerror: {order}\n"


def _values() -> Files:
    for number, text in enumerate(values()):
        yield (
            f"{number:03}.json",
            json.dumps(
                [{"name": text, "ttft_s": 0.5}, {"name": text, text: 1.5, "ttft_s": number + 0.6}]
            ),
        )


def _named(folder: Path) -> None:
    """Write a small file under every naughty name a file system takes, and some that are no text."""
    folder.mkdir()
    for number, (_, text) in enumerate(naughty.texts()):
        if "/" not in text and text not in {".", ".."}:
            _write(folder / text, RUNS + f"number{number},{number},1,\n")
    for number, raw in enumerate(
        (b"\xff.csv", b"caf\xe9.csv", b"\xed\xa0\x80.csv", b"\xc0\xaf.csv", b"\x80\x1b[31m.csv")
    ):
        _write(folder / os.fsdecode(raw), RUNS + f"raw{number},{number},1,\n")


def _databases(folder: Path) -> None:
    folder.mkdir()
    with closing(sqlite3.connect(folder / "runs.db")) as connection:
        connection.execute('CREATE TABLE "a""b\n\x1b[31m" (model TEXT, ttft_s REAL, blob BLOB)')
        connection.executemany(
            'INSERT INTO "a""b\n\x1b[31m" VALUES (?, ?, ?)', [("a", 0.5, b"\xff"), ("b", 0.6, None)]
        )
        connection.execute("CREATE TABLE keyed (model TEXT PRIMARY KEY, ttft_s REAL) WITHOUT ROWID")
        connection.execute(
            "CREATE VIEW endless AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT x FROM c"
        )
        connection.commit()
    data = (folder / "runs.db").read_bytes()
    for number, at in enumerate(range(100, len(data), max(1, len(data) // 12))):
        _write(
            folder / f"flipped-{number}.db", data[:at] + bytes([data[at] ^ 255]) + data[at + 1 :]
        )
    _write(folder / "torn.db", data[: len(data) // 2])


def _special(folder: Path) -> None:
    """Lay pipes, sockets, sparse files, files nobody may read, and copies."""
    folder.mkdir()
    for name in ("pipe.csv", "report.json", ".gitignore"):
        if hasattr(os, "mkfifo"):
            os.mkfifo(folder / name)
    if hasattr(socket, "AF_UNIX"):
        with suppress(OSError), socket.socket(socket.AF_UNIX) as one:
            one.bind(f"/tmp/{os.getpid()}.socket")  # noqa: S108 - the path of a socket has to be short
            Path(f"/tmp/{os.getpid()}.socket").replace(folder / "socket.csv")  # noqa: S108
    for name, size in (("sparse.csv", 1 << 30), ("sparse.json", 65 * MEGA)):
        with (folder / name).open("wb") as file:
            file.truncate(size)
    _write(folder / "secret.csv", RUNS + "secret,1,1,\n")
    (folder / "secret.csv").chmod(0)
    for name in ("copy-a.csv", "copy\nb.csv", "COPY-A.csv"):
        _write(folder / name, RUNS + "copy,1,1,\n")
    with suppress(OSError):
        (folder / "copy-hard.csv").hardlink_to(folder / "copy-a.csv")
    _write(folder / "old.csv", RUNS + "old,1,1,\n")
    os.utime(folder / "old.csv", (0, 0))
    _write(folder / "future.csv", RUNS + "future,1,1,\n")
    with suppress(OSError, OverflowError):
        os.utime(folder / "future.csv", (1 << 40, 1 << 40))


def _links(folder: Path) -> None:
    folder.mkdir()
    targets = {
        "self": "self", "loop-a": "loop-b", "loop-b": "loop-a", "parent": "..", "here": ".", "dangling": "nothing",
        "out.csv": "/etc/passwd", "zero": "/dev/zero", "root": "/", "proc": "/proc/self/environ", "chain-0": "chain-1",
    }  # fmt: skip
    targets |= {f"chain-{number}": f"chain-{number + 1}" for number in range(40)}
    for name, target in targets.items():
        with suppress(OSError):
            (folder / name).symlink_to(target)


def _folders(folder: Path) -> None:
    """Make folders deeper than the cap, longer than a path may be, and called like files."""
    folder.mkdir()
    for names in (["d"] * 70, ["long" * 60] * 19):
        _descend(folder, names)
    for name in ("runs.csv", "a.zip", "report.json", " ", "\u202e", "-rf"):
        (folder / name).mkdir(exist_ok=True)
        _write(folder / name / "in.csv", RUNS + f"folder{name!r},1,1,\n")
    (folder / "ignored").mkdir()
    _write(
        folder / "ignored" / ".gitignore", "*a" * 30 + "\n" + "[" * 200 + "\n!\n/\n**\\\n*.log\n"
    )
    _write(folder / "ignored" / ("a" * 200), "text\n")


def _descend(folder: Path, names: list[str]) -> None:
    if os.mkdir not in os.supports_dir_fd:
        return
    descriptor = os.open(folder, os.O_RDONLY)
    for name in names:
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=descriptor)
        below = os.open(name, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = below
    os.close(os.open("deep.csv", os.O_WRONLY | os.O_CREAT, dir_fd=descriptor))
    os.close(descriptor)


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def _zip(members: dict[str, str] | dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _tar(members: dict[str, str] | dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in members.items():
            data = content if isinstance(content, bytes) else content.encode()
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo(f"link\n{_ESCAPED}")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return file.getvalue()
