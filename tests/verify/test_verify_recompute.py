"""Facts are computed again from the bytes: all of true reports, and exactly the changed ones."""

from __future__ import annotations

import ast
import copy
import json
import re
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import chimera
from chimera.evidence.sources import artifact_reader
from chimera.testing import FakeClock
from chimera.verify.again.formulas import parse
from chimera.verify.again.recompute import Outcome, Recomputation, recompute

ROOT = Path(__file__).parents[2]
LLM_BENCH = ROOT.parent / "shared" / "corpora" / "llm-bench"
DATA = ROOT / "tests" / "data"
STEM = re.compile(r"\bF[0-9a-z]{6,}")

Again = Callable[[Path], Recomputation]


def reported(folder: Path, out: Path) -> dict[str, Any]:
    """Return the `report.json` of a folder."""
    run = chimera.run("technical-report", folder, model="none", out=out, clock=FakeClock(step=0.01))
    assert run.report is not None
    document: dict[str, Any] = json.loads(run.report.path.with_suffix(".json").read_bytes())
    return document


def again(document: dict[str, Any], folder: Path, **caps: int) -> Recomputation:
    """Compute all facts of a report again."""
    return recompute(document, artifact_reader([str(folder)]), None, **caps)


def stems(outcomes: list[Outcome]) -> set[str]:
    return {one.fact.partition(".")[0] for one in outcomes}


def about(document: dict[str, Any], *places: tuple[str, str]) -> set[str]:
    """Return the stems of facts of these files and columns, and of all facts that rest on them."""
    by_stem: dict[str, list[Any]] = {}
    for fact in document["facts"]:
        by_stem.setdefault(fact["id"].partition(".")[0], []).append(fact)
    found = {
        stem
        for stem, facts in by_stem.items()
        for fact in facts
        for source in fact["sources"]
        for path, column in places
        if source["path"] == path and source["locator"].endswith(column)
    }
    while True:
        more = {
            stem
            for stem, facts in by_stem.items()
            if any(found & set(STEM.findall(fact["formula"])) for fact in facts)
        }
        if more <= found:
            return found
        found |= more


@pytest.mark.parametrize(
    "folder",
    [LLM_BENCH, ROOT / "examples" / "llm-bench", DATA / "formats", DATA / "home-grown"],
    ids=lambda path: path.name,
)
def test_every_fact_of_a_true_report_is_computed_again(folder: Path, tmp_path: Path) -> None:
    """What cannot be: counts that the inventory does not list, and formulas still in words."""
    if not folder.is_dir():
        pytest.skip("the shared corpus is not here")
    document = reported(folder, tmp_path / "out")
    found = again(document, folder)
    assert found.of("differs", "changed", "unreachable", "too_large") == []
    formulas = {fact["id"]: fact["formula"] for fact in document["facts"]}
    left = [formulas[one.fact] for one in found.of("not_recomputable")]
    assert len(left) < 0.05 * len(formulas)
    assert not [one for one in left if one.endswith("(values)") or one.startswith("as written")]
    card = document["verification"]["recomputed"]
    assert card["differs"] == card["unreachable"] == 0
    assert card["facts"] == card["confirmed"] + card["not_recomputable"]


@pytest.fixture
def document(folder: Path, tmp_path: Path) -> dict[str, Any]:
    """The report on a small folder."""
    (folder / "other.csv").write_text("model,latency_ms\nx,7.5\nx,8.5\nx,9.25\n")
    return reported(folder, tmp_path / "out")


def test_a_changed_digit_is_found_in_exactly_what_rests_on_it(
    folder: Path, document: dict[str, Any]
) -> None:
    """The other facts of the file still hold, but it is not the file that was read."""
    path = folder / "runs.csv"
    path.write_text(path.read_text().replace("small,0.0333,90.0", "small,0.0334,90.0"))
    found = again(document, folder)
    differing = {
        one.fact for one in found.of("differs") if not one.fact.endswith((".max", ".median"))
    }
    small = about(document, ("runs.csv", "rows 2-6, column ttft_s"))
    assert stems(found.of("differs")) <= small
    statistics = {name.partition(".")[2] for name in differing}
    assert {"mean", "min", "stdev"} <= statistics
    assert all("runs.csv" in one.reason for one in found.of("changed"))
    others = {fact["id"] for fact in document["facts"]} - {
        one.fact for one in found.of("differs", "changed", "not_recomputable")
    }
    paths = {
        source["path"]
        for fact in document["facts"]
        if fact["id"] in others
        for source in fact["sources"]
    }
    assert paths == {".", "other.csv", "quality.json"}


def test_a_flipped_unit_in_a_header_is_found(folder: Path, document: dict[str, Any]) -> None:
    """The column that facts name is gone; the others are as they were, in a changed file."""
    path = folder / "runs.csv"
    path.write_text(path.read_text().replace("ttft_s", "ttft_ms"))
    found = again(document, folder)
    assert stems(found.of("unreachable")) == about(document, ("runs.csv", "column ttft_s"))
    assert found.of("differs") == []
    assert stems(found.of("changed")) >= about(document, ("runs.csv", "column tokens_s"))


def test_a_unit_that_the_header_does_not_say_differs(
    folder: Path, document: dict[str, Any]
) -> None:
    """The values are right and the unit of the fact is not."""
    changed = copy.deepcopy(document)
    for fact in changed["facts"]:
        if fact["unit"] == "ms":
            fact["unit"] = "s"
    found = again(changed, folder)
    assert stems(found.of("differs")) == about(document, ("other.csv", "column latency_ms"))
    assert {one.reason for one in found.of("differs")} == {"the column 'latency_ms' is in ms"}


def test_swapped_files_are_found(folder: Path, document: dict[str, Any]) -> None:
    """Both are other files than those that were read."""
    one, other = folder / "runs.csv", folder / "other.csv"
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    found = again(document, folder)
    wrong = stems(found.of("differs", "changed", "unreachable"))
    assert wrong == about(document, ("runs.csv", ""), ("other.csv", ""))


def test_a_deleted_column_is_found(folder: Path, document: dict[str, Any]) -> None:
    """What stood there leads nowhere; what stood beside it still holds."""
    path = folder / "runs.csv"
    records = [line.split(",") for line in path.read_text().splitlines()]
    path.write_text("\n".join(",".join(r[:1] + r[2:]) for r in records) + "\n")
    found = again(document, folder)
    assert stems(found.of("unreachable")) == about(document, ("runs.csv", "column ttft_s"))
    assert found.of("differs") == []


def test_a_missing_file_is_unreachable(folder: Path, document: dict[str, Any]) -> None:
    """Its facts cannot be held against anything."""
    (folder / "other.csv").unlink()
    found = again(document, folder)
    assert stems(found.of("unreachable")) == about(document, ("other.csv", ""))


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("value", 1.0, "the files say"),
        ("value", "9", "the files say"),
        ("value", float("nan"), "the files say"),
        ("n", 4, "n is 4, but its places hold 5 numbers"),
        ("statistic", "mean", "it is a median, no mean"),
        ("formula", "max(values)", "the files say"),
        (
            "sources",
            [{"path": "runs.csv", "locator": "rows 4-8, column ttft_s"}],
            "the files say",
        ),
    ],
)
def test_an_edited_report_is_found(
    folder: Path, document: dict[str, Any], key: str, value: object, reason: str
) -> None:
    """Exactly the fact that was edited differs, and with its places what is computed from them."""
    changed = copy.deepcopy(document)
    fact = next(
        fact
        for fact in changed["facts"]
        if fact["formula"] == "median(values)" and fact["metric"] == "ttft"
    )
    fact[key] = value
    wrong = {one.fact: one for one in again(changed, folder).of("differs")}
    assert reason in wrong.pop(fact["id"]).reason
    stem = fact["id"].partition(".")[0]
    assert not wrong or key == "sources"
    formulas = {other["id"]: other["formula"] for other in changed["facts"]}
    assert all(stem in formulas[name] or "holm(" in formulas[name] for name in wrong)


def test_an_edited_ratio_is_found(folder: Path, document: dict[str, Any]) -> None:
    """A derived fact is computed from its operands, and those from the bytes."""
    changed = copy.deepcopy(document)
    ratio = next(fact for fact in changed["facts"] if fact["statistic"] == "ratio")
    ratio["value"] *= 1.001
    assert [one.fact for one in again(changed, folder).of("differs")] == [ratio["id"]]


def test_large_files_are_not_read_again(folder: Path, document: dict[str, Any]) -> None:
    """Each of them, or all together."""
    size = (folder / "other.csv").stat().st_size
    found = again(document, folder, most=size)
    large = about(document, ("runs.csv", ""), ("quality.json", ""))
    assert stems(found.of("too_large")) == large
    assert stems(found.of("confirmed")) >= about(document, ("other.csv", ""))
    assert again(document, folder, total=1).of("too_large")


def test_a_file_is_read_once(folder: Path, document: dict[str, Any]) -> None:
    """Whatever the number of its facts."""
    reading, asked = artifact_reader([str(folder)]), []

    def read(path: str) -> Any:
        asked.append(path)
        return reading(path)

    recompute(document, read)
    assert sorted(asked) == ["other.csv", "quality.json", "runs.csv"]


def test_only_the_facts_asked_for_are_computed(folder: Path, document: dict[str, Any]) -> None:
    """With what they rest on, which is not reported."""
    ratio = next(fact for fact in document["facts"] if fact["statistic"] == "ratio")
    stem = ratio["id"].partition(".")[0]
    found = recompute(document, artifact_reader([str(folder)]), {stem})
    assert {one.fact.partition(".")[0] for one in found.outcomes} == {stem}
    assert ratio["id"] in {one.fact for one in found.of("confirmed")}


def test_facts_that_rest_on_each_other_end(folder: Path, document: dict[str, Any]) -> None:
    """A report that was edited may go in circles."""
    changed = copy.deepcopy(document)
    ratio = next(fact for fact in changed["facts"] if fact["statistic"] == "ratio")
    ratio["formula"] = f"difference({ratio['id']}, 1)"
    (found,) = [one for one in again(changed, folder).outcomes if one.fact == ratio["id"]]
    assert found.status == "not_recomputable"
    assert "rest on each other" in found.reason


FILES: dict[str, str | bytes] = {
    "units.csv": "model,latency\na,120 ms\na,1.5 s\na,980 us\nb,7 ms\nb,0.5 s\nb,9 ms\n",
    "clock.csv": "job,duration,exit\nx,00:01:30,0\ny,00:02:00,0\nz,01:00:59.5,0\n",
    "comma.csv": "model;ttft_ms\na;394,60\na;1,234\na;12,5\n",
    "thousands.csv": 'model,latency_ms\na,"1,234.5"\na,"2,000"\na,900\n',
    "spread.md": "| tool | Mean [ms] |\n|---|---|\n| a | 65.2 ± 11.9 |\n| b | 7.5 ± 0.2 |\n",
    "lines.jsonl": '{"m": "a", "ttft_ms": 12.5}\n{"m": "a", "ttft_ms": 1.3e1}\n',
    "tree.yaml": "runs:\n  - model: a\n    ttft_ms: 12.5\n  - model: b\n    ttft_ms: 15\n",
    "runs.json": '{"runs": [{"t": {"ttft_ms": 5.5}}, {"t": {"ttft_ms": 6}}]}',
    "utf16.csv": "model,ttft_ms\na,1.5\na,2.5\n".encode("utf-16"),
}


@pytest.mark.parametrize("name", FILES)
def test_cells_of_every_spelling_are_read_again(name: str, tmp_path: Path) -> None:
    """Units in cells, clocks, commas, spreads; in every container that is text."""
    folder = tmp_path / "in"
    folder.mkdir()
    written = FILES[name]
    (folder / name).write_bytes(written.encode() if isinstance(written, str) else written)
    document = reported(folder, tmp_path / "out")
    found = again(document, folder)
    of_files = {fact["id"] for fact in document["facts"] if "count(" not in fact["formula"]}
    assert {one.fact for one in found.of("confirmed")} >= {
        name for name in of_files if "least" not in name
    }
    assert any(fact["sources"][0]["path"] == name for fact in document["facts"] if fact["sources"])


def test_cells_of_a_database_and_of_an_archive_are_read_again(tmp_path: Path) -> None:
    """The path of a member goes through its archive."""
    folder = tmp_path / "in"
    folder.mkdir()
    with sqlite3.connect(folder / "runs.sqlite") as base:
        base.execute("CREATE TABLE runs (model TEXT, ttft_ms REAL)")
        base.executemany("INSERT INTO runs VALUES (?, ?)", [("a", 1.5), ("a", 2.5), ("b", 3.25)])
    base.close()
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        archive.writestr("deep/runs.csv", "model,latency_ms\na,1.25\na,2.5\n")
    document = reported(folder, tmp_path / "out")
    found = again(document, folder)
    paths = {source["path"] for fact in document["facts"] for source in fact["sources"]}
    assert paths >= {"runs.sqlite", "more.zip/deep/runs.csv"}
    assert found.of("differs", "changed", "unreachable") == []


def test_columns_of_parquet_are_read_again(tmp_path: Path) -> None:
    """Where the engine is installed."""
    duckdb = pytest.importorskip("duckdb")
    folder = tmp_path / "in"
    folder.mkdir()
    values = "(VALUES ('a', 1.5::DOUBLE), ('a', 2.5), ('b', 3.25)) t(model, ttft_ms)"
    place = folder / "runs.parquet"
    duckdb.sql(f"COPY (SELECT * FROM {values}) TO '{place}' (FORMAT parquet)")  # noqa: S608
    document = reported(folder, tmp_path / "out")
    assert any(fact["metric"] == "ttft" for fact in document["facts"])
    assert again(document, folder).of("differs", "changed", "unreachable") == []


def made(facts: list[dict[str, Any]], folder: Path) -> dict[str, Any]:
    """Return a report of three groups of values and derived facts on them."""
    entry = {"path": "v.csv", "format": "csv", "bytes": 1, "sha256": "", "document": False}
    groups = [
        {
            "id": f"F{name}.median", "metric": "ttft", "statistic": "median", "unit": "ms",
            "value": 0.0, "n": 6, "scope": {"column": "ttft_ms"}, "formula": "median(values)",
            "sources": [{"path": "v.csv", "locator": f"rows {row}-{row + 5}, column ttft_ms"}],
        }
        for name, row in (("aaaaaa", 2), ("bbbbbb", 8), ("cccccc", 14))
    ]  # fmt: skip
    blank: dict[str, Any] = {"metric": "ttft", "unit": None, "n": None, "scope": {}, "sources": []}
    rows = ["ttft_ms", *(str(10 + (i * 7919 % 97) / 7) for i in range(18))]
    (folder / "v.csv").write_text("\n".join(rows) + "\n")
    derived = [{**blank, "value": 0.0, "statistic": "x", **fact} for fact in facts]
    return {"inventory": {"files": [{**entry, "failures": 0}]}, "facts": [*groups, *derived]}


GRAMMAR = (
    "ratio(Faaaaaa.median, Fbbbbbb.median)",
    "hodges_lehmann_ratio(Faaaaaa, Fbbbbbb)",
    "ratio_low(Faaaaaa, Fbbbbbb, level=0.95)",
    "ratio_high(Faaaaaa, Fbbbbbb, level=0.9)",
    "cliffs_delta(Faaaaaa, Fbbbbbb)",
    "mann_whitney_p(Faaaaaa, Fbbbbbb)",
    "max(0.0001, mann_whitney_p(Faaaaaa, Fbbbbbb))",
    "holm(2, Fdddddd.p_raw, Feeeeee.p_raw)",
    "max(0.0001, holm(1, Fdddddd.p_raw, Feeeeee.p_raw))",
    "benjamini_hochberg(1, Fdddddd.p_raw, Feeeeee.p_raw)",
    "paired_ratio(Faaaaaa, Fbbbbbb)",
    "paired_low(Faaaaaa, Fbbbbbb, level=0.95)",
    "paired_high(Faaaaaa, Fbbbbbb)",
    "wilcoxon_p(Faaaaaa, Fbbbbbb)",
    "kruskal_p(Faaaaaa, Fbbbbbb, Fcccccc)",
    "friedman_p(Faaaaaa, Fbbbbbb, Fcccccc)",
    "wilson_low(3, 10)",
    "wilson_high(3, 10, level=0.9)",
    "share(3, 12)",
    "difference(Faaaaaa.median, 1)",
    "theil_sen_slope(Faaaaaa)",
    "kendall_p(Faaaaaa)",
    "speedup(Faaaaaa.median, Fbbbbbb.median)",
    "efficiency(Faaaaaa.median, Fbbbbbb.median, 8, 1)",
    "Faaaaaa.median / Fbbbbbb.median",
    "mean(Faaaaaa)",
    "theil_sen_slope_low(Faaaaaa)",
    "prediction_low(Faaaaaa, level=0.95)",
    "prediction_p(Faaaaaa, Fbbbbbb)",
    "welch_p(10, 2, 6, 12, 1.5, 8)",
    "welch_high(10, 2, 6, 12, 1.5, 8, level=0.95)",
    "compounded(0.01, 17)",
    "whole(0.5, 10, per=1)",
    "little(2, 300, seconds=0.001)",
    "least n with 1 - 0.95^n >= 0.95",
)


@pytest.mark.parametrize("formula", GRAMMAR)
def test_every_formula_of_the_grammar_is_computed(formula: str, tmp_path: Path) -> None:
    """From the values in the file; a value that the report does not have differs."""
    tests = [
        {"id": "Fdddddd.p_raw", "formula": "mann_whitney_p(Faaaaaa, Fbbbbbb)"},
        {"id": "Feeeeee.p_raw", "formula": "wilcoxon_p(Faaaaaa, Fcccccc)"},
    ]
    document = made([*tests, {"id": "Fxxxxxx.x", "value": 99.5, "formula": formula}], tmp_path)
    first = again(document, tmp_path).outcomes[-1]
    assert (first.fact, first.status) == ("Fxxxxxx.x", "differs")
    document["facts"][-1]["value"] = first.found
    assert again(document, tmp_path).outcomes[-1].status == "confirmed"


def test_rare_p_values_agree_by_being_rare(tmp_path: Path) -> None:
    """Below 0.0001 the size tells nothing more."""
    fact = {"id": "Fxxxxxx.p_value", "statistic": "p_value", "value": 1e-5, "formula": "min(1e-9)"}
    document = made([fact], tmp_path)
    document["facts"][-1]["formula"] = "min(0.00000001, 1)"
    assert again(document, tmp_path).outcomes[-1].status == "confirmed"
    document["facts"][-1]["value"] = 0.2
    assert again(document, tmp_path).outcomes[-1].status == "differs"


@pytest.mark.parametrize(
    "formula", ["frobnicate(Faaaaaa)", "ratio(Fzzzzzz.median, 1)", "share(1, 0)"]
)
def test_what_cannot_be_computed_says_why(formula: str, tmp_path: Path) -> None:
    """Unknown functions, facts that are not there, divisions by zero."""
    assert parse(formula)
    document = made([{"id": "Fxxxxxx.x", "formula": formula}], tmp_path)
    found = again(document, tmp_path).outcomes[-1]
    assert found.status == "not_recomputable"
    assert found.reason


def imports(path: Path) -> set[str]:
    """Return the modules of ours that a file imports, also within functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    return {name for name in found if module(name) is not None}


def module(name: str) -> Path | None:
    """Return the file of a module of ours."""
    base = ROOT.joinpath(*name.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if name.startswith("chimera.") and path.is_file():
            return path
    return None


CONTAINERS = {"chimera.evidence.columnar", "chimera.evidence.yamltext"}
"""Readers of containers, which give cells as they are written."""
EVIDENCE = CONTAINERS | {
    f"chimera.evidence.{name}" for name in ("decode", "limits", "locate", "sniff", "words")
}
BANNED = (
    "chimera.report",
    "chimera.analysis",
    "chimera.evidence.collect",
    "chimera.evidence.formats",
    "chimera.evidence.numerals",
    "chimera.evidence.tables",
    "chimera.evidence.units",
)


def test_verifying_shares_nothing_with_what_it_verifies() -> None:
    """No module of it imports what reads numbers, analyses or renders; nor do those it imports."""
    start = sorted((ROOT / "chimera" / "verify").rglob("*.py"))
    direct = {name for path in start for name in imports(path)} - {"chimera.evidence"}
    own = {name for name in direct if name.startswith("chimera.verify")}
    assert direct - own - {"chimera.errors", "chimera.language"} <= EVIDENCE
    known: set[str] = set()
    left = direct - CONTAINERS
    while left - known:
        name = (left - known).pop()
        path = module(name)
        if path is not None and path.name != "__init__.py":
            left |= imports(path) - CONTAINERS
        known.add(name)
    assert {name for name in known if name.startswith(BANNED)} == set()
