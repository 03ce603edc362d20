"""The documentation as a site: built without a warning, whole, searchable, and alone."""

import importlib
import inspect
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

pytest.importorskip("furo")
pytest.importorskip("myst_parser")
pytest.importorskip("sphinx")

DOCS = Path(__file__).parents[1] / "docs"
MODULES = sorted(path.stem for path in (DOCS / "api").glob("chimera*.rst"))
MADE = {"genindex.html", "py-modindex.html", "search.html"}  # Sphinx's own, found by the search box
LOADING = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "srcset"}


class Page(HTMLParser):
    """What a page loads, where its links lead, and the places in it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.loads: list[str] = []
        self.links: list[str] = []
        self.places: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if "id" in said:
            self.places.add(said["id"])
        if tag in LOADING and LOADING[tag] in said:
            self.loads.append(said[LOADING[tag]])
        if tag == "a" and "href" in said:
            self.links.append(said["href"])

    def inside(self) -> Iterator[tuple[Path, str]]:
        """Yield the file and the place of every link that stays in the site."""
        for link in self.links:
            target, place = urldefrag(link)
            if not re.match(r"[a-z]+:", target):
                yield (self.path.parent / unquote(target)).resolve() if target else self.path, place


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site as `make docs` does."""
    folder = tmp_path_factory.mktemp("site").resolve()
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", str(DOCS), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    """Return every page of the site."""
    return {path: Page(path) for path in site.rglob("*.html")}


def test_no_link_is_dead(pages: dict[Path, Page]) -> None:
    """Every link within the site leads to a file, and to a place that is in it."""
    dead = {
        f"{page.path.name} -> {target.name}#{place}"
        for page in pages.values()
        for target, place in page.inside()
        if not target.exists() or (place and target in pages and place not in pages[target].places)
    }
    assert dead == set()


def test_every_page_is_reached_from_the_first(site: Path, pages: dict[Path, Page]) -> None:
    """From index.html, links lead to every page."""
    reached, waiting = set[Path](), [site / "index.html"]
    while waiting:
        path = waiting.pop()
        if path in pages and path not in reached:
            reached.add(path)
            waiting += [target for target, _ in pages[path].inside()]
    assert {path.name for path in pages.keys() - reached} <= MADE


def test_every_file_of_the_docs_is_a_page(site: Path) -> None:
    """No Markdown file is left out."""
    sources = {path.relative_to(DOCS).with_suffix(".html") for path in DOCS.rglob("*.md")}
    assert sources <= {path.relative_to(site) for path in site.rglob("*.html")}


def test_site_loads_nothing_from_elsewhere(site: Path, pages: dict[Path, Page]) -> None:
    """No page and no style sheet loads a script, a font or a picture from another place."""
    loads = {load for page in pages.values() for load in page.loads}
    assert loads
    assert not [load for load in loads if re.match(r"(https?:)?//", load)]
    for sheet in site.rglob("*.css"):
        found = re.findall(r"(?:url\(|@import)\s*['\"]?(https?:|//)", sheet.read_text("utf-8"))
        assert found == [], sheet.name


def test_search_knows_our_words(site: Path) -> None:
    """The index that the search reads offline holds words of the pages and names of the API."""
    text = (site / "searchindex.js").read_text(encoding="utf-8")
    assert text.startswith("Search.setIndex(")
    index = json.loads(text.removeprefix("Search.setIndex(").removesuffix(")"))
    assert {"prefil", "locat", "persona", "receipt"} <= index["terms"].keys()
    assert {"chimera", "chimera.models", "chimera.testing"} <= index["objects"].keys()


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_has_its_place(name: str, pages: dict[Path, Page], site: Path) -> None:
    """A name of `__all__` that is a class or a function has a docstring and a place in the API."""
    module = importlib.import_module(name)
    public = getattr(module, "__all__", None) or [
        key
        for key, value in vars(module).items()
        if not key.startswith("_") and getattr(value, "__module__", "") == name
    ]
    assert public
    places = set[str]().union(*(pages[p].places for p in (site / "api").glob("*.html")))
    for key in public:
        found = getattr(module, key)
        if inspect.isclass(found) or inspect.isroutine(found):
            assert inspect.getdoc(found), key
            assert {f"{name}.{key}", f"chimera.{key}"} & places, key


def test_every_package_with_public_names_has_a_page() -> None:
    """The packages that say what is public in them are all in the API."""
    import chimera

    folder = Path(chimera.__file__).parent
    public = {
        ".".join(["chimera", *path.parent.relative_to(folder).parts])
        for path in folder.rglob("__init__.py")
        if re.search(r"^__all__ = \[", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    inside = {name for name in public if re.match(r"chimera\.(evidence|analysis)\b", name)}
    assert public - inside <= set(MODULES)


def test_docstrings_are_rendered(site: Path) -> None:
    """Sections, fields of models and code in backticks become what they mean."""
    models = (site / "api" / "chimera.models.html").read_text(encoding="utf-8")
    assert "Ollama prompt_eval_duration." in models
    assert "Attributes" in models
    assert "Variables" not in models
    errors = (site / "api" / "chimera.errors.html").read_text(encoding="utf-8")
    assert "├── SetupError" in re.sub(r"<[^>]+>", "", errors)
    events = (site / "api" / "chimera.events.html").read_text(encoding="utf-8")
    assert "`" not in re.sub(
        r"<[^>]+>", "", events.partition("<article")[2].partition("</article")[0]
    )


def test_what_pages_import_is_in_the_api(site: Path, pages: dict[Path, Page]) -> None:
    """A name that a page tells readers to import is described, and so is a contract."""
    places = set[str]().union(*(pages[p].places for p in (site / "api").glob("*.html")))
    texts = [path.read_text(encoding="utf-8") for path in DOCS.glob("*.md")]
    imports = re.findall(r"^from (chimera[\w.]*) import (.+)$", "\n".join(texts), re.MULTILINE)
    named = {f"{module}.{name.strip()}" for module, names in imports for name in names.split(",")}
    assert len(named) > 20
    missing = {name for name in named if not {name, f"module-{name}"} & places}
    kept = (name.rpartition(".") for name in missing)
    assert not [
        f"{module}.{name}"
        for module, _, name in kept
        if inspect.isroutine(found := getattr(importlib.import_module(module), name))
        or inspect.isclass(found)
        or inspect.ismodule(found)
    ]
