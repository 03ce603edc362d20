"""What tests of the analysis share: small files in, an analysis out."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from chimera.analysis.result import Analysis
from chimera.analysis.stage import analyse
from chimera.evidence import collect

Analyse = Callable[[Mapping[str, str]], Analysis]


@pytest.fixture
def analysed(tmp_path: Path) -> Analyse:
    """Write files into a folder and return what the numbers in it say."""

    def make(files: Mapping[str, str]) -> Analysis:
        root = tmp_path / "bench"
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return analyse(collect(root))[0]

    return make
