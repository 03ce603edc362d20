"""`chimera run`: a run with its progress on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypedDict, Unpack, get_type_hints

from chimera.agentfile import parse_options
from chimera.analysis.objectives import parse_limits
from chimera.cli.progress import Progress
from chimera.errors import ConfigError
from chimera.logs import configure

if TYPE_CHECKING:
    from chimera.runs import Run


_ACCOUNTS: Final = frozenset({"timings", "calls", "gaps"})


class Options(TypedDict):
    """The options of `chimera run`."""

    verbose: bool
    model: str | None
    base_urls: tuple[str, ...]
    in_flight: int | None
    warm_up: bool
    unload: bool
    settings: tuple[str, ...]
    out: Path | None
    project: Path | None
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    no_gitignore: bool
    caps: tuple[str, ...]
    executor: str | None
    slo: tuple[str, ...]


def execute(graph: str, given: tuple[str, ...], **options: Unpack[Options]) -> Run:
    """Run a graph as the command line says, showing its progress."""
    by_agent = parse_options(list(options["settings"]))
    configure(verbose=options["verbose"])
    from chimera import runs

    run_id = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")[:-3]
    with (
        _run_folder(options["out"], run_id) as folder,
        Progress(enabled=not options["verbose"]) as progress,
    ):
        finished = runs.run(
            graph,
            _input(graph, given, options),
            model=options["model"],
            base_url=options["base_urls"],
            **_serving(options),
            options=by_agent,
            out=folder,
            project=options["project"],
            run_id=run_id,
            listener=progress.hear,
        )
    _close(finished)
    return finished


@contextmanager
def _run_folder(asked: Path | None, run_id: str) -> Iterator[Path]:
    """Yield the run folder; one that nobody asked for goes again where nothing is in it."""
    folder = asked or Path("chimera-runs") / run_id
    try:
        yield folder
    finally:
        if asked is None:
            with suppress(OSError):  # it holds something, or was never made
                folder.rmdir()
                folder.parent.rmdir()


def _serving(options: Options) -> Any:  # noqa: ANN401  some of the settings of a run
    """Return what the command line says of model servers; the project file says the rest."""
    given: dict[str, Any] = {name: True for name in ("warm_up", "unload") if options[name]}
    if options["in_flight"] is not None:
        given["in_flight"] = options["in_flight"]
    return given


def _input(graph: str, given: tuple[str, ...], options: Options) -> Any:  # noqa: ANN401  its state
    """Return what the words give: a value for the only field asked for, or fields by name."""
    value = list(given) if len(given) > 1 else next(iter(given), None)
    reading: dict[str, Any] = {
        "include": list(options["include"]),
        "exclude": list(options["exclude"]),
        "caps": parse_caps(options["caps"]),
        "executor": options["executor"],
    }
    reading = {name: wanted for name, wanted in reading.items() if wanted}
    if options["no_gitignore"]:
        reading["gitignore"] = False
    fields: dict[str, Any] = {"reading": reading} if reading else {}
    if limits := parse_limits(options["slo"]):
        fields["slo"] = limits
    if fields:
        return {**_named(graph, given, options), **fields}
    return value if value is None else _fitted(graph, value, options)


def _fitted(graph: str, value: str | list[str], options: Options) -> Any:  # noqa: ANN401  its state
    """Return what words give as a value of the only field a graph requires.

    Raises:
        ConfigError: If it does not fit; there is no such check where a field has no plain type.
    """
    from pydantic import PydanticUserError, TypeAdapter, ValidationError

    from chimera.fitting import in_words
    from chimera.inputs import required_fields
    from chimera.project import Project

    schema = getattr(Project.find(options["project"]).graph(graph), "state_schema", None)
    required = [] if schema is None else required_fields(schema)
    if len(required) != 1:
        return value
    try:
        fits = TypeAdapter(get_type_hints(schema)[required[0]])
    except (NameError, TypeError, PydanticUserError):
        return value
    refused: list[ValidationError] = []
    for one in (value, [value]):  # a single word may be all of a list
        try:
            return fits.dump_python(fits.validate_python(one), mode="json")
        except ValidationError as error:
            refused.append(error)
    many = ": put several words in quotes" if isinstance(value, list) else ""
    said = in_words(refused[0].errors()[0])
    raise ConfigError(f"{graph} cannot take this as {required[0]!r}: it {said}{many}")


def _named(graph: str, given: tuple[str, ...], options: Options) -> dict[str, Any]:
    """Return the words by the names of the fields a graph requires; one takes them all."""
    from chimera.inputs import required_fields
    from chimera.project import Project

    found = required_fields(Project.find(options["project"]).graph(graph).state_schema)
    if len(found) == len(given) > 1:
        return dict(zip(found, given, strict=True))
    return {"source": list(given) if len(given) > 1 else next(iter(given), None)}


def parse_caps(words: tuple[str, ...]) -> dict[str, int]:
    """Read `NAME=VALUE` words; digits may be grouped by underscores.

    Raises:
        ConfigError: A word is none, or its value is no whole number.

    """
    caps = {}
    for word in words:
        name, _, value = word.partition("=")
        try:
            caps[name.strip()] = int(value)
        except ValueError:
            raise ConfigError(f"--cap {word!r}: give NAME=VALUE with a whole number") from None
    from chimera.evidence.limits import Limits

    Limits().updated(caps)
    return caps


def result(run: Run, given: tuple[str, ...]) -> str:
    """Return the path of the report; of a graph without one, what its stages came to."""
    if run.report:
        return str(run.report.path)
    fields = {name: value for name, value in _fields(run).items() if value not in given}
    texts = [value for value in fields.values() if value is not None]
    if len(texts) == 1 and isinstance(texts[0], str):
        return texts[0]
    return json.dumps(fields, indent=1, ensure_ascii=False)


def _fields(run: Run) -> dict[str, Any]:
    """Return the fields of the final state, without the accounts."""
    from pydantic_core import to_jsonable_python

    state = to_jsonable_python(run.state, fallback=repr)
    return {name: value for name, value in (state or {}).items() if name not in _ACCOUNTS}


def _verdict(run: Run) -> str | None:
    """Return the verdict of a graph that comes to one, such as `compare`."""
    found = getattr(run.state, "verdict", None)
    return found if isinstance(found, str) else None


def as_json(run: Run) -> str:
    """Return the run as JSON: id, status, paths, verdict, timings, gaps."""
    summary = {
        "id": run.id,
        "graph": run.graph,
        "status": run.status,
        "report": str(run.report.path) if run.report else None,
        "state": None if run.report else _fields(run),
        "verdict": _verdict(run),
        "folder": str(run.folder),
        "timings": {name: timing.model_dump() for name, timing in run.timings.items()},
        "calls": len(run.calls),
        "gaps": run.gaps,
        "warnings": [*run.warnings, *([run.warning] if run.warning else [])],
    }
    return json.dumps(summary, indent=1)


def _close(run: Run) -> None:
    from chimera.timing import execution_line

    lines = [f"Execution time: {execution_line(run.timings)}"]
    if run.report and (verdict := _verdict(run)):
        lines.append(f"Verdict: {verdict}")
    lines += [f"missing: {gap}" for gap in run.gaps]
    lines += [f"warning: {problem}" for problem in run.warnings]
    if run.warning:
        lines.append(f"warning: no narrative, the report is complete without it: {run.warning}")
    print("\n".join(lines), file=sys.stderr)  # noqa: T201  the command's own voice
