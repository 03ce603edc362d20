"""Fallbacks: who is asked where an agent's model gives no answer."""

from pathlib import Path

import pytest

import chimera
from chimera import Agent, Persona, Project
from chimera.agentfile import Fallback
from chimera.errors import CallError, ConfigError
from chimera.models import Outcome, Timeouts
from chimera.session import ModelChoice, Session, active
from chimera.testing import FakeClock, OllamaStandIn

PERSONA = Persona(name="Skeptic", title="reviewer", instructions="Doubt it.")
CLOSED = "http://127.0.0.1:9"


def _agent(address: str, model: str, *fallbacks: Fallback) -> Agent:
    return Agent(
        persona=PERSONA,
        model=f"ollama:{model}",
        base_url=address,
        fallbacks=fallbacks,
        timeouts=Timeouts(first_token=0.2),
    )


async def test_another_model_answers() -> None:
    """A failed call is followed by one to the fallback; both are accounted for."""
    session = Session()
    with OllamaStandIn("Fine.") as server, active(session):
        agent = _agent(server.base_url, "thought-only", Fallback(model="ollama:small"))
        assert await agent.ask("Well?") == "Fine."
    first, second = session.calls
    assert (first.outcome, first.model, first.fallback_for) == (
        Outcome.THOUGHT_ONLY,
        "ollama:thought-only",
        None,
    )
    assert (second.model, second.fallback_for) == ("ollama:small", "ollama:thought-only")
    assert (first.id, second.id) == ("M1", "M2")


async def test_another_host_answers() -> None:
    """A fallback may be the same model elsewhere."""
    session = Session()
    with OllamaStandIn("Fine.") as server, active(session):
        agent = _agent(CLOSED, "gemma3", Fallback(base_url=server.base_url))
        assert await agent.ask("Well?") == "Fine."
    assert [call.host for call in session.calls] == [CLOSED, server.base_url]


@pytest.mark.parametrize(("fault", "asked"), [("silent", 1), ("thought-only", 2)])
async def test_what_lasts_is_not_waited_for_again(fault: str, asked: int) -> None:
    """A model that said nothing in time is passed over for the rest of the run; others are not."""
    session = Session()
    with OllamaStandIn("Fine.") as server, active(session):
        agent = _agent(server.base_url, fault, Fallback(model="ollama:small"))
        for _ in range(2):
            await agent.ask("Well?")
        names = [chat.body["model"] for chat in server.chats]
    assert names.count(fault) == asked
    assert session.calls[-1].fallback_for == f"ollama:{fault}"


async def test_when_all_fail_the_last_speaks() -> None:
    """The error is that of the last fallback."""
    with OllamaStandIn() as server:
        agent = _agent(server.base_url, "empty", Fallback(model="ollama:unauthorised"))
        with active(Session()), pytest.raises(CallError) as caught:
            await agent.ask("Well?")
    assert caught.value.outcome == "unauthorised"


async def test_no_fallback_is_the_default() -> None:
    """Nobody else is asked unless it was declared."""
    session = Session()
    with OllamaStandIn() as server, active(session), pytest.raises(CallError):
        await _agent(server.base_url, "cut").ask("Well?")
    assert len(session.calls) == 1


def test_a_run_that_names_a_model_keeps_to_it(tmp_path: Path) -> None:
    """Fallbacks hold where the run leaves the choice to the agent."""
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "a.yaml").write_text(
        "persona: analyst\nfallbacks:\n  - model: ollama:small\n"
    )
    project = Project.find(tmp_path)
    assert len(Agent.from_project(project, "a", ModelChoice()).fallbacks) == 1
    assert Agent.from_project(project, "a", ModelChoice(model="ollama:x")).fallbacks == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("fallbacks:\n  - {}\n", "must name a model, a base_url, or both"),
        ("fallbacks:\n  - model: small\n", "must read provider:name"),
        ("fallbacks:\n  - base_url: ftp://x\n", "http or https"),
        ("fallbacks:\n  - model: none\n", "empty list"),
        ("base_url: http://u:p@host\n", "no user name or password"),
        ("timeouts:\n  total: 0.0\n", "must be more than 0"),
        ("timeouts:\n  totl: 5.0\n", "did you mean 'total'"),
    ],
)
def test_wrong_fallbacks_and_limits_are_refused(tmp_path: Path, text: str, why: str) -> None:
    """The error names file and line and says what is allowed."""
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "a.yaml").write_text(f"persona: analyst\n{text}")
    with pytest.raises(ConfigError, match=rf"a\.yaml:\d+.*{why}"):
        Project.find(tmp_path).agent_file("a")


def test_a_report_through_a_fallback_is_complete(folder: Path, tmp_path: Path) -> None:
    """The run has no gap, and the record of each call says whom it stands in for."""
    project = tmp_path / "project"
    (project / "agents").mkdir(parents=True)
    for name, persona in (("analyst", "analyst"), ("data-collector", "data-collector-9000")):
        (project / "agents" / f"{name}.yaml").write_text(
            f"persona: {persona}\nmodel: ollama:cut\nfallbacks:\n  - model: ollama:small:1b\n"
        )
    with OllamaStandIn() as server:
        (project / "chimera.yaml").write_text(f"models:\n  hosts: ['{server.base_url}']\n")
        run = chimera.run("technical-report", folder, project=project)
    assert run.status == "complete"
    assert {call.fallback_for for call in run.calls if call.outcome is Outcome.OK} == {"ollama:cut"}


def test_the_report_says_who_answered(folder: Path, tmp_path: Path) -> None:
    """Models that differ have a column, the narrative names its writer, a warning the change."""
    project = tmp_path / "project"
    (project / "agents").mkdir(parents=True)
    (project / "agents" / "analyst.yaml").write_text(
        "persona: analyst\nmodel: ollama:busy\nfallbacks:\n  - model: ollama:small:1b\n"
    )
    (project / "agents" / "data-collector.yaml").write_text(
        "persona: data-collector-9000\nmodel: ollama:small:1b\n"
    )
    with OllamaStandIn() as server:
        (project / "chimera.yaml").write_text(f"models:\n  hosts: ['{server.base_url}']\n")
        run = chimera.run("technical-report", folder, project=project, clock=FakeClock())
    assert run.report is not None
    assert run.report.data.narrative.model == "ollama:small:1b"
    assert run.report.data.narrative.status == "written"
    assert "| Model |" in run.report.markdown
    assert run.report.data.verification.unsupported == 0
    assert [w for w in run.warnings if "analyst got no answer from ollama:busy (server_busy)" in w]


async def test_what_was_heard_of_a_failed_answer_is_taken_back() -> None:
    """Before the fallback speaks, listeners are told that the answer begins anew."""
    heard: list[str] = []
    session = Session(listener=lambda event: heard.append(event.facts.get("text", event.name)))
    with OllamaStandIn("One two.") as server, active(session):
        agent = _agent(server.base_url, "cut", Fallback(model="ollama:small"))
        await agent.ask("Well?")
    assert heard[heard.index("model.called") + 1 :] == [
        "warning", "model.asked", "model.restarted", "One", " two.", "model.called",
    ]  # fmt: skip
