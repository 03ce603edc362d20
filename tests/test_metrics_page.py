"""docs/metrics.md has a row for every field that is measured, and none for another."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from chimera.models import spans
from chimera.models.records import CallRecord, Receipt
from chimera.progress import EVERY
from chimera.report.document import Metrics

PAGE = (Path(__file__).parents[1] / "docs" / "metrics.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[str]:
    """Return the names in the first column of the tables under a heading."""
    part = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `([^`]+)` \|", part, re.MULTILINE)


@pytest.mark.parametrize(
    ("heading", "model"),
    [
        ("Fields of a call record", CallRecord),
        ("Fields of a receipt", Receipt),
        ("Fields of `metrics` in a report", Metrics),
    ],
)
def test_every_field_has_its_row(heading: str, model: type[BaseModel]) -> None:
    """Fields and rows are the same, in the same order."""
    assert rows(heading) == list(model.model_fields)


def test_every_instrument_has_its_row() -> None:
    """The metrics named are those that are made."""
    source = Path(spans.__file__).read_text(encoding="utf-8")
    made = {f"gen_ai.client{name}" for name in re.findall(r"\{client\}([\w.]+)", source)}
    assert len(made) == len(spans._Instruments.__dataclass_fields__)
    assert set(rows("OpenTelemetry")) == made


def test_numbers_of_the_page_are_those_of_the_code() -> None:
    """How often progress is told stands in the page as it is."""
    assert f"every {EVERY}th piece" in PAGE


def test_sources_are_fields_of_ollamas_answer() -> None:
    """Each field named of the server's last line was recorded, or has its version named."""
    recorded = (
        Path(__file__).parent / "data" / "ollama-wire" / "20-chat-stream" / "response.http"
    ).read_text(encoding="utf-8")
    told = set(re.findall(r"`((?:\w+_)+(?:duration|count))`", PAGE))
    assert told == set(re.findall(r'"((?:\w+_)+(?:duration|count))"', recorded)) | {
        "prompt_eval_cached_count"
    }
    assert re.search(r"prompt_eval_cached_count.*told from 0\.33\.3 on, null before", PAGE)
