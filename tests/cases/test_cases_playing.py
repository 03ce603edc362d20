"""Persona tests are answered along the way of every call, from a recording or by a model."""

import json
from pathlib import Path

import pytest

from chimera.cases.sitting import Wish, run
from chimera.cases.wording import reasons
from chimera.errors import ChimeraError, ConfigError, SetupError
from chimera.project import Project
from chimera.session import ModelChoice
from chimera.testing import ScriptedModel
from tests.cases.conftest import GOOD, PERSONA, Write, case, results

BAD = "This claim has no support at all."


def live(*answers: str, accept: bool = False) -> Wish:
    """Return the wish to ask a model that gives these answers, and to keep them."""
    choice = ModelChoice(model=ScriptedModel(answers=list(answers)))
    return Wish(live=True, record=True, accept=accept, choice=choice)


def change(project: Project, old: str, new: str) -> None:
    """Change the persona."""
    (project.root / "personas" / "skeptic.yaml").write_text(PERSONA.replace(old, new))


def recording(project: Project) -> Path:
    """Return the file of recorded answers."""
    return project.root / "personas" / "tests" / "recorded" / "skeptic.json"


def test_good_answer_passes(project: Project, write: Write) -> None:
    """An answer that keeps rules and expectations passes without a model."""
    write(case(mentions=["claim"]))
    (verdict,) = results(project).verdicts
    assert (verdict.status, verdict.answer, verdict.line) == ("passed", GOOD, 3)
    assert verdict.model == "written by hand"


def test_broken_rule_fails(project: Project, write: Write) -> None:
    """The persona's own rules are checked without being asked for."""
    write(case(BAD))
    (verdict,) = results(project).verdicts
    assert verdict.status == "failed"
    assert verdict.problems == ("breaks the persona's rules: must mention 'evidence'",)


def test_missed_expectation_fails(project: Project, write: Write) -> None:
    """What the case expects beyond the rules is checked too."""
    write(case(mentions=["slow"]))
    (verdict,) = results(project).verdicts
    assert verdict.problems == ("does not mention 'slow'",)


@pytest.mark.parametrize(("answer", "passes"), [(BAD, True), (GOOD, False)])
def test_rules_themselves_can_be_tested(
    project: Project, write: Write, answer: str, passes: bool
) -> None:
    """A case may want the rules to refuse an answer, and fails where they do not."""
    write(case(answer, rules="broken"))
    assert results(project).passed == passes


def test_test_of_the_rules_is_not_asked_live(project: Project, write: Write) -> None:
    """An answer that the rules have to refuse is judged as written: a good model gives none."""
    write(case(BAD, rules="broken"))
    (verdict,) = results(project, live(GOOD)).verdicts
    assert (verdict.status, verdict.model) == ("passed", "written by hand")


def test_case_without_an_answer_does_not_pass(project: Project, write: Write) -> None:
    """What nobody has answered is said, not passed."""
    write(case(None))
    result = results(project)
    assert result.verdicts[0].status == "unanswered"
    assert result.summary == "1 case: 1 unanswered"


def test_live_answer_is_recorded_and_replayed(project: Project, write: Write) -> None:
    """An answer once recorded is played again, without a model, with who gave it."""
    write(case(None))
    assert results(project, live(GOOD)).passed
    (verdict,) = results(project).verdicts
    assert (verdict.status, verdict.answer) == ("passed", GOOD)
    assert verdict.model == "scripted:ScriptedModel"


def test_recording_holds_no_paths_and_a_date(project: Project, write: Write) -> None:
    """What is kept is answer, hashes, model and date."""
    write(case(None))
    results(project, live(GOOD))
    text = recording(project).read_text()
    kept = json.loads(text)["answers"]["one"]
    assert set(kept) == {"model", "recorded", "persona", "said"}
    assert len(kept["recorded"]) == len("2026-01-01")
    assert str(project.root) not in text


def test_repair_is_recorded_and_replayed(project: Project, write: Write) -> None:
    """A first answer that broke a rule is complained about in the replay as it was live."""
    write(case(None))
    assert results(project, live(BAD, GOOD)).passed
    (verdict,) = results(project).verdicts
    assert (verdict.status, verdict.answer, verdict.repaired) == ("passed", GOOD, True)


def test_failing_live_answer_fails_in_the_replay_too(project: Project, write: Write) -> None:
    """A recording of a bad answer is no good answer."""
    write(case(None))
    assert not results(project, live(BAD, BAD)).passed
    assert results(project).verdicts[0].status == "failed"


def test_answer_to_another_prompt_is_stale(project: Project, write: Write) -> None:
    """A recorded answer does not pass once the question is another."""
    path = write(case(None))
    results(project, live(GOOD))
    path.write_text(path.read_text().replace("It is fast.", "It is slow."))
    (verdict,) = results(project).verdicts
    assert verdict.status == "stale"
    assert "record again" in verdict.problems[0]


def test_remedy_for_a_meant_change_records_what_is_stale(project: Project, write: Write) -> None:
    """A stale answer cannot be accepted, so that the remedy asks for a new one."""
    write(case(None))
    results(project, live(GOOD))
    results(project, Wish(accept=True))
    change(project, "You are brief.", "You are kind.")
    (verdict,) = results(project).verdicts
    remedy = "  where that is meant: chimera test skeptic --live --record --accept"
    assert (verdict.status, remedy in reasons(verdict)) == ("stale", True)


def test_recording_forgets_cases_that_are_gone(project: Project, write: Write) -> None:
    """Recording keeps the answers of the cases there are."""
    path = write(case(None))
    results(project, live(GOOD))
    path.write_text(path.read_text().replace("name: one", "name: two"))
    results(project, live(GOOD))
    assert [*json.loads(recording(project).read_text())["answers"]] == ["two"]


def test_agent_answers_by_its_output_contract(project: Project, write: Write) -> None:
    """A case of an agent reads its answer as the agent would."""
    good = case('{"num_ctx": 4096}', rules="broken", fields={"num_ctx": 4096})
    write(good.replace("persona: skeptic", "agent: judge"))
    assert results(project).passed
    write(case('{"num_ctx": "x"}').replace("persona: skeptic", "agent: judge"))
    (verdict,) = results(project).verdicts
    assert verdict.problems[0].startswith("does not fit the output contract: num_ctx")


def test_agent_with_tools_is_refused(project: Project, write: Write) -> None:
    """A replay must not run tools for real."""
    agent = "persona: skeptic\ntools: [tests.agents.desk:add]\n"
    (project.root / "agents" / "judge.yaml").write_text(agent)
    write(case().replace("persona: skeptic", "agent: judge"))
    with pytest.raises(ConfigError, match=r"skeptic.yaml:1: agent 'judge' calls tools"):
        results(project)


def test_agent_with_a_memory_is_asked_without_it(project: Project, write: Write) -> None:
    """A case has no past, and no graph whose store could hold one."""
    agent = "persona: skeptic\nmemory: {per: user_id}\n"
    (project.root / "agents" / "judge.yaml").write_text(agent)
    write(case().replace("persona: skeptic", "agent: judge"))
    assert results(project).passed


def test_nothing_is_asked_where_a_question_cannot_be_read(project: Project, write: Write) -> None:
    """A missing file of any case is told before the first case is heard."""
    write(case(), "first")
    lost = "persona: skeptic\ncases:\n  - {name: one, input_file: lost.txt, answer: x}\n"
    write(lost, "second")
    heard: list[object] = []
    with pytest.raises(ConfigError, match=r"second.yaml:3: input_file 'lost.txt' cannot be read"):
        run(project, heard=heard.append)
    assert heard == []


def test_changed_persona_is_drift(project: Project, write: Write) -> None:
    """A persona that is not the accepted one is told field by field, and does not pass."""
    write(case())
    assert results(project, Wish(accept=True)).accepted == ("skeptic",)
    assert results(project).passed
    change(project, "max_words: 12", "max_words: 20")
    change_of_rules = results(project).verdicts[0]
    assert change_of_rules.status == "drifted"
    assert change_of_rules.drift == ("rules.max_words: 12 → 20",)
    change(project, "You are brief.", "You are kind.")
    assert results(project).verdicts[0].drift == (
        "instructions:",
        "  - You are brief.",
        "  + You are kind.",
    )


def test_accepting_writes_one_line(project: Project, write: Write) -> None:
    """Comments and all else of the file stay as they are."""
    path = write("# mine\n" + case() + "# end\n")
    before = path.read_text().splitlines()
    results(project, Wish(accept=True))
    after = path.read_text().splitlines()
    assert after[2] == f"accepted: {project.persona('skeptic').hash}"
    assert [*after[:2], *after[3:]] == before
    change(project, "brief", "short")
    assert results(project, Wish(accept=True)).passed
    assert len(path.read_text().splitlines()) == len(after)
    assert results(project).passed


def test_accepted_persona_is_not_accepted_again(project: Project, write: Write) -> None:
    """Accepting what is accepted changes no file and says nothing."""
    path = write(case())
    results(project, Wish(accept=True))
    before = [path.stat().st_mtime_ns, recording(project).stat().st_mtime_ns]
    assert results(project, Wish(accept=True)).accepted == ()
    assert [path.stat().st_mtime_ns, recording(project).stat().st_mtime_ns] == before


def test_what_fails_is_not_accepted(project: Project, write: Write) -> None:
    """A persona is accepted where its cases pass."""
    path = write(case(BAD))
    before = path.read_text()
    result = results(project, Wish(accept=True))
    assert (result.accepted, result.passed) == ((), False)
    assert path.read_text() == before


def test_file_that_has_no_place_for_the_line_is_left_alone(project: Project, write: Write) -> None:
    """A file in flow style is not broken by accepting."""
    text = '{"persona": "skeptic", "cases": [{"name": "a", "input": "b", "answer": "evidence"}]}'
    path = write(text)
    with pytest.raises(SetupError, match="no place is found for the line; write 'accepted: "):
        results(project, Wish(accept=True))
    assert path.read_text() == text


def test_drift_without_the_accepted_persona_is_still_drift(project: Project, write: Write) -> None:
    """Where the recording is lost, drift is seen by the hash."""
    write("accepted: " + "a" * 64 + "\n" + case())
    (verdict,) = results(project).verdicts
    assert verdict.status == "drifted"
    assert "cannot be told" in verdict.drift[0]


def test_variables_have_values_in_the_tests(project: Project, write: Write) -> None:
    """The persona speaks with the values the file gives, which its hash covers."""
    change(project, "title: reviewer", "title: reviewer for {{ who }}\nvariables: {who: {}}")
    write("variables: {who: managers}\n" + case())
    assert results(project, Wish(accept=True)).passed
    write((project.root / "personas/tests/skeptic.yaml").read_text().replace("managers", "all"))
    (verdict,) = results(project).verdicts
    assert verdict.drift == ('title: "reviewer for managers" → "reviewer for all"',)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        (
            "{}",
            r"skeptic.yaml:2: persona: 'Skeptic' needs values for who: give them under variables",
        ),
        ("{who: a, whom: b}", r"skeptic.yaml:1: .*no such variable; did you mean 'who'"),
        ("{who: 3}", r"skeptic.yaml:1: .*must be a text, not 3"),
    ],
)
def test_wrong_values_are_problems_of_their_line(
    project: Project, write: Write, variables: str, message: str
) -> None:
    """A value that is missing, unknown or of the wrong type is told before anything is asked."""
    change(project, "title: reviewer", "title: reviewer for {{ who }}\nvariables: {who: {}}")
    write(f"variables: {variables}\n" + case())
    with pytest.raises(ConfigError, match=message):
        results(project)


def test_unknown_persona_is_a_problem_of_its_line(project: Project, write: Write) -> None:
    """A file that names no persona there is says so with line and nearest name."""
    write(case().replace("persona: skeptic", "persona: skeptik"))
    with pytest.raises(ConfigError, match=r"skeptic.yaml:1: .*'skeptik'; did you mean 'skeptic'"):
        results(project)


@pytest.mark.parametrize("text", ["{", "[]", '{"format": "x"}', '{"answers": {"one": {}}}'])
def test_broken_recording_is_named(project: Project, write: Write, text: str) -> None:
    """A recording that cannot be read is a problem of that file."""
    write(case())
    recording(project).parent.mkdir()
    recording(project).write_text(text)
    with pytest.raises(ConfigError, match=r"skeptic.json: .*record again, or remove it"):
        results(project)


def test_too_long_an_answer_is_not_recorded(project: Project, write: Write) -> None:
    """A recording stays small enough to be read again."""
    write(case(None))
    long = " ".join(f"w{number}" for number in range(20_000))
    assert not results(project, live(long, long)).passed
    assert json.loads(recording(project).read_text())["answers"] == {}


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"record": True}, "say --live --record"),
        ({"choice": ModelChoice(model="ollama:x")}, "say --live, or name no model"),
    ],
)
def test_wishes_that_contradict_are_refused(wish: dict[str, object], message: str) -> None:
    """What would have no effect is an error."""
    with pytest.raises(SetupError, match=message):
        Wish(**wish)  # type: ignore[arg-type]


def test_live_test_needs_a_model(project: Project, write: Write) -> None:
    """Live without a model is refused before anything is asked."""
    write(case())
    with pytest.raises(ChimeraError, match="needs a model"):
        results(project, Wish(live=True, choice=ModelChoice(model="none")))


def test_replay_opens_no_connection(
    project: Project, write: Write, connections: list[object]
) -> None:
    """Neither a server nor its catalogue is asked for recorded answers."""
    (project.root / "chimera.yaml").write_text("models:\n  hosts: [http://127.0.0.1:9]\n")
    write(case().replace("persona: skeptic", "agent: judge"))
    results(project)
    assert connections == []
