"""How a sentence is shortened for a prompt."""

import pytest

from chimera.gist import LONGEST, gist

CASES = {
    "Throughput by E1 in E2: E3 > E4; medians: E3 5 tok/s (n = 5). E3 is highest.": (
        "Throughput by E1 in E2: E3 > E4"
    ),
    "Latency (E9) by E1 in E2, medians: E3 5 ms (n = 5).": "Latency by E1 in E2",
    "TTFT of E1 is uneven: the maximum 9 ms is 4 times the median 2 ms (n = 7).": (
        "TTFT of E1 is uneven"
    ),
    "2 of 9 rows failed in E1 (share 22 %, Wilson).": "2 of 9 rows failed in E1",
    "json: 4 files, latest change 2026-01-01T00:00:00Z.": "json: 4 files",
    "No p99 is computed: the largest group has n = 9.": (
        "No p99 is computed: the largest group has n = 9"
    ),
}


@pytest.mark.parametrize("text", CASES)
def test_what_opens_a_sentence_stays(text: str) -> None:
    """Subject, order and counts stay; asides, medians and tests go."""
    assert gist(text) == CASES[text]


def test_no_gist_is_long() -> None:
    """A sentence that names very many things is cut between two words, and shows it."""
    said = gist("Throughput by " + ", ".join(f"E{i}" for i in range(99)))
    assert len(said) <= LONGEST + 2
    assert said.endswith(", …")
