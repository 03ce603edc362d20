"""What tests of the verifier share: true reports with their `report.json`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import chimera
from chimera.testing import FakeClock
from chimera.verify.text import Verifier

ROOT = Path(__file__).parents[2]
FOLDERS = (
    ROOT / "examples" / "llm-bench",
    ROOT / "tests" / "data" / "home-grown",
    ROOT / "tests" / "data" / "formats" / "hyperfine",
    ROOT / "tests" / "data" / "formats" / "vllm-serve",
)


@dataclass(frozen=True)
class Report:
    """A report as the pipeline wrote it."""

    markdown: str
    document: dict[str, Any]

    def problems(self, text: str) -> list[str]:
        """Return the kinds of what is wrong in a text, in its order."""
        return [item.kind for item in Verifier(self.document).check(text).unsupported]


def made(folder: Path, out: Path) -> Report:
    """Run the pipeline on a folder, without a model."""
    run = chimera.run(
        "technical-report", folder, model="none", clock=FakeClock(step=0.01), run_id="r-1", out=out
    )
    assert run.report is not None
    return Report(
        run.report.markdown, json.loads(run.report.path.with_suffix(".json").read_bytes())
    )


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> list[Report]:
    """Reports on several folders of the project."""
    return [made(folder, tmp_path_factory.mktemp("report")) for folder in FOLDERS]


@pytest.fixture(scope="session")
def example(reports: list[Report]) -> Report:
    """The report on the example's folder."""
    return reports[0]
