"""Faults of a server as such: it is not there, goes, comes back, points elsewhere, asks to wait."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import chimera
from chimera.errors import AddressError
from chimera.events import Event
from chimera.models import Outcome
from chimera.testing import FAULTS, Behaviour, FakeClock, OllamaStandIn
from tests.models.door import Door
from tests.models.faulty_run import STAGES, execute, numbers, write_artifacts

LATER = STAGES[1:]
LATE_MS = 50.0
both_apis = pytest.mark.parametrize("api", ["run", "arun"])


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny folder that all runs read."""
    return write_artifacts(tmp_path_factory.mktemp("servers") / "bench")


@pytest.fixture(scope="module")
def clean(artifacts: Path) -> dict[str, Any]:
    """What the report holds without a model."""
    return numbers(execute("run", artifacts, model="none"))


class Waiting(FakeClock):
    """A clock that does something instead of waiting, and remembers how long it should have."""

    def __init__(self, do: Callable[[], object] = lambda: None) -> None:
        super().__init__()
        self.waits: list[float] = []
        self._do = do

    async def sleep(self, seconds: float) -> None:
        """Do it."""
        self.waits.append(seconds)
        self._do()
        await super().sleep(seconds)


def at_start_of(stage: str, do: Callable[[], object]) -> Callable[[Event], None]:
    """Return a listener that does something when a stage starts."""

    def hear(event: Event) -> None:
        if (event.name, event.stage) == ("stage.started", stage):
            do()

    return hear


def outcomes(run: chimera.Run) -> list[tuple[str | None, str, int]]:
    """Return stage, outcome and requests of each call."""
    return [(call.stage, call.outcome.value, call.attempts) for call in run.calls]


@both_apis
def test_s01_a_closed_port_is_asked_once(
    api: str, artifacts: Path, clean: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing listens from the start, one connection is tried and the gap says so."""
    monkeypatch.setattr("chimera.models.connections.ANSWERED", set())  # ports are used again
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    run = execute(api, artifacts, model="ollama:x", base_url=address)
    assert outcomes(run) == [("ingest", "unreachable", 1)]
    assert len(run.gaps) == 1
    assert f"nothing answers at {address}" in run.gaps[0]
    assert numbers(run) == clean


@both_apis
@pytest.mark.parametrize("stage", LATER)
def test_s01_a_port_that_closes_mid_run_is_tried_again(
    stage: str, api: str, artifacts: Path, clean: dict[str, Any]
) -> None:
    """A server that has answered is asked three times before it is given up."""
    with OllamaStandIn() as server, Door(server.base_url) as door:
        settings: dict[str, Any] = {"listener": at_start_of(stage, door.shut)}
        run = execute(api, artifacts, model="ollama:x", base_url=door.base_url, **settings)
        answered = len(server.chats)
    at = STAGES.index(stage)
    ends = [(one, outcome) for one, outcome, _ in outcomes(run)]
    assert ends == [(one, "ok") for one in STAGES[:at]] + [
        (one, "unreachable") for one in STAGES[at:]
    ]
    tried = [attempts for _, _, attempts in outcomes(run)]
    assert tried[:at] == [1] * at
    assert set(tried[at:]) <= {3, 4}  # one more where a kept connection was closed in between
    assert answered == at
    assert [gap.partition(":")[0] for gap in run.gaps] == list(STAGES[at:])
    assert numbers(run) == clean


@both_apis
def test_s02_a_name_that_does_not_resolve_is_unreachable(
    api: str, artifacts: Path, clean: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name without an address is looked up once and named in the gap."""
    looked_up: list[object] = []

    def unknown(*asked: object, **_: object) -> None:
        looked_up.append(asked[0])
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)  # no question leaves this machine
    run = execute(api, artifacts, model="ollama:x", base_url="http://nowhere.invalid:11434")
    assert outcomes(run) == [("ingest", "unreachable", 1)]
    assert set(looked_up) == {"nowhere.invalid"}
    assert "nowhere.invalid" in run.gaps[0]
    assert numbers(run) == clean


@both_apis
@pytest.mark.parametrize("host", [f"{'a' * 64}.example", "a..b"])
def test_s02_a_name_that_no_host_can_have_is_refused(host: str, api: str, artifacts: Path) -> None:
    """A name with an empty label, or one too long, is an error before anything runs."""
    with pytest.raises(AddressError):
        execute(api, artifacts, model="ollama:x", base_url=f"http://{host}:11434")


@both_apis
@pytest.mark.parametrize("stage", STAGES)
def test_s15_ttft_holds_the_latency(stage: str, api: str, artifacts: Path) -> None:
    """What the server takes to begin is in the time to first token of that call."""
    script = [Behaviour()] * STAGES.index(stage) + [Behaviour(first_token_s=LATE_MS / 1000)]
    with OllamaStandIn(script=script) as server:
        run = execute(api, artifacts, model="ollama:x", base_url=server.base_url)
    late = next(call for call in run.calls if call.stage == stage)
    assert late.ttft_ms is not None
    assert late.ttft_ms >= LATE_MS


@both_apis
@pytest.mark.parametrize("stage", STAGES)
def test_s23_a_busy_server_is_waited_for_longer_each_time(
    stage: str, api: str, artifacts: Path
) -> None:
    """The waits grow, are not the same twice, and are told as the wait of that call."""
    script = [Behaviour()] * STAGES.index(stage) + [FAULTS["busy"]] * 2
    clock = Waiting()
    with OllamaStandIn(script=script) as server:
        run = execute(api, artifacts, model="ollama:x", base_url=server.base_url, clock=clock)
    first, second = clock.waits
    assert 1.0 <= first < second
    assert not first.is_integer()
    waited = {call.stage: call.wait_ms for call in run.calls}
    assert waited[stage] == pytest.approx((first + second) * 1000, rel=0.2)


@both_apis
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_s24_a_redirect_is_not_followed(
    status: int, stage: str, api: str, artifacts: Path, clean: dict[str, Any]
) -> None:
    """The prompt reaches no other server; the gap asks for the server's own address."""
    with OllamaStandIn() as other:
        away = (("Location", f"{other.base_url}/api/chat"),)
        script = [Behaviour()] * STAGES.index(stage) + [Behaviour(status=status, headers=away)]
        with OllamaStandIn(script=script) as server:
            run = execute(api, artifacts, model="ollama:x", base_url=server.base_url)
    met = next(call for call in run.calls if call.stage == stage)
    assert (met.outcome, met.attempts) == (Outcome.NOT_OLLAMA, 1)
    assert other.requests == []
    assert len(run.gaps) == 1
    assert "the server's own address" in run.gaps[0]
    assert numbers(run) == clean


@both_apis
@pytest.mark.parametrize("stage", STAGES)
def test_s26_the_gap_says_what_to_do_about_memory(stage: str, api: str, artifacts: Path) -> None:
    """A model that does not fit the machine is named as such in the gap."""
    script = [Behaviour()] * STAGES.index(stage) + [FAULTS["out-of-memory"]] * 3
    with OllamaStandIn(script=script) as server:
        run = execute(api, artifacts, model="ollama:x", base_url=server.base_url)
    assert "out of memory" in run.gaps[0]


@both_apis
@pytest.mark.parametrize("stage", STAGES)
def test_s40_a_restart_between_stages_costs_one_attempt(
    stage: str, api: str, artifacts: Path, clean: dict[str, Any]
) -> None:
    """A server that goes and is back within the pauses is asked again; no answer is repeated."""
    with OllamaStandIn() as server, Door(server.base_url) as door:
        execute(api, artifacts, model="ollama:x", base_url=door.base_url)
        before = len(server.chats)
        settings: dict[str, Any] = {
            "listener": at_start_of(stage, door.shut),
            "clock": Waiting(door.open),
        }
        run = execute(api, artifacts, model="ollama:x", base_url=door.base_url, **settings)
        answered = len(server.chats) - before
    tried = {one: attempts for one, _, attempts in outcomes(run)}
    assert tried.pop(stage) in {2, 3}  # one more where a kept connection was closed in between
    assert set(tried.values()) == {1}
    assert (run.status, answered) == ("complete", 3)
    assert numbers(run) == clean
