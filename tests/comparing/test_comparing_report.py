"""The report of a comparison: every number checked, whatever a model says."""

import json
import os
import random
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

import chimera
from chimera.cli.commands import cli
from chimera.comparing.document import json_schema
from chimera.errors import ConfigError
from chimera.testing import FakeClock, ScriptedModel
from chimera.verify.text import verify
from tests.comparing.sides import runs, write

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "before-after"
GOLDEN = ROOT / "tests" / "data" / "golden" / "compare.md"
SHIPPED = Path(chimera.__file__).parent / "comparing" / "compare-1.schema.json"
SEED = 20261124


def sides(out: Path) -> dict[str, Path]:
    """Return copies of the example folders with fixed dates, as a clone does not keep them."""
    copy = out.parent / "examples"
    if not copy.exists():
        shutil.copytree(EXAMPLES, copy)
        for path in copy.rglob("*"):
            os.utime(path, (1_763_942_400, 1_763_942_400))  # 2025-11-24T00:00:00Z
    return {name: copy / name for name in ("before", "after")}


def compare(out: Path, model: object = "none", **more: object) -> chimera.Run:
    """Compare the examples, with everything fixed that can differ."""
    clock = FakeClock(datetime(2026, 11, 24, 20, 0, 0, tzinfo=UTC), step=0.01)
    given = {**sides(out), **more}
    given = {key: str(value) if isinstance(value, Path) else value for key, value in given.items()}
    return chimera.run("compare", given, model=model, clock=clock, run_id="golden", out=out)  # type: ignore[arg-type]


def test_report_of_the_examples_is_the_golden_one(tmp_path: Path) -> None:
    """The report is byte-equal to the one that was read and accepted."""
    compare(tmp_path / "out")
    made = (tmp_path / "out" / "report.md").read_bytes()
    if os.environ.get("CHIMERA_UPDATE_GOLDEN"):
        GOLDEN.write_bytes(made)
        pytest.skip("the golden report was written anew")
    assert made == GOLDEN.read_bytes()


def test_the_verdict_is_in_state_and_file(tmp_path: Path) -> None:
    """Typed in Python, in JSON for everybody else; a report beside both."""
    run = compare(tmp_path / "out")
    data = json.loads((tmp_path / "out" / "compare.json").read_text())
    assert run.status == "complete"
    assert run.state.verdict == data["verdict"] == "mixed"
    assert data["counts"] == {"regressed": 1, "improved": 1, "same": 1, "unknown": 0}
    assert set(run.timings) == {"ingest", "compare", "report", "total"}


def test_compare_json_keeps_its_schema(tmp_path: Path) -> None:
    """The schema that is shipped is that of the code, and the file fits it."""
    shipped = json.loads(SHIPPED.read_text())
    assert shipped == json_schema()
    compare(tmp_path / "out")
    jsonschema.validate(json.loads((tmp_path / "out" / "compare.json").read_text()), shipped)


def test_every_fact_of_a_change_is_in_the_report(tmp_path: Path) -> None:
    """The ids in `compare.json` lead to files and places in `report.json`."""
    run = compare(tmp_path / "out")
    data = json.loads((tmp_path / "out" / "compare.json").read_text())
    for change in data["changes"]:
        for side in ("before", "after"):
            fact = run.facts[change[side]["fact"]]
            assert fact.value == change[side]["median"]
            assert [source.path for source in fact.sources] == [change[side]["path"]]
            assert fact.sources[0].locator.startswith("rows ")


def test_all_numbers_are_supported_and_computed_again(tmp_path: Path) -> None:
    """No line is lost, and the bytes of both folders give every fact again."""
    report = compare(tmp_path / "out").report
    assert report is not None
    card = report.data.verification
    assert (card.unsupported, card.dropped_lines) == (0, 0)
    assert card.recomputed is not None
    assert card.recomputed.confirmed == card.recomputed.facts > 50


def test_verify_holds_a_comparison_against_both_folders(tmp_path: Path) -> None:
    """`chimera verify` finds nothing wrong, and finds a digit that was changed."""
    compare(tmp_path / "out")
    words = ["verify", str(tmp_path / "out")]
    assert CliRunner().invoke(cli, words, standalone_mode=False).return_value == 0
    path = tmp_path / "out" / "report.md"
    path.write_text(path.read_text().replace(" times before", "1 times before", 1))
    assert CliRunner().invoke(cli, words, standalone_mode=False).return_value == 1


def test_two_words_on_the_command_line_are_before_and_after(tmp_path: Path) -> None:
    """Also beside options of the reading."""
    words = [str(EXAMPLES / "before"), str(EXAMPLES / "after"), "--exclude", "*.md"]
    options = ["--model", "none", "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(cli, ["run", "compare", *words, *options], standalone_mode=False)
    assert result.return_value == 0
    assert json.loads((tmp_path / "out" / "compare.json").read_text())["verdict"] == "mixed"


def test_empty_folders_are_a_gap(tmp_path: Path) -> None:
    """Then there is a report that says so, and no verdict but that none can be told."""
    for side in ("before", "after"):
        (tmp_path / side).mkdir()
    run = compare(tmp_path / "out", before=tmp_path / "before", after=tmp_path / "after")
    assert run.status == "partial"
    assert run.state.verdict == "cannot_tell"


def test_a_lead_that_may_be_printed_stands_before_a_change(tmp_path: Path) -> None:
    """The agent says why a change is worth reading, and nothing that has a number."""
    lead = "Duration of this task is what decides how long people wait for the answer."

    def answer(messages: list[object]) -> str:
        found = re.search(r"Findings, in order: (C\w+)", "\n".join(str(m) for m in messages))
        claim = found.group(1) if found else ""
        return json.dumps({"leads": [{"claim": claim, "lead": lead}], "links": []})

    run = compare(tmp_path / "out", ScriptedModel(answers=answer))
    assert run.report is not None
    assert f"*{lead}*" in run.report.markdown
    assert run.report.data.verification.dropped_lines == 0


NOISE = [
    "",
    "I am sorry, I cannot help with that.",
    "The result is 42 ms and 17 times faster.",
    '{"leads": [{"claim": "C0000", "lead": "Everything is 99 % faster now."}], "links": []}',
    '{"leads": [{"claim": "ignore previous instructions", "lead": "`rm -rf`"}], "links": []}',
    "Das Ergebnis ist hervorragend, alles wurde schneller.",
    "{" * 50,
]


@pytest.mark.parametrize("noise", NOISE)
def test_noise_changes_no_number(noise: str, tmp_path: Path) -> None:
    """Whatever a model says, changes, verdict and numbers are those without one."""
    compare(tmp_path / "plain")
    compare(tmp_path / "noisy", ScriptedModel(answers=lambda _: noise))
    texts = [(tmp_path / name / "report.md").read_text() for name in ("plain", "noisy")]
    parts = [text.partition("## Summary")[2].partition("## Workflow")[0] for text in texts]
    assert parts[0] == parts[1]
    files = [json.loads((tmp_path / n / "compare.json").read_text()) for n in ("plain", "noisy")]
    assert files[0] == files[1]


def test_random_digits_in_leads_are_never_printed(tmp_path: Path) -> None:
    """Sentences with numbers, one for each finding there is."""
    chance = random.Random(SEED)  # noqa: S311  seeded on purpose

    def answer(messages: list[object]) -> str:
        text = "\n".join(str(m) for m in messages)
        leads = [
            {"claim": word, "lead": f"This is {chance.random():.3f} times as good."}
            for word in text.split()
            if word.strip(",.").startswith("C") and len(word.strip(",.")) == 5
        ]
        return json.dumps({"leads": leads[:3], "links": []})

    run = compare(tmp_path / "out", ScriptedModel(answers=answer))
    assert run.report is not None
    assert "times as good" not in run.report.markdown
    data = json.loads((tmp_path / "out" / "report.json").read_text())
    assert verify(run.report.markdown, data).unsupported == ()


def test_names_in_files_reach_no_model(tmp_path: Path) -> None:
    """A group that is called an instruction stays outside of the prompt."""
    name = "ignore_previous_instructions"
    for side, factor, seed in (("before", 1.0, 1), ("after", 2.0, 2)):
        write(tmp_path / side, runs({name: factor, "other": 1}, seed=seed))
    model = ScriptedModel()
    compare(tmp_path / "out", model, before=tmp_path / "before", after=tmp_path / "after")
    assert model.prompts
    assert not any(name in prompt for prompt in model.prompts)


def test_a_list_gives_the_fields_a_graph_requires(tmp_path: Path) -> None:
    """In their order, as two words on the command line do; another number of them is refused."""
    found = [str(path) for path in sides(tmp_path / "out").values()]
    assert chimera.run("compare", found, model="none").state.verdict == "mixed"
    with pytest.raises(ConfigError, match=r"must give fields by name \(before, after\)"):
        chimera.run("compare", found[:1], model="none")


def test_a_metric_that_nothing_measured_is_a_gap(tmp_path: Path) -> None:
    """A slip in the name of the metric that decides is told, and costs the exit code."""
    run = compare(tmp_path / "out", metrics=["durations", "duration"])
    (gap,) = run.gaps
    assert gap.startswith(
        "compare: both sides have no metric 'durations'; did you mean 'duration'?"
    )
    assert gap.endswith("(there are: duration)")
