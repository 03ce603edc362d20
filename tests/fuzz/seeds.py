"""Small files to start from, one or a few per target."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import tarfile
import zipfile

CSV = "model,num_ctx,ttft_s,Generation Time (ms),tokens_s,error\nllama,1024,0.5,12.5,70.5,\n"
CSV_ROWS = CSV + "llama,2048,0.6,13.5,71.5,\nllama,2048,0,0,0,refused\n"
UNITS = "ID,Name,dram__bytes.sum,time\n,,Mbyte,ns\n0,k,1.5,2.5\n1,k,2.5,3.5\n"
NESTED = {
    "model": {"name": "conv", "batch_size": 4},
    "environment": {"gpu_name": "RTX", "python_version": "3.13"},
    "backends": {"jit": {"mean_ms": 0.5, "p99": 2}, "onnx": {"mean_ms": 0.7, "p99": 3}},
    "results": [{"backend": "jit", "latencies_ms": [1.5, 2.5], "options": '{"temperature": 0.3}'}],
    "percentiles": {"50": 1.5, "99.9": 2.5},
    "value": 1.5,
    "unit": "ms",
}
TABLE = (
    "| model | TTFT (ms) | tok/s |\n|---|---:|---:|\n| a | 1.5 | 70 ± 2 |\n| b | **2,5** | 71 |\n"
)
PROSE = f"# Report\n\n- runs: 5\n```\n|a|b|\n```\n{TABLE}\nname | p99 ms\n--- | ---\nx | 3\n"
CONSOLE = "BenchmarkX-8   100   123.4 ns/op   16 B/op\n  mean: 1.5 ms\n[INFO] done in 3 s\n"
HYPERFINE = {
    "results": [
        {
            "command": "ls",
            "mean": 1.5,
            "stddev": 0.1,
            "median": 1.5,
            "user": 1.0,
            "system": 1.0,
            "min": 1.0,
            "max": 2.0,
            "times": [1.5, 1.6],
            "exit_codes": [0, 1],
            "memory_usage_byte": [1000, 2000],
            "parameters": {"n": "1"},
        }
    ]
}
PYPERF = {
    "version": "1.0",
    "metadata": {"unit": "second", "name": "x"},
    "benchmarks": [{"runs": [{"values": [1.5, 1.6], "metadata": {"platform": "l"}}]}],
}


def seeds(name: str) -> list[bytes]:
    """Return the files a target starts from."""
    values = [json.dumps(value).encode() for value in (NESTED, HYPERFINE, PYPERF, [NESTED, NESTED])]
    tables = [CSV_ROWS.encode(), UNITS.encode(), CSV_ROWS.replace(",", ";").encode()]
    encoded = [
        CSV_ROWS.encode("utf-16"),
        b"\xef\xbb\xbf" + values[0],
        "größe,ms\n".encode("cp1252"),
    ]
    lines = [b"\n".join(values[:3]), b'{"ttft_s": 0.5}\n{"ttft_s": 0.6}\n{"ttft_s": 0.']
    texts = [TABLE.encode(), PROSE.encode(), CONSOLE.encode()]
    packed = {"zip": _zip, "tar": _tar, "gzip": _gzip, "sqlite": _sqlite}
    if name in packed:
        return [packed[name]()]
    by_name = {"json": values, "jsonl": lines, "csv": tables, "markdown": texts, "console": texts}
    return [*by_name.get(name, [*values, *tables, *lines, *texts]), *encoded]


def _zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", CSV_ROWS)
        archive.writestr("b/c.json", json.dumps(NESTED))
    return file.getvalue()


def _tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in (("a.csv", CSV_ROWS.encode()), ("ü" * 120, b"x,y\n1,2\n")):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def _gzip() -> bytes:
    return gzip.compress(CSV_ROWS.encode(), mtime=0)


def _sqlite() -> bytes:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE runs (model TEXT, ttft_s REAL, n INTEGER)")
    connection.executemany("INSERT INTO runs VALUES (?, ?, ?)", [("a", 0.5, 1), ("b", 0.6, 2)])
    connection.commit()
    data = connection.serialize()
    connection.close()
    return data
