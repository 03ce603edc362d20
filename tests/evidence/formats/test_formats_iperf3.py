"""iperf3, JSON and console: warm-up, sent and received, UDP, tests that broke off."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from chimera.evidence import Evidence, Measurement, Table

Read = Callable[[str], list[Table]]


def found(tables: list[Table], metric: str) -> list[Measurement]:
    """Return the measurements of a metric that count."""
    return [m for t in tables for m in t.measurements() if m.valid and m.metric == metric]


def test_sent_and_received_are_different_metrics(fixture: Read) -> None:
    """In bits per second."""
    whole = [m for m in found(fixture("iperf3/tcp.json"), "bandwidth") if m.statistic == "mean"]
    assert [(m.definition, m.text, m.unit, m.direction) for m in whole] == [
        ("iperf3.sent", "21548969464.961807", "bit/s", "higher"),
        ("iperf3.received", "21554043871.2155", "bit/s", "higher"),
    ]
    assert whole[0].params["omit"] == "1"
    assert whole[0].ids == {"version": "iperf 3.12", "timesecs": "1795505786"}


def test_the_warm_up_is_left_out(fixture: Read) -> None:
    """Of three intervals the first is omitted."""
    raw = [m for m in found(fixture("iperf3/tcp.json"), "bandwidth") if m.statistic == "raw"]
    assert [m.locator.split("/")[2] for m in raw] == ["1", "2"]


def test_retransmits_and_round_trips(fixture: Read) -> None:
    """Round trips are in us."""
    tables = fixture("iperf3/tcp.json")
    assert [m.text for m in found(tables, "retransmits")] == ["10", "4", "6"]
    mean, *_ = found(tables, "rtt")
    assert (mean.text, mean.unit, mean.statistic) == ("157", "us", "mean")


def test_jitter_is_that_of_the_receiver(fixture: Read) -> None:
    """The zero of the sender is no jitter."""
    jitter = found(fixture("iperf3/udp.json"), "jitter")
    assert [m.locator for m in jitter] == ["/end/sum/jitter_ms"]


def test_a_test_with_an_error_failed(fixture: Read) -> None:
    """Nobody listened."""
    failures = [list(t.failures.values()) for t in fixture("iperf3/refused.json")]
    assert failures == [["unable to connect to server: Connection refused"]]


def test_an_end_without_a_rate_is_a_failure(written: Callable[..., Evidence]) -> None:
    """Odd types do not raise."""
    value = {"start": {"version": "iperf 3.1"}, "intervals": [1], "end": {"streams": 3, "sum": []}}
    table = written(json.dumps(value)).tables[0]
    assert list(table.failures.values()) == ["nothing was transferred"]


def test_the_console_sums_streams(fixture: Read) -> None:
    """Only the sums of both streams count, without the warm-up."""
    tables = fixture("iperf3-text/two-streams.txt")
    rates = [(m.text, m.unit, m.definition) for m in found(tables, "bandwidth")]
    assert rates == [
        ("12.4", "Gbit/s", "iperf3.interval"),
        ("12.6", "Gbit/s", "iperf3.interval"),
        ("12.5", "Gbit/s", "iperf3.sent"),
        ("12.5", "Gbit/s", "iperf3.received"),
    ]
    assert [m.text for m in found(tables, "retransmits")] == ["6", "13", "19"]


def test_a_rate_of_zero_is_a_failure(written: Callable[..., Evidence]) -> None:
    """Nothing arrived."""
    text = (Path(__file__).parents[2] / "data/formats/iperf3-text/udp.log").read_text()
    tables = written(text.replace("10.2 Mbits/sec  0.013", "0.00 bits/sec  0.013")).tables
    failures = [reason for table in tables for reason in table.failures.values()]
    assert failures == ["nothing was transferred"]


def test_the_console_of_udp(fixture: Read) -> None:
    """Jitter and loss once, from the receiver; datagrams are no retransmits."""
    tables = fixture("iperf3-text/udp.log")
    assert [m.unit for m in found(tables, "jitter")] == ["ms"]
    assert [m.text for m in found(tables, "packet_loss")] == ["0"]
    assert not found(tables, "retransmits")
