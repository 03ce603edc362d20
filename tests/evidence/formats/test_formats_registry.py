"""The registry: packages add formats, and of two that fit alike neither is believed.

`CHIMERA_UPDATE_GOLDEN=1 pytest` with this file lists the hints anew.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chimera.errors import ConfigError
from chimera.evidence import Evidence
from chimera.evidence.formats import link, registry

Written = Callable[..., Evidence]
MODULE = """
import re
from chimera.evidence.formats import Console, Measure, Row, Rows, by_lines, cell

NAME = "{name}"
READS = frozenset({{"console"}})
HINTS = frozenset({{"my-timer:"}})
_LINE = re.compile(r"^my-timer: (\\S+) took (\\d+) ms$", re.MULTILINE)
_TYPICAL = re.compile(r"{typical}")


def probe(sample):
    return by_lines(sample, needs=(_LINE,), typical=(_TYPICAL,))


def parse(sample):
    rows = Rows("", {{"took": Measure("duration", "ms", "lower")}})
    for index, match in sample.matches(_LINE):
        cells = {{"took": cell(index, match, 2)}}
        rows.rows.append(Row(str(index + 1), {{"step": match[1]}}, {{}}, cells))
    return [rows]
"""
TEXT = "my-timer: load took 12 ms\nmy-timer: save took 15 ms\n"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Install a package with formats, each of a name and a pattern that is typical of it."""
    site = tmp_path / "site"
    info = site / "my_formats-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-formats\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(str(site))

    def install(*formats: tuple[str, str]) -> None:
        points = []
        for number, (name, typical) in enumerate(formats):
            module = f"my_timer_{number}"
            (site / f"{module}.py").write_text(MODULE.format(name=name, typical=typical))
            points.append(f"{module} = {module}")
        (info / "entry_points.txt").write_text("[chimera.formats]\n" + "\n".join(points) + "\n")
        forget()

    yield install
    monkeypatch.undo()
    forget()
    for name in [name for name in sys.modules if re.match("my_timer_", name)]:
        del sys.modules[name]


def forget() -> None:
    """Let the registry look anew."""
    for module in (registry, link):
        for one in vars(module).values():
            if hasattr(one, "cache_clear"):
                one.cache_clear()


def test_a_package_adds_a_format(package: Callable[..., None], written: Written) -> None:
    """By an entry point; nothing of ours is touched."""
    package(("my-timer", "took"))
    evidence = written(TEXT)
    assert evidence.inventory.files[0].recognised[0].format == "my-timer"
    assert evidence.tables[0].series[0].values == (12.0, 15.0)


def test_of_two_that_fit_alike_neither_is_believed(
    package: Callable[..., None], written: Written
) -> None:
    """Both are named."""
    package(("one-timer", "took"), ("other-timer", "load"))
    evidence = written(TEXT)
    entry = evidence.inventory.files[0]
    assert evidence.tables == ()
    assert [(one.format, one.believed) for one in entry.recognised] == [
        ("one-timer", False),
        ("other-timer", False),
    ]
    assert "one-timer (1.00) and other-timer (1.00) fit alike" in str(entry.problems)


def test_the_better_of_two_is_believed(package: Callable[..., None], written: Written) -> None:
    """Where it is better by more than ten per cent."""
    package(("one-timer", "took"), ("other-timer", "nowhere"))
    assert [one.format for one in written(TEXT).inventory.files[0].recognised] == ["one-timer"]


@pytest.mark.parametrize("name", ["wrk", "vllm-serve"])
def test_a_name_that_is_taken_is_refused(package: Callable[..., None], name: str) -> None:
    """A package cannot replace a format of ours unseen."""
    package((name, "took"))
    with pytest.raises(ConfigError, match="not taken yet"):
        registry.formats()


def test_the_listed_hints_are_those_of_the_modules() -> None:
    """They only spare imports: what a format says in its module is what counts."""
    listed = Path(str(registry.__file__)).with_name(registry.LISTED)
    found = {
        name: {
            "module": registry.hints()[name].module,
            "reads": sorted(one.READS),
            "hints": sorted(one.HINTS),
        }
        for name, one in sorted(registry.formats().items())
        if registry.hints()[name].module
    }
    made = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("CHIMERA_UPDATE_GOLDEN"):
        listed.write_text(made, encoding="utf-8")
        pytest.skip("the hints were listed anew")
    assert listed.read_text(encoding="utf-8") == made


def test_only_formats_that_may_fit_are_imported(tmp_path: Path) -> None:
    """Most folders hold the output of a few tools."""
    (tmp_path / "a.json").write_text('{"latency": 1.5}')
    code = (
        "import sys; from chimera.evidence import collect; collect(sys.argv[1]);"
        "print([name for name in sys.modules if name.startswith('chimera.evidence.formats.v')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
