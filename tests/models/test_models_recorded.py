"""Recorded exchanges of a real server, replayed byte for byte through the gateway."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from chimera.models import CallRecord, CallSite, Gateway, ModelOptions, Outcome, Prompt, Section
from chimera.testing import OllamaStandIn

SHARED = Path(__file__).parents[3] / "shared" / "fixtures" / "ollama-wire"


class Described(BaseModel):
    """The schema of the recorded requests."""

    name: str
    tags: list[str]
    count: int


# The server cut these prompts in silence, which only the proof of a whole prompt can tell.
CUT_IN_SILENCE = {
    "41-ctx-over-nonstream",
    "41-ctx-over-stream",
    "41-ctx-over-truncate-true",
    "44-ctx-over-num_keep-0",
    "44-ctx-over-num_keep-100",
    "45-ctx-over-history",
    "46-ctx-over-system-alone-too-long",
    "47-ctx-edge-first-cut",
    "49-native-ctx-over-history",
    "4b-num_ctx-0",
    "4b-num_ctx-1",
}
# What the README tells in its texts: an end without `done: true` after tokens alike.
REPEATED = {"32-format-json", "36-token-repeat-abort-nonstream", "36-token-repeat-abort-stream"}
# What the README's column says of an answer, the first that matches, and what that is.
SAID = {
    r"307,": Outcome.NOT_OLLAMA,
    r"405,": Outcome.NOT_OLLAMA,
    r"(400|500), error: .*(exceed_context_size_error|prompt is longer)": Outcome.PROMPT_TOO_LONG,
    r"400, error: ": Outcome.BAD_REQUEST,
    r"404, error: `model '": Outcome.MODEL_MISSING,
    r"503, error: ": Outcome.SERVER_BUSY,
    r"500, error: ": Outcome.SERVER_ERROR,
    r"200, \d+ lines, error: ": Outcome.SERVER_ERROR,
    r"200,.* done true \((load|unload)\)": Outcome.EMPTY,
    r"200,.* done true \(length\)": Outcome.CUT_ANSWER,
    r"200,.* done true \(stop\)": Outcome.OK,
    r"200,.* done false": Outcome.DROPPED_STREAM,
}
ROW = re.compile(
    r"^\| (\S+) \| \w+ /api/chat.* \| ((?:no answer|\d{3},).*?) \|(?: |$)", re.MULTILINE
)


def _readme() -> dict[str, str]:
    """Return what the README of all recordings says of each answer to a chat."""
    page = SHARED / "README.md"
    return dict(ROW.findall(page.read_text(encoding="utf-8"))) if page.exists() else {}


def _told(case: str, said: str) -> Outcome:
    if case in REPEATED:
        return Outcome.REPETITION
    return next(outcome for words, outcome in SAID.items() if re.match(words, said))


def _prompt(messages: list[dict[str, Any]]) -> Prompt:
    """Return recorded messages as a prompt, which has the system's first and then the others."""
    texts = [(m.get("role"), m.get("content") or "") for m in messages if isinstance(m, dict)]
    system = "\n".join(str(text) for role, text in texts if role == "system")
    others = [str(text) for role, text in texts if role != "system"]
    return Prompt(system, tuple(Section(f"{n}", text) for n, text in enumerate(others)))


def _body(folder: Path) -> dict[str, Any]:
    """Return a recorded request; some are no JSON on purpose, and one is none at all."""
    path = folder / "request.json"
    try:
        body = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


async def _replayed(folder: Path, connect: Callable[..., Gateway], site: CallSite) -> CallRecord:
    """Ask with the recorded messages and window, and get the recorded bytes for it."""
    body = _body(folder)
    messages, options = body.get("messages"), body.get("options")
    window = options.get("num_ctx") if isinstance(options, dict) else None
    window = max(window, 256) if isinstance(window, int) else 2048
    with OllamaStandIn.replay(folder) as server:
        gateway = connect(server.base_url, "tiny", ModelOptions(num_ctx=window))
        asked = _prompt(messages if isinstance(messages, list) else [])
        return (await gateway.ask(asked, call=site)).record


@pytest.mark.skipif(not SHARED.exists(), reason="all recordings are kept outside the project")
@pytest.mark.parametrize(
    "case", sorted(case for case, said in _readme().items() if not said.startswith("no answer"))
)
async def test_every_recorded_chat_ends_as_it_is_described(
    connect: Callable[..., Gateway], site: CallSite, case: str
) -> None:
    """Streamed or not: what the README says of an answer decides its outcome."""
    record = await _replayed(SHARED / case, connect, site)
    assert record.outcome is _told(case, _readme()[case])


@pytest.mark.skipif(not SHARED.exists(), reason="all recordings are kept outside the project")
def test_the_description_is_read_whole() -> None:
    """Each chat that was recorded has a row, each pattern a use, each name a case."""
    rows = _readme()
    chats = {meta.parent.name for meta in SHARED.glob("*/meta.json") if _is_chat(meta)}
    assert rows.keys() == chats
    used = {
        next(words for words in SAID if re.match(words, said))
        for said in rows.values()
        if not said.startswith("no answer")
    }
    assert used == SAID.keys()
    assert rows.keys() >= CUT_IN_SILENCE | REPEATED


def _is_chat(meta: Path) -> bool:
    return str(json.loads(meta.read_text(encoding="utf-8")).get("path", "")).startswith("/api/chat")


@pytest.mark.parametrize(
    ("case", "outcome"),
    [
        ("20-chat-stream", Outcome.CUT_ANSWER),
        ("21-chat-nonstream", Outcome.CUT_ANSWER),
        ("25-stop-sequence-stream", Outcome.OK),
        ("26-rendered-prompt", Outcome.DROPPED_STREAM),
        ("29-preload-empty-messages-stream-true", Outcome.EMPTY),
        ("29-unload-empty-messages-keep_alive-0", Outcome.EMPTY),
        ("30-format-schema-stream", Outcome.OK),
        ("31-format-schema-truncated", Outcome.CUT_ANSWER),
        ("31-format-schema-truncated-stream", Outcome.CUT_ANSWER),
        ("32-format-json", Outcome.REPETITION),
        ("33-format-schema-bad-ref", Outcome.BAD_REQUEST),
        ("36-token-repeat-abort-nonstream", Outcome.REPETITION),
        ("36-token-repeat-abort-stream", Outcome.REPETITION),
        ("41-ctx-over-stream", Outcome.CUT_ANSWER),
        ("42-ctx-over-truncate-false-stream", Outcome.PROMPT_TOO_LONG),
        ("43-ctx-over-shift-false-stream", Outcome.PROMPT_TOO_LONG),
        ("50-unknown-model-stream", Outcome.MODEL_MISSING),
        ("53-tools-unsupported", Outcome.BAD_REQUEST),
        ("57-get-on-chat", Outcome.NOT_OLLAMA),
        ("57-trailing-slash", Outcome.NOT_OLLAMA),
        ("60-disconnect-mid-stream", Outcome.DROPPED_STREAM),
        ("62-busy-cold-max_queue-1-c", Outcome.SERVER_BUSY),
        ("67-runner-dies-mid-stream", Outcome.SERVER_ERROR),
        ("67-runner-dies-nonstream", Outcome.SERVER_ERROR),
    ],
)
async def test_each_recording_has_its_outcome(
    recordings: Path,
    connect: Callable[..., Gateway],
    site: CallSite,
    case: str,
    outcome: Outcome,
) -> None:
    """What a real server sends ends as the outcome it stands for."""
    assert (await _replayed(recordings / case, connect, site)).outcome is outcome


def test_every_recording_kept_here_is_replayed(recordings: Path) -> None:
    """A chat added to the folder has to be judged above."""
    (mark,) = test_each_recording_has_its_outcome.pytestmark
    judged = {case for case, _ in mark.args[1]}
    assert judged == {meta.parent.name for meta in recordings.glob("*/meta.json") if _is_chat(meta)}


async def test_the_counters_are_the_servers(
    recordings: Path, connect: Callable[..., Gateway], prompt: Prompt, site: CallSite
) -> None:
    """Tokens and durations come from the last line, in milliseconds, unrounded."""
    with OllamaStandIn.replay(recordings / "20-chat-stream") as server:
        record = (await connect(server.base_url).ask(prompt, call=site)).record
    assert (record.prompt_tokens, record.output_tokens) == (27, 40)
    assert (record.load_ms, record.prefill_ms, record.decode_ms) == (2.137005, 284.455, 23.857)
    assert record.tokens_per_s == pytest.approx(40 / 0.023857)
    assert record.ttft_ms is not None


async def test_a_recorded_object_is_validated(
    recordings: Path, connect: Callable[..., Gateway], prompt: Prompt, site: CallSite
) -> None:
    """An answer held to a schema by the server becomes a typed value."""
    with OllamaStandIn.replay(recordings / "30-format-schema-stream") as server:
        answer = await connect(server.base_url).ask(prompt, output=Described, call=site)
    assert answer.ok
    assert isinstance(answer.value, Described)


async def test_a_cut_object_is_never_mended(
    recordings: Path, connect: Callable[..., Gateway], prompt: Prompt, site: CallSite
) -> None:
    """JSON that ends at the token limit is a cut answer: no value, and no second request."""
    with OllamaStandIn.replay(recordings / "31-format-schema-truncated-stream") as server:
        answer = await connect(server.base_url).ask(prompt, output=Described, call=site)
        requests = len(server.chats)
    assert (answer.value, answer.record.outcome) == (None, Outcome.CUT_ANSWER)
    assert (requests, answer.text[:1]) == (1, "{")


async def test_the_servers_count_of_a_long_prompt_is_kept(
    recordings: Path, connect: Callable[..., Gateway], prompt: Prompt, site: CallSite
) -> None:
    """The size of a refused prompt stands in the receipt."""
    with OllamaStandIn.replay(recordings / "42-ctx-over-truncate-false-stream") as server:
        answer = await connect(server.base_url).ask(prompt, call=site)
    assert answer.record.receipt.counted_tokens == 1521


async def test_a_missing_model_names_the_remedy(
    recordings: Path, connect: Callable[..., Gateway], prompt: Prompt, site: CallSite
) -> None:
    """The detail says which command gets the model."""
    with OllamaStandIn.replay(recordings / "50-unknown-model-stream") as server:
        answer = await connect(server.base_url, "gemma3:27b").ask(prompt, call=site)
    assert "ollama pull gemma3:27b" in (answer.record.detail or "")
