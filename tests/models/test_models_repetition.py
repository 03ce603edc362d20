"""Text that repeats itself without end, and text that only looks like it."""

import base64
import json
import random
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chimera.models.repetition import Watch, given_up, repeats

SENTENCE = "The backend is faster because it batches requests. "
OBJECT = '{"name": "eager", "mean_ms": 12.5, "ok": true},\n'


def _noticed(text: str, piece: int = 4) -> int | None:
    """Return after how many characters a watch speaks up, looking every hundred pieces."""
    watch = Watch()
    for start in range(0, len(text), piece):
        watch.pieces.append(text[start : start + piece])
        if len(watch.pieces) % 100 == 0 and watch.look():
            return start + piece
    return len(text) if watch.look() else None


@pytest.mark.parametrize(
    ("unit", "within"),
    [
        (" the", 1_200),
        (SENTENCE, 2_000),
        ("é ", 1_200),
        ("好的。", 4_000),
        (" ", 1_400),
        ("\n", 1_400),
        (" \n\t", 1_400),
        ("0, ", 3_400),
        ("-", 3_400),
        (OBJECT, 3_400),
        ("| a | 1 |\n", 3_400),
        ("x" * 199 + " ", 5_200),
    ],
)
def test_a_loop_is_noticed_soon(unit: str, within: int) -> None:
    """After real text, a repeated unit is seen within the characters it may fill."""
    start = "The report begins with words of its own, 17 of them, and then it loses its way: "
    noticed = _noticed(start + unit * 10_000)
    assert noticed is not None
    assert noticed <= within


def _random_text(letters: str, size: int) -> str:
    return "".join(random.Random(7).choices(letters, k=size))  # noqa: S311  test data


REAL = {
    "separators": ("=" * 120 + "\n" + "-" * 120 + "\n" + "\n" * 20) * 3,
    "wide table": "| " + " | ".join("abcdefgh" * 5) + " |\n|" + "---|" * 200 + "\n",
    "like rows": "".join(f"| run {n} | 0 | 0 | 0 | 0 | 0 |\n" for n in range(300)),
    "rows alike": "| 0 | 0 | 0 |\n" * 100,
    "padded cell": "| name" + " " * 600 + "|\n",
    "number list": "\n".join(str(n) for n in range(3000)),
    "hundred zeros": "[" + ", ".join(["0"] * 400) + "]",
    "zero matrix": ("[" + ", ".join(["0"] * 28) + "],\n") * 28,
    "like objects": json.dumps([{"id": n, "ok": True, "ms": None} for n in range(500)], indent=2),
    "same objects": OBJECT * 40,
    "code": "".join(f"    if x == {n}:\n        return None\n" for n in range(300)),
    "closing braces": "{" * 300 + "}" * 300,
    "base64": base64.b64encode(random.Random(7).randbytes(20_000)).decode(),  # noqa: S311  test data
    "base64 of zeros": base64.b64encode(bytes(2000)).decode(),
    "genome": _random_text("ACGT", 5000),
    "bits": _random_text("01", 5000),
    "refrain": (SENTENCE * 8 + "And then. ") * 3,
    "hello, hello": "hello " * 100,
    "bar chart": "".join(f"{n:2} {'█' * (n * 7 % 150)}\n" for n in range(60)),
    "dots": "Latency " + "." * 150 + " 7\n",
    "hex dump": "".join(f"{n:08x}  00 00 00 00 00 00 00 00\n" for n in range(0, 4096, 8)),
    "letters": _random_text(string.printable, 20_000),
}


@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("piece", [1, 4, 1000])
def test_real_text_is_left_alone(name: str, piece: int) -> None:
    """Tables, lists, code and data repeat much, but not without end."""
    assert _noticed(REAL[name], piece) is None


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1, max_size=60), st.integers(1, 400), st.integers(1, 9))
def test_counting_is_never_repeating(unit: str, count: int, piece: int) -> None:
    """Whatever a line says, lines that are numbered differ."""
    text = "".join(f"{n}{unit}" for n in range(1000, 1000 + count))
    if not unit.isdigit():
        assert _noticed(text, piece) is None


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=400), st.text(max_size=50))
def test_any_short_unit_is_noticed_in_the_end(unit: str, start: str) -> None:
    """Every unit of at most 400 characters, whatever is in it and before it."""
    assert repeats((start + unit * 10_000)[:20_000])


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([" the"] * 31, True),
        ([" the", "the "] * 16, True),
        (["\n", " ", "  "] * 11, True),
        ([" the" * 31], True),
        (["{", " \n" * 20], True),
        ([" the"] * 29, False),
        ([" the"] * 31 + [" end"], False),
        (["Hello", " there"], False),
        ([], False),
    ],
)
def test_ollamas_own_stop_is_told_by_the_last_tokens(pieces: list[str], expected: bool) -> None:
    """Thirty tokens alike, blanks apart, streamed or in one piece."""
    assert given_up(pieces) is expected


def test_a_watch_keeps_little_beside_the_text() -> None:
    """The part that is looked at does not grow with the answer."""
    watch = Watch()
    for n in range(2_000):
        watch.pieces.append(f"sentence number {n} is like no other. ")
        watch.look()
    assert len(watch._tail) < 10_000
    assert watch.size == len(watch.text)
