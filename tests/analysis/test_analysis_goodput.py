"""Goodput: requests that meet all limits a reader has set, failed ones never."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from scipy.stats import binomtest

from chimera.analysis.objectives import objectives, parse_limits
from chimera.analysis.result import Analysis
from chimera.analysis.stage import analyse
from chimera.errors import ConfigError
from chimera.evidence import collect, large, take

BOTH = {"ttft": "200ms", "tpot": "50ms"}


def read(folder: Path, files: Mapping[str, str], limits: Mapping[str, str]) -> Analysis:
    """Write files and return what they say under limits."""
    for name, text in files.items():
        (folder / name).write_text(text)
    return analyse(collect(folder), objectives(limits))[0]


def said(result: Analysis) -> list[str]:
    """Return the sentences about goodput."""
    return [claim.text for claim in result.claims if claim.type == "goodput"]


def refused(result: Analysis) -> list[str]:
    """Return the reasons why goodput is not claimed."""
    return [refusal.reason for refusal in result.refusals if refusal.topic == "goodput"]


def table(*rows: str, more: str = "") -> str:
    """Return requests with TTFT, TPOT and errors."""
    return "\n".join([f"ttft_ms,tpot_ms,error{more}", *rows]) + "\n"


REQUESTS = table("150,40,", "199,50,", "201,40,", "150,51,", "0,0,timeout", "100,10,", "90,9,")


def test_requests_that_meet_all_limits_are_counted(tmp_path: Path) -> None:
    """All limits have to be met, a limit itself is met, a failed request meets none."""
    (text,) = said(read(tmp_path, {"r.csv": REQUESTS}, BOTH))
    low, high = binomtest(4, 7).proportion_ci(method="wilson")
    assert text.startswith(
        "4 of 7 requests in `r.csv` met TTFT ≤ 200 ms and time per output token ≤ 50 ms"
        f" (share 57.1 %, 95 % interval {100 * low:.1f} % to {100 * high:.1f} %, Wilson)"
    )
    assert "1 failed and count as not met" in text


def test_without_limits_nothing_is_said(tmp_path: Path) -> None:
    """No limit given, no goodput."""
    assert not said(read(tmp_path, {"r.csv": REQUESTS}, {}))


def test_limits_are_converted_to_the_unit_of_the_file(tmp_path: Path) -> None:
    """A limit in milliseconds holds for seconds as well."""
    text = "ttft_s\n0.1\n0.2\n0.3\n"
    (found,) = said(read(tmp_path, {"r.csv": text}, {"ttft": "200ms"}))
    assert found.startswith("2 of 3 requests")


def test_a_rate_has_to_be_reached(tmp_path: Path) -> None:
    """More is better for throughput, so its limit is the least."""
    text = "throughput_tok_s\n10\n20\n30\n"
    (found,) = said(read(tmp_path, {"r.csv": text}, {"throughput": "20 tok/s"}))
    assert found.startswith("2 of 3 requests in `r.csv` met Throughput ≥ 20 tok/s")


@pytest.mark.parametrize("limits", [{"itl": "20ms"}, {"ttft": "200ms", "itl": "20ms"}])
def test_a_metric_that_no_request_has_is_refused(tmp_path: Path, limits: dict[str, str]) -> None:
    """The refusal names the metric, and no share is given without it."""
    result = read(tmp_path, {"r.csv": REQUESTS}, limits)
    assert not said(result)
    assert "`itl`" in refused(result)[0]
    assert "`ttft`" not in refused(result)[0]


def test_an_unknown_metric_is_refused_by_name(tmp_path: Path) -> None:
    """A metric nobody knows is a refusal, not a silent pass."""
    assert "`latte`" in refused(read(tmp_path, {"r.csv": REQUESTS}, {"latte": "1s"}))[0]


def test_metrics_of_different_requests_are_not_joined(tmp_path: Path) -> None:
    """TTFT in one file and TPOT in another are no requests with both."""
    files = {"a.csv": "ttft_ms\n100\n200\n", "b.csv": "tpot_ms\n10\n20\n"}
    result = read(tmp_path, files, BOTH)
    assert not said(result)
    assert "no table has `ttft` and `tpot` of the same requests" in refused(result)[0]


def test_a_tools_own_statistics_are_no_requests(tmp_path: Path) -> None:
    """Means of runs are not held against limits of requests."""
    result = read(tmp_path, {"r.csv": "mean_ttft_ms,p99_ttft_ms\n100,200\n"}, {"ttft": "200ms"})
    assert not said(result)


def test_arrays_beside_each_other_are_the_same_requests(tmp_path: Path) -> None:
    """Serving benchmarks write an array per metric and the duration of the run."""
    record = {
        "backend": "vllm",
        "model_id": "m",
        "num_prompts": 4,
        "request_rate": "inf",
        "max_concurrency": 4,
        "date": "20260301-101500",
        "duration": 2.0,
        "completed": 4,
        "total_input_tokens": 40,
        "total_output_tokens": 40,
        "request_throughput": 2.0,
        "output_throughput": 20.0,
        "total_token_throughput": 40.0,
        "mean_ttft_ms": 150.0,
        "input_lens": [10, 10, 10, 10],
        "output_lens": [10, 10, 10, 10],
        "ttfts": [0.1, 0.15, 0.2, 0.3],
        "latencies": [0.5, 1.5, 0.5, 0.5],
        "errors": ["", "", "", ""],
    }
    limits = {"ttft": "200ms", "e2e_latency": "1s"}
    (found,) = said(read(tmp_path, {"r.json": json.dumps(record)}, limits))
    assert found.startswith("2 of 4 requests in `r.json`")
    assert found.endswith("goodput 1 req/s over 2 s.")


def test_starts_and_ends_give_the_seconds(tmp_path: Path) -> None:
    """Goodput per second comes from the first start to the last end."""
    rows = [f"100,10,,{1_700_000_000 + i},{1_700_000_004 + i}" for i in range(5)]
    text = table(*rows, more=",start_time,end_time")
    (found,) = said(read(tmp_path, {"r.csv": text}, BOTH))
    assert found.endswith("goodput 0.6250 req/s over 8 s.")


def test_without_seconds_there_is_no_rate(tmp_path: Path) -> None:
    """A share needs no duration, a rate does."""
    assert "req/s" not in said(read(tmp_path, {"r.csv": REQUESTS}, BOTH))[0]


@pytest.mark.parametrize(
    "word", ["ttft", "=200ms", "ttft=", "ttft=fast", "ttft=-5ms", "ttft=0ms", "ttft=200 parsecs"]
)
def test_a_limit_that_is_none_is_an_error(word: str) -> None:
    """What cannot be read names itself and an example."""
    with pytest.raises(ConfigError, match=r"ttft|slo"):
        parse_limits((word,))


def test_a_limit_given_twice_is_an_error() -> None:
    """Two limits of one metric would leave the choice to chance, aliases included."""
    for words in (("ttft=1s", "ttft=2s"), ("ttft=1s", "time_to_first_token=2s")):
        with pytest.raises(ConfigError, match="before"):
            parse_limits(words)


def test_a_large_table_counts_as_a_small_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file read in columns gives the same share."""
    pytest.importorskip("duckdb")
    rows = [f"{100 + i % 200},{i % 60}," for i in range(400)] + ["0,0,timeout"] * 7
    text = table(*rows)
    small = said(read(tmp_path, {"r.csv": text}, BOTH))
    for module in (large, take):
        monkeypatch.setattr(module, "LARGE", 100)
        monkeypatch.setattr(module, "HEAD", 2_000)
    assert said(read(tmp_path, {"r.csv": text}, BOTH)) == small != []
