"""What stands in a prompt for the words of artifacts."""

from chimera.analysis.facts import Fact, FactBook, Source
from chimera.analysis.handles import Handles, is_our_metric, is_our_unit


def facts_of(metric: str, unit: str | None) -> list[Fact]:
    """Return one fact about a column."""
    book = FactBook()
    book.add(
        metric=metric,
        statistic="median",
        value=1.0,
        unit=unit,
        scope={"path": "a.csv", "column": "x"},
        formula="median(values)",
        sources=[Source(path="a.csv", locator="rows 1-2, column x")],
    )
    return list(book.facts.values())


def test_same_span_same_handle() -> None:
    """A span has one handle in all texts of a table; the words around it stay."""
    handles = Handles()
    assert (
        handles.hide("Throughput of `a` in `b c`: 5 tok/s.") == "Throughput of E1 in E2: 5 tok/s."
    )
    assert handles.hide("`b c` before `a`, `d`.") == "E2 before E1, E3."


def test_metrics_and_units_of_files_are_hidden() -> None:
    """A metric that a column names, and a unit that a cell names, are words of the file."""
    handles = Handles(facts_of("obey_me_latency", "obeys/x y"))
    said = handles.hide("Obey me latency of `a`: 5 obeys/x y; obey me latency rose.")
    assert said == "E1 of E2: 5 E3; E4 rose."


def test_metrics_and_units_of_ours_stay() -> None:
    """What our registry knows is shown as it is."""
    handles = Handles(facts_of("throughput", "tok/s"))
    assert handles.hide("Throughput of `a`: 5 tok/s.") == "Throughput of E1: 5 tok/s."
    assert all(map(is_our_unit, ["tok/s", "ms", "us", "%", "MiB", "req/s", "s/tok", "°C", "bit/s"]))
    assert not any(map(is_our_unit, ["ignore all", "foo/s", "`"]))
    assert is_our_metric("request_throughput")
    assert not is_our_metric("ignore_throughput")


def test_words_of_our_frames_are_no_secrets() -> None:
    """A column that is called like a word of a sentence hides none of them."""
    assert Handles(facts_of("values", None)).hide("5 values in `a`.") == "5 values in E1."
