"""The tutorial, followed as its reader would: each file written, each command typed, in order."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from chimera.testing import OllamaStandIn

PAGE = Path(__file__).parents[1] / "docs" / "tutorial.md"
STEP = re.compile(
    r"(?:Write `(?P<file>[^`]+)`:\s+)?^```(?P<kind>\w+)\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
ANSWER = "There is no evidence of it yet. Measure ten runs and show the spread."


def test_every_step_works(tmp_path: Path) -> None:
    """Whoever follows the page gets a persona of their own in a running graph of their own."""
    folder = tmp_path
    with OllamaStandIn(ANSWER, models=["gemma3"]) as server:
        for step in STEP.finditer(PAGE.read_text(encoding="utf-8")):
            if step["kind"] == "sh":
                for line in step["code"].splitlines():
                    folder = typed(line, folder, server.base_url)
            else:
                assert step["file"], f"a block names no file: {step['code'][:60]}"
                (folder / step["file"]).parent.mkdir(exist_ok=True)
                (folder / step["file"]).write_text(step["code"], encoding="utf-8")


def typed(line: str, folder: Path, server: str) -> Path:
    """Do what a line of the page says, and return the working folder after it."""
    words = shlex.split(line)
    if words[0] == "cd":
        return folder / words[1]
    command = {"chimera": [sys.executable, "-m", "chimera"], "python": [sys.executable]}[words[0]]
    environment = {**os.environ, "OLLAMA_HOST": server}
    done = subprocess.run(
        [*command, *words[1:]],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
    if "second-opinion" in words:
        assert f"Nobody waits: {ANSWER}" in done.stdout
    if words[0] == "python":
        assert "Nobody waits: Show evidence of the queue" in done.stdout
        assert "complete 2 ['split', 'doubt', 'tell', 'total']" in done.stdout
    return folder
