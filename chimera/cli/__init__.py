"""The `chimera` command: words in, exit codes out. Nothing heavy is loaded until a graph runs."""

from __future__ import annotations

import sys
from typing import NoReturn

from chimera.errors import ChimeraError, SetupError

EXIT_SETUP = 2
EXIT_PARTIAL = 3
EXIT_INTERRUPTED = 130


def main() -> NoReturn:
    """Run the command; exit 0: complete, 2: set-up error, 3: a part is missing, 1: else."""
    from chimera.cli.commands import cli

    try:
        code = cli(standalone_mode=False, prog_name="chimera")
    except SetupError as error:
        _fail(str(error), EXIT_SETUP)
    except ChimeraError as error:
        _fail(str(error), 1)
    except KeyboardInterrupt:
        _fail("interrupted", EXIT_INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:
        _fail(str(error), 1)
    except Exception as error:  # noqa: BLE001  click's own are shown, all others raised again
        _usage_or_raise(error)
    sys.exit(code or 0)


def _usage_or_raise(error: Exception) -> NoReturn:
    """Show a mistake in the command's words the way click does; let anything else be seen."""
    import click

    if isinstance(error, click.exceptions.Exit):
        sys.exit(error.exit_code)
    if isinstance(error, click.ClickException):
        error.show()
        sys.exit(error.exit_code)
    if isinstance(error, click.Abort):
        _fail("interrupted", EXIT_INTERRUPTED)
    raise error


def _fail(message: str, code: int) -> NoReturn:
    print(f"chimera: {message}", file=sys.stderr)  # noqa: T201  the command's own voice
    sys.exit(code)
