"""Personas in a report: which one spoke, and what their rules mean there."""

import json
from pathlib import Path
from typing import Any

import pytest

import chimera
from chimera import Persona
from chimera.project import KINDS
from chimera.testing import ScriptedModel

LEAD = "Throughput by model is what decides how long people wait for the answer."


def project(root: Path, rules: dict[str, Any]) -> Path:
    """Write a project whose personas extend the bundled ones, with rules of their own."""
    for kind in KINDS:
        (root / kind).mkdir()
    for name in ("analyst", "data-collector-9000"):
        child = json.dumps({"extends": name, "version": 2.50, "rules": rules})
        (root / "personas" / f"{name}.yaml").write_text(child)
    return root


def test_report_names_version_and_content(examples: Path, tmp_path: Path) -> None:
    """Version and hash of each persona stand in the run, in report.json and in the text."""
    own = project(tmp_path, {})
    run = chimera.run("technical-report", examples, model="none", project=own)
    persona = Persona.load(own / "personas" / "analyst.yaml")
    (found,) = [one for one in run.agents if one.name == "analyst"]
    assert (found.persona_version, found.persona_hash) == ("2.5", persona.hash)
    assert run.report is not None
    (card,) = [one for one in run.report.data.run.agents if one.name == "analyst"]
    assert (card.persona_version, card.persona_hash) == ("2.5", persona.hash)
    assert f"Version `2.5`, content `{persona.hash[:12]}…`." in run.report.markdown


def test_verifier_knows_the_personas(examples: Path) -> None:
    """Another version or hash in the text is found."""
    from chimera.verify.text import Verifier

    report = chimera.run("technical-report", examples, model="none").report
    assert report is not None
    verifier = Verifier(report.data.model_dump(mode="json", by_alias=True))
    assert verifier.check(report.markdown).unsupported == ()
    shown = next(one for one in report.data.run.agents if one.name == "analyst").persona_hash
    assert shown is not None
    for right, wrong in ((shown[:12], "0" * 12), ("Version `1`", "Version `2`")):
        found = verifier.check(report.markdown.replace(right, wrong)).unsupported
        assert len({one.line for one in found}) == report.markdown.count(right)


def test_any_rules_leave_the_report_its_sentences(examples: Path, tmp_path: Path) -> None:
    """Rules of form, citations and sentences are of free text; slots of the report go by others."""
    rules = {"format": "prose", "min_sentences": 9, "cites": "sentence", "min_words": 200}
    own = project(tmp_path, rules)
    plain = chimera.run("technical-report", examples, model="none").report
    assert plain is not None
    finding = next(one.id for one in plain.data.claims if one.type == "rank")
    leads = {"leads": [{"claim": finding, "lead": LEAD}], "links": []}
    said = {"`leads`": json.dumps(leads), "`bullets`": "{}", "`order`": "{}"}
    model = ScriptedModel(answers=said)
    report = chimera.run("technical-report", examples, model=model, project=own).report
    assert report is not None
    assert report.data.narrative.leads == {finding: LEAD}
    assert "Cite in each sentence" in model.prompts[0]


@pytest.mark.parametrize("rules", [{"must_mention": ["elephants"]}, {"language": "de"}])
def test_rules_of_words_hold_in_slots(
    examples: Path, tmp_path: Path, rules: dict[str, Any]
) -> None:
    """A sentence that breaks a rule of words or language is on no page."""
    own = project(tmp_path, rules)
    plain = chimera.run("technical-report", examples, model="none").report
    assert plain is not None
    finding = next(one.id for one in plain.data.claims if one.type == "rank")
    leads = {"leads": [{"claim": finding, "lead": LEAD}], "links": []}
    said = {"`leads`": json.dumps(leads), "`bullets`": "{}", "`order`": "{}"}
    model = ScriptedModel(answers=said)
    report = chimera.run("technical-report", examples, model=model, project=own).report
    assert report is not None
    assert report.data.narrative.leads == {}
