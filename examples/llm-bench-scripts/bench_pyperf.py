"""pyperf timings of one next-character distribution per variant."""

import pyperf

# isort: split
from model import VARIANTS, NGram

HISTORY = "The following sections describe the standard ty"

if __name__ == "__main__":
    runner = pyperf.Runner()
    for name in VARIANTS:
        runner.bench_func(f"next_distribution_{name}", NGram.load(name).distribution, HISTORY)
