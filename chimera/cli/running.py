"""`chimera run`: a run with its progress on stderr."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from chimera.agent import parse_options
from chimera.cli.progress import Progress
from chimera.logs import configure

if TYPE_CHECKING:
    from chimera.runs import Run


def execute(  # noqa: PLR0913  one parameter per option of the command
    graph: str,
    given: str | None,
    *,
    verbose: bool,
    model: str | None,
    base_url: str | None,
    settings: tuple[str, ...],
    out: Path | None,
    project: Path | None,
) -> Run:
    """Run a graph as the command line says, showing its progress."""
    options = parse_options(list(settings))
    configure(verbose=verbose)
    from chimera import runs

    run_id = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")[:-3]
    with Progress(enabled=not verbose) as progress:
        finished = runs.run(
            graph,
            given,
            model=model,
            base_url=base_url,
            options=options,
            out=out or Path("chimera-runs") / run_id,
            project=project,
            run_id=run_id,
            listener=progress.hear,
        )
    _close(finished)
    return finished


def place(run: Run) -> str:
    """Return the path of the report, or of the run folder where there is no report."""
    return str(run.report.path if run.report else run.folder)


def as_json(run: Run) -> str:
    """Return the run as JSON: id, status, paths, timings, gaps."""
    summary = {
        "id": run.id,
        "graph": run.graph,
        "status": run.status,
        "report": str(run.report.path) if run.report else None,
        "folder": str(run.folder),
        "timings": {name: timing.model_dump() for name, timing in run.timings.items()},
        "calls": len(run.calls),
        "gaps": run.gaps,
    }
    return json.dumps(summary, indent=1)


def _close(run: Run) -> None:
    from chimera.timing import execution_line

    lines = [f"Execution time: {execution_line(run.timings)}"]
    lines += [f"missing: {gap}" for gap in run.gaps]
    if run.warning:
        lines.append(f"warning: no narrative, the report is complete without it: {run.warning}")
    print("\n".join(lines), file=sys.stderr)  # noqa: T201  the command's own voice
