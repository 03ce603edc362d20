"""pgbench, YCSB, HammerDB, redis-benchmark, memtier: throughputs, failed work, settings."""

from __future__ import annotations

from collections.abc import Callable

from chimera.evidence import Evidence, Measurement, Table

Read = Callable[[str], list[Table]]


def found(tables: list[Table], metric: str = "") -> list[Measurement]:
    """Return the measurements that count, of one metric if it is given."""
    valid = [m for t in tables for m in t.measurements() if m.valid]
    return [m for m in valid if m.metric == metric or not metric]


def test_pgbench_has_three_definitions_of_tps(fixture: Read) -> None:
    """Old versions print two of them."""
    old = [m for m in found(fixture("pgbench/version-9.txt"), "tps") if m.statistic == "mean"]
    assert [(m.text, m.unit, m.definition) for m in old] == [
        ("12.580114", "tx/s", "pgbench.tps including connections"),
        ("13.062579", "tx/s", "pgbench.tps excluding connections"),
    ]
    (new,) = [m for m in found(fixture("pgbench/run.txt"), "tps") if m.statistic == "mean"]
    assert (new.text, new.definition, new.n) == (
        "205.046970",
        "pgbench.tps without initial connection",
        408,
    )


def test_pgbench_settings_and_latency(fixture: Read) -> None:
    """Latencies are in ms; what was run is a label."""
    (mean,) = [
        m
        for m in found(fixture("pgbench/run.txt"), "latency")
        if m.statistic == "mean" and not m.params.get("second")
    ]
    assert (mean.text, mean.unit, mean.direction) == ("9.742", "ms", "lower")
    assert mean.labels == {"transaction": "<builtin: TPC-B (sort of)>"}
    assert mean.params["number of clients"] == "2"


def test_pgbench_progress_is_raw(fixture: Read) -> None:
    """Its tps are those of one second."""
    progress = [m for m in found(fixture("pgbench/run.txt"), "tps") if m.params.get("second")]
    assert [(m.text, m.statistic, m.params["second"]) for m in progress] == [
        ("221.0", "raw", "1.0")
    ]


def test_pgbench_transactions_too_late(fixture: Read) -> None:
    """Skipped ones and those above the limit are counted apart."""
    read = fixture("pgbench/rate-limited.log")
    assert [m.text for m in found(read, "skipped_transactions")] == ["3"]
    assert [m.text for m in found(read, "late_transactions")] == ["8"]


def test_an_aborted_run_of_pgbench_is_a_failure(fixture: Read) -> None:
    """Nothing was processed, and it says so."""
    tables = fixture("pgbench/aborted.txt")
    assert not found(tables)
    assert "Run was aborted" in next(iter(tables[0].failures.values()))


def test_statements_of_pgbench(fixture: Read) -> None:
    """With the number of failures in a column of newer versions."""
    read = found(fixture("pgbench/run.txt"), "statement_latency")
    assert [(m.text, m.labels["statement"]) for m in read if m.text == "4.144"] == [
        ("4.144", "END;")
    ]
    assert len(found(fixture("pgbench/version-9.txt"), "statement_latency")) == 14


def test_ycsb_operations_are_rows(fixture: Read) -> None:
    """In us, after as many operations; the throughput is that of the run."""
    read = found(fixture("ycsb/with-cleanup.txt"))
    tail = next(m for m in read if m.statistic == "p99")
    assert (tail.text, tail.unit, tail.n, tail.labels) == (
        "10215",
        "us",
        16699,
        {"operation": "READ"},
    )
    assert [m.text for m in read if m.unit == "op/s"] == ["1666.8995807546416"]
    assert not any(m.labels.get("operation") == "CLEANUP" for m in read)


def test_ycsb_counts_operations_that_failed(fixture: Read) -> None:
    """96 of 100 reads returned an error."""
    assert [m.text for m in found(fixture("ycsb/errors.dat"), "errors")] == ["96"]


def test_hammerdb_tells_nopm_from_tpm(fixture: Read) -> None:
    """Transactions are what the database counts as such."""
    read = found(fixture("hammerdb/tprocc.log"))
    assert [(m.text, m.metric, m.definition) for m in read] == [
        ("8153", "new_orders_per_minute", "hammerdb.nopm"),
        ("24772", "tpm", "hammerdb.tpm"),
    ]
    assert (read[0].labels["database"], read[0].params["virtual users"]) == ("MySQL", "4")


def test_no_orders_are_a_failure(written: Callable[..., Evidence]) -> None:
    """Zero orders per minute are no throughput."""
    line = "Vuser 1:TEST RESULT : System achieved 0 NOPM from 0 MySQL TPM\n"
    assert written(line).tables[0].failures == {0: "no order was completed"}


def test_hammerdb_queries_take_seconds(fixture: Read) -> None:
    """The set is a time of its own."""
    read = fixture("hammerdb/tproch.log")
    assert [(m.labels["query"], m.text) for m in found(read, "query_time")] == [
        ("14", "0.795"),
        ("12", "2.803"),
    ]
    assert [(m.text, m.unit) for m in found(read, "query_set_time")] == [("91", "s")]


def test_redis_benchmark_in_three_shapes(fixture: Read) -> None:
    """CSV, quiet and full report."""
    rates = [
        [(m.labels["test"], m.text) for m in found(fixture(f"redis-benchmark/{name}"))
         if m.unit == "req/s"]
        for name in ("redis.csv", "quiet.txt", "report.txt")
    ]  # fmt: skip
    assert rates[0] == [("SET", "16949.15"), ("GET", "17543.86")]
    assert rates[1] == [("SET", "17391.30")]
    assert rates[2][0] == ("SET", "18018.02")


def test_the_report_of_redis_benchmark(fixture: Read) -> None:
    """Latencies of its summary are in ms; requests and clients are known."""
    read = [m for m in found(fixture("redis-benchmark/report.txt")) if m.labels["test"] == "SET"]
    assert {m.statistic: m.text for m in read if m.metric == "latency"}["p99"] == "7.215"
    assert (read[0].n, read[0].params["parallel clients"]) == (2000, "50")


def test_memtier_in_two_shapes(fixture: Read) -> None:
    """Types of commands that were not used are left out."""
    table, report = (
        [m for m in found(fixture(f"memtier-benchmark/{name}")) if m.unit == "op/s"]
        for name in ("table.txt", "report.json")
    )
    rates = [(m.labels["command"], m.text) for m in table if m.metric == "operation_throughput"]
    assert rates == [("Sets", "834.91"), ("Gets", "8349.13"), ("Totals", "9184.04")]
    assert {m.labels["command"] for m in report} == {"Sets", "Totals"}


def test_latencies_of_memtier(fixture: Read) -> None:
    """In ms, and each once."""
    read = [
        (m.statistic, m.text, m.unit, m.n)
        for m in found(fixture("memtier-benchmark/report.json"))
        if m.metric == "latency" and m.labels["command"] == "Sets"
    ]
    assert sorted(read) == [
        ("max", "61.183", "ms", 20000),
        ("mean", "21.748", "ms", 20000),
        ("min", "1.015", "ms", 20000),
        ("p50", "21.631", "ms", 20000),
        ("p99", "31.871", "ms", 20000),
        ("p99.9", "40.191", "ms", 20000),
    ]
