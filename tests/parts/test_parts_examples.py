"""The examples of parts: short, and they print what they promise."""

import subprocess
import sys
from pathlib import Path

import pytest

from chimera import parts

FOLDER = Path(__file__).parents[2] / "examples" / "parts"
PRINTS = {
    "debate": """1 Thrifty: The A100 costs half.
1 Hasty: The H100 answers sooner.
2 Thrifty: Then we buy two.
2 Hasty: Two slow ones stay slow.
The judge: A100
""",
    "fallback": "There are 12 runs. (unreachable)\n",
    "fan_out": "['Runs.', None, 'Load times.']\npartial 1\n",
    "join": "{'longest': 'slowest', 'letters': 29}\n",
    "loop": "It answers in 210 ms. (content)\n",
    "route": "repair: thank you for your bug\n",
}


@pytest.mark.parametrize("name", sorted(PRINTS))
def test_an_example_runs_offline_and_prints(name: str, tmp_path: Path) -> None:
    """Started from any folder, an example says what it should."""
    command = [sys.executable, str(FOLDER / f"{name}.py")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stdout == PRINTS[name]


def test_every_part_has_its_example_under_40_lines() -> None:
    """A function of `chimera.parts` has an example of its name."""
    functions = {name for name in parts.__all__ if name.islower()}
    lengths = {p.stem: len(p.read_text().splitlines()) for p in FOLDER.glob("*.py")}
    assert set(lengths) == functions == set(PRINTS)
    assert all(length < 40 for length in lengths.values())


def test_names_are_complete_and_nothing_loads_langgraph() -> None:
    """Every name of the package can be had, and having them costs no LangGraph."""
    code = (
        "import sys, chimera.parts as p\n"
        "[getattr(p, name) for name in p.__all__]\n"
        "assert sorted(p._HOME) == p.__all__ and not {'langgraph', 'httpx'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
