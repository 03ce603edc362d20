"""The same files give the same bytes in every process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

DATA = Path(__file__).parents[1] / "data"
CODE = """
import hashlib, sys
from chimera.evidence import collect
from chimera.evidence.store import encode
print(hashlib.sha256(encode(collect(sys.argv[1:]))).hexdigest())
"""


def test_the_hash_seed_changes_nothing() -> None:
    """Sets have another order in each process; evidence has not."""
    folders = [str(DATA / "formats"), str(DATA / "home-grown")]
    found = set()
    for seed in ("0", "1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", CODE, *folders]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        found.add(done.stdout)
    assert len(found) == 1
