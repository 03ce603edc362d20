"""Recorded exchanges of a real server, replayed byte for byte through the gateway."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import BaseModel

from chimera.models import CallSite, Gateway, Outcome, Prompt
from chimera.testing import OllamaStandIn


class Described(BaseModel):
    """The schema of the recorded requests."""

    name: str
    tags: list[str]
    count: int


@pytest.mark.parametrize(
    ("case", "outcome"),
    [
        ("20-chat-stream", Outcome.CUT_ANSWER),
        ("25-stop-sequence-stream", Outcome.OK),
        ("29-preload-empty-messages-stream-true", Outcome.EMPTY),
        ("36-token-repeat-abort-stream", Outcome.DROPPED_STREAM),
        ("42-ctx-over-truncate-false-stream", Outcome.PROMPT_TOO_LONG),
        ("43-ctx-over-shift-false-stream", Outcome.PROMPT_TOO_LONG),
        ("50-unknown-model-stream", Outcome.MODEL_MISSING),
        ("57-trailing-slash", Outcome.NOT_OLLAMA),
        ("62-busy-cold-max_queue-1-c", Outcome.SERVER_BUSY),
        ("67-runner-dies-mid-stream", Outcome.SERVER_ERROR),
    ],
)
async def test_each_recording_has_its_outcome(
    recordings: Path,
    connect: Callable[..., Gateway],
    prompt: Prompt,
    site: CallSite,
    case: str,
    outcome: Outcome,
) -> None:
    """What a real server sends ends as the outcome it stands for."""
    with OllamaStandIn.replay(recordings / case) as server:
        answer = await connect(server.base_url).ask(prompt, call=site)
    assert answer.record.outcome is outcome


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
