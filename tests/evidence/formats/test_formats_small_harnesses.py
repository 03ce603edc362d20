"""console.time, Ruby, Dart, Iai and Gungraun, CoreMark: units, warm-up, old counts."""

from __future__ import annotations

from collections.abc import Callable

from chimera.evidence import Evidence, Measurement, Table

Read = Callable[[str], list[Table]]


def found(tables: list[Table]) -> list[Measurement]:
    """Return the measurements that count."""
    return [m for t in tables for m in t.measurements() if m.valid]


def test_a_timer_of_node_has_the_unit_of_its_line(fixture: Read) -> None:
    """Labels may hold a colon."""
    read = [(m.labels["timer"], m.text, m.unit) for m in found(fixture("console-time/node.txt"))]
    assert read == [
        ("parse", "14.515", "ms"),
        ("sort: 10k", "35.58", "ms"),
        ("sort: 10k", "47.103", "ms"),
        ("wait", "1.101", "s"),
    ]


def test_a_timer_of_a_browser_says_so(fixture: Read) -> None:
    """Other lines do not matter."""
    read = found(fixture("console-time/browser.log"))
    assert [(m.labels["timer"], m.text) for m in read] == [
        ("parse", "1204"),
        ("sort: 10k", "35.25"),
    ]


def test_the_rehearsal_of_ruby_is_warm_up(fixture: Read) -> None:
    """What the script summed up is left out too."""
    real = [m for m in found(fixture("ruby-benchmark/bm.txt")) if m.metric == "duration"]
    assert [(m.labels["benchmark"], m.text, m.unit) for m in real] == [
        ("for", "0.045569", "s"),
        ("times", "0.027178", "s"),
        ("sort!", "0.040298", "s"),
        ("sort", "0.050035", "s"),
        ("for", "0.052403", "s"),
        ("times", "0.033293", "s"),
        ("", "0.000089", "s"),
    ]


def test_dart_in_microseconds(fixture: Read) -> None:
    """A run and an exercise of ten are different."""
    read = found(fixture("dart-benchmark-harness/run.txt"))
    assert [(m.labels["benchmark"], m.value, m.unit, m.definition) for m in read] == [
        ("Template", 0.1568472448997197, "us", "dart.RunTime"),
        ("List.generate", 2042.5, "us", "dart.RunTime"),
        ("Parser", 1250, "us", "dart.RunTimeRaw"),
    ]


def test_iai_counts(fixture: Read) -> None:
    """The change in brackets is no count."""
    read = [m for m in found(fixture("gungraun/iai.txt")) if m.metric == "instructions"]
    assert [(m.labels["benchmark"], m.text, m.unit, m.direction) for m in read] == [
        ("fib_short", "1243", "count", "lower"),
        ("fib_long", "18454953", "count", "lower"),
    ]


def test_the_old_count_of_gungraun_is_another_run(fixture: Read) -> None:
    """`N/A` stands for a new one that is missing."""
    read = found(fixture("gungraun/two-tools.log"))
    assert {m.text for m in read if m.metric == "instructions"} == {"1734"}
    assert [(m.text, m.unit, m.labels["tool"]) for m in read if m.unit == "B"] == [
        ("29499", "B", "dhat")
    ]
    assert [m.text for m in read if m.unit == "%"] == ["98.5000"]


def test_the_json_of_gungraun(fixture: Read) -> None:
    """New counts only: left of both, or left alone."""
    read = found(fixture("gungraun/version-6.json"))
    assert [(m.metric, m.text) for m in read] == [
        ("instructions", "1734"),
        ("estimated_cycles", "2464"),
        ("l1hitrate", "98.5"),
    ]
    assert read[0].labels == {"benchmark": "demo::fib_group::fib short", "tool": "callgrind"}


def test_an_invalid_run_of_coremark_is_a_failure(fixture: Read) -> None:
    """It was too short; a valid one counts."""
    good, bad = fixture("coremark/eight-sockets.txt"), fixture("coremark/too-short.log")
    rates = [(m.text, m.unit) for m in found(good) if m.metric == "coremark"]
    assert rates == [("160665.153736", "it/s")]
    assert not found(bad)
    assert bad[0].failures == {0: "Errors detected"}


def test_settings_are_no_timers(written: Callable[..., Evidence]) -> None:
    """Whole numbers could be anything."""
    evidence = written("timeout: 30s\ninterval: 500ms\n")
    assert not evidence.inventory.files[0].recognised
