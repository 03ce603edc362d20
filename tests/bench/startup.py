"""Start-up: CPU time of `import chimera` and `chimera --help`, beside an empty interpreter."""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

ROUNDS = 9
CASES = {
    "python -c pass": ["-c", "pass"],
    "import chimera": ["-c", "import chimera"],
    "chimera --help": ["-m", "chimera", "--help"],
    "import langgraph.graph, langchain_ollama": ["-c", "import langgraph.graph, langchain_ollama"],
}


@contextmanager
def compiled() -> Iterator[Mapping[str, str]]:
    """Yield an environment whose processes keep compiled modules, as installed ones are kept.

    A checkout is not compiled beforehand, site-packages mostly is: without this the measure would
    depend on where a package lies. The first process of each case compiles and is not counted.
    """
    with tempfile.TemporaryDirectory(prefix="chimera-bench-") as folder:
        kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        yield {**kept, "PYTHONPYCACHEPREFIX": folder}


def cpu_ms(arguments: list[str], environment: Mapping[str, str]) -> float:
    """Return user and system time of one process, in milliseconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def main() -> None:
    """Print the median of each case, the cases in turn."""
    os.environ.pop("PYTHONPROFILEIMPORTTIME", None)
    times: dict[str, list[float]] = {name: [] for name in CASES}
    with compiled() as environment:
        for round_ in range(ROUNDS + 1):
            for name, arguments in CASES.items():
                times[name] += [cpu_ms(arguments, environment)][:round_]
    medians = {name: statistics.median(values) for name, values in times.items()}
    empty = medians["python -c pass"]
    for name, median in medians.items():
        print(
            f"{name:<42} {median:7.0f} ms CPU, {median - empty:6.0f} ms above an empty interpreter"
        )


if __name__ == "__main__":
    main()
