"""The context budget in force: windows chosen, prompts planned anew, cuts found out."""

from collections.abc import Callable

import pytest

from chimera.models import CallSite, Gateway, ModelOptions, Outcome, Prompt, Section
from chimera.models.calibration import of_user
from chimera.testing import OllamaStandIn

Connect = Callable[..., Gateway]
PROSE = "The runs of this folder say what was measured and what was not. "
DENSE = "0 1 2 3 4 5 6 7 8 9 "


def _sections(*texts: str) -> tuple[Section, ...]:
    return tuple(
        Section(f"part {n}", text, priority=len(texts) - n) for n, text in enumerate(texts)
    )


async def test_a_window_is_chosen_by_the_prompt(connect: Connect, site: CallSite) -> None:
    """Where none was set, the smallest of a few sizes that holds prompt and answer is asked for."""
    with OllamaStandIn() as server:
        gateway = connect(server.base_url, options=ModelOptions(num_predict=100))
        short = await gateway.ask(Prompt("", _sections(PROSE)), call=site)
        long = await gateway.ask(Prompt("", _sections(PROSE * 200)), call=site)
        again = await gateway.ask(Prompt("", _sections(PROSE)), call=site)
    windows = [answer.record.num_ctx for answer in (short, long, again)]
    assert windows == [4096, 8192, 8192]  # never back: the server would load the model again
    assert [answer.record.receipt.window_tokens for answer in (short, long, again)] == windows


async def test_a_window_that_was_set_is_respected(connect: Connect, site: CallSite) -> None:
    """What does not fit is left out and named, the rest arrives whole."""
    with OllamaStandIn() as server:
        gateway = connect(server.base_url, options=ModelOptions(num_ctx=1024, num_predict=100))
        asked = Prompt("", _sections("Short question.", PROSE * 100))
        record = (await gateway.ask(asked, call=site)).record
    assert record.num_ctx == record.receipt.window_tokens == 1024
    assert (record.receipt.kept, record.receipt.dropped) == (["part 0"], ["part 1"])
    assert record.receipt.whole is True


async def test_the_models_own_length_is_the_end(connect: Connect, site: CallSite) -> None:
    """No larger window is asked for than the model was made for."""
    with OllamaStandIn(models=["gemma3"], context_length=4096) as server:
        gateway = connect(server.base_url, options=ModelOptions(num_predict=100))
        asked = Prompt("", _sections("Short question.", PROSE * 1000))
        record = (await gateway.ask(asked, call=site)).record
    assert (record.num_ctx, record.receipt.dropped) == (4096, ["part 1"])


async def test_a_prompt_found_too_long_is_planned_anew(connect: Connect, site: CallSite) -> None:
    """Numbers have more tokens than expected: the server's count makes the next plan fit."""
    with OllamaStandIn() as server:
        gateway = connect(server.base_url, options=ModelOptions(num_ctx=2048, num_predict=100))
        asked = Prompt("", _sections("Short question.", DENSE * 120, DENSE * 120))
        record = (await gateway.ask(asked, call=site)).record
        sent = len(server.chats)
    assert (record.outcome, sent, record.attempts) == (Outcome.OK, 2, 2)
    assert record.receipt.dropped == ["part 2"]
    assert record.receipt.counted_tokens == record.prompt_tokens


async def test_a_window_that_was_not_set_grows_first(connect: Connect, site: CallSite) -> None:
    """Nothing is left out while the model can take a larger window."""
    with OllamaStandIn() as server:
        gateway = connect(server.base_url, options=ModelOptions(num_predict=1000))
        asked = Prompt("", _sections("Short question.", DENSE * 220, DENSE * 220))
        record = (await gateway.ask(asked, call=site)).record
    assert (record.outcome, record.num_ctx) == (Outcome.OK, 8192)
    assert (record.attempts, record.receipt.dropped) == (2, [])


async def test_what_never_fits_is_too_long(connect: Connect, site: CallSite) -> None:
    """One section that is too long for the window ends the call, with the server's count."""
    with OllamaStandIn() as server:
        gateway = connect(server.base_url, options=ModelOptions(num_ctx=512))
        record = (await gateway.ask(Prompt("", _sections(PROSE * 100)), call=site)).record
    assert record.outcome is Outcome.PROMPT_TOO_LONG
    assert (record.receipt.counted_tokens or 0) > 512


async def test_the_estimate_learns(connect: Connect, site: CallSite) -> None:
    """The second plan of a model needs no refusal: its server's count was kept."""
    asked = Prompt("", _sections("Short question.", DENSE * 120, DENSE * 120))
    with OllamaStandIn() as server:
        gateway = connect(server.base_url, options=ModelOptions(num_ctx=2048, num_predict=100))
        await gateway.ask(asked, call=site)
        record = (await gateway.ask(asked, call=site)).record
    assert (record.attempts, record.receipt.dropped) == (1, ["part 2"])


async def test_a_cut_in_silence_is_no_answer(connect: Connect, site: CallSite) -> None:
    """A server too old to be told not to cut: the answer to half a prompt is not believed."""
    with OllamaStandIn(old=True) as server:
        gateway = connect(server.base_url, options=ModelOptions(num_ctx=512, num_predict=20))
        record = (await gateway.ask(Prompt("", _sections(DENSE * 60)), call=site)).record
    assert record.outcome is Outcome.PROMPT_TOO_LONG
    assert "the server cut the prompt" in (record.detail or "")


async def test_a_cut_in_silence_is_answered_by_a_smaller_plan(
    connect: Connect, site: CallSite
) -> None:
    """With a section to spare the call goes on, and the receipt names what was left out."""
    with OllamaStandIn(old=True) as server:
        gateway = connect(server.base_url, options=ModelOptions(num_ctx=512, num_predict=20))
        asked = Prompt("", _sections("Short question.", DENSE * 60))
        record = (await gateway.ask(asked, call=site)).record
    assert (record.outcome, record.receipt.dropped) == (Outcome.OK, ["part 1"])
    assert record.receipt.whole is None  # it tells no window, which may be a smaller one


async def test_the_receipt_shows_what_was_shared(connect: Connect, site: CallSite) -> None:
    """Two prompts that begin alike share these bytes; a repair shares all of the first request."""
    with OllamaStandIn() as server:
        gateway = connect(server.base_url)
        first = await gateway.ask(Prompt("Same.", _sections(PROSE, "One?")), call=site)
        second = await gateway.ask(Prompt("Same.", _sections(PROSE, "Two?")), call=site)
        checked = await gateway.ask(
            Prompt("Same.", _sections(PROSE, "Two?")), call=site, check=lambda *_: ["No."]
        )
    assert first.record.receipt.shared_bytes == 0
    assert second.record.receipt.shared_bytes == len("Same." + PROSE + "\n\n")
    assert checked.record.receipt.shared_bytes == second.record.receipt.sent_bytes


@pytest.mark.parametrize("digest", ["a" * 64, "b" * 64])
async def test_each_build_of_a_model_is_learned_apart(
    connect: Connect, site: CallSite, digest: str
) -> None:
    """What is known belongs to a digest, since another build may have other tokens."""
    with OllamaStandIn(models=["gemma3"], digests={"gemma3": digest}) as server:
        await connect(server.base_url).ask(Prompt("", _sections(DENSE * 100)), call=site)
    assert of_user().estimate(digest, 2000, 1).samples == 1
    assert of_user().estimate("c" * 64, 2000, 1).samples == 0


async def test_a_server_that_would_have_refused_is_not_suspected(
    connect: Connect, site: CallSite
) -> None:
    """Text lighter than what was learned is no cut prompt where the server was told not to cut."""
    with OllamaStandIn(models=["gemma3"]) as server:
        gateway = connect(server.base_url, options=ModelOptions(num_ctx=8192, num_predict=100))
        for n in range(12):
            await gateway.ask(Prompt("", _sections(DENSE * (60 + n))), call=site)
        record = (await gateway.ask(Prompt("", _sections("word " * 4000)), call=site)).record
    assert record.outcome is Outcome.OK
    assert record.receipt.whole is not False
