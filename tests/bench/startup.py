"""Start-up: CPU time of `import chimera` and `chimera --help`, beside an empty interpreter."""

import os
import resource
import statistics
import subprocess
import sys

ROUNDS = 9
CASES = {
    "python -c pass": ["-c", "pass"],
    "import chimera": ["-c", "import chimera"],
    "chimera --help": ["-m", "chimera", "--help"],
    "import langgraph.graph, langchain_ollama": ["-c", "import langgraph.graph, langchain_ollama"],
}


def cpu_ms(arguments: list[str]) -> float:
    """Return user and system time of one process, in milliseconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def main() -> None:
    """Print the median of each case, the cases in turn."""
    os.environ.pop("PYTHONPROFILEIMPORTTIME", None)
    times: dict[str, list[float]] = {name: [] for name in CASES}
    for _ in range(ROUNDS):
        for name, arguments in CASES.items():
            times[name].append(cpu_ms(arguments))
    medians = {name: statistics.median(values) for name, values in times.items()}
    empty = medians["python -c pass"]
    for name, median in medians.items():
        print(
            f"{name:<42} {median:7.0f} ms CPU, {median - empty:6.0f} ms above an empty interpreter"
        )


if __name__ == "__main__":
    main()
