"""The metrics we know: how they are written, and which way is better."""

from __future__ import annotations

from chimera.evidence.words import words

_STEMS = {
    "ttft": "ttft time_to_first_token first_token first_token_latency first_token_time",
    "itl": "itl inter_token_latency intertoken_latency",
    "tpot": "tpot time_per_output_token",
    "e2e_latency": "e2e e2el e2e_latency end_to_end_latency end_to_end request_latency",
    "latency": "latency lat latencies response_time",
    "duration": "duration time times timing timings elapsed elapsed_time runtime wall wall_time "
    "wall_clock execution_time exec_time real_time durations seconds",
    "load": "load load_time load_duration model_load model_load_time",
    "prompt_eval": "prompt_eval prompt_eval_time prompt_eval_duration",
    "eval": "eval eval_time eval_duration",
    "compile_time": "compile compile_time compilation compilation_time",
    "throughput": "throughput tokens_throughput token_throughput generation_speed decode_speed",
    "accuracy": "accuracy acc",
    "loss": "loss",
    "perplexity": "perplexity ppl",
    "bits_per_char": "bits_per_char bpc bits_per_character",
    "bits_per_byte": "bits_per_byte bpb",
    "error_rate": "error_rate err_rate failure_rate",
    "success_rate": "success_rate pass_rate successrate",
    "f1": "f1 f1_score f_1 f1score",
    "exact_match": "exact_match em",
    "bleu": "bleu",
    "precision": "precision",
    "recall": "recall",
    "auc": "auc roc_auc auroc",
    "rouge_l": "rouge_l rougel",
    "pass_1": "pass_1 pass1",
    "pass_10": "pass_10 pass10",
    "map50": "map50 map_50",
    "map50_95": "map50_95 map_50_95",
    "rtf": "rtf real_time_factor",
    "wer": "wer word_error_rate",
    "hit_rate": "hit_rate cache_hit_rate hit_ratio cache_hit_ratio",
    "miss_rate": "miss_rate cache_miss_rate miss_ratio cache_miss_ratio",
    "win_rate": "win_rate",
    "acceptance_rate": "acceptance_rate accept_rate",
    "bandwidth": "bandwidth bw",
    "packet_loss": "packet_loss",
    "jitter": "jitter",
    "speedup": "speedup speed_up",
    "memory": "memory mem rss ram vram memory_used mem_used used_memory memory_usage max_rss "
    "memory_rss gpu_memory gpu_mem gpu_memory_used vram_used memory_allocated",
    "memory_utilization": "utilization_memory memory_utilization mem_util",
    "memory_total": "memory_total total_memory memory_capacity",
    "memory_free": "memory_free free_memory memory_available available_memory",
    "power": "power power_draw power_usage gpu_power",
    "energy": "energy energy_used energy_consumption",
    "cpu_utilization": "cpu cpu_usage cpu_util cpu_utilization",
    "gpu_utilization": "gpu_util gpu_utilization utilization_gpu gpu_usage",
    "disk_utilization": "disk_usage disk disk_util",
    "temperature": "gpu_temp gpu_temperature temperature_gpu temp_gpu cpu_temp cpu_temperature",
    "model_size": "model_size",
}
BY_STEM = {word: metric for metric, words in _STEMS.items() for word in words.split()}

# Names that mean one thing as a whole, with their unit where the tools that write them fix it:
# vLLM `bench serve` for the throughputs, nvidia-smi for the readings of a GPU.
BY_WHOLE_NAME: dict[str, tuple[str, str | None]] = {
    "output_throughput": ("throughput", "tok/s"),
    "total_token_throughput": ("total_throughput", "tok/s"),
    "request_throughput": ("request_throughput", "req/s"),
    "request_goodput": ("request_goodput", "req/s"),
    "time_per_output_token": ("tpot", None),
    "total_tokens": ("total_tokens", "tokens"),
    "total_duration": ("duration", None),
    "eval_count": ("eval_count", "tokens"),
    "prompt_eval_count": ("prompt_eval_count", "tokens"),
    "bits_per_char": ("bits_per_char", None),
    "bits_per_character": ("bits_per_char", None),
    "bits_per_byte": ("bits_per_byte", None),
    "utilization_gpu": ("gpu_utilization", "%"),
    "utilization_memory": ("memory_utilization", "%"),
    "power_draw": ("power", "W"),
    "fan_speed": ("fan_speed", "%"),
    "clock_graphics": ("clock_graphics", "MHz"),
    "clock_memory": ("clock_memory", "MHz"),
    "clock_sm": ("clock_sm", "MHz"),
    "coefficient_of_variation": ("cv", None),
    "cv": ("cv", None),
    "tps": ("tps", None),  # of tokens for some tools, of transactions for others
    "memory_total": ("memory_total", None),
    "total_memory": ("memory_total", None),
}
# `flops` is no rate: as often it is the size of a model.
RATE_WORDS = {"rps": "req/s", "qps": "query/s", "fps": "frame/s", "iops": "op/s"}
COUNT_WORDS = {
    "tokens": "tokens", "token": "tokens", "chars": "chars", "characters": "chars",
    "completed": "count", "failed": "count",
    "requests": "count", "tests": "count", "successful": "count", "inferences": "count",
    "errors": "count", "failures": "count",
}  # fmt: skip

# At the end of a longer name they still say what is measured: `val_loss`, `decode_latency`.
SUFFIXES = words(
    "accuracy acc loss perplexity ppl f1 bleu speedup latency ttft throughput error_rate score "
    "precision recall auc rouge wer cer rmse mae mse goodput"
)
# Such an error is a finding; any other `error` may be a text, a count or half an interval.
ERRORS = words(
    "absolute squared relative prediction percentage quantization quantisation reconstruction test "
    "train val validation training eval"
)

# Words that carry no meaning of their own in a name: the parent names the metric then.
GENERIC = words(
    "stats stat statistics summary metrics metric results result percentiles percentile benchmark "
    "benchmarks line data value values measurements measurement quantiles run_results run of list"
)
# Words around a token rate that still mean the rate of generated tokens.
GENERATION = words(
    "throughput output generation generated gen decode decoding eval rate speed token tokens "
    "achieved actual request requests"
)
HIGHER = words(
    "throughput accuracy success_rate f1 exact_match bleu speedup request_goodput bandwidth tps "
    "goodput precision recall auc rouge_l rouge map50 map50_95 hit_rate win_rate "
    "acceptance_rate score pass_1 pass_10"
)
LOWER = words(
    "rtf wer cer rmse mae mse miss_rate packet_loss jitter error "
    "ttft itl tpot e2e_latency latency duration load prompt_eval eval compile_time loss perplexity "
    "bits_per_char bits_per_byte error_rate memory power energy model_size"
)
# Bytes and times without a better side: capacities, counters, readings that describe load.
NO_DIRECTION = words(
    "memory_total memory_free memory_utilization cpu_utilization gpu_utilization disk_utilization "
    "network_sent network_recv temperature fan_speed clock_memory cv size bytes_in bytes_out "
    "warmup uptime timeout length brier_score risk_score anomaly_score fid_score z_score t_score"
)
# What is chosen, not measured, though it carries a unit: `timeout_s`, `slo_ms`.
CHOSEN = words(
    "interval window period timeout ttl uptime age ramp think sleep horizon budget deadline limit "
    "target slo sla threshold refresh granularity retention"
)
# Readings that may well be negative, or have no better side though they carry a unit of time.
SIGNED = words("offset skew drift slack shift bias lag residual balance")
