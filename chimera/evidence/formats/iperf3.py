"""iperf3 `-J`: bits per second over a connection, per interval and of the whole test.

What was sent and what was received are different metrics. Intervals marked `omitted` are the
warm-up of `-O`. A test that broke off has an `error`. Of UDP only the receiver knows jitter and
loss: those of the sender are written as zeros (https://software.es.net/iperf/).
"""

from __future__ import annotations

from chimera.evidence.document import Json
from chimera.evidence.formats.match import Match, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows, items, mapping, numeric, text, texts
from chimera.evidence.formats.samples import Node, Sample

NAME = "iperf3"
READS = frozenset({"node"})
HINTS = frozenset({"intervals"})
_SETTINGS = ("protocol", "num_streams", "blksize", "omit", "duration", "reverse", "bidir",
             "target_bitrate", "interval")  # fmt: skip
_SUMS = ("sum", "sum_bidir_reverse")
_BITS = "bits_per_second"
_INTERVAL = {
    _BITS: Measure("bandwidth", "bit/s", "higher", definition="iperf3.interval"),
    "retransmits": Measure("retransmits", "count", "lower"),
    "jitter_ms": Measure("jitter", "ms", "lower"),
    "lost_percent": Measure("packet_loss", "%", "lower"),
}
_END = {
    f"sum_sent/{_BITS}": Measure("bandwidth", "bit/s", "higher", "mean", "iperf3.sent"),
    f"sum_received/{_BITS}": Measure("bandwidth", "bit/s", "higher", "mean", "iperf3.received"),
    "sum_sent/retransmits": Measure("retransmits", "count", "lower", "sum"),
    "sum/jitter_ms": Measure("jitter", "ms", "lower", "mean"),
    "sum/lost_packets": Measure("lost_packets", "count", "lower", "sum"),
    "sum/lost_percent": Measure("packet_loss", "%", "lower", "mean"),
    "cpu_utilization_percent/host_total": Measure("host_cpu_utilization", "%", None, "mean"),
    "cpu_utilization_percent/remote_total": Measure("remote_cpu_utilization", "%", None, "mean"),
}
_RTT = {
    "mean_rtt": Measure("rtt", "us", "lower", "mean"),
    "min_rtt": Measure("rtt", "us", "lower", "min"),
    "max_rtt": Measure("rtt", "us", "lower", "max"),
}


def probe(sample: Sample) -> Match | None:
    """Tell it by its three parts and the version in the first."""
    if not isinstance(sample, Node) or sample.is_list:
        return None
    version = text(mapping(sample.first.get("start")).get("version"))
    if not version.startswith("iperf 3"):
        return None
    return by_names(sample.keys, needs=("start", "intervals", "end"))


def parse(sample: Sample) -> list[Rows]:
    """Return the whole test, its intervals without the warm-up, and round trips per stream."""
    if not isinstance(sample, Node):
        return []
    value, place = sample.first, sample.place
    start = mapping(value.get("start"))
    params = texts(start.get("test_start"), *_SETTINGS)
    ids = texts(start, "version") | texts(start.get("timestamp"), "timesecs")
    cells = _cells(value.get("end"), _END)
    whole = Row(f"{place}/end", {}, params, cells, ids=ids)
    if error := text(value.get("error")):
        whole.failure = error
    elif not any(numeric(cells[key]) for key in _END if key.endswith(_BITS)):
        whole.failure = "nothing was transferred"
    intervals = _intervals(value, place, whole)
    return [Rows("/end", _END, [whole]), intervals, _round_trips(value, place, whole)]


def _cells(value: Json, measures: dict[str, Measure]) -> dict[str, str]:
    """Return the cells one or two levels below; an empty text for those that are not there."""
    found = {}
    for column in measures:
        outer, _, inner = column.rpartition("/")
        where = mapping(mapping(value).get(outer)) if outer else mapping(value)
        found[column] = text(where.get(inner))
    return found


def _intervals(value: dict[str, Json], place: str, of: Row) -> Rows:
    rows = Rows("/intervals/*", _INTERVAL)
    for index, interval in enumerate(map(mapping, items(value.get("intervals")))):
        for key in _SUMS:
            found = mapping(interval.get(key))
            if found and found.get("omitted") is not True:
                at = f"{place}/intervals/{index}/{key}"
                labels = {"direction": "reverse"} if key != "sum" else {}
                cells = _cells(found, _INTERVAL)
                rows.rows.append(Row(at, labels, of.params, cells, None, of.failure, of.ids))
    return rows


def _round_trips(value: dict[str, Json], place: str, of: Row) -> Rows:
    rows = Rows("/end/streams/*/sender", _RTT)
    for index, stream in enumerate(items(mapping(value.get("end")).get("streams"))):
        cells = _cells(mapping(stream).get("sender"), _RTT)
        row = Row(f"{place}/end/streams/{index}/sender", {}, of.params, cells, ids=of.ids)
        row.invalid = {c: "not measured" for c, one in cells.items() if one == "0"}
        row.failure = of.failure
        rows.rows.append(row)
    return rows
