"""What a column is for by its name: failure mark, identifier, setting, label, run count, text."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from chimera.evidence.names import plain
from chimera.evidence.units import TIMES
from chimera.evidence.words import words

Role = Literal[
    "failure", "identifier", "parameter", "label", "runs", "environment", "text", "ignored"
]

FAILURE_TEXTS = words(
    "error error_message error_msg err exception failure_reason error_text stderr_text"
)
SUCCESS_FLAGS = words("success ok passed succeeded successful is_success valid")
FAILURE_FLAGS = words("failed is_failed timed_out timeout crashed failure is_error")
EXIT_CODES = words("exit_code exit_codes exitcode returncode return_code exit_status")
STATUSES = words(
    "status state outcome verdict validity status_code http_status http_code response_code"
)
UNIT_NAMES = words("unit units uom unit_of_measure unit_of_measurement")
_FAILURES = FAILURE_TEXTS | SUCCESS_FLAGS | FAILURE_FLAGS | EXIT_CODES | STATUSES

RUN_COUNTS = words("samples runs rounds n repeats repetitions num_runs n_runs nruns")
_IDENTIFIERS = words(
    "timestamp datetime date datum time_stamp ts generated_at created_at id uuid guid run run_id "
    "run_number trial attempt repeat rep request_id index idx row line step epoch iteration iter "
    "pid ppid port url uri host hostname host_name node node_name pod instance machine_id serial "
    "path file filename file_name folder hash sha sha256 md5 commit commit_hash git_sha revision "
    "build build_number create_time start_time end_time started_at finished_at "
    "execution_time_stamp user username"
)
_IDENTIFIER_ENDS = tuple(
    sorted(
        words(
            "_id _uuid _at _path _hash _sha _url _uri _timestamp _datetime _date _index _idx "
            "_file _pid _commit"
        )
    )
)
# Texts that may be long, and never tell one run from another.
_TEXTS = words(
    "prompt prompts prompt_text prompt_index question answer response output completion content "
    "seed_text message messages notes note comment comments description text query_text sql "
    "stdout stderr traceback"
)
_TEXT_ENDS = ("_preview", "_text", "_prompt", "_response", "_output", "_message")
_PARAMETERS = words(
    "temperature top_p top_k min_p repeat_penalty presence_penalty frequency_penalty seed ctx "
    "ctx_size context_length context_len context_size concurrency max_concurrency threads thread "
    "workers order quant quantization quantisation batch batchsize ubatch batch_size gpu_layers "
    "n_gpu_layers flash_attn max_tokens max_new_tokens num_predict request_rate burstiness "
    "input_len output_len prompt_len gen_len seq_len sequence_length height width channels "
    "streams stream mirostat tp pp dp tensor_parallel_size pipeline_parallel_size replicas "
    "warmup warmups warmup_runs opset power_limit learning_rate lr epochs dropout use_cache "
    "samples_per_run keep_alive profile rate_type depth temp precision users vus clients "
    "connections iodepth io_depth queue_depth qd mtu scale scale_factor shards partitions nodes "
    "gpus cores vcpus warehouses pipeline_depth prefetch rank nprocs procs best_of "
    "max_num_batched_tokens"
)
_PARAMETER_STARTS = tuple(sorted(words("num_ n_ batch_ max_num_ type_")))
_PARAMETER_ENDS = tuple(
    sorted(
        words(
            "_size _dim _len _length _layers _heads _threads _workers _ctx _batch _precision _limit"
        )
    )
)
_LABELS = words(
    "model tag backend name test variant kernel mode dtype device engine framework task dataset "
    "scenario suite group case method algorithm compiler runtime provider language label strategy "
    "policy tone context benchmark command config endpoint pattern operation op phase stage job "
    "branch region zone driver_name workload query model_id tokenizer_id repo_id"
)
_LABEL_ENDS = tuple(
    sorted(words("_name _model _backend _mode _type _variant _tag _strategy _dtype _kind _label"))
)
_ENVIRONMENT_PARENTS = words(
    "environment env system_info machine_info machine hardware platform host_info sysinfo"
)
_WIDER_SETTINGS = words("resources thresholds")  # their objects hold settings as well
_SECRETS = (
    "password", "passwd", "passphrase", "api_key", "apikey", "secret", "secret_key", "access_key",
    "access_key_id", "private_key", "access_token", "auth_token", "api_token", "hf_token",
    "bearer", "authorization", "credentials",
)  # fmt: skip
_DISTRIBUTIONS = ("scores", "counts", "probabilities", "probs", "distribution")
_SCHEMAS = words("properties definitions shapes defs pattern_properties")
_BOUNDS = words("minimum maximum min max exclusive_minimum exclusive_maximum default multiple_of")
_SETTINGS = words(
    "config configuration settings constraints args arguments hyperparameters sampling_params "
    "sampling_config generation_config generation_params"
)
ENVIRONMENT = words(
    "gpu_name gpu_model cpu_model cpu_name cpu_count cpu_info gpu_info gpu_count os os_version "
    "os_name platform python_version torch_version cuda_version torch_cuda_version driver "
    "nvidia_driver driver_version python_implementation cuda_available hardware processor "
    "machine architecture kernel_version ollama_version compute_capability ram_gb"
)
LONGEST_NAME = 80  # characters of a label or an identifier; longer ones are texts
_MOMENTS = ("timestamp", "start_time", "end_time", "stop_time", "queuing_time", "_datetime")
_NUMBER = re.compile(r"\s?[+-]?\.?\d")
_TRIED = 32  # filled cells without a number make a text column


_BY_NAME: dict[str, Role] = {}
_ROLES: tuple[tuple[Role, frozenset[str]], ...] = (
    ("label", _LABELS),
    ("text", _TEXTS),
    ("identifier", _IDENTIFIERS),
    ("parameter", _PARAMETERS),
    ("environment", ENVIRONMENT),
    ("runs", RUN_COUNTS),
    ("failure", _FAILURES),
)
for _role, _names in _ROLES:
    _BY_NAME.update(dict.fromkeys(_names, _role))


@lru_cache(maxsize=8192)
def role_of(path: tuple[str, ...]) -> Role | None:
    """Return what the name alone says a column is for; None where only its cells can tell."""
    name = plain(path[-1])
    role = _BY_NAME.get(name)
    if _is_left(path, name):
        return "ignored"
    if role == "failure" and _is_answer(path):
        role = None
    if _is_moment(name):
        return "identifier"
    if is_set(path) and role in {None, "environment"}:
        return "parameter"
    if role in {None, "label", "parameter"} and _in_environment(path):
        return "environment"
    return _by_end(name) if role is None else role


def _is_left(path: tuple[str, ...], name: str) -> bool:
    """Tell what is no evidence, and what is filed is shown and sent to a model: no passwords."""
    attribute = "_attribute_" in name  # Nsight Compute lists the properties of the device so
    return attribute or name.endswith(_SECRETS) or _is_bucket(path) or _is_bound(path, name)


def _is_answer(path: tuple[str, ...]) -> bool:
    """Tell one of several answers from a mark of failure: `target_scores/valid`."""
    return len(path) > 1 and plain(path[-2]).endswith(_DISTRIBUTIONS)


def _by_end(name: str) -> Role | None:
    for role, ends in _ENDS:
        if name.endswith(ends):
            return role
    return None


_ENDS: tuple[tuple[Role, tuple[str, ...]], ...] = (
    ("environment", ("version",)),
    ("label", _LABEL_ENDS),
    ("text", _TEXT_ENDS),
    ("identifier", _IDENTIFIER_ENDS),
)


def is_set(path: tuple[str, ...]) -> bool:
    """Tell whether a key stands directly in an object of settings, where nothing is measured."""
    above = [plain(part) for part in path[-3:-1]]
    direct = above[-1] if above else ""
    return (
        direct in _SETTINGS
        or direct.endswith(("_probe", "kwargs"))  # a probe of Kubernetes
        or not _WIDER_SETTINGS.isdisjoint(above)
    )


def _is_moment(name: str) -> bool:
    """Tell a point in time, whatever its unit: `timestamp_ms`, `request_start_time`."""
    stem, _, unit = name.rpartition("_")
    return (stem if unit in TIMES else name).endswith(_MOMENTS)


def _is_bound(path: tuple[str, ...], name: str) -> bool:
    """Tell `properties/TimeoutSeconds/maximum` of a schema: a bound, and no measurement."""
    return len(path) > 2 and name in _BOUNDS and plain(path[-3]) in _SCHEMAS  # noqa: PLR2004 - schema, property, bound


def _is_bucket(path: tuple[str, ...]) -> bool:
    """Tell a key that is a number and no percentile: the bucket of a histogram."""
    leaf = path[-1].lstrip("<>=")
    numeric = leaf.replace(".", "", 1).isdigit()
    return numeric and (len(path) == 1 or "percentile" not in plain(path[-2]))


def _in_environment(path: tuple[str, ...]) -> bool:
    return any(plain(part) in _ENVIRONMENT_PARENTS for part in path[:-1])


@lru_cache(maxsize=8192)
def is_setting(name: str) -> bool:
    """Tell whether a number under this name is a setting, where it is no known metric."""
    word = plain(name)
    return (
        word.startswith(_PARAMETER_STARTS)
        or word.endswith(_PARAMETER_ENDS)
        or word in {"context", "size"}
    )


@lru_cache(maxsize=8192)
def is_context(column: str) -> bool:
    """Tell whether a key of an object also holds for the tables inside it."""
    path = tuple(column.split("/"))
    role = role_of(path)
    if role == "failure":
        return plain(path[-1]) in FAILURE_TEXTS | EXIT_CODES
    if role in {"label", "parameter", "runs", "environment"}:
        return True
    return role is None and is_setting(path[-1])


@lru_cache(maxsize=8192)
def is_identity(column: str) -> bool:
    """Tell whether a key says which run the tables inside it belong to, or their unit."""
    path = tuple(column.split("/"))
    return role_of(path) == "identifier" or plain(path[-1]) in UNIT_NAMES


def looks_numeric(cells: list[str]) -> bool:
    """Tell whether one of the first filled cells starts like a number: cheaper than reading all."""
    tried = 0
    for cell in cells:
        if not cell:
            continue
        if cell[0].isdecimal() or _NUMBER.match(cell):
            return True
        tried += 1
        if tried > _TRIED:
            return False
    return False
