"""`report.json` as others rely on it: keys, schema, determinism."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest

import chimera
from chimera.report.document import json_schema

KEYS: dict[str, str] = {
    "": "schema run inventory facts claims refusals recommendations narrative verification "
    "timings calls metrics",
    "run": "id graph started_at finished_at status chimera_version agents",
    "run.agents.0": "name persona model options",
    "inventory": "root files_total bytes_total kinds files gaps",
    "inventory.kinds.csv": "count latest_modified",
    "inventory.files.0": "path kind format bytes modified sha256 status problems",
    "facts.0": "id metric statistic value unit direction n scope formula sources",
    "facts.0.sources.0": "path locator",
    "claims.0": "id type strength text facts",
    "refusals.0": "id reason needs facts",
    "recommendations.0": "text claims",
    "narrative": "status model dropped brief",
    "verification": "numbers supported unsupported",
    "timings": "ingest analysis report total",
    "timings.total": "seconds model_seconds",
    "metrics": "calls throughput_tok_s ttft_ms total_ms tokens_generated prompt_eval_ms eval_ms "
    "load_ms",
}
CALL = (
    "id stage agent model outcome attempts wait_ms load_ms prefill_ms decode_ms ttft_ms total_ms "
    "prompt_tokens output_tokens tokens_per_s num_ctx receipt"
)


def at(document: Any, place: str) -> Any:
    """Return what stands at a dotted place of plain data."""
    for part in filter(None, place.split(".")):
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document


@pytest.mark.parametrize("place", KEYS)
def test_keys_of_the_contract_are_there(bench: Path, make: Any, place: str) -> None:
    """Every key of the contract exists where it should."""
    assert set(KEYS[place].split()) <= set(at(make(bench).document, place))


def test_keys_of_a_call_are_there(bench: Path, make: Any) -> None:
    """A model call has every key of the contract, whatever became of it."""
    document = make(bench, model="ollama:x", base_url="http://127.0.0.1:9").document
    assert set(CALL.split()) <= set(document["calls"][0])


@pytest.mark.parametrize("model", ["none", "ollama:x"])
def test_report_fits_its_schema(bench: Path, make: Any, model: str) -> None:
    """`report.json` validates against the JSON Schema that is shipped, Draft 2020-12."""
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    document = make(bench, model=model, base_url="http://127.0.0.1:9").document
    jsonschema.Draft202012Validator(schema).validate(document)


def test_schema_refuses_unknown_keys(bench: Path, make: Any) -> None:
    """The schema would notice a key that the contract does not have."""
    document = {**make(bench).document, "surprise": 1}
    with pytest.raises(jsonschema.ValidationError, match="surprise"):
        jsonschema.Draft202012Validator(json_schema()).validate(document)


def test_same_input_same_bytes(bench: Path, make: Any, tmp_path: Path) -> None:
    """Two runs with one clock and one id write the same bytes."""
    for name in ("one", "two"):
        make(bench, out=tmp_path / name)
    for file in ("report.md", "report.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_empty_folder_has_a_report(tmp_path: Path, make: Any) -> None:
    """A folder without files ends in a report that says so, and what is missing."""
    (tmp_path / "nothing").mkdir()
    report = make(tmp_path / "nothing")
    assert report.status == "partial"
    assert "nothing to read in" in report.markdown
    assert "Coverage: 0 files (0 bytes)" in report.markdown


def test_unknown_metrics_are_left_out(folder: Path) -> None:
    """A call that nobody answered has a row, and no line says unknown with a unit."""
    settings = {"model": "ollama:x", "base_url": "http://127.0.0.1:9"}
    report = chimera.run("technical-report", folder, **settings).report  # type: ignore[arg-type]
    assert report is not None
    text = report.markdown.partition("## Model metrics")[2].partition("## Personas")[0]
    assert "- Calls: 1" in text
    assert "unknown tok/s" not in text
