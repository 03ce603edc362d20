"""Scaling: speed-up, where it ends, what is offered, and what contradicts itself."""

import json
from random import Random
from typing import Any

from chimera.analysis.claims import Claim
from chimera.analysis.result import Analysis

GROWTH = ((1, 10.0), (2, 19.0), (4, 35.0), (8, 50.0), (16, 50.2))


def told(result: Analysis, kind: str = "scaling") -> list[Claim]:
    """Return the claims of a type."""
    return [claim for claim in result.claims if claim.type == kind]


def table(repeats: int = 1, seed: int = 1, spread: float = 0.0) -> str:
    """Return throughput by concurrency."""
    random = Random(seed)  # noqa: S311  seeded on purpose
    lines = [
        f"{level},{rate * (1 + spread * random.uniform(-1, 1)):.4f}"
        for _ in range(repeats)
        for level, rate in GROWTH
    ]
    return "\n".join(["concurrency,throughput_tok_s", *lines]) + "\n"


def test_speedup_and_efficiency_are_against_the_smallest_level(analysed: Any) -> None:
    """Each level has its factor and its share of linear growth; the baseline is stated."""
    (claim,) = told(analysed({"r.csv": table()}))
    assert claim.strength == "observed"
    assert "against 10 tok/s at `1` (n = 1 at each level)" in claim.text
    assert "3.500 times at `4` (efficiency 87.5 %)" in claim.text


def test_the_end_of_growth_is_named(analysed: Any) -> None:
    """The first level that brings less than 2 % is where growth stops."""
    (claim,) = told(analysed({"r.csv": table()}))
    assert "it stops growing at `concurrency` = `16`: 50.20 tok/s, against 50 tok/s" in claim.text


def test_a_dip_before_more_growth_is_no_end(analysed: Any) -> None:
    """A level that is overtaken later does not end the growth."""
    text = "concurrency,throughput_tok_s\n1,10\n2,9\n4,30\n"
    (claim,) = told(analysed({"r.csv": text}))
    assert "it grows up to the highest level measured, `concurrency` = `4`" in claim.text


def test_repeated_runs_support_the_speedup(analysed: Any) -> None:
    """With five runs a level the medians are tested against the smallest."""
    (claim,) = told(analysed({"r.csv": table(5, spread=0.01)}))
    assert claim.strength == "supported"
    assert "(n = 5 at each level)" in claim.text
    assert "Each level differs from the smallest (Mann-Whitney, p = 0.032 or less" in claim.text


def test_noise_is_not_supported(analysed: Any) -> None:
    """Levels of one throughput, five runs each, are hardly ever called different."""
    supported = 0
    for seed in range(40):
        random = Random(seed)  # noqa: S311  seeded on purpose
        rows = "".join(f"{c},{random.gauss(100, 5):.3f}\n" for _ in range(5) for c in (1, 2, 4))
        found = told(analysed({"r.csv": f"concurrency,throughput_tok_s\n{rows}"}))
        supported += found[0].strength == "supported"
    assert supported <= 2


def test_without_the_smallest_level_there_is_no_speedup(analysed: Any) -> None:
    """A baseline that failed is a refusal that names it, and no factor is given."""
    text = "concurrency,throughput_tok_s,error\n1,0,refused\n2,19,\n4,35,\n"
    result = analysed({"r.csv": text})
    assert not told(result)
    (refusal,) = [r for r in result.refusals if r.topic == "scaling"]
    assert "the smallest level, `concurrency` = `1`, has no successful run" in refusal.reason


def test_a_file_per_level_is_one_ladder(analysed: Any) -> None:
    """Tools that write a file per level are read together, and the folder is named."""
    files = {
        f"sweep/c{level}.json": json.dumps(
            {"model": "m", "max_concurrency": level, "output_throughput": rate}
        )
        for level, rate in GROWTH
    }
    (claim,) = told(analysed(files))
    assert "Throughput by `max_concurrency` in files of `sweep`, against 10 tok/s" in claim.text


def test_other_settings_keep_ladders_apart(analysed: Any) -> None:
    """Two models have a ladder each, told by their name."""
    lines = [f"{m},{c},{r * f}" for m, f in (("a", 1), ("b", 2)) for c, r in GROWTH]
    found = told(analysed({"r.csv": "\n".join(["model,concurrency,throughput_tok_s", *lines])}))
    assert ["(`model` = `a`)" in found[0].text, "(`model` = `b`)" in found[1].text] == [True, True]


def test_the_rate_of_single_requests_is_no_scaling(analysed: Any) -> None:
    """Tokens of a request over its own latency say nothing of the server's throughput."""
    rows = "".join(f"{c},{100 / c},{c},100\n" for c in (1, 2, 4))
    text = f"concurrency,throughput_tok_s,latency_s,output_tokens\n{rows}"
    assert not told(analysed({"r.csv": text}))


def test_a_mean_over_requests_is_no_throughput(analysed: Any) -> None:
    """The mean rate of requests falls with concurrency; what counts is the rate of all together."""
    text = "concurrency,mean_tokens_s,aggregate_tokens_s\n1,10,9\n2,9,17\n4,8,30\n"
    (claim,) = told(analysed({"r.csv": text}))
    assert "against 9 tok/s at `1`" in claim.text


def test_a_throughput_that_only_falls_does_not_grow(analysed: Any) -> None:
    """Where the smallest level is the highest, no end of growth is named."""
    text = "concurrency,throughput_tok_s\n1,10\n2,9\n4,8\n"
    (claim,) = told(analysed({"r.csv": text}))
    assert "no level is above the smallest, `concurrency` = `1`" in claim.text


def test_the_first_rate_not_achieved_is_named(analysed: Any) -> None:
    """Below 95 % of the offered rate the server no longer keeps up."""
    text = "request_rate,request_throughput_req_s\n1,1.0\n2,1.98\n4,3.7\n8,3.9\n"
    (claim,) = told(analysed({"r.csv": text}), "offered_rate")
    assert "falls below 95 % of the offered one at `request_rate` = `4`: 3.700 req/s, 92.5 %" in (
        claim.text
    )


def test_a_rate_that_is_kept_is_said_up_to_the_highest(analysed: Any) -> None:
    """Nothing is said of rates that were not offered."""
    text = "request_rate,request_throughput_req_s\n1,1.0\n2,1.98\n"
    (claim,) = told(analysed({"r.csv": text}), "offered_rate")
    assert "up to the highest measured, `request_rate` = `2`" in claim.text


def little(result: Analysis) -> list[str]:
    """Return the claims that load, rate and latency do not fit."""
    return [claim.text for claim in result.claims if "Little's law" in claim.text]


def closed(latency: float, setting: str = "concurrency") -> str:
    """Return a closed loop with so many times the latency that would fit."""
    rows = "".join(f"{c},{10 * c},{latency / 10:.4f}\n" for c in (1, 2, 4))
    return f"{setting},request_throughput_req_s,latency_s\n{rows}"


def test_load_rate_and_latency_that_fit_are_silent(analysed: Any) -> None:
    """Within 20 % nothing is said."""
    assert not little(analysed({"r.csv": closed(1.1)}))


def test_what_does_not_fit_is_a_matter_of_data_quality(analysed: Any) -> None:
    """Twice as many requests under way as clients cannot be."""
    (text,) = little(analysed({"r.csv": closed(2.0)}))
    assert "at 3 of 3 levels: at `1` their product is 2 requests under way" in text


def test_users_may_wait_between_requests(analysed: Any) -> None:
    """Fewer requests under way than users is no contradiction; fewer than clients is."""
    files = [analysed({"r.csv": closed(0.5, setting)}) for setting in ("users", "concurrency")]
    assert [len(little(result)) for result in files] == [0, 1]
