"""`chimera run`: a run with its progress on stderr."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

from chimera.agent import parse_options
from chimera.cli.progress import Progress
from chimera.logs import configure

if TYPE_CHECKING:
    from chimera.runs import Run


class Options(TypedDict):
    """The options of `chimera run`."""

    verbose: bool
    model: str | None
    base_url: str | None
    settings: tuple[str, ...]
    out: Path | None
    project: Path | None


def execute(graph: str, given: str | None, **options: Unpack[Options]) -> Run:
    """Run a graph as the command line says, showing its progress."""
    by_agent = parse_options(list(options["settings"]))
    configure(verbose=options["verbose"])
    from chimera import runs

    run_id = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")[:-3]
    with Progress(enabled=not options["verbose"]) as progress:
        finished = runs.run(
            graph,
            given,
            model=options["model"],
            base_url=options["base_url"],
            options=by_agent,
            out=options["out"] or Path("chimera-runs") / run_id,
            project=options["project"],
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
