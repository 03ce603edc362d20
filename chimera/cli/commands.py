"""The commands, their options and their help."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from chimera.cli import EXIT_PARTIAL, EXIT_SETUP
from chimera.errors import nearest

_PROJECT = click.option(
    "--project",
    type=click.Path(path_type=Path),
    help="Project folder; else the nearest one upwards, else the bundled one.",
)


class Commands(click.Group):
    """The commands; a word that is none of them is told what it may have meant."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the words name, as click does."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            said = f"no command is called {args[0]!r}{_meant(args[0], self.commands)}"
            raise click.UsageError(said, ctx) from error


def _meant(word: str, commands: Iterable[str]) -> str:
    from chimera.project import Project

    if word in Project.find().names("graphs"):
        return f"; it is a graph: `chimera run {word} …`"
    return nearest(word, commands)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="chimera-agents", prog_name="chimera")
def cli() -> None:
    """Local multi-agent graphs whose reports you can check."""


@cli.command()
@click.argument("graph")
@click.argument("input", nargs=-1)
@click.option("--model", metavar="none|PROVIDER:NAME", help="Model of every agent.")
@click.option(
    "--base-url",
    "base_urls",
    metavar="URL",
    multiple=True,
    help="Address of the model server; several times for servers with the same models.",
)
@click.option("--in-flight", type=int, metavar="N", help="Calls at once per model server [1].")
@click.option("--warm-up", is_flag=True, help="Load the model while files are read.")
@click.option("--unload", is_flag=True, help="Unload the models at the end.")
@click.option(
    "--set",
    "settings",
    metavar="AGENT.OPTION=VALUE",
    multiple=True,
    help="Model option or time limit.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Run folder [chimera-runs/RUN-ID].")
@click.option("--include", multiple=True, metavar="PATTERN", help="Read only such files.")
@click.option("--exclude", multiple=True, metavar="PATTERN", help="Leave such files out.")
@click.option("--no-gitignore", is_flag=True, help="Read also what .gitignore files name.")
@click.option("--cap", "caps", multiple=True, metavar="NAME=VALUE", help="Cap of the reading.")
@click.option(
    "--slo", multiple=True, metavar="METRIC=VALUE", help="Limit of a request, as in ttft=200ms."
)
@click.option("--executor", metavar="dask:ADDRESS", help="Read on the machines of a scheduler.")
@_PROJECT
@click.option("--json", "as_json", is_flag=True, help="Print the run as JSON instead of a path.")
@click.option("-v", "--verbose", is_flag=True, help="Log every event.")
def run(graph: str, input: tuple[str, ...], **options: Any) -> int:  # noqa: A002, ANN401  click's words
    """Run GRAPH on INPUT and print where the report is, or what a graph without one came to.

    INPUT is the field the graph asks for; for technical-report folders, files, archives or
    addresses such as s3://bucket/runs that hold benchmark artifacts; for compare two of them,
    before and after; for review a finished run. Patterns are those of
    .gitignore. Caps: files, file_bytes, table_bytes, archive_bytes, depth, rows, columns, cells,
    seconds. Limits: --slo ttft=200ms --slo tpot=50ms says how many requests meet both.
    """
    from chimera.cli import running

    as_json = options.pop("as_json")
    finished = running.execute(graph, input, **options)
    click.echo(running.as_json(finished) if as_json else running.result(finished, input))
    return EXIT_PARTIAL if finished.status == "partial" else 0


@cli.command()
@click.argument("fact")
@click.option(
    "--report", type=click.Path(path_type=Path), help="Report or run folder [the newest run]."
)
@click.option("--source", multiple=True, help="Where the artifacts are, if they have moved.")
def trace(fact: str, report: Path | None, source: tuple[str, ...]) -> None:
    """Show where a FACT of a report stands: file, place, and the text around it."""
    from chimera.cli.tracing import traced

    click.echo(traced(fact, report, source))


@cli.command()
@click.argument("report", type=click.Path(path_type=Path))
@click.option("--source", multiple=True, help="Where the artifacts are, if they have moved.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def verify(report: Path, source: tuple[str, ...], as_json: bool) -> int:
    """Check a REPORT.md against the report.json beside it, and that against the artifacts.

    Every number, name and comparison of the text has to follow from report.json; every fact in
    there is computed again from the bytes of its file, where the sources can be reached. Ends with
    1 where something is unsupported, differs, has changed or is gone, with 2 without a report.
    """
    from chimera.cli.verifying import as_text, verified

    found = verified(report, source)
    click.echo(found.as_json() if as_json else as_text(found))
    return 0 if found.holds else 1


@cli.command(name="list")
@click.argument("kind", type=click.Choice(["personas", "agents", "graphs"]), required=False)
@_PROJECT
@click.option("--json", "as_json", is_flag=True, help="Print names, files and origins as JSON.")
def list_(kind: str | None, project: Path | None, as_json: bool) -> None:
    """List what can be used: personas, agents, graphs.

    In a project of your own, what is from a pack or bundled says so behind its name, and so does
    what hides one of these.
    """
    from chimera.cli import inspecting

    click.echo((inspecting.as_json if as_json else inspecting.listing)(kind, project))


@cli.command()
@click.argument("kind", type=click.Choice(["persona", "agent", "graph"]))
@click.argument("name")
@click.option(
    "--resolved", is_flag=True, help="Show a persona's YAML, and where each line is from."
)
@click.option("--svg", is_flag=True, help="Draw a graph as SVG.")
@_PROJECT
def show(kind: str, name: str, resolved: bool, svg: bool, project: Path | None) -> None:
    """Show one persona, agent or graph.

    Of a persona its prompt; of an agent its file and what it comes to: persona, model, server and
    options, each with where it is from; of a graph its map in Mermaid, or drawn.
    """
    from chimera.cli.inspecting import drawn, resolved_persona, shown

    if resolved and kind != "persona":
        raise click.UsageError("--resolved is for a persona")
    if svg and kind != "graph":
        raise click.UsageError("--svg is for a graph")
    if resolved:
        click.echo(resolved_persona(name, project))
    else:
        click.echo(drawn(name, project) if svg else shown(kind, name, project))


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--load", is_flag=True, help="Also load graph files and compile their graphs.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def check(folder: Path | None, load: bool, as_json: bool) -> int:
    """Check every persona, agent, test, graph and setting of a project; nothing is run.

    Every problem is told with file and line. Graph files are read as text: their imports, their
    wiring and the agents they name. --load also runs their Python and lets LangGraph compile them,
    which takes as long as loading LangGraph. Ends with 2 where something is wrong.
    """
    from chimera.cli import checking

    found = checking.checked(folder, load=load)
    if as_json:
        click.echo(checking.as_json(found))
    else:
        for problem in found.problems:
            click.echo(problem, err=True)
        click.echo(checking.as_text(found))
    return EXIT_SETUP if found.problems else 0


@cli.command(name="try")
@click.argument("kind", type=click.Choice(["persona", "agent"]))
@click.argument("name")
@click.option("--input", "file", metavar="FILE", help="What is asked: a text file, - for stdin.")
@click.option("--text", help="What is asked, in words.")
@click.option("--model", metavar="PROVIDER:NAME", help="Ask this model; without, none is asked.")
@click.option("--base-url", metavar="URL", help="Address of the model server.")
@click.option("--var", "values", multiple=True, metavar="NAME=VALUE", help="A persona's variable.")
@_PROJECT
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
def try_(kind: str, name: str, as_json: bool, **options: Any) -> int:  # noqa: ANN401  click's words
    """Show the exact prompt of a persona or an agent and, with a model, what comes back.

    The answer stands beside each rule it keeps or breaks, as it came: it is not sent back for
    repair. Without --input or --text the persona's first example is asked. Ends with 3 where a rule
    is broken or no answer came.
    """
    from chimera.cli import trying

    found = trying.tried(kind, name, **options)
    click.echo(trying.as_json(found) if as_json else trying.as_text(found))
    return 0 if found.holds else EXIT_PARTIAL


@cli.command()
@click.argument("names", nargs=-1)
@click.option("--live", is_flag=True, help="Ask a model instead of playing recorded answers.")
@click.option("--record", is_flag=True, help="Keep the live answers.")
@click.option(
    "--accept", is_flag=True, help="Accept the personas as they are, where all else is well."
)
@click.option("--model", metavar="PROVIDER:NAME", help="Model that is asked live.")
@click.option(
    "--base-url", "base_urls", metavar="URL", multiple=True, help="Address of its server."
)
@click.option("--json", "as_json", is_flag=True, help="Print the verdicts as JSON.")
@_PROJECT
def test(names: tuple[str, ...], **options: Any) -> int:  # noqa: ANN401  click's words
    """Test personas by the cases in personas/tests/: all files, or those of the NAMES.

    Answers come from the file or from its recording; no model is asked without --live. Ends with 1
    where an answer breaks a rule or misses what is expected, where there is none or only one to an
    older prompt, and where a persona is not the one that was accepted.
    """
    from chimera.cli.testing import tested

    return 0 if tested(names, **options) else 1


@cli.command()
@click.option("--base-url", metavar="URL", help="Address of the model server.")
@_PROJECT
def doctor(base_url: str | None, project: Path | None) -> None:
    """Say what is set up: versions, project, server, models."""
    from chimera.cli.inspecting import diagnosis

    click.echo(diagnosis(base_url, project))


@cli.command()
@click.argument("kind", type=click.Choice(["project", "persona", "agent", "graph"]))
@click.argument("name")
@click.option("--extends", metavar="PERSONA", help="Persona that the new one builds on.")
@_PROJECT
def new(kind: str, name: str, extends: str | None, project: Path | None) -> None:
    """Write a new project, persona, agent or graph that runs as it is.

    A project's NAME is its folder. The files are printed, and on stderr what to type next.
    """
    from chimera.cli.scaffold import create

    made = create(kind, name, project, extends=extends)
    for path in made.files:
        click.echo(path)
    for line in [
        *(f"note: {note}" for note in made.notes),
        *(f"  {next_}" for next_ in made.following),
    ]:
        click.echo(line, err=True)
