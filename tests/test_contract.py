"""The contract `chimera.report/1`: the schema that is shipped is the one that is written."""

import json
from pathlib import Path

import chimera
from chimera.report.document import json_schema

SHIPPED = Path(chimera.__file__).parent / "report" / "report-1.schema.json"
FIXED = {
    "": "schema run inventory facts claims refusals recommendations narrative verification"
    " timings calls metrics",
    "RunCard": "id graph started_at finished_at status chimera_version agents",
    "AgentCard": "name persona model options",
    "Inventory": "root files_total bytes_total kinds files gaps",
    "KindCount": "count latest_modified",
    "FileEntry": "path kind format bytes modified sha256 status problems",
    "Fact": "id metric statistic value unit direction n scope formula sources",
    "Source": "path locator",
    "Claim": "id type strength text facts",
    "Refusal": "id reason needs facts",
    "Recommendation": "text claims",
    "Narrative": "status model dropped brief",
    "VerificationCard": "numbers supported unsupported",
    "StageTiming": "seconds model_seconds",
    "CallRecord": "id stage agent model outcome attempts wait_ms load_ms prefill_ms decode_ms"
    " ttft_ms total_ms prompt_tokens output_tokens tokens_per_s num_ctx receipt",
    "Metrics": "calls throughput_tok_s ttft_ms total_ms tokens_generated prompt_eval_ms eval_ms"
    " load_ms",
}


def test_shipped_schema_is_the_current_one() -> None:
    """The JSON Schema in the package is what the code writes; a change needs a new file."""
    assert json.loads(SHIPPED.read_text()) == json_schema()


def test_fixed_keys_are_there() -> None:
    """Every key of the contract is in the schema, under its name."""
    schema = json_schema()
    for name, keys in FIXED.items():
        part = schema["$defs"][name] if name else schema
        assert set(keys.split()) <= set(part["properties"]), name
