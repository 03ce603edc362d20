"""pytest plugin: keep what names the machine out of the pytest-benchmark file."""

from __future__ import annotations


def pytest_benchmark_update_machine_info(machine_info: dict) -> None:
    """Drop the host name and the kernel build; of the CPU keep model and count."""
    for key in ("node", "release", "version"):
        machine_info.pop(key, None)
    cpu = machine_info.get("cpu", {})
    machine_info["cpu"] = {k: cpu[k] for k in ("brand_raw", "arch", "count") if k in cpu}


def pytest_benchmark_update_commit_info(commit_info: dict) -> None:
    """Store no author, branch or project (folder) name."""
    for key in set(commit_info) - {"id", "dirty"}:
        del commit_info[key]
