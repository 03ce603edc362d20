"""Remove metadata that names the machine from a pyperf JSON file (never a timing)."""

import json
import sys
from pathlib import Path

FIELDS = (
    "hostname",
    "python_executable",
    "python_config_args",
    "boot_time",
    "uptime",
    "platform",
)


def strip(metadata: dict) -> None:
    """Delete the identifying fields of one metadata block."""
    for field in FIELDS:
        metadata.pop(field, None)


if __name__ == "__main__":
    path = Path(sys.argv[1])
    suite = json.loads(path.read_text(encoding="utf-8"))
    strip(suite.get("metadata", {}))
    for benchmark in suite["benchmarks"]:
        strip(benchmark.get("metadata", {}))
        for run in benchmark["runs"]:
            strip(run.get("metadata", {}))
    path.write_text(json.dumps(suite, separators=(",", ":")) + "\n", encoding="utf-8")
