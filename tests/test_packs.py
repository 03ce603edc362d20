"""Packs: what other packages bring, found without running their code."""

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from chimera import Project, packs
from chimera.agent import Agent
from chimera.errors import ConfigError, NotFoundError
from chimera.project import KINDS
from chimera.session import ModelChoice

SAMPLE = Path(__file__).parent / "pack"
PERSONA = "name: {}\ntitle: t\ninstructions: x\n"


def add(site: Path, package: str, **personas: str) -> Path:
    """Put a package with personas into a folder for packages, and name it as a pack."""
    folder = site / package
    (folder / "personas").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise SystemExit('a pack was run')\n")
    for name, text in personas.items():
        (folder / "personas" / f"{name}.yaml").write_text(text)
    declare(site, package, package)
    return folder


def declare(site: Path, name: str, value: str) -> None:
    """Write what an installer writes of a package with the entry point."""
    info = site / f"dist_{name}-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: dist-{name}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[{packs.GROUP}]\n{name} = {value}\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder from which packages are imported."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    return folder


@pytest.fixture
def own(tmp_path: Path) -> Project:
    """Return a project without content."""
    for kind in KINDS:
        (tmp_path / "own" / kind).mkdir(parents=True)
    return Project.find(tmp_path / "own")


def test_persona_of_a_pack_is_found(site: Path, own: Project) -> None:
    """What a pack brings is used by its name, with and without the pack's."""
    add(site, "first", poet=PERSONA.format("Poet"))
    assert own.persona("poet").name == "Poet"
    assert own.persona("first:Poet").name == "Poet"
    assert "poet" in own.names("personas")


def test_order_is_own_packs_bundled(site: Path, own: Project) -> None:
    """The project's file hides that of a pack, and that the bundled one."""
    root = add(site, "first", analyst=PERSONA.format("Theirs"))
    assert own.roots == [own.root, root, Project.bundled().root]
    assert own.persona("analyst").name == "Theirs"
    assert own.origin("personas", "analyst") == "first"
    (own.root / "personas" / "analyst.yaml").write_text(PERSONA.format("Mine"))
    assert own.persona("analyst").name == "Mine"
    assert own.origin("personas", "analyst") == "own"
    assert own.origin("agents", "analyst") == "bundled"


def test_own_names_do_without_packs(own: Project) -> None:
    """Nobody looks for packs as long as the project has what is asked for."""
    (own.root / "personas" / "mine.yaml").write_text(PERSONA.format("Mine"))
    code = (
        "import sys; from chimera.project import Project\n"
        f"Project.find({str(own.root)!r}).path('personas', 'mine')\n"
        "assert 'importlib.metadata' not in sys.modules, 'packs were read'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_packs_serve_where_there_is_no_project(site: Path) -> None:
    """Outside of projects a pack comes before the bundled content, too."""
    add(site, "first", analyst=PERSONA.format("Theirs"))
    assert Project.bundled().persona("analyst").name == "Theirs"


def test_name_of_two_packs_is_refused(site: Path, own: Project) -> None:
    """A name that two packs have must say which is meant; both can be said."""
    add(site, "first", poet=PERSONA.format("One"))
    add(site, "second", poet=PERSONA.format("Two"))
    with pytest.raises(ConfigError, match=r"2 packs .*write 'first:poet' or 'second:poet'"):
        own.persona("poet")
    assert own.persona("second:poet").name == "Two"
    names = own.names("personas")
    assert "poet" not in names
    assert {"first:poet", "second:poet"} <= set(names)


def test_own_file_settles_a_name_of_two_packs(site: Path, own: Project) -> None:
    """A project that has the name itself is not asked which is meant."""
    add(site, "first", poet=PERSONA.format("One"))
    add(site, "second", poet=PERSONA.format("Two"))
    (own.root / "personas" / "poet.yaml").write_text(PERSONA.format("Mine"))
    assert own.persona("poet").name == "Mine"
    assert own.names("personas").count("poet") == 1


def test_agent_of_a_pack_speaks_through_its_own_persona(site: Path, own: Project) -> None:
    """What a pack's agent names is looked for in its pack before other packs."""
    add(site, "first", poet=PERSONA.format("One"))
    folder = add(site, "second", poet=PERSONA.format("Two"))
    (folder / "agents").mkdir()
    (folder / "agents" / "bard.yaml").write_text("persona: poet\n")
    assert Agent.from_project(own, "bard", ModelChoice()).persona.name == "Two"


def test_unknown_pack_is_not_found(site: Path, own: Project) -> None:
    """A pack that is not there is said with the names there are."""
    add(site, "first", poet=PERSONA.format("Poet"))
    with pytest.raises(NotFoundError, match=r"'frist:poet'.*there are"):
        own.persona("frist:poet")


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("absent", "there is no package 'absent'"),
        ("first.nothing", r"the folder of 'first.nothing' has none of personas/"),
        ("first:personas", "must name a package"),
        ("json", "has none of"),
        ("first.a-b", "must name a package"),
    ],
)
def test_broken_pack_is_left_out_and_named(site: Path, own: Project, value: str, what: str) -> None:
    """A pack that cannot be used costs nobody else anything, and is named where it is missed."""
    add(site, "first", poet=PERSONA.format("Poet"))
    declare(site, "broken", value)
    assert own.persona("poet").name == "Poet"
    with pytest.raises(NotFoundError, match=rf"pack 'broken' = '{value}' is left out: .*{what}"):
        own.persona("bard")
    problems = packs.installed().problems
    assert [problem.file for problem in problems] == ["dist-broken (entry point chimera.packs)"]


def test_module_in_a_package_stands_for_its_folder(site: Path, own: Project) -> None:
    """The value may be a module; its folder counts."""
    folder = add(site, "first", poet=PERSONA.format("Poet"))
    (folder / "content.py").write_text("raise SystemExit\n")
    declare(site, "again", "first.content")
    assert own.persona("again:poet").name == "Poet"


def test_two_packages_with_one_pack_name_are_left_out() -> None:
    """Which of two packages is meant cannot be told, so neither is."""
    points = [EntryPoint("same", value, packs.GROUP) for value in ("email", "json")]
    found = packs.of_entry_points(points)
    assert found.usable == ()
    assert "2 packages have a pack of this name (email, json)" in str(found.problems[0])


def test_pack_installed_meanwhile_is_found(site: Path, own: Project) -> None:
    """A notebook need not be started again after an installation."""
    with pytest.raises(NotFoundError):
        own.persona("poet")
    add(site, "first", poet=PERSONA.format("Poet"))
    assert own.persona("poet").name == "Poet"


def test_sample_pack_is_installed_and_run(tmp_path: Path) -> None:
    """The sample, built and installed by pip, lists and runs its graph with its agent."""
    source, target = tmp_path / "source", tmp_path / "target"
    shutil.copytree(SAMPLE, source)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    offline = ["--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, *offline, "--target", str(target), str(source)], check=True)
    code = """
import chimera, json
from chimera.testing import ScriptedModel

model = ScriptedModel(answers=["We use it."])
run = chimera.run("simplify", "We leverage it.", model=model)
origin = chimera.Project.find().origin("graphs", "simplify")
print(json.dumps([run.state["plain"], run.calls[0].agent, origin]))
"""
    path = os.pathsep.join([str(target), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        check=False,
    )
    assert done.stderr == ""
    assert json.loads(done.stdout) == ["We use it.", "plain-speaker", "sample"]
