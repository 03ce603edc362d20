"""The collector on a real folder of one engineer's benchmark runs."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from chimera.evidence import Evidence, FileEntry, Series, Table, collect

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpora" / "llm-bench"
pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="no shared corpora here")


@cache
def evidence() -> Evidence:
    return collect(CORPUS)


def entry(path: str) -> FileEntry:
    return next(one for one in evidence().inventory.files if one.path == path)


def table(path: str, name: str = "") -> Table:
    return next(one for one in evidence().tables if (one.path, one.name) == (path, name))


def series(found: Table, column: str) -> Series:
    return next(one for one in found.series if one.column == column)


def test_every_file_is_counted_by_kind() -> None:
    """107 files, of which 101 hold data or reports."""
    inventory = evidence().inventory
    counts = {kind: count.count for kind, count in inventory.kinds.items()}
    assert inventory.files_total == 107
    assert counts == {"binary": 2, "csv": 28, "json": 44, "markdown": 29, "python": 1, "text": 3}


def test_75_requests_failed_under_ollama() -> None:
    """Rows of zeros with a connection error beside them."""
    rows = [t for t in evidence().tables if t.path.startswith("reports/ollama")]
    assert sum(len(t.failures) for t in rows) == 75


def test_the_profilers_error_message_is_recognised() -> None:
    """`ncu_summary.csv` is no table: it is UTF-16 in UTF-8 clothes and says ==ERROR==."""
    found = entry("reports/profiling/ncu_summary.csv")
    assert (found.kind, found.format, found.encoding) == (
        "csv",
        "text",
        "utf-16 re-encoded as utf-8",
    )
    assert "named .csv, but holds text: '==ERROR== the argument for option" in found.problems[1]


def test_files_that_stand_in_two_folders_are_found() -> None:
    """Three CSV files, a report and a profile have a twin."""
    assert [paths[0].rpartition("/")[2] for paths in evidence().inventory.duplicates] == [
        "ollama_param_tuning.csv",
        "ollama_param_tuning_summary.csv",
        "ollama_quant_bench.csv",
        "ollama_benchmark_summary.md",
        "ncu_ollama.ncu-rep",
    ]


def test_the_quantisation_runs_are_understood() -> None:
    """Tokens per second by model and tag, one row per request."""
    found = table("csv_data/ollama_quant_bench.csv")
    rate = series(found, "tokens_s")
    assert (rate.metric, rate.unit, rate.direction, rate.statistic) == (
        "throughput",
        "tok/s",
        "higher",
        "raw",
    )
    assert list(found.labels) == ["model", "tag"]


def test_the_sweep_has_its_settings_as_parameters() -> None:
    """`temperature` is a sampling parameter here."""
    found = table("csv_data/ollama_param_tuning.csv")
    assert list(found.params) == ["num_gpu", "num_ctx", "temperature"]


def test_names_with_spaces_and_brackets_are_understood() -> None:
    """`Generation Time (ms)`, `Tokens per Second` and `Success`."""
    found = table("csv_data/baseline_performance_summary.csv")
    time, tokens, rate = found.series
    assert (time.metric, time.unit) == ("generation_time", "ms")
    assert (tokens.unit, rate.metric, rate.unit) == ("tokens", "throughput", "tok/s")
    assert found.failures == {}


def test_one_profiled_launch_gives_only_numbers_with_units() -> None:
    """Of 251 columns those remain whose unit stands in the second row or in the name."""
    found = table("reports/profiling/ncu_ollama_raw.csv")
    assert found.rows == ("3",)
    assert all(one.unit for one in found.series)
    assert [one.metric for one in found.series if one.direction] == ["gpu_time_duration"]


def test_backends_of_a_compilation_run_are_rows_with_their_context() -> None:
    """Model, device and the number of runs come from the objects around."""
    found = table("reports/compilation/conv_cuda_bench_20251002-172037.json", "/backends/*")
    assert found.labels["backend"] == ("eager", "jit", "torch_compile", "onnx", "tensorrt")
    assert (found.labels["model"][0], found.labels["device"][0]) == ("conv", "cuda")
    assert (found.declared_n, list(found.failures)) == ((10,) * 5, [2])


def test_an_answer_that_is_an_error_message_is_a_failure() -> None:
    """The file claims five successes; the texts say that every connection failed."""
    found = table("csv_data/baseline_test_results_1759186372.json", "/results/*")
    assert set(found.failures.values()) == {
        "Error generating banter: All connection attempts failed"
    }


def test_quantisation_quality_is_keyed_by_variant() -> None:
    """Accuracy and loss have a direction and no unit."""
    found = table("reports/quantization/quantization_report.json", "/*")
    assert found.labels == {"name": ("baseline", "qat", "int8", "fp8")}
    assert [(one.metric, one.direction) for one in found.series] == [
        ("accuracy", "higher"),
        ("loss", "lower"),
        ("model_size", "lower"),
    ]


def test_reports_written_by_models_are_documents() -> None:
    """Their tables are kept and are no evidence."""
    documents = {one.path for one in evidence().inventory.files if one.document}
    assert "reports/legacy_tr_mirrors/Technical_Report_108.md" in documents
    assert "reports/compilation/conv_bench_20251002-170837.md" not in documents
    assert all(not t.evidence for t in evidence().tables if t.path in documents)


def test_sentences_tell_reports_from_console_logs() -> None:
    """A summary with observations is a document; a log of a tool and its tables are not."""
    documents = {one.path for one in evidence().inventory.files if one.document}
    assert {
        "reports/gemma3/SUMMARY.md",
        "reports/integration/baseline_performance_report.txt",
        "reports/llama3/ollama_benchmark_summary.md",
    } <= documents
    assert not documents & {
        "reports/compilation/conv_cuda_bench_20251002-172037.md",
        "reports/llama3/baseline_system_report.txt",
        "reports/quantization/quantization_report.md",
    }


def test_output_of_tools_is_no_document() -> None:
    """Logs of a dozen benchmarks, with their banners, warnings and hints."""
    folder = CORPUS.parents[1] / "fixtures" / "formats"
    if not folder.exists():
        pytest.skip("no shared fixtures here")
    files = [one for one in collect(folder).inventory.files if "README" not in one.path]
    assert [one.path for one in files if one.document] == []


def test_nothing_but_the_folder_is_missing_nothing() -> None:
    """Every sort of metric occurs somewhere in this folder, so no gap may be claimed."""
    assert evidence().inventory.gaps == []
