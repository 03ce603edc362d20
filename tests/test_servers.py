"""What a run does with model servers: the project's settings, load profiles, warm-up, unload."""

import asyncio
import gc
import weakref
from pathlib import Path
from typing import Any

import pytest

import chimera
from chimera import Agent, Persona
from chimera.checks import checked
from chimera.cli.inspecting import diagnosis
from chimera.errors import AddressError, ConfigError
from chimera.events import Event
from chimera.models import Timeouts
from chimera.models.limiter import limiter_of
from chimera.project import Project
from chimera.session import Session, active
from chimera.testing import FAULTS, FakeClock, OllamaStandIn


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose two agents share a model and differ in their windows."""
    root = tmp_path / "project"
    (root / "agents").mkdir(parents=True)
    for name, persona, window in (
        ("analyst", "analyst", 8192),
        ("data-collector", "data-collector-9000", 4096),
    ):
        (root / "agents" / f"{name}.yaml").write_text(
            f"persona: {persona}\noptions:\n  num_ctx: {window}\n"
        )
    return root


def _run(folder: Path, project: Path, server: OllamaStandIn, **settings: Any) -> chimera.Run:
    return chimera.run(
        "technical-report",
        folder,
        project=project,
        model="ollama:gemma3:1b",
        base_url=server.base_url,
        **settings,
    )


def test_agents_that_disagree_are_named(folder: Path, project: Path) -> None:
    """A warning says which agents make the server load their model anew, and what helps."""
    heard: list[Event] = []
    with OllamaStandIn() as server:
        run = _run(folder, project, server, listener=heard.append)
        asked = {chat.body["options"]["num_ctx"] for chat in server.chats}
    (warning,) = run.warnings
    assert "analyst: num_ctx 8192" in warning
    assert "data-collector: num_ctx 4096" in warning
    assert "ollama:gemma3:1b differ in num_ctx" in warning
    assert asked == {8192, 4096}
    assert [event.facts["problem"] for event in heard if event.name == "warning"] == [warning]


def test_what_loading_again_cost_is_told(folder: Path, project: Path) -> None:
    """After the run a warning says how often the model was loaded, and how long that took."""
    with OllamaStandIn(load_s=0.03) as server:
        run = _run(folder, project, server)
    assert server.loads == 2
    assert "ollama:gemma3:1b was loaded 2 times in this run, 0." in run.warnings[1]


def test_doctor_looks_at_each_host(project: Path) -> None:
    """Where the project names several servers, each has its line."""
    with OllamaStandIn(models=["gemma3"]) as server:
        hosts = f"['{server.base_url}', 'http://127.0.0.1:9']"
        (project / "chimera.yaml").write_text(f"models:\n  hosts: {hosts}\n")
        lines = [line for line in diagnosis(None, project).splitlines() if "server " in line]
    assert [("Ollama 0.33" in line, "no Ollama answers" in line) for line in lines] == [
        (True, False),
        (False, True),
    ]


def test_one_profile_serves_them_all(folder: Path, project: Path) -> None:
    """Where the project asks for it, both agents ask for the larger window."""
    (project / "chimera.yaml").write_text("models:\n  one_profile: true\n")
    with OllamaStandIn() as server:
        run = _run(folder, project, server)
        asked = {chat.body["options"]["num_ctx"] for chat in server.chats}
    assert (run.warnings, asked) == ([], {8192})


def test_warm_up_loads_what_the_first_call_will_ask_for(folder: Path) -> None:
    """The first request has no messages and the first agent's options; the last one unloads."""
    with OllamaStandIn() as server:
        run = chimera.run(
            "technical-report",
            folder,
            model="ollama:gemma3:1b",
            base_url=server.base_url,
            warm_up=True,
            unload=True,
        )
        first, second, *_, last = (chat.body for chat in server.chats)
    assert first["messages"] == last["messages"] == []
    assert first["options"]["num_ctx"] == second["options"]["num_ctx"]
    assert (first["shift"], last["keep_alive"]) == (False, 0)
    assert run.warm_up_ms is not None
    assert len(run.calls) == 3


def test_nothing_is_loaded_or_unloaded_unasked(folder: Path) -> None:
    """By default a run sends its calls and no more chats."""
    with OllamaStandIn() as server:
        run = chimera.run(
            "technical-report", folder, model="ollama:gemma3:1b", base_url=server.base_url
        )
        assert all(chat.body["messages"] for chat in server.chats)
    assert run.warm_up_ms is None


def test_the_project_says_how_many_calls_at_once(folder: Path, project: Path) -> None:
    """`in_flight` of the project holds for the server, a run's own for the process after it."""
    (project / "chimera.yaml").write_text("models:\n  in_flight: 3\n")
    with OllamaStandIn() as server:
        _run(folder, project, server)
        assert limiter_of(server.base_url).limit == 3
        _run(folder, project, server, in_flight=5)
        assert limiter_of(server.base_url).limit == 5


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("models:\n  hosts: [ftp://x]\n", r"chimera\.yaml:2: models\.hosts.*http or https"),
        ("models:\n  in_flight: 0\n", r"chimera\.yaml:2: models\.in_flight"),
        ("modles: {}\n", r"chimera\.yaml:1: unknown key 'modles'; did you mean 'models'"),
    ],
)
def test_a_wrong_project_file_stops_the_run(
    folder: Path, project: Path, text: str, why: str
) -> None:
    """File, line and what is allowed are named before any work."""
    (project / "chimera.yaml").write_text(text)
    with pytest.raises(ConfigError, match=why):
        chimera.run("technical-report", folder, project=project, model="none")


def test_check_reads_the_project_file(project: Path) -> None:
    """`chimera check` finds a mistake there too."""
    (project / "chimera.yaml").write_text("models:\n  hosts: 5\n")
    found = list(map(str, checked(Project(project)).problems))
    assert [line for line in found if "chimera.yaml:2" in line]


def test_wrong_settings_of_a_run_are_refused(folder: Path) -> None:
    """Each address is looked at, each number held to its range."""
    with pytest.raises(AddressError, match="ftp"):
        chimera.run("technical-report", folder, base_url=["http://127.0.0.1", "ftp://x"])
    with pytest.raises(ConfigError, match="in_flight"):
        chimera.run("technical-report", folder, in_flight=0)


def test_time_limits_are_settable_for_a_run(folder: Path) -> None:
    """`timeouts.NAME` stands beside the model's options."""
    options = {"data-collector": {"timeouts.first_token": 0.1}}
    with OllamaStandIn() as server:
        run = chimera.run(
            "technical-report",
            folder,
            model="ollama:silent",
            base_url=server.base_url,
            options=options,
        )
    assert [call.outcome.value for call in run.calls] == ["first_token_timeout"]
    assert "within 0.1 s" in run.gaps[0]
    assert Timeouts().first_token == 300.0


def test_agents_share_a_server_however_it_is_spelled(folder: Path, tmp_path: Path) -> None:
    """A host of the project, an address of the agent, a name with and without its tag: all one."""
    root = tmp_path / "project"
    (root / "agents").mkdir(parents=True)
    with OllamaStandIn() as server:
        text = f"persona: analyst\nmodel: ollama:gemma3\nbase_url: {server.base_url}\n"
        (root / "agents" / "analyst.yaml").write_text(f"{text}options:\n  num_ctx: 8192\n")
        (root / "agents" / "data-collector.yaml").write_text(
            "persona: data-collector-9000\nmodel: ollama:gemma3:latest\noptions:\n  num_ctx: 4096\n"
        )
        settings = f"models:\n  hosts: ['{server.base_url}/']\n  one_profile: true\n"
        (root / "chimera.yaml").write_text(settings)
        run = chimera.run("technical-report", folder, project=root)
        asked = {chat.body["options"]["num_ctx"] for chat in server.chats}
    assert (run.warnings, asked) == ([], {8192})


def test_a_window_nobody_set_disagrees_with_none(folder: Path, project: Path) -> None:
    """It takes what is loaded, so that there is nothing to warn of."""
    (project / "agents" / "analyst.yaml").write_text("persona: analyst\n")
    with OllamaStandIn() as server:
        run = _run(folder, project, server)
    assert run.warnings == []


def test_one_run_asks_one_build(folder: Path) -> None:
    """Where the first server is busy, the second one's other build does not write the report."""
    with (
        OllamaStandIn(models=["gemma3:1b"], script=[FAULTS["busy"]] * 3) as one,
        OllamaStandIn(models=["gemma3:1b"], digests={"gemma3:1b": "f" * 64}) as other,
    ):
        run = chimera.run(
            "technical-report",
            folder,
            model="ollama:gemma3:1b",
            base_url=[one.base_url, other.base_url],
            clock=FakeClock(),
        )
    assert other.chats == []
    assert {call.host for call in run.calls} == {one.base_url}
    assert any("holds another build" in warning for warning in run.warnings)


def test_a_password_is_not_repeated(folder: Path, project: Path) -> None:
    """An address that may not carry one is refused without showing it."""
    (project / "chimera.yaml").write_text("models:\n  hosts: ['http://u:geheim@127.0.0.1']\n")
    with pytest.raises(ConfigError, match="no user name or password") as caught:
        chimera.run("technical-report", folder, project=project)
    assert "geheim" not in str(caught.value)


async def test_an_agent_of_several_runs_warns_in_each(folder: Path) -> None:
    """What an agent made in Python learns of servers belongs to the run that is on."""
    persona = Persona(name="P", title="t", instructions="i")
    with OllamaStandIn(models=["m"]) as one, OllamaStandIn(models=["other"]) as two:
        agent = Agent(persona=persona, model="ollama:m", base_url=[one.base_url, two.base_url])

        async def ask() -> tuple[list[str], weakref.ref[Session]]:
            session = Session()
            with active(session):
                await agent.ask("Well?")
            return session.warnings, weakref.ref(session)

        runs = [await ask() for _ in range(2)]
    await asyncio.sleep(0)  # the loop lets go of timers that were cancelled
    gc.collect()
    expected = [f"{two.base_url} does not have the model: other servers are asked for m"]
    assert [(warnings, held()) for warnings, held in runs] == [(expected, None)] * 2
