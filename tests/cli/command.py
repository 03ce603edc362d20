"""The `chimera` command in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path


def chimera(
    *words: str | Path, cwd: Path | None = None, given: str | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command and return what it said; `given` is what it is told on stdin."""
    return subprocess.run(
        [sys.executable, "-m", "chimera", *map(str, words)],
        capture_output=True,
        text=True,
        input=given,
        cwd=cwd,
        env={**os.environ, **environment},
        check=False,
        timeout=120,
    )
