"""Names of columns → metric, unit, direction, statistic."""

from __future__ import annotations

import pytest

from chimera.evidence.names import resolve

THROUGHPUT = ("throughput", "tok/s", "higher")


@pytest.mark.parametrize(
    "name",
    [
        "tokens_s", "tok/s", "t/s", "tokens_per_second", "Tokens per Second", "tokensPerSecond",
        "throughput_tokens_per_sec", "Throughput (tok/s)", "output_throughput", "Mean Tokens/s",
        "overall_tokens_per_second", "toks_per_s",
    ],
)  # fmt: skip
def test_token_rates_are_throughput(name: str) -> None:
    """`tokens_s` is a rate, not tokens in seconds."""
    found = resolve((name,))
    assert (found.metric, found.unit, found.direction) == THROUGHPUT


@pytest.mark.parametrize(
    ("name", "metric", "unit", "direction"),
    [
        ("ttft_s", "ttft", "s", "lower"),
        ("time_to_first_token_ms", "ttft", "ms", "lower"),
        ("TTFT", "ttft", None, "lower"),
        ("inter_token_latency_ms", "itl", "ms", "lower"),
        ("tpot_ms", "tpot", "ms", "lower"),
        ("ms_per_token", "tpot", "ms/tok", "lower"),
        ("e2el_ms", "e2e_latency", "ms", "lower"),
        ("latency_us", "latency", "us", "lower"),
        ("Generation Time (ms)", "generation_time", "ms", "lower"),
        ("elapsed", "duration", None, "lower"),
        ("load_s", "load", "s", "lower"),
        ("load_avg", "load_avg", None, None),
        ("prompt_eval_s", "prompt_eval", "s", "lower"),
        ("prompt_eval", "prompt_eval", None, "lower"),
        ("Compile Time (s)", "compile_time", "s", "lower"),
        ("request_throughput", "request_throughput", "req/s", "higher"),
        ("req/s", "request_throughput", "req/s", "higher"),
        ("rkB/s", "r_bandwidth", "kB/s", "higher"),
        ("wMB/s", "w_bandwidth", "MB/s", "higher"),
        ("peakMiB", "size", "MiB", None),
        ("diskBytes", "disk_bytes", "B", None),
        ("rps", "request_throughput", "req/s", "higher"),
        ("ns/op", "duration", "ns/op", "lower"),
        ("bandwidth_gb_per_s", "bandwidth", "GB/s", "higher"),
        ("accuracy", "accuracy", None, "higher"),
        ("val_loss", "val_loss", None, "lower"),
        ("perplexity", "perplexity", None, "lower"),
        ("bits_per_char", "bits_per_char", None, "lower"),
        ("error_rate", "error_rate", None, "lower"),
        ("success_rate", "success_rate", None, "higher"),
        ("speedup", "speedup", None, "higher"),
        ("memory_used_gb", "memory", "GB", "lower"),
        ("memory.used [MiB]", "memory", "MiB", "lower"),
        ("memory_total_gb", "memory_total", "GB", None),
        ("network_sent_mb", "network_sent", "MB", None),
        ("model_size_bytes", "model_size", "B", "lower"),
        ("power_draw", "power", "W", "lower"),
        ("cpu_percent", "cpu_utilization", "%", None),
        ("efficiency_percent", "efficiency", "%", None),
        ("eval_count", "eval_count", "tokens", None),
        ("total_tokens", "total_tokens", "tokens", None),
        ("response_chars", "response_chars", "chars", None),
        ("completed", "completed", "count", None),
        ("step_time_ms", "step_time", "ms", "lower"),
        ("TTFT delta (ms)", "ttft_delta", "ms", None),
        ("foo", "foo", None, None),
        ("bw_mib_s", "bandwidth", "MiB/s", "higher"),
        ("read_gb_s", "read_bandwidth", "GB/s", "higher"),
        ("bandwidth_MBps", "bandwidth", "MB/s", "higher"),
        ("link_Gbps", "link_bandwidth", "Gbit/s", "higher"),
        ("bandwidth_gbps", "bandwidth", None, "higher"),
        ("samples_s", "sample_throughput", "sample/s", "higher"),
        ("image_s", "image", "s", "lower"),
        ("records_per_minute", "record_throughput", "record/min", "higher"),
        ("errors_per_sec", "error_rate", "error/s", "lower"),
        ("cache_misses_per_sec", "cache_miss_rate", "miss/s", None),
        ("ms_per_batch", "duration", "ms/batch", "lower"),
        ("cost_per_hour", "cost_per_hour", None, None),
        ("cost_per_1m_tokens", "cost_per_1m_tokens", None, None),
        ("cost_usd", "cost", "USD", None),
        ("joules_per_token", "joules_per_token", "J/tok", "lower"),
        ("tokens_per_joule", "tokens_per_joule", "tok/J", "higher"),
        ("power_w", "power", "W", "lower"),
        ("energy_j", "energy", "J", "lower"),
        ("temp_c", "temperature", "°C", None),
        ("elapsed_h", "duration", "h", "lower"),
        ("time_to_last_token_ms", "time_to_last_token", "ms", "lower"),
        ("val_acc", "val_accuracy", None, "higher"),
        ("judge_score", "judge_score", None, "higher"),
        ("z_score", "z_score", None, None),
        ("pass@1", "pass_1", None, "higher"),
        ("wer", "wer", None, "lower"),
        ("mean_absolute_error", "absolute_error", None, "lower"),
        ("score_error", "score_error", None, None),
        ("Error %", "error", "%", "lower"),
        ("timeout_s", "timeout", "s", None),
        ("slo_ms", "slo", "ms", None),
        ("audio_duration_s", "audio_duration", "s", None),
        ("gflops", "gflops", None, None),
    ],
)  # fmt: skip
def test_names_say_metric_unit_and_direction(
    name: str, metric: str, unit: str | None, direction: str | None
) -> None:
    """Only what a name says is taken from it; the rest stays unknown."""
    found = resolve((name,))
    assert (found.metric, found.unit, found.direction) == (metric, unit, direction)


@pytest.mark.parametrize(
    ("name", "statistic"),
    [
        ("ttft_s", "raw"), ("mean_ttft_s", "mean"), ("eval_s_mean", "mean"),
        ("median_ttft_ms", "median"), ("p50_ms", "median"), ("p99_ttft_ms", "p99"),
        ("latency_p99.9_ms", "p99.9"), ("ttft_p95", "p95"), ("min_time_ms", "min"),
        ("Max (ms)", "max"), ("peak_memory_mb", "max"), ("std_time_ms", "stdev"),
        ("stddev_ms", "stdev"), ("total_generation_time_ms", "sum"), ("overall_mean_ms", "mean"),
        ("overall_tokens_per_second", "aggregate"), ("best_ms", "best"), ("slowest_ms", "max"),
        ("Std. Dev.", "stdev"), ("std_error_ms", "stderr"), ("90% Line", "p90"),
        ("latency_percentile_95", "p95"),
    ],
)  # fmt: skip
def test_names_say_the_statistic(name: str, statistic: str) -> None:
    """A number that a tool computed is never taken for a single run."""
    assert resolve((name,)).statistic == statistic


def test_a_spread_has_no_better_side() -> None:
    """A high standard deviation of a throughput is not good."""
    assert resolve(("std_tokens_s",)).direction is None


@pytest.mark.parametrize(
    ("path", "metric", "unit", "statistic"),
    [
        (("ttft_ms", "p50"), "ttft", "ms", "median"),
        (("latency_percentiles", "p95"), "latency", None, "p95"),
        (("timing", "p50_ms"), "duration", "ms", "median"),
        (("timing_stats", "run_results", "mean_ms"), "duration", "ms", "mean"),
        (("results", "tokens_per_second"), "throughput", "tok/s", "raw"),
        (("models", "mean_ms"), "duration", "ms", "mean"),
        (("scorePercentiles", "99.9"), "score", None, "p99.9"),
    ],
)
def test_a_bare_statistic_takes_its_name_from_the_parents(
    path: tuple[str, ...], metric: str, unit: str | None, statistic: str
) -> None:
    """`{"ttft_ms": {"p50": …}}` is a median TTFT in milliseconds."""
    found = resolve(path)
    assert (found.metric, found.unit, found.statistic) == (metric, unit, statistic)


def test_a_unit_found_elsewhere_never_overrides_the_name() -> None:
    """A units row completes a name, it does not contradict it."""
    assert resolve(("ttft_s",), "ms").unit == "s"
    assert resolve(("ttft",), "ms").unit == "ms"


def test_a_temperature_is_measured_only_on_a_device() -> None:
    """Among readings of a GPU it is °C, elsewhere nothing is known of it."""
    assert resolve(("temperature",), hardware=True).unit == "°C"
    assert not resolve(("temperature",)).known


@pytest.mark.parametrize("name", ["Kunlun_P800", "NVIDIA_P620 tok/s", "p101"])
def test_no_percentile_lies_above_a_hundred(name: str) -> None:
    """`P800` is the name of a device."""
    assert resolve((name,)).statistic == "raw"
