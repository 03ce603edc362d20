"""Train every variant; write ``models/*.json`` and a CSV with what training cost."""

from __future__ import annotations

import csv
import json
import sys
import time
from pathlib import Path

from model import MODEL_DIR, VARIANTS, count, split_corpus


def main(out: str) -> None:
    """Train all variants and write the training table to ``out``."""
    train_text, _ = split_corpus()
    MODEL_DIR.mkdir(exist_ok=True)
    rows = []
    for name, order in VARIANTS.items():
        start = time.perf_counter()
        counts = count(train_text, order)
        train_s = time.perf_counter() - start
        path = MODEL_DIR / f"{name}.json"
        path.write_text(json.dumps({"order": order, "counts": counts}), encoding="utf-8")
        rows.append(
            {
                "model": name,
                "context_length": order,
                "train_chars": len(train_text),
                "contexts": len(counts),
                "train_s": round(train_s, 4),
                "model_file_bytes": path.stat().st_size,
            }
        )
    with Path(out).open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main(sys.argv[1])
