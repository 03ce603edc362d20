"""Measure every variant on the held-out text; write one JSON and one CSV file."""

from __future__ import annotations

import csv
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from model import VARIANTS, NGram, split_corpus


def measure(name: str, text: str) -> dict[str, object]:
    """Return accuracy and bits per character of one variant on ``text``."""
    model = NGram.load(name)
    start = time.perf_counter()
    correct = 0
    for i, char in enumerate(text):
        probs = model.distribution(text[max(0, i - model.order) : i])
        correct += max(probs, key=probs.__getitem__) == char
    bits = model.bits(text)
    return {
        "model": name,
        "n_chars": len(text),
        "n_correct": correct,
        "accuracy": round(correct / len(text), 5),
        "bits_per_char": round(bits / len(text), 5),
        "seconds": round(time.perf_counter() - start, 3),
    }


def main(json_path: str, csv_path: str) -> None:
    """Measure all variants and write both files."""
    _, held_out = split_corpus()
    rows = [measure(name, held_out) for name in VARIANTS]
    report = {
        "generated_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "task": "next-character prediction on held-out paragraphs",
        "results": rows,
    }
    Path(json_path).write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    with Path(csv_path).open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
