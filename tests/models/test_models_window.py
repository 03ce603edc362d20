"""The size of the context window, and what a server's count proves."""

import json
import re
from pathlib import Path

import pytest

from chimera.models import ModelOptions
from chimera.models.estimate import Estimate, Sample, fit, overhead, plausible
from chimera.models.window import SIZES, choose, cut_sizes, needed, whole

SHARED = Path(__file__).parents[3] / "shared" / "fixtures" / "ollama-wire"
COPIED = Path(__file__).parents[1] / "data" / "ollama-wire"
COUNT = re.compile(rb'"(?:prompt_eval_count|prompt_tokens)":(\d+)')
MODELFILE_NUM_CTX = 2048  # of the recorded models
IN_FORCE = {"4a-num_ctx-above-training-context": 4096, "4b-num_ctx-0": 4, "4b-num_ctx-1": 4}

SHORT = Sample(27, 1, 27)  # the prompt of most recordings
LONG = Sample(1514, 1, 1521)  # 40-ctx-whole-prompt-counted
HISTORY = Sample(1365, 18, 1438)  # 45-ctx-over-history-full-count
CUT_MESSAGE = {
    "41-ctx-over-nonstream",
    "41-ctx-over-stream",
    "41-ctx-over-truncate-true",
    "44-ctx-over-num_keep-0",
    "44-ctx-over-num_keep-100",
    "46-ctx-over-system-alone-too-long",
    "47-ctx-edge-first-cut",
    "4b-num_ctx-0",
    "4b-num_ctx-1",
    "4e-openai-ctx-over",
}
CUT_HISTORY = {"45-ctx-over-history", "49-native-ctx-over-history"}


def counted(case: Path) -> tuple[Sample, int, int] | None:
    """Return size and count of a recorded chat, its window and num_keep; None without a count."""
    if not (case / "request.json").exists():
        return None
    found = COUNT.search((case / "response.http").read_bytes())
    if found is None:
        return None
    request = json.loads((case / "request.json").read_text(encoding="utf-8"))
    sizes = [len(message["content"].encode()) for message in request.get("messages", ())]
    if not sizes:
        return None
    options = request.get("options") or {}
    num_ctx = IN_FORCE.get(case.name, options.get("num_ctx") or MODELFILE_NUM_CTX)
    return Sample(sum(sizes), len(sizes), int(found[1])), num_ctx, options.get("num_keep", 4)


def verdicts(folder: Path, seen: list[Sample]) -> dict[str, bool | None]:
    """Return what is proven of each recorded chat after some prompts were seen."""
    line = fit(seen)
    found = {case.name: counted(case) for case in sorted(folder.iterdir())}
    return {
        name: whole(
            line.estimate(chat[0].sent_bytes, chat[0].messages),
            chat[0].tokens,
            chat[1],
            num_keep=chat[2],
        )
        for name, chat in found.items()
        if chat
    }


@pytest.fixture
def shared() -> Path:
    """The folder of all recordings."""
    if not SHARED.is_dir():
        pytest.skip("the full set of recordings is not on this machine")
    return SHARED


@pytest.mark.parametrize("seen", [[LONG], [SHORT, LONG], [HISTORY], [SHORT, LONG, HISTORY]])
def test_every_recorded_cut_is_found_once_a_whole_prompt_was_seen(
    shared: Path, seen: list[Sample]
) -> None:
    """All cut prompts are told from all whole ones by the counters alone."""
    found = verdicts(shared, seen)
    assert len(found) > 80
    cut = {name for name, verdict in found.items() if verdict is False}
    assert cut == CUT_MESSAGE | CUT_HISTORY
    assert {name for name, verdict in found.items() if verdict is None} == set()


@pytest.mark.parametrize("seen", [[], [SHORT], [SHORT, Sample(12, 1, 23), Sample(0, 1, 15)]])
def test_short_prompts_prove_only_what_size_or_a_cuts_own_count_shows(
    shared: Path, seen: list[Sample]
) -> None:
    """Before a long prompt was seen, nobody can tell about histories and tight windows."""
    found = verdicts(shared, seen)
    assert {name for name, verdict in found.items() if verdict is False} == CUT_MESSAGE
    open_cases = {name for name, verdict in found.items() if verdict is None}
    assert open_cases > CUT_HISTORY
    assert {name[:2] for name in open_cases - CUT_HISTORY} == {"40", "47", "48", "4c"}


def test_the_recordings_at_hand_are_whole() -> None:
    """Of the recorded chats that come with the project only those were cut that say so."""
    found = verdicts(COPIED, [])
    assert len(found) >= 5
    assert {name for name, verdict in found.items() if not verdict} == {"41-ctx-over-stream"}


def known(expected: int, *, sent_bytes: int = 20_000, messages: int = 2) -> Estimate:
    """Return an estimate with a fifth of margin, made from many prompts."""
    least, most = expected * 4 // 5, expected * 6 // 5
    return Estimate(sent_bytes, messages, least, expected, most, samples=16)


def test_what_fits_by_its_bytes_is_whole_whatever_was_counted() -> None:
    """A token is at least a byte, so nothing else has to be known."""
    unknown = fit([]).estimate(1000, 2)
    fits = 1000 + overhead(2) + 4
    assert [whole(unknown, None, n) for n in (fits - 1, fits)] == [None, True]
    assert whole(unknown, 12, fits) is True


def test_an_expected_count_is_whole() -> None:
    """A count within the estimate proves a prompt that the window held."""
    assert whole(known(5000), 5100, 8192) is True
    assert whole(known(5000), 4001, 8192) is True


def test_a_low_count_proves_nothing_where_the_window_was_large_enough() -> None:
    """Then the texts were unusual, or the server left out what it had cached."""
    assert whole(known(5000), 3000, 8192) is None


def test_a_low_count_shows_a_cut_where_the_prompt_may_have_overflowed() -> None:
    """Less than the estimate allows came through a window that may have been too small."""
    assert whole(known(5000), 3000, 5000) is False


def test_a_low_count_that_a_cache_explains_shows_no_cut() -> None:
    """Some servers count only what they had not cached."""
    assert whole(known(5000), 3000, 5000, shared_bytes=10_000) is None
    assert whole(known(5000), 1000, 5000, shared_bytes=10_000) is False
    assert whole(known(5000), 1000, 5000, shared_bytes=99_999) is None


def test_messages_may_be_missing_from_a_history_that_is_near_its_window() -> None:
    """A count just below the expected one can be that of a history without its oldest message."""
    history = known(5000, messages=6)
    assert [whole(history, n, 5000) for n in (4500, 5001)] == [None, True]
    assert whole(history, 4500, 8192) is True


def test_a_cuts_own_count_is_no_proof_of_anything_where_the_estimate_denies_it() -> None:
    """Half of a window may be the true size, or texts were denser than ever: nobody can tell."""
    assert whole(known(4200), 4098, 8192) is None
    assert whole(known(8000), 4098, 8192) is False


def test_a_full_window_is_a_cut() -> None:
    """Older servers fill the window with what is left of a prompt."""
    assert whole(known(8000), 8192, 8192) is False


def test_without_a_count_only_size_is_proof() -> None:
    """A server that does not count leaves it open."""
    assert whole(known(5000), None, 8192) is None


def test_what_a_cut_leaves() -> None:
    """Half a window and what is kept of the start, with and without a start token."""
    assert cut_sizes(512) == {258, 259, 512}
    assert cut_sizes(4096) == {2050, 2051, 4096}
    assert cut_sizes(512, 100) == {306, 307, 512}
    assert 3 in cut_sizes(4)


def test_the_smallest_size_that_holds_prompt_and_answer_is_chosen() -> None:
    """Few sizes keep the server from loading the model again and again."""
    chosen = [choose(n) for n in (1, 4096, 4097, 20_000, 131_072, 500_000)]
    assert chosen == [4096, 4096, 8192, 32_768, 131_072, 131_072]
    assert set(chosen) <= set(SIZES)


def test_a_loaded_model_is_not_loaded_again_for_less() -> None:
    """The window in use is kept where it is large enough, whatever its size."""
    assert choose(3000, in_use=5000) == 5000
    assert choose(3000, in_use=32_768) == 32_768
    assert choose(6000, in_use=5000) == 8192
    assert choose(500_000, in_use=262_144) == 262_144


def test_no_window_is_longer_than_the_model() -> None:
    """A model's own length ends the choice, unless the server uses more already."""
    assert choose(35_000, known_max=40_960) == 40_960
    assert choose(1000, known_max=2048) == 2048
    assert choose(9000, in_use=4096, known_max=2048) == 4096


def test_the_answer_has_room() -> None:
    """The window holds what the answer may take, or 1,024 tokens."""
    assert needed(3000, ModelOptions(num_predict=500)) == 3500
    assert needed(3000, ModelOptions()) == 4024


def test_impossible_counts_are_not_plausible() -> None:
    """More tokens than bytes and overhead, or next to none, are no count of a whole prompt."""
    counts = (0, 99, 100, 1000 + overhead(1), 1001 + overhead(1))
    believed = [plausible(Sample(1000, 1, tokens)) for tokens in counts]
    assert believed == [False, False, True, True, False]
