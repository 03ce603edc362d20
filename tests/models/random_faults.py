"""Runs in which each request fails with some probability, from seeds, and what must hold of them.

`python -m tests.models.random_faults 500` runs so many seeds and prints those that failed.
"""

import asyncio
import logging
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import chimera
from chimera.models import Outcome, Timeouts
from chimera.models.records import CallRecord
from chimera.testing import Behaviour, FakeClock, OllamaStandIn
from tests.models.fault_rows import ROWS
from tests.models.faulty_run import SILENCING, STAGES, by_name, numbers, secrets_in, write_artifacts

P_FAULT = 0.2
MOST_REQUESTS = 40
LIMITS = Timeouts(connect=5.0, first_token=1.0, idle=0.3, total=9.0)
SLOW = ("S12", "S13", "S16", "S39")  # they take a second or more, or a lot of memory

FAULTS: dict[str, tuple[Behaviour, Outcome]] = {
    row.id.removesuffix("-always"): (row.faults[0], row.outcome)
    for row in ROWS
    if not row.id.endswith(("-once", "-twice")) and not row.id.startswith(SLOW)
}
"""What a request may meet, and how a call ends that meets nothing better."""


def drawn(seed: int) -> list[str | None]:
    """Return the name of the fault of each request of a run, None where it is answered well."""
    rng = random.Random(seed)  # noqa: S311  seeded on purpose
    names = sorted(FAULTS)
    return [rng.choice(names) if rng.random() < P_FAULT else None for _ in range(MOST_REQUESTS)]


async def run_seed(seed: int, folder: Path, out: Path, clean: dict[str, Any]) -> list[str]:
    """Run the reference graph once; return what does not hold, in sentences."""
    faults = drawn(seed)
    script = [FAULTS[name][0] if name else Behaviour() for name in faults]
    with OllamaStandIn(script=script) as server:
        settings: dict[str, Any] = by_name(server.base_url, LIMITS)
        async with asyncio.timeout(30):
            run = await chimera.arun(
                "technical-report", folder, out=out, clock=FakeClock(), run_id="r-1", **settings
            )
    wrong = list(_wrong_calls(run, faults))
    closing = sum(name is not None and FAULTS[name][0].raw is not None for name in faults)
    unseen = sum(call.attempts for call in run.calls) - len(server.chats)
    if not 0 <= unseen <= closing:  # requests sent into what the server had closed
        wrong.append(f"{len(server.chats)} requests, told are {run.calls}")
    if [gap.partition(":")[0] for gap in run.gaps] != _failed_stages(run):
        wrong.append(f"gaps {run.gaps} for the calls {run.calls}")
    if (run.status == "complete") != (not run.gaps):
        wrong.append(f"{run.status} with the gaps {run.gaps}")
    if numbers(run) != clean:
        wrong.append("other numbers than without a model")
    if leaking := secrets_in(out):
        wrong.append(f"the secret is in {leaking}")
    return wrong


def _wrong_calls(run: chimera.Run, faults: list[str | None]) -> Iterator[str]:
    """Hold each call against the faults its requests met."""
    stages = [call.stage for call in run.calls]
    silenced = run.calls[0].outcome in SILENCING
    if stages != list(STAGES[: 1 if silenced else 3]):
        yield f"calls of {stages}"
    start = 0
    for call in run.calls:
        met = faults[start : start + call.attempts]
        start += call.attempts
        if not _explained(call, met):
            yield f"{call.stage}: {call.outcome.value} after {met}: {call.detail}"


def _explained(call: CallRecord, met: list[str | None]) -> bool:
    """Return whether a call ended as its last request has to, with a fault before each retry."""
    *before, last = met
    expected = FAULTS[last][1] if last else Outcome.OK
    return call.outcome is expected and None not in before


def _failed_stages(run: chimera.Run) -> list[str | None]:
    return [call.stage for call in run.calls if call.outcome is not Outcome.OK]


def failures(seeds: range, root: Path) -> dict[int, list[str]]:
    """Run all seeds, one after the other, in one event loop; return what does not hold, by seed."""
    folder = write_artifacts(root / "bench")

    async def work() -> dict[int, list[str]]:
        clean = numbers(await chimera.arun("technical-report", folder, model="none"))
        found: dict[int, list[str]] = {}
        for seed in seeds:
            try:
                found[seed] = await run_seed(seed, folder, root / f"out-{seed}", clean)
            except Exception as error:  # noqa: BLE001  whatever it is, the seed is told
                found[seed] = [f"{type(error).__name__}: {error}"]
        return {seed: wrong for seed, wrong in found.items() if wrong}

    return asyncio.run(work())


def main() -> None:
    """Run as many seeds as the first argument says, 500 by default; fail if one of them does."""
    logging.disable()
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    met = sum(name is not None for seed in range(count) for name in drawn(seed)[:3])
    with tempfile.TemporaryDirectory() as root:
        found = failures(range(count), Path(root))
    for seed, wrong in found.items():
        sys.stdout.write(f"seed {seed}: {'; '.join(wrong)}\n")
    sys.stdout.write(f"{count - len(found)} of {count} seeded runs hold, {met} first faults\n")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
