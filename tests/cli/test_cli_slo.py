"""`chimera run --slo`: limits from the command line to the report."""

import json
import subprocess
import sys
from pathlib import Path


def requests(folder: Path) -> Path:
    """Write a table of ten requests, of which six meet both limits."""
    root = folder / "bench"
    root.mkdir()
    rows = [f"{100 + 20 * i},{40 + (i == 2) * 20}" for i in range(8)] + ["300,40", "100,40"]
    (root / "requests.csv").write_text("\n".join(["ttft_ms,tpot_ms", *rows]) + "\n")
    return root


def run(folder: Path, out: Path, *slo: str) -> subprocess.CompletedProcess[str]:
    """Run the report with limits in a process of its own."""
    words = [word for limit in slo for word in ("--slo", limit)]
    given = ["run", "technical-report", str(folder), "--model", "none", "--out", str(out), *words]
    return subprocess.run(
        [sys.executable, "-m", "chimera", *given],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_limits_reach_the_report(tmp_path: Path) -> None:
    """The report says how many requests met both limits, and every number of it is supported."""
    out = tmp_path / "out"
    assert run(requests(tmp_path), out, "ttft=200ms", "tpot=50ms").returncode == 0
    document = json.loads((out / "report.json").read_text())
    (claim,) = [claim for claim in document["claims"] if claim["type"] == "goodput"]
    assert claim["text"].startswith("6 of 10 requests in `requests.csv` met TTFT ≤ 200 ms and")
    assert claim["text"] in (out / "report.md").read_text()
    assert document["verification"]["unsupported"] == 0
    assert document["verification"]["dropped_lines"] == 0


def test_a_metric_that_is_absent_is_refused_in_the_report(tmp_path: Path) -> None:
    """The report is complete and names what it could not hold against a limit."""
    out = tmp_path / "out"
    assert run(requests(tmp_path), out, "itl=20ms").returncode == 0
    assert "No goodput is claimed" in (out / "report.md").read_text()


def test_a_limit_that_cannot_be_read_is_an_error_of_set_up(tmp_path: Path) -> None:
    """Nothing runs, and the message names the word."""
    done = run(requests(tmp_path), tmp_path / "out", "ttft=fast")
    assert (done.returncode, "ttft='fast'" in done.stderr) == (2, True)
    assert not (tmp_path / "out").exists()
