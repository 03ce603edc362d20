"""Own cost of model calls: Chimera in a user's graph beside the bare `ollama` client and LangGraph.

The work is that of `tests/bench/flows.py`, the server that of `tests/bench/server.py` in another
process. Every figure is a ratio within one run: the ways take turns, the medians are compared. What
is asked of the library stands in the column `target`; the exit status is 1 where one is missed.

    python -m tests.bench.calls
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench import flows, installed, startup
from tests.bench.flows import Flow
from tests.bench.overhead import make_folder

ROUNDS = 30
WARM_UP = 5  # rounds not counted
FEW = 7  # rounds of what takes long
AT_ONCE = 50
LONG = 3600  # tokens by which a run of the model `long` exceeds one of `instant`
COLD: dict[str, Callable[..., Flow]] = {
    "ours": flows.chimera,
    "LangGraph + ChatOllama": flows.langgraph,
    "raw": flows.raw,
}


@dataclass(frozen=True)
class Time:
    """What one run took, in milliseconds."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        what: What is measured.
        ours: Our value, with its unit.
        reference: What it is compared with, empty where the target is absolute.
        value: What the target limits.
        target: Most the value may be; None where there is no target.
    """

    what: str
    ours: str
    reference: str
    value: float
    target: float | None

    @property
    def missed(self) -> bool:
        """Whether the target is missed."""
        return self.target is not None and self.value > self.target


@contextmanager
def server() -> Iterator[str]:
    """Start the server; yield its address."""
    command = [sys.executable, "-m", "tests.bench.server"]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.stdin.close()


async def timed(flow: Flow, source: str, at_once: int = 1) -> Time:
    """Run the work so many times at once."""
    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(flow(source) for _ in range(at_once)))
    return Time(1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu))


async def medians(
    ways: dict[str, Flow], source: str, rounds: int = ROUNDS, at_once: int = 1
) -> dict[str, Time]:
    """Return the median time of each way, the ways in turn."""
    taken: dict[str, list[Time]] = {name: [] for name in ways}
    for round_ in range(rounds + min(WARM_UP, rounds // 3)):
        for name, flow in ways.items():
            measured = await timed(flow, source, at_once)
            if round_ >= min(WARM_UP, rounds // 3):
                taken[name].append(measured)
    return {
        name: Time(
            statistics.median(one.wall for one in times), statistics.median(o.cpu for o in times)
        )
        for name, times in taken.items()
    }


def ratio(what: str, ours: Time, name: str, reference: Time, target: float | None) -> Row:
    """Return the row of two wall times."""
    value = ours.wall / reference.wall
    return Row(what, f"{ours.wall:.1f} ms", f"{name} {reference.wall:.1f} ms", value, target)


async def warm(url: str, source: str) -> list[Row]:
    """Measure runs in a warm process that nobody listens to."""
    ways = {
        "ours": flows.chimera(url, "instant"),
        "raw": flows.raw(url, "instant"),
        "LangGraph + client": flows.langgraph_client(url, "instant"),
        "LangGraph + ChatOllama": flows.langgraph(url, "instant"),
    }
    targets = {"LangGraph + ChatOllama": 0.35, "raw": 3.5, "LangGraph + client": None}
    taken = await medians(ways, source)
    return [
        ratio("warm run, nobody listening", taken["ours"], name, taken[name], target)
        for name, target in targets.items()
    ]


async def heard(url: str, source: str) -> list[Row]:
    """Measure runs in a warm process whose text is listened to."""
    texts: list[str] = []
    ways = {
        "listener": flows.chimera(url, "instant", texts.append),
        "astream": flows.chimera_astream(url, "instant", texts.append),
        "raw streaming": flows.raw(url, "instant", texts.append),
        "raw streaming the report": flows.raw(url, "instant", texts.append, report_only=True),
        "LangGraph + ChatOllama": flows.langgraph(url, "instant", texts.append),
    }
    targets = {"raw streaming": 1.5, "raw streaming the report": 1.5, "LangGraph + ChatOllama": 1.0}
    taken = await medians(ways, source)
    return [
        ratio(f"streamed to a listener, {way}", taken[way], name, taken[name], target)
        for way in ("listener", "astream")
        for name, target in targets.items()
    ]


async def many(url: str, source: str) -> list[Row]:
    """Measure fifty runs at once, each answer 200 ms late."""
    ways = {
        "ours": flows.chimera(url, "late", in_flight=AT_ONCE),
        "raw": flows.raw(url, "late"),
        "LangGraph + ChatOllama": flows.langgraph(url, "late"),
    }
    taken = await medians(ways, source, FEW, AT_ONCE)
    what = f"{AT_ONCE} runs at once, 200 ms an answer"
    return [
        ratio(what, taken["ours"], "raw", taken["raw"], 1.15),
        ratio(what, taken["ours"], "LangGraph + ChatOllama", taken["LangGraph + ChatOllama"], 1.0),
    ]


async def per_token(url: str, source: str) -> list[Row]:
    """Measure CPU time of a token nobody listens to: a long report less a short one."""
    texts: list[str] = []
    short = {"ours": flows.chimera(url, "instant"), "raw": flows.raw(url, "instant", texts.append)}
    long = {"ours": flows.chimera(url, "long"), "raw": flows.raw(url, "long", texts.append)}
    few, more = await medians(short, source, FEW), await medians(long, source, FEW)
    spent = {name: 1000 * (more[name].cpu - few[name].cpu) / LONG for name in few}
    ours, raw = spent["ours"], spent["raw"]
    what = "own CPU of a token, nobody listening"
    return [Row(what, f"{ours:.1f} µs", f"raw streaming {raw:.1f} µs", ours, 10)]


async def first_token(url: str, source: str) -> list[Row]:
    """Measure how long after the server sent it a report's first token reaches the user's code."""
    lags: dict[str, list[float]] = {"listener": [], "astream": [], "raw streaming": []}
    made = {
        "listener": flows.chimera,
        "astream": flows.chimera_astream,
        "raw streaming": flows.raw,
    }
    for _ in range(FEW):
        for name, make in made.items():
            found: list[float] = []
            await make(url, "paced", clocked(found))(source)
            lags[name].append(found[0])
    lag = {name: statistics.median(values) for name, values in lags.items()}
    reference = f"raw streaming {lag['raw streaming']:.2f} ms"
    return [
        Row(f"first token behind the wire, {way}", f"{lag[way]:.2f} ms", reference, lag[way], 1)
        for way in ("listener", "astream")
    ]


def clocked(lags: list[float]) -> Callable[[str], None]:
    """Return a listener that notes the age in milliseconds of each time stamp it hears."""

    def hear(text: str) -> None:
        now = time.time_ns()
        if text.strip().isdigit() and len(text) > len("1700000000000000000"):  # a stamp and a blank
            lags.append((now - int(text)) / 1e6)

    return hear


def cold(url: str, source: str) -> list[Row]:
    """Measure processes that import, build and run once; everybody's modules are compiled."""
    taken: dict[str, list[float]] = {name: [] for name in COLD}
    with startup.compiled() as environment:
        for round_ in range(FEW + 1):  # the first compiles
            for name in COLD:
                start = time.perf_counter()
                command = [sys.executable, "-m", "tests.bench.calls", "--cold", name, url, source]
                subprocess.run(command, check=True, env=environment)
                taken[name] += [1000 * (time.perf_counter() - start)][:round_]
    wall = {name: Time(statistics.median(times), 0) for name, times in taken.items()}
    targets = {"LangGraph + ChatOllama": 1.0, "raw": None}
    return [
        ratio("cold process: import, build, one run", wall["ours"], name, wall[name], target)
        for name, target in targets.items()
    ]


def sizes(_url: str, _source: str) -> list[Row]:
    """Measure the import, and what is installed with the core."""
    with startup.compiled() as environment:
        times = [startup.cpu_ms(["-c", "import chimera"], environment) for _ in range(FEW + 1)]
    spent = statistics.median(times[1:])
    found = {name: installed.megabytes(name) for name in installed.core()}
    numeric, total = found["scipy"] + found["numpy"], sum(found.values())
    less = total - numeric
    theirs = installed.closure(["langgraph", "langchain-ollama"])
    their_mb = sum(found[name] for name in theirs)
    name = "LangGraph + ChatOllama"
    return [
        Row("import chimera, CPU of the process", f"{spent:.0f} ms", "", spent, 50),
        Row("core, distributions", f"{len(found)}", f"{name} {len(theirs)}", len(found), 50),
        Row("core, all of it", f"{total:.0f} MB", f"scipy and numpy {numeric:.0f} MB", total, None),
        Row(
            "core without scipy and numpy", f"{less:.0f} MB", f"{name} {their_mb:.0f} MB", less, 75
        ),
    ]


def show(row: Row) -> None:
    """Print a line of the table."""
    judged = "" if row.target is None else "missed" if row.missed else "held"
    target = "" if row.target is None else f"{row.target:g}"
    start = f"{row.what:<44}{row.ours:>10}   {row.reference:<36}"
    print(f"{start}{row.value:>7.2f}{target:>8}  {judged}".rstrip(), flush=True)


def measured(url: str, source: str) -> Iterator[Row]:
    """Measure everything, one thing after the other."""
    for measure in (warm, heard, many, per_token, first_token):
        yield from asyncio.run(measure(url, source))
    for alone in (cold, sizes):
        yield from alone(url, source)


def main() -> int:
    """Print the table; return 1 where a target is missed."""
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, medians of interleaved runs")
    print(f"{'measure':<44}{'ours':>10}   {'reference':<36}{'value':>7}{'target':>8}")
    missed = False
    with server() as url, tempfile.TemporaryDirectory() as source:
        make_folder(Path(source))
        for row in measured(url, source):
            show(row)
            missed |= row.missed
    return int(missed)


if __name__ == "__main__":
    if "--cold" in sys.argv:
        way, address, folder = sys.argv[2:]
        asyncio.run(timed(COLD[way](address, "instant"), folder))
    else:
        sys.exit(main())
