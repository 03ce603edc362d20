"""What is said of settings: effects, none, and refusals where the design carries no answer."""

import random
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from chimera.analysis.claims import Claim, Refusal
from chimera.analysis.result import Analysis
from chimera.analysis.stage import analyse
from chimera.evidence import collect

CORPUS = Path(__file__).parents[3] / "shared" / "corpora" / "llm-bench"
corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
Value = Callable[[int, int, int], float]


def sweep(
    value: Value,
    *,
    repeats: int = 5,
    order: str = "shuffled",
    noise: float = 0.01,
    seed: int = 1,
    column: str = "tokens_s",
) -> list[str]:
    """Return the lines of a sweep of two settings, repeats apart; order: shuffled or sorted."""
    rng = random.Random(seed)  # noqa: S311
    cells = list(product((1024, 4096, 8192), (1, 2, 4, 8), range(repeats)))
    if order == "shuffled":
        rng.shuffle(cells)
    made = [(c, g, value(c, g, k) * rng.lognormvariate(0, noise)) for c, g, k in cells]
    return [f"num_ctx,num_gpu,{column}", *(f"{c},{g},{v:.6f}" for c, g, v in made)]


def flat(_ctx: int, _gpu: int, _repeat: int) -> float:
    """Return a throughput that no setting changes."""
    return 100.0


def by_context(ctx: int, gpu: int, _repeat: int) -> float:
    """Return a throughput that falls with the context; layers have a large effect, too."""
    return 100.0 / (1 + ctx / 20_000) * (1 + gpu)


def effects(result: Analysis, strength: str = "supported") -> list[Claim]:
    """Return the claims that a setting has an effect."""
    return [c for c in result.claims if (c.type, c.strength) == ("sweep_effect", strength)]


def equal(result: Analysis) -> list[Claim]:
    """Return the claims that settings make no difference that matters."""
    return [c for c in result.claims if c.type == "equivalence" and c.strength == "supported"]


def refused(result: Analysis, topic: str = "confounded") -> list[Refusal]:
    """Return the refusals of a topic."""
    return [refusal for refusal in result.refusals if refusal.topic == topic]


def lines(rows: Sequence[str]) -> dict[str, str]:
    """Return the one file of a folder."""
    return {"sweep.csv": "\n".join(rows) + "\n"}


def test_a_mixed_repeated_sweep_supports_an_effect(analysed: Any) -> None:
    """In blocks of the other setting, with ratio, interval, p, family and trend."""
    result = analysed(lines(sweep(by_context)))
    (claim,) = [c for c in effects(result) if "by `num_ctx`" in c.text]
    ratio = float(claim.text.partition("At `1024` it is ")[2].partition(" times")[0])
    assert ratio == pytest.approx((1 + 8192 / 20_000) / (1 + 1024 / 20_000), rel=0.01)
    assert "all else equal" in claim.text
    assert "95 % interval" in claim.text
    assert "Friedman, Holm over 2 settings" in claim.text
    assert "The medians fall with `num_ctx` at every level." in claim.text
    assert not refused(result)
    assert not refused(result, "sweep")


def test_small_differences_are_negligible_whatever_p(analysed: Any) -> None:
    """A half per cent that a test sees is no difference that matters, and p is printed."""
    rows = sweep(lambda ctx, _gpu, _k: 100 + ctx / 16_384, repeats=12, noise=0.001)
    (claim,) = equal(analysed(lines(rows)))
    assert "by `num_ctx` and `num_gpu`" in claim.text
    assert "though p < 0.0001" in claim.text
    assert effects(analysed(lines(rows))) == []


def test_blocks_in_run_order_refuse_an_effect(analysed: Any) -> None:
    """Levels that ran one after the other may differ by the drift of the machine."""
    result = analysed(lines(sweep(by_context, order="sorted")))
    (refusal,) = refused(result)
    assert "`num_ctx` = `1024`" in refusal.reason
    assert "in the order of the rows" in refusal.reason
    assert (
        "at least 4 runs each of `num_ctx` = `1024` and `8192`, all else equal, in turn"
        in refusal.needs
    )
    assert not any("by `num_ctx`" in claim.text for claim in effects(result))


def test_sorted_rows_give_an_observed_effect_at_most(analysed: Any) -> None:
    """The inner setting may look mixed because the file was sorted."""
    result = analysed(lines(sweep(by_context, order="sorted")))
    (claim,) = effects(result, "observed")
    assert "by `num_gpu`" in claim.text
    assert "the order of the runs is not known" in claim.text
    assert effects(result) == []


def test_settings_that_change_together_are_refused(analysed: Any) -> None:
    """Neither of two aliases is credited; both are named, with what would settle it."""
    rows = [f"{k},{2 * k},{100 * k + i}" for i in range(5) for k in (1, 2, 4)]
    result = analysed(lines(["num_gpu,num_ctx,tokens_s", *rows]))
    (refusal,) = refused(result)
    assert "The effects of `num_gpu` and `num_ctx` on throughput" in refusal.reason
    assert "with the same `num_ctx`" in refusal.needs
    assert effects(result) == []


def test_an_alias_that_is_compared_is_refused_there_alone(analysed: Any) -> None:
    """Models that ran under one setting each are refused as groups, not again as settings."""
    rows = [f"{m},{ctx},{v + i}" for m, ctx, v in (("a", 1, 90), ("b", 2, 40)) for i in range(5)]
    (refusal,) = refused(analysed(lines(["model,num_ctx,tokens_s", *rows])))
    assert "did not run under the same `num_ctx`" in refusal.reason


def cold_sweep(*, on: int, repeats: int = 4) -> list[str]:
    """Return a sweep whose first runs of every cell at one temperature had to load."""
    rng = random.Random(3)  # noqa: S311
    rows = ["num_ctx,temperature,ttft_s,load_s"]
    for ctx, _ in product((1024, 2048, 4096), range(repeats)):
        for temperature in (0, 1):
            load = 3.0 if temperature == on else 0.05
            load *= rng.lognormvariate(0, 0.05)
            rows.append(f"{ctx},{temperature},{load + 0.03:.5f},{load:.5f}")
    return rows


def test_cold_starts_on_one_level_refuse_an_effect(analysed: Any) -> None:
    """The counts and both means are named, and that every run has to be warm."""
    result = analysed(lines(cold_sweep(on=0)))
    (refusal,) = refused(result)
    assert "No effect of `temperature` on TTFT" in refusal.reason
    assert "all 12 cold starts fall on `temperature` = `0`" in refusal.reason
    assert "(n = 12) there" in refusal.reason
    assert "each after a run that is not counted" in refusal.needs
    assert not any("temperature" in claim.text for claim in effects(result))


def test_spread_cold_starts_are_left_out(analysed: Any) -> None:
    """Where no level has most of them, the settings are compared on warm runs, and it is said."""
    rng = random.Random(5)  # noqa: S311
    rows = ["num_gpu,ttft_s,load_s"]
    for k in range(30):
        load = 3.0 if k < 4 else 0.05
        rows.append(
            f"{1 + k % 2},{load + 0.05 * (1 + k % 2) * rng.lognormvariate(0, 0.02):.5f},{load}"
        )
    (claim,) = effects(analysed(lines(rows)))
    assert "warm runs (4 of 30 were cold starts)" in claim.text
    assert "(n = 13)" in claim.text


def test_no_configuration_is_ranked_among_single_runs(analysed: Any) -> None:
    """The settings of the combinations are named, the runs counted."""
    result = analysed(lines(sweep(flat, repeats=1)))
    (refusal,) = refused(result, "sweep")
    assert (
        "`sweep.csv` (12 runs): each combination of `num_ctx` and `num_gpu` ran once"
        in refusal.reason
    )
    assert "at least 4 runs of each combination" in refusal.needs
    assert not [claim for claim in result.claims if claim.leader]


def test_missing_cells_leave_whole_blocks(analysed: Any) -> None:
    """Blocks that lack a level are left out of the test, not filled."""
    rows = sweep(by_context)
    gone = next(row for row in rows if row.startswith("1024,8,"))
    (claim,) = [
        c
        for c in effects(analysed(lines([r for r in rows if r != gone])))
        if "by `num_ctx`" in c.text
    ]
    assert "(n = 19)" in claim.text


def test_too_few_runs_say_how_many_it_takes(analysed: Any) -> None:
    """Two runs of each of two levels tell nothing."""
    rows = ["num_gpu,tokens_s", "1,100", "2,150", "1,101", "2,151"]
    (claim,) = effects(analysed(lines(rows)), "not_testable")
    assert "it takes at least 4 runs of each level" in claim.text


def test_unequal_work_is_said_and_supports_nothing(analysed: Any) -> None:
    """More tokens take longer: the latency of more of them is observed, with the work beside it."""
    rng = random.Random(4)  # noqa: S311
    rows = [
        f"{k},{k},{k / 100 * rng.lognormvariate(0, 0.02):.5f}" for _ in range(6) for k in (64, 256)
    ]
    result = analysed(lines(["num_predict,output_tokens,latency_s", *rows]))
    assert effects(result) == []
    (claim,) = effects(result, "observed")
    assert "Mind that the runs did unequal work: median `output_tokens` of 64" in claim.text


def test_load_and_choices_are_left_to_others(analysed: Any) -> None:
    """Concurrency is said by scaling, quantisation by comparing groups."""
    rows = [f"{k},q{k},{100 / k + i}" for i in range(6) for k in (1, 2)]
    result = analysed(lines(["concurrency,quant,tokens_s", *rows]))
    assert not effects(result)
    assert not refused(result, "sweep")


def test_reasons_are_refused_once(analysed: Any) -> None:
    """Five files with one reason make one refusal that names three and counts the rest."""
    files = {f"s{k}.csv": "\n".join(sweep(by_context, order="sorted", seed=k)) for k in range(5)}
    (refusal,) = refused(analysed(files))
    assert refusal.reason.count("`s") == 3
    assert "and 2 further cases" in refusal.reason


def test_the_order_of_rows_changes_blocked_to_mixed(analysed: Any) -> None:
    """The same runs shuffled carry the effect that their sorted order did not."""
    head, *rows = sweep(by_context, order="sorted")
    random.Random(2).shuffle(rows)  # noqa: S311
    result = analysed(lines([head, *rows]))
    assert not refused(result)
    assert any("by `num_ctx`" in claim.text for claim in effects(result))


def test_noise_has_effects_in_at_most_five_per_cent(analysed: Any) -> None:
    """Of 100 seeded sweeps of noise, no more than chance allows support an effect: 5 + 2 sd."""
    files = {
        f"s{seed}.csv": "\n".join(sweep(flat, repeats=2, noise=0.2, seed=seed))
        for seed in range(100)
    }
    result = analysed(files)
    wrong = effects(result)
    assert len(wrong) <= 9
    assert not refused(result)


@lru_cache(maxsize=1)
def of_corpus() -> Analysis:
    """Return what the corpus says."""
    return analyse(collect(CORPUS))[0]


@corpus
def test_temperature_is_refused_as_a_cold_start_artefact() -> None:
    """All cold starts fall on one temperature, on Llama 3.1 and on Gemma."""
    (refusal,) = [r for r in refused(of_corpus()) if "`temperature`" in r.reason]
    assert "`csv_data/ollama_param_tuning.csv`" in refusal.reason
    assert "all 12 cold starts fall on `temperature` = `0.2`" in refusal.reason
    assert "3.457 s (n = 12) there against 85.68 ms (n = 24)" in refusal.reason
    assert (
        "`reports/gemma3/gemma3_1b-it-qat_param_tuning.csv` (all 12 cold starts" in refusal.reason
    )


@corpus
def test_num_gpu_is_negligible_on_gemma_3() -> None:
    """Though its p-value is small."""
    path = "`reports/gemma3/gemma3_param_tuning.csv`"
    (claim,) = [claim for claim in equal(of_corpus()) if path in claim.text]
    assert "`num_gpu` = `60`, 1.008 times `999`" in claim.text
    assert "though p = 0.0015" in claim.text


@corpus
def test_no_setting_and_no_configuration_is_crowned() -> None:
    """Nothing in the sweeps has an effect that the runs support, or a first place."""
    assert effects(of_corpus()) == []
    (refusal,) = refused(of_corpus(), "sweep")
    assert "`csv_data/ollama_param_tuning.csv` (36 runs)" in refusal.reason
    led = [claim for claim in of_corpus().claims if claim.leader and "param_tuning" in claim.text]
    assert led == []
