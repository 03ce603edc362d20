"""Fuzz the collector: bytes under one file name, through everything up to the stored evidence.

`python -m tests.fuzz.fuzz_collect NAME SECONDS CRASHES`; NAME is a key of TARGETS. A crash is
written once per place it comes from, and the run goes on; what takes long is written as `slow`.
"""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["chimera.evidence"]):
    from chimera.evidence import collect
    from chimera.evidence.decode import decode
    from chimera.evidence.extract import _extract
    from chimera.evidence.limits import Limits
    from chimera.evidence.recognise import recognise

from tests.fuzz.oracle import BrokenPromiseError, check
from tests.fuzz.seeds import seeds

TARGETS = {
    "json": "a.json",
    "jsonl": "a.jsonl",
    "csv": "a.csv",
    "markdown": "a.md",
    "console": "a.log",
    "yaml": "a.yaml",
    "any": "a",
    "zip": "a.zip",
    "tar": "a.tar",
    "gzip": "a.gz",
    "sqlite": "a.db",
}
ROOT = Path(__file__).parents[1] / "data"
SLOW = 1.0  # seconds for at most LARGEST bytes
LARGEST = 16_384
MEMORY = 4 << 30


class Fuzzer:
    """Feeds one target and keeps what broke it."""

    def __init__(self, name: str, crashes: Path) -> None:
        self.name = name
        self.crashes = crashes
        self.folder = Path(tempfile.mkdtemp(prefix="fuzz-", dir=_memory()))
        self.seen: set[str] = set()

    def __call__(self, data: bytes) -> None:
        """Collect one file of these bytes."""
        path = self.folder / TARGETS[self.name]
        path.write_bytes(data)
        started = time.process_time()
        try:
            self.run(data)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is written down
            self.keep(_place(error), data, "".join(traceback.format_exception(error)))
        if time.process_time() - started > SLOW:
            self.keep("slow", data, f"{time.process_time() - started:.1f} s")

    def run(self, data: bytes) -> None:
        """Raise what breaks; behind a problem `could not be sorted` that is the error itself."""
        evidence = collect(self.folder)
        try:
            check(evidence, self.folder)
        except BrokenPromiseError as error:
            text = decode(data).text
            if "could not be" in str(error) and text is not None:
                _extract(recognise(TARGETS[self.name], text, Limits()), Limits())
            raise

    def keep(self, place: str, data: bytes, said: str) -> None:
        """Write an input once per place of the error."""
        if place in self.seen:
            return
        self.seen.add(place)
        self.crashes.mkdir(parents=True, exist_ok=True)
        stem = f"{self.name}-{hashlib.sha256(place.encode()).hexdigest()[:8]}"
        (self.crashes / f"{stem}.bin").write_bytes(data)
        (self.crashes / f"{stem}.txt").write_text(f"{place}\n{said}")


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [
        f"{Path(f.filename).name}:{f.name}:{f.lineno}" for f in frames if "evidence" in f.filename
    ]
    told = str(error)[:24] if isinstance(error, BrokenPromiseError) else ""
    return f"{type(error).__name__} {told} at {' '.join(own[-2:])}"


def _memory() -> str | None:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - faster, removed


def _seeds(name: str, into: Path) -> None:
    """Lay fixtures of every format, and one small file of the target, as a corpus."""
    into.mkdir(parents=True, exist_ok=True)
    shared = [
        ROOT / "formats",
        *map(Path, filter(None, os.environ.get("FUZZ_SEEDS", "").split(":"))),
    ]
    small = [
        path
        for folder in shared
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.stat().st_size <= LARGEST
    ]
    ending = Path(TARGETS[name]).suffix
    for index, path in enumerate(small):
        if path.suffix == ending or name == "any" or not path.suffix:
            shutil.copyfile(path, into / f"seed{index}")
    for index, seed in enumerate(seeds(name)):
        (into / f"own{index}").write_bytes(seed)


def main() -> None:
    """Fuzz one target for a while."""
    name, seconds, crashes = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    fuzzer = Fuzzer(name, crashes)
    corpus = crashes.parent / "corpus" / name
    _seeds(name, corpus)
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={LARGEST}",
        "-timeout=20",
        "-rss_limit_mb=3500",
        f"-artifact_prefix={crashes}/{name}-",
        "-print_final_stats=1",
        "-verbosity=0",
    ]
    dictionary = Path(__file__).parent / "words.dict"
    crashes.mkdir(parents=True, exist_ok=True)
    atheris.Setup([sys.argv[0], *options, f"-dict={dictionary}", str(corpus)], fuzzer)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
