"""What tests of the report share: a small folder, its report, and a run with a scripted model."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import chimera
from chimera.testing import FakeClock


@dataclass(frozen=True)
class Made:
    """A finished report: its Markdown, its `report.json`, and the status of the run."""

    markdown: str
    document: dict[str, Any]
    status: str

    @property
    def sections(self) -> dict[str, str]:
        """Text by heading; the run card under an empty one."""
        head, *rest = self.markdown.split("\n## ")
        return {"": head, **{part.partition("\n")[0]: part.partition("\n")[2] for part in rest}}


Make = Callable[..., Made]


@pytest.fixture
def make() -> Make:
    """Run `technical-report` on a folder, with no model unless one is given."""

    def made(folder: Path, **settings: Any) -> Made:
        settings = {"model": "none", "clock": FakeClock(step=0.01), "run_id": "r-1", **settings}
        run = chimera.run("technical-report", folder, **settings)
        assert run.report is not None, run.gaps
        data = json.loads(run.report.path.with_suffix(".json").read_bytes())
        return Made(run.report.markdown, data, run.status)

    return made


@pytest.fixture
def bench(folder: Path) -> Path:
    """The small folder with a sweep, tool figures, a problem and a duplicate added to it."""
    rows = [f"{ctx},{gpu},{ctx / 50 + gpu}" for ctx in (512, 1024, 2048) for gpu in (10, 20)]
    (folder / "sweep.csv").write_text("\n".join(["num_ctx,num_gpu,tokens_s", *rows]) + "\n")
    (folder / "long.csv").write_text(
        "run,ttft_ms\n" + "".join(f"{i},{50 + (i * 37) % 100 / 7:.3f}\n" for i in range(60))
    )
    (folder / "tool.json").write_text('{"mean_latency_ms": 12.5, "p95_latency_ms": 31.25, "n": 9}')
    (folder / "broken 7.json").write_text('{"a": [1, 2')
    (folder / "zz_copy.csv").write_bytes((folder / "runs.csv").read_bytes())
    return folder
