"""What files of public repositories held that no fixture had: small files of the same shapes."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera.evidence import Evidence, Series, collect
from chimera.evidence.locate import follow
from chimera.evidence.store import encode


def read(tmp_path: Path, content: str, name: str = "artifact") -> Evidence:
    (tmp_path / name).write_text(content, encoding="utf-8")
    return collect(tmp_path / name)


def series(evidence: Evidence) -> dict[str, Series]:
    return {one.column: one for table in evidence.tables for one in table.series}


@pytest.mark.parametrize("header", ["Ratio.Unit", "RatioUnit", "Ratio Units", "Ratio_unit"])
def test_a_column_of_units_may_be_spelled_in_any_case(tmp_path: Path, header: str) -> None:
    """A table of geometric means wrote `Benchmarks.Unit`, and could not be read at all."""
    text = f'"name","Ratio","{header}"\n"jit","1.36","ns/op"\n"gc","0.79","ns/op"\n'
    evidence = read(tmp_path, text)
    assert evidence.inventory.files[0].status == "read"
    assert series(evidence)["Ratio"].unit == "ns/op"


def test_a_dash_is_no_unit(tmp_path: Path) -> None:
    """`| count | 10 | - |` counts without a unit."""
    text = "| metric | value | unit |\n|---|---|---|\n| count | 10 | - |\n| mean | 1.5 | s |\n"
    assert {one.unit for one in series(read(tmp_path, text, "report.md")).values()} == {"s"}


def test_settings_of_a_run_have_no_better_side(tmp_path: Path) -> None:
    """A scenario of GuideLLM ends after so many seconds: nobody measured them."""
    text = '{"spec": {"constraints": [{"kind": "max_duration", "seconds": 450}]}}'
    assert not series(read(tmp_path, text))
    text = '{"results": [{"config": {"timeout_s": 30, "duration_s": 60}, "latency_ms": 3.5}]}'
    assert list(series(read(tmp_path, text))) == ["latency_ms"]


def test_a_unit_before_the_word_summary_is_the_unit(tmp_path: Path) -> None:
    """`{"ttft_ms_summary": {"median": …}}` holds the TTFT, not something called `ttft_ms`."""
    text = '{"ttft_ms_summary": {"median": 121.2, "unit": "ms"}, "tpot_ms_stats": {"p99": 3.5}}'
    found = series(read(tmp_path, text)).values()
    assert {(one.metric, one.unit, one.statistic) for one in found} == {
        ("ttft", "ms", "median"),
        ("tpot", "ms", "p99"),
    }


def test_a_model_id_says_what_was_measured(tmp_path: Path) -> None:
    """Two models under `model_id` are compared, not taken for two runs of one."""
    text = "model_id,tokenizer_id,run_id,ttft_ms\na/b,a/b,r1,3.5\nc/d,a/b,r2,4.5\n"
    table = read(tmp_path, text).tables[0]
    assert table.labels == {"model_id": ("a/b", "c/d"), "tokenizer_id": ("a/b", "a/b")}
    assert list(table.ids) == ["run_id"]


def test_a_share_of_the_processor_is_no_name_of_a_user(tmp_path: Path) -> None:
    """`iostat -o JSON` writes `user: 0.72` beside `system` and `idle`."""
    text = '{"cpu": [{"user": 0.72, "idle": 98.2}, {"user": 4.01, "idle": 92.8}]}'
    table = read(tmp_path, text).tables[0]
    assert {one.column for one in table.series} == {"user", "idle"}
    assert not table.ids


@pytest.mark.parametrize("column", ["meta_memory_gb", "system_memory_mb", "machine_ram_gb"])
def test_the_memory_of_the_machine_has_no_better_side(tmp_path: Path, column: str) -> None:
    """CloudHarmony writes `meta_memory_mb` beside what it measured."""
    evidence = read(tmp_path, f"test,{column},latency_ms\na,15.5,1.5\nb,31.5,2.5\n")
    found = series(evidence)
    assert found["latency_ms"].direction == "lower"
    assert column not in found or found[column].direction is None


def test_the_best_of_some_is_a_setting(tmp_path: Path) -> None:
    """The `best_of` of vLLM is the number of candidates, not the best value."""
    table = read(tmp_path, '{"best_of": 1, "ttft_ms": 3.5}').tables[0]
    assert table.params == {"best_of": ("1",)}
    assert [one.column for one in table.series] == ["ttft_ms"]


@pytest.mark.parametrize(
    "text",
    [
        "| v | tok/s | TPOT (ms) |\n|---|---|---|\n| a | 394,60 | 7,033 |\n| b | 380,1 | 7,5 |\n",
        'v,tok/s,TPOT (ms)\na,"394,60","7,033"\nb,"380,1","7,5"\n',
    ],
)
def test_a_comma_is_a_point_where_the_table_shows_it(tmp_path: Path, text: str) -> None:
    """A Spanish page wrote 394,60 tok/s beside 7,033 ms, which was read as seven seconds."""
    found = series(read(tmp_path, text, "report.md" if text[0] == "|" else "report.csv"))
    assert found["tok/s"].values == (394.6, 380.1)
    assert found["TPOT (ms)"].values == (7.033, 7.5)


def test_a_doubtful_comma_beside_decimal_commas_is_not_read(tmp_path: Path) -> None:
    """7,033 alone may be seven thousand or seven: neither is believed."""
    text = "| v | tok/s | TPOT (ms) |\n|---|---|---|\n| a | 394,60 | 7,033 |\n"
    evidence = read(tmp_path, text, "report.md")
    assert [one.column for one in series(evidence).values()] == ["tok/s"]
    assert "may be a thousand or a fraction" in evidence.inventory.files[0].problems[0]


def test_thousands_beside_decimal_points_stay_thousands(tmp_path: Path) -> None:
    """English tables write 1,450 beside 28.5."""
    text = "| v | tok/s | E2E (ms) |\n|---|---|---|\n| a | 28.5 | 1,450 |\n| b | 22.4 | 890 |\n"
    assert series(read(tmp_path, text, "report.md"))["E2E (ms)"].values == (1450.0, 890.0)


@pytest.mark.parametrize(
    ("names", "labelled"), [(("c4", "c8", "c16"), True), (("run-1", "run-2", "3"), False)]
)
def test_a_run_that_has_a_name_of_its_own_is_told_apart(
    tmp_path: Path, names: tuple[str, ...], labelled: bool
) -> None:
    """`c4` and `c8` are configurations under `run`; `run-1` and `run-2` are repetitions."""
    lines = [f"| {name} | {index}.5 |" for index, name in enumerate(names)]
    text = "\n".join(["| run | TTFT p50 (ms) |", "|---|---|", *lines])
    table = read(tmp_path, text, "report.md").tables[0]
    assert (table.labels if labelled else table.ids) == {"run": names}


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("task,pass@3 (%),ttft_ms\na,86.5,3.5\nb,90.5,4.5\n", "quality"),
        ("task,final_score,ttft_ms\na,86.5,3.5\nb,90.5,4.5\n", "quality"),
        ("task,roc_auc,ttft_ms\na,0.5,3.5\nb,0.7,4.5\n", "quality"),
        ("level,gpu_w,ttft_ms\na,165.0,3.5\nb,162.4,4.5\n", "power"),
        ("level,max_global_vram_mb,ttft_ms\na,7426.41,3.5\nb,7500.5,4.5\n", "memory"),
    ],
)
def test_what_a_file_holds_is_not_called_missing(tmp_path: Path, text: str, absent: str) -> None:
    """That something is absent is a claim: another name for it is enough to leave it unsaid."""
    gaps = [gap.what for gap in read(tmp_path, text).inventory.gaps]
    assert not any(gap.startswith(absent) for gap in gaps)
    assert any(gap.startswith("environment") for gap in gaps)


def test_a_w_behind_a_device_is_a_watt(tmp_path: Path) -> None:
    """`gpu_w` stands beside `sm_mhz` and `temp_c`."""
    text = "level,gpu_w,vgpu_w\na,165.0,1.5\nb,162.4,2.5\n"
    found = series(read(tmp_path, text))
    assert (found["gpu_w"].metric, found["gpu_w"].unit) == ("power", "W")
    assert found["vgpu_w"].unit is None


@pytest.mark.parametrize(
    "text",
    [
        '{"properties": {"TimeoutSeconds": {"type": "integer", "minimum": 1, "maximum": 900}}}',
        '{"definitions": {"A": {"properties": {"MaxRuntimeInSeconds": {"minimum": 1}}}}}',
        '{"shapes": {"IdleSeconds": {"type": "integer", "max": 60, "min": 0.5}}}',
        '{"calls": [{"Granularity": "1Minute"}, {"Granularity": "5Minute"}]}',
    ],
)
def test_bounds_of_a_schema_were_not_measured(tmp_path: Path, text: str) -> None:
    """JSON Schema and the models of AWS say what a number may be, not what it was."""
    assert not [one for one in series(read(tmp_path, text)).values() if one.direction]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("id,score_a,lat,lon\n1,7.5,52.52,13.4\n2,8.5,53.55,9.9\n", "people.csv"),
        ('[{"resources": {"requests": {"memory": "256Mi"}, "limits": {"memory": "1Gi"}}}]', "k8s"),
        ('{"readinessProbe": {"initialDelaySeconds": 5.5, "timeoutSeconds": 1}}', "pod"),
        ('{"refresh": "5s", "unit": "s", "thresholds": {"steps": [{"value": 0.5}]}}', "panel"),
        ('{"videos": [{"length_seconds": 120.5}, {"length_seconds": 60.25}]}', "videos"),
    ],
)
def test_what_is_no_benchmark_has_no_better_side(tmp_path: Path, text: str, name: str) -> None:
    """Places on a map, limits of a container, a dashboard, a list of films."""
    assert not [one for one in series(read(tmp_path, text, name)).values() if one.direction]


def test_a_reciprocal_throughput_is_not_better_when_higher(tmp_path: Path) -> None:
    """The benchmarks of glibc write cycles per call so."""
    found = series(read(tmp_path, "function,reciprocal-throughput\npowf,23.8\nexpf,10.0\n"))
    assert found["reciprocal-throughput"].direction is None


def test_tokens_of_a_batch_are_a_setting(tmp_path: Path) -> None:
    """Trials of a tuner differ in `max_num_batched_tokens`: they are no repetitions."""
    text = "max_num_batched_tokens,ttft_ms\n2048,3.5\n8192,4.5\n"
    assert read(tmp_path, text).tables[0].params == {"max_num_batched_tokens": ("2048", "8192")}


def test_sizes_that_double_are_a_setting(tmp_path: Path) -> None:
    """Latencies of messages of 8 KiB to 8 MiB are no uneven latencies of one thing."""
    text = '{"sizes": [{"bytes": 8192, "latency_us": 36.8}, {"bytes": 131072, "latency_us": 50.3}]}'
    table = read(tmp_path, text).tables[0]
    assert table.params == {"bytes": ("8192", "131072")}
    text = '{"gets": [{"bytes": 8190, "latency_us": 36.8}, {"bytes": 131079, "latency_us": 50.3}]}'
    assert "bytes" in series(read(tmp_path, text))


def test_reads_of_a_disk_are_no_requests(tmp_path: Path) -> None:
    """Where iostat writes r/s beside w/s, r are reads."""
    found = series(read(tmp_path, "disk,r/s,w/s\na,1.39,22.85\nb,1.25,15.74\n"))
    assert (found["r/s"].metric, found["r/s"].direction) == ("r_rate", None)


@pytest.mark.parametrize("first", ["", "Unnamed: 0"])
def test_the_index_of_pandas_names_the_rows(tmp_path: Path, first: str) -> None:
    """Leaderboards are written with `to_csv`: without the index nobody knows whose row it is."""
    text = f"{first},win_rate,latency_ms\nalpha-7b,0.95,10.5\nbeta-7b,0.88,11.5\n"
    (table,) = read(tmp_path, text).tables
    assert dict(table.labels) == {"name": ("alpha-7b", "beta-7b")}
    assert [one.column for one in table.series] == ["win_rate", "latency_ms"]


def test_an_index_of_numbers_names_nothing(tmp_path: Path) -> None:
    """`0, 1, 2` in front of each row is no label and no measurement."""
    (table,) = read(tmp_path, ",model,latency_ms\n0,alpha,10.5\n1,beta,11.5\n").tables
    assert (dict(table.labels), len(table.series)) == ({"model": ("alpha", "beta")}, 1)


def test_a_first_column_without_a_header_names_the_rows_of_markdown(tmp_path: Path) -> None:
    """`| | Latency (ms) |`: the corner of a table is often empty."""
    text = "| | Latency (ms) |\n|---|---|\n| alpha | 10.5 |\n| beta | 11.5 |\n"
    (table,) = read(tmp_path, text, "report.md").tables
    assert dict(table.labels) == {"name": ("alpha", "beta")}


def test_metrics_in_rows_are_found_below_an_empty_corner(tmp_path: Path) -> None:
    """A column per configuration, whole numbers too."""
    text = "| | Direct | Gateway |\n|---|---|---|\n"
    text += "| p50 latency (ms) | 10 | 30 |\n| p99 latency (ms) | 11 | 40 |\n"
    (table,) = read(tmp_path, text, "report.md").tables
    assert dict(table.labels) == {"config": ("Direct", "Gateway")}
    assert [(one.statistic, tuple(one.values)) for one in table.series] == [
        ("median", (10.0, 30.0)),
        ("p99", (11.0, 40.0)),
    ]


def test_no_name_is_taken_twice_for_the_rows(tmp_path: Path) -> None:
    """Where a column is called `name` already, and where all names are taken."""
    (table,) = read(tmp_path, ",name,latency_ms\na,x,10.5\nb,x,11.5\n").tables
    assert table.labels["label"] == ("a", "b")
    (table,) = read(tmp_path, ",Name,latency_ms\na,x,10.5\nb,y,11.5\n").tables
    assert (table.labels["label"], table.labels["name"]) == (("a", "b"), ("x", "y"))
    text = ",name,label,index,,latency_ms\na,x,x,1,,10.5\nb,y,y,2,,11.5\n"
    (table,) = read(tmp_path, text).tables
    assert "" not in table.labels


@pytest.mark.parametrize(
    ("key", "name", "unit", "direction"),
    [
        ("timings_ms", "prefill", "ms", "lower"),
        ("latency_ms", "alpha_7b", "ms", "lower"),
        ("memory_mb", "gpu", "MB", "lower"),
        ("power_w", "cpu", "W", "lower"),
        ("rate_tokens_per_s", "prefill", "tok/s", "higher"),
        ("accuracy_pct", "gsm8k", "%", "higher"),
    ],
)
def test_what_stands_in_an_object_has_its_unit(
    tmp_path: Path, key: str, name: str, unit: str, direction: str
) -> None:
    """`{"stages_ms": {"TextEncoding": 1609}}`: whole numbers were dropped, others had no unit."""
    one = series(read(tmp_path, f'{{"model": "a", "{key}": {{"{name}": 40}}}}'))[f"{key}/{name}"]
    assert (one.unit, one.direction) == (unit, direction)


@pytest.mark.parametrize("name", ["count", "ratio", "threshold", "batch_size", "accuracy"])
def test_what_has_no_unit_gets_none_from_its_parent(tmp_path: Path, name: str) -> None:
    """A count beside times is none of them."""
    found = series(read(tmp_path, f'{{"timings_ms": {{"load": 3.5, "{name}": 0.25}}}}'))
    assert found["timings_ms/load"].unit == "ms"
    assert all(one.unit != "ms" for key, one in found.items() if key.endswith(name))


def test_rows_below_a_name_with_a_unit_are_no_single_values(tmp_path: Path) -> None:
    """What a row of `latency_ms` says beside the latency may be anything."""
    text = '{"latency_ms": [{"model": "a", "p50": 1.5, "drift": 0.5}, {"p50": 2.5, "drift": 0.7}]}'
    found = series(read(tmp_path, text))
    assert (found["p50"].unit, found["drift"].unit) == ("ms", None)


def test_passwords_and_keys_are_left(tmp_path: Path) -> None:
    """What is filed stands in the report, and in what a model reads."""
    text = (
        '{"results": [{"db": "a", "password": "hunter2", "api_key": "sk-1", "qps": 10.5},'
        ' {"db": "b", "password": "hunter3", "api_key": "sk-2", "qps": 11.5}]}'
    )
    evidence = read(tmp_path, text)
    assert evidence.tables[0].labels == {"db": ("a", "b")}
    assert "hunter" not in encode(evidence).decode()
    assert "sk-1" not in encode(evidence).decode()


def test_a_row_of_zeros_failed_though_its_latency_has_no_unit(tmp_path: Path) -> None:
    """A benchmark of databases writes 0 for each case that did not run."""
    text = (
        '[{"db": "a", "qps": 10.5, "latency": 0.5, "recall": 0.9},'
        ' {"db": "b", "qps": 0.0, "latency": 0.0, "recall": 0.0}]'
    )
    (table,) = read(tmp_path, text).tables
    assert dict(table.failures) == {1: "every time and rate of the row is 0"}


def test_precision_beside_recall_is_measured(tmp_path: Path) -> None:
    """By itself it is that of the weights, and `tp` the number of devices."""
    found = series(read(tmp_path, '{"tp": 10, "fp": 1, "precision": 0.95, "recall": 0.8}'))
    assert (found["precision"].direction, found["recall"].direction) == ("higher", "higher")
    text = "model,precision,tp,latency_ms\na,fp16,2,1.5\nb,int8,2,2.5\n"
    assert set(read(tmp_path, text).tables[0].params) == {"precision", "tp"}


def test_settings_of_a_generation_are_no_measurements(tmp_path: Path) -> None:
    """`generate_kwargs` holds what was asked for."""
    text = '{"generate_kwargs": {"min_new_tokens": 10}, "latency_ms": 3.5}'
    assert set(series(read(tmp_path, text))) == {"latency_ms"}


def test_a_share_with_the_start_of_a_count_is_measured(tmp_path: Path) -> None:
    """A profiler calls its numbers `n_core_utilization`, `n_mallocs`."""
    text = "n_core_utilization,n_mallocs\n0.25,17\n0.5,2\n"
    (table,) = read(tmp_path, text).tables
    assert (set(series(read(tmp_path, text))), set(table.params)) == (
        {"n_core_utilization"},
        {"n_mallocs"},
    )


def test_a_line_between_the_rows_of_markdown_is_no_row(tmp_path: Path) -> None:
    """Some tables are ruled off in the middle."""
    text = "| model | t (s) |\n|---|---|\n| a | 1.5 |\n| ----- | ----- |\n| b | 2.5 |\n"
    evidence = read(tmp_path, text, "report.md")
    assert (evidence.tables[0].rows, evidence.inventory.files[0].problems) == (("3", "5"), [])


def test_emphasis_is_no_part_of_a_cell(tmp_path: Path) -> None:
    """`*0.25*` is a number, `5.2*` has a footnote."""
    text = "| model | t (s) |\n|---|---|\n| *a* | *1.5* |\n| **b** | **2.5** |\n"
    (table,) = read(tmp_path, text, "report.md").tables
    assert (table.labels["model"], tuple(table.series[0].values)) == (("a", "b"), (1.5, 2.5))


def test_the_s_of_a_possessive_is_no_second(tmp_path: Path) -> None:
    """Answers of a quiz are keys of its scores: `The person with a dog's`."""
    text = "case,the student's,time s\na,0.5,1.5\nb,0.7,2.5\n"
    found = series(read(tmp_path, text))
    assert (found["the student's"].unit, found["time s"].unit) == (None, "s")


def test_a_hash_is_no_temperature(tmp_path: Path) -> None:
    """`66106050347e48c` is no number of degrees."""
    assert not series(read(tmp_path, '{"lookup": {"a": "66106050347e48c"}}'))


def test_an_answer_of_valid_is_no_mark_of_failure(tmp_path: Path) -> None:
    """Where each answer has its score, half of the rows have none for `valid`."""
    text = (
        '[{"target_scores": {"valid": 0, "invalid": 1}, "latency_ms": 3.5},'
        ' {"target_scores": {"valid": 1, "invalid": 0}, "latency_ms": 4.5}]'
    )
    assert not read(tmp_path, text).tables[0].failures


def test_arguments_of_a_call_are_settings(tmp_path: Path) -> None:
    """A cap among the arguments is not measured."""
    text = '{"args": {"duration_cap_minutes": 5}, "latency_ms": 3.5}'
    assert set(series(read(tmp_path, text))) == {"latency_ms"}


def test_what_pandas_describes_are_statistics(tmp_path: Path) -> None:
    """`df.describe().to_csv()`: a count and a deviation among them are no latencies."""
    text = ",latency_ms,tok_s\ncount,100.0,100.0\nmean,12.5,30.2\nstd,1.5,3.1\n50%,12.1,30.0\n"
    (table,) = read(tmp_path, text).tables
    assert [(one.metric, one.statistic, one.values[0]) for one in table.series] == [
        ("latency", "mean", 12.5),
        ("latency", "stdev", 1.5),
        ("latency", "median", 12.1),
        ("throughput", "mean", 30.2),
        ("throughput", "stdev", 3.1),
        ("throughput", "median", 30.0),
    ]
    assert table.declared_n == (100,)
    assert table.locate(table.series[1], 0) == "row 4, column latency_ms"


def test_statistics_in_rows_belong_to_what_stands_beside_them(tmp_path: Path) -> None:
    """Each model has its mean and its 99th percentile; one lacks a row."""
    text = "model,stat,ttft_ms\na,mean,10.5\na,p99,20.5\nb,mean,11.5\n"
    (table,) = read(tmp_path, text).tables
    assert dict(table.labels) == {"model": ("a", "b")}
    assert [(one.statistic, tuple(one.texts)) for one in table.series] == [
        ("mean", ("10.5", "11.5")),
        ("p99", ("20.5", "")),
    ]


def test_statistics_in_the_rows_of_markdown(tmp_path: Path) -> None:
    """Metrics above, statistics at the side, the corner empty."""
    text = "| | TTFT (ms) |\n|---|---|\n| mean | 10.5 |\n| p99 | 11.5 |\n"
    (table,) = read(tmp_path, text, "report.md").tables
    assert [(one.statistic, one.unit) for one in table.series] == [("mean", "ms"), ("p99", "ms")]


@pytest.mark.parametrize(
    "text",
    [
        "name,ttft_ms\nmean,10.5\nmodel,11.5\n",  # one is no statistic
        "stat,ttft_ms\nmean,10.5\nmean,11.5\n",  # twice
        "stat,ttft_ms\ncount,10\nn,11\n",  # only counts
    ],
)
def test_other_rows_are_no_statistics(tmp_path: Path, text: str) -> None:
    """Then each row is a row."""
    (table,) = read(tmp_path, text).tables
    assert len(table.rows) == 2


@pytest.mark.parametrize(("corner", "index"), [("", "model,,\n"), ("", ""), ("model", "")])
def test_a_header_of_several_rows_is_read(tmp_path: Path, corner: str, index: str) -> None:
    """`groupby("model").agg(["mean", "std"]).to_csv()` writes two or three."""
    text = f"{corner},latency_ms,latency_ms\n,mean,std\n{index}a,10.5,1.5\nb,11.5,1.6\n"
    evidence = read(tmp_path, text)
    (table,) = evidence.tables
    assert [tuple(labels) for labels in table.labels.values()] == [("a", "b")]
    assert [(one.metric, one.statistic, tuple(one.values)) for one in table.series] == [
        ("latency", "mean", (10.5, 11.5)),
        ("latency", "stdev", (1.5, 1.6)),
    ]
    for one in table.series:
        (place,) = follow(text.encode(), "csv", table.locate(one, 1))
        assert place.text == one.texts[1]


@pytest.mark.parametrize(
    "text",
    [
        "a,ttft_ms,ttft_ms\nx,1.5,2.5\ny,1.6,2.6\n",  # numbers below
        "a,ttft_ms,ttft_ms\nx,,\ny,1.6,2.6\nz,1.7,2.7\n",  # nothing below
    ],
)
def test_columns_of_one_name_are_not_always_stacked(tmp_path: Path, text: str) -> None:
    """They keep their numbers."""
    columns = set(series(read(tmp_path, text)))
    assert columns == {"ttft_ms", "ttft_ms#2"}


def test_keys_below_a_metric_are_names(tmp_path: Path) -> None:
    """A label of models is not called `latency_m`."""
    text = '{"latency_ms": {"alpha": [10.5, 11.5, 12.5], "beta": [9.5, 9.6, 9.7]}}'
    (table,) = read(tmp_path, text).tables
    assert list(table.labels) == ["name"]
