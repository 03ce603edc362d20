"""A folder of more than a thousand bad and hostile files, collected as a whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from chimera.evidence import Evidence, FileEntry, Limits, collect
from chimera.evidence.document import NumberText
from chimera.evidence.jsontext import Loader
from chimera.evidence.scan import shown
from chimera.evidence.store import encode
from tests.evidence import hostile_folder, json_cases, naughty
from tests.evidence.oracle import check

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="names of bytes, pipes, sockets")
CAPS = {"file_bytes": 8 << 20, "archive_bytes": 24 << 20}
MEMORY = 3 << 30  # bytes of address space; the run itself needs a few hundred MB
SECONDS = 300  # of processor time; the run itself needs about ten
_RUN = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
resource.setrlimit(resource.RLIMIT_CPU, ({seconds}, {seconds}))
from chimera.evidence import Limits, collect
from chimera.evidence.store import encode
Path(sys.argv[2]).write_bytes(encode(collect(sys.argv[1], limits=Limits(**{caps}))))
"""


@dataclass(frozen=True)
class Collected:
    """The folder and what the collector makes of it."""

    root: Path
    evidence: Evidence

    def family(self, name: str) -> list[FileEntry]:
        """Return the entries below one sub-folder."""
        return [one for one in self.evidence.inventory.files if one.path.startswith(f"{name}/")]


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collected]:
    """The folder, built and collected once."""
    root = tmp_path_factory.mktemp("bad")
    hostile_folder.build(root)
    before = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("here"))
    yield Collected(root, collect(root, limits=Limits(**CAPS)))
    assert not list(Path.cwd().iterdir()), "something in the folder was run"
    os.chdir(before)


def test_the_evidence_keeps_every_promise(bad: Collected) -> None:
    """Statuses with reasons, printable lines, no absolute paths, and all of it can be stored."""
    assert len(bad.evidence.inventory.files) > 1000
    check(bad.evidence, bad.root)


def test_another_process_with_little_memory_finds_the_same(bad: Collected, tmp_path: Path) -> None:
    """Bounded in memory and time, and not depending on the process, its hashes or its folder."""
    code = _RUN.format(memory=MEMORY, seconds=SECONDS, caps=CAPS)
    source = str(Path(collect.__code__.co_filename).parents[2])
    path = os.pathsep.join([source, os.environ.get("PYTHONPATH", "")])
    subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(bad.root), str(tmp_path / "evidence")],
        check=True,
        env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "1", "LC_ALL": "C"},
        cwd=tmp_path,
    )
    assert (tmp_path / "evidence").read_bytes() == encode(bad.evidence)


def test_every_entry_that_is_not_hidden_is_in_the_inventory(bad: Collected) -> None:
    """Whatever its name and nature; what lies too deep or is hidden is named or counted."""
    found = {entry.path for entry in bad.evidence.inventory.files}
    for folder, _, names in os.walk(bad.root):
        inner = Path(folder).relative_to(bad.root)
        if len(inner.parts) > 60 or "long" in str(inner)[:12] or "long" * 60 in str(inner):
            continue
        for name in names:
            path = "/".join(map(shown, [*inner.parts, name]))
            hidden = name.startswith(".") or path.startswith("folder/report.json/report")
            assert hidden or path in found or path == "special/report.json", path


def test_folders_that_are_too_deep_are_named(bad: Collected) -> None:
    """By their path, or what there is room for of it, and with the reason."""
    inventory = bad.evidence.inventory
    assert any("folders deeper than 64" in hit for hit in inventory.limits)
    assert any(problem.endswith("file name too long") for problem in inventory.problems)


def test_valid_json_has_the_values_of_the_standard_library() -> None:
    """About a hundred texts; numbers keep their spelling."""
    for text in json_cases.valid():
        mine = Loader().load(text)
        assert mine == json.loads(text, parse_float=NumberText), text


def test_valid_json_is_read_as_json(bad: Collected) -> None:
    """Each file, with nothing to complain of but what is said of every deep one."""
    entries = bad.family("json-valid")
    assert len(entries) == len(json_cases.valid())
    for entry in entries:
        assert entry.status == "duplicate" or entry.format == "json", entry
        odd = [
            p for p in entry.problems if not p.startswith(("nested deeper", "keys longer", "same"))
        ]
        assert odd == [], entry


def test_invalid_json_never_passes_without_a_word(bad: Collected) -> None:
    """Each of two hundred files fails, is skipped, or is read as something else and says so."""
    entries = bad.family("json-invalid")
    assert len(entries) == len(json_cases.invalid())
    assert [entry for entry in entries if not entry.problems] == []
    assert [entry for entry in entries if entry.status == "read" and entry.format == "json"] == []


def test_links_are_listed_and_not_followed(bad: Collected) -> None:
    """To themselves, in circles, in chains, to nothing, to devices and out of the folder."""
    entries = bad.family("link")
    assert len(entries) > 45
    assert {(e.status, *e.problems) for e in entries} == {
        ("skipped", "symbolic link, not followed")
    }


def test_pipes_and_sockets_are_listed_and_not_opened(bad: Collected) -> None:
    """Nothing waits for them."""
    entries = {e.path: e for e in bad.family("special")}
    for name in ("pipe.csv", "report.json", "socket.csv"):
        assert entries[f"special/{name}"].problems == ["not a regular file"]


def test_a_sparse_gigabyte_is_read_up_to_the_cap(bad: Collected) -> None:
    """Its size is told as it is."""
    entry = next(e for e in bad.family("special") if e.path.endswith("sparse.csv"))
    assert entry.bytes == 1 << 30
    assert entry.problems[0] == f"only the first {8 << 20} of {1 << 30} bytes were read"


def test_bombs_are_unpacked_up_to_the_cap(bad: Collected) -> None:
    """Streams to the cap of a file, archives to theirs."""
    bombs = [e for e in bad.family("packed") if "bomb" in e.path]
    capped = [e.path for e in bombs if "only the first 8388608" in str(e.problems)]
    assert len(capped) >= 5
    assert any("more than 25165824 bytes unpacked" in hit for hit in bad.evidence.inventory.limits)


def test_names_are_kept_as_they_are(bad: Collected) -> None:
    """Printable ones letter for letter, the others with their controls spelt out."""
    names = {entry.path.removeprefix("name/") for entry in bad.family("name")}
    kept = [text for _, text in naughty.texts() if shown(text) in names]
    assert len(kept) > 380
    assert {"caf\\xe9.csv", "\\xff.csv"} <= names


def test_cells_are_kept_as_they_are(bad: Collected) -> None:
    """A label is what the file says, whatever it says."""
    first = {t.path: t for t in reversed(bad.evidence.tables) if t.path.startswith("value/")}
    for number, text in enumerate(hostile_folder.values()):
        table = first.get(f"value/{number:03}.json")
        if table is not None and "name" in table.labels:
            assert table.labels["name"][0] in {text, ""}, text
    assert len(first) > 400


def test_instructions_in_artifacts_are_text(bad: Collected) -> None:
    """They change neither what is read of the file nor its status."""
    cells = [e for e in bad.family("order") if e.path.endswith("-cell.csv")]
    assert {(e.status, e.tables, e.measurements) for e in cells} == {("read", 1, 2)}


def test_databases_with_flipped_bytes_are_read_or_say_why(bad: Collected) -> None:
    """And an endless view is never asked."""
    entries = bad.family("database")
    assert entries[-2].path == "database/runs.db" or len(entries) > 10
    assert all(e.status in {"read", "failed", "duplicate"} for e in entries)
