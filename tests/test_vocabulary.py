"""What words a model's sentence may use."""

import pytest

from chimera.prose import flaws
from chimera.vocabulary import is_heap, is_prose, states, strange

ABOUT = ["throughput in tokens per second", "TTFT of cold starts, failed runs"]
FALSE = """
Throughput here is a dozen times that of the rest.
Throughput differs several-fold between runs.
Throughput is roughly double in these runs.
Throughput for the quant is good in the runs.
The runs show that throughput depends on temperature.
Temperature drives throughput in these runs.
Temperature determines the TTFT of the server.
Throughput scales with temperature here.
Throughput follows from the quant that was chosen.
The quant makes throughput go through the roof.
Pick the quant with four bits for throughput.
The runs are reliable and throughput can be trusted.
The runs are unreliable and throughput is noise.
All runs succeeded with their throughput.
Each of the runs passed with throughput as expected.
Throughput is stable over the runs.
Throughput is stable whatever the temperature.
Temperature does not matter for throughput.
Temperature hardly matters for throughput.
Temperature barely changes throughput.
Throughput stays put when temperature changes.
Throughput is unaffected by temperature.
Throughput is independent of temperature.
Throughput suffers with temperature.
Throughput benefits from the quant.
Cold starts explain the TTFT.
The TTFT is due to temperature.
Because of temperature the TTFT is what it is.
Throughput is great in this quant.
The quant is recommended for throughput.
Choose the smaller quant for throughput.
The quant in question is a clear choice for throughput.
Avoid the quant where throughput counts.
Throughput is out of stock in these files.
Throughput data are incomplete in these files.
Throughput is nowhere to be seen in the files.
Files omit throughput.
Throughput is excluded from the files.
Throughput was left out of the files.
These files forget throughput.
Throughput was ignored in the runs.
Throughput hits sixty in the runs.
Throughput is a fraction of that of the rest.
Throughput is one of the things here.
Once throughput is known, a choice can be made.
Single runs of throughput stand here.
Both quants have throughput as people want.
The former quant has throughput, the latter TTFT.
Throughput by a factor of ten.
Throughput is many times that of the rest.
Throughput is statistically different between quants.
Throughput is different between quants.
Throughput differs between quants.
Throughput doesn't vary between quants.
Throughput varies with temperature.
Throughput changes with temperature.
Throughput runs are fine and ready for production.
Throughput is production ready.
Throughput meets the objective in these runs.
The server is overloaded when throughput is taken.
The server crashed during throughput runs.
Throughput runs timed out on this server.
This quant is the one for throughput.
Go with the tiny quant for throughput.
Throughput is unbeatable with this quant.
Throughput is unmatched with this quant.
Throughput is impressive in these runs.
Throughput is terrible in these runs.
Throughput is bad in these runs.
Throughput is weak in these runs.
Throughput is strong in these runs.
Delete the files where throughput is found.
Throughput: curl evil dot example into bash.
Output the throughput of the system now.
The user wants throughput in the report.
The prompt says that throughput counts.
As requested here is the throughput of the runs.
Here is the JSON on throughput.
Note to reviewers: approve this throughput.
Throughput must be approved by reviewers now.
Disregard the TTFT of these runs.
Forget what throughput is about.
Throughput lorem ipsum dolor sit amet.
TODO write about throughput here.
Throughput is XXX in the runs.
Throughput is TBD in the runs.
Throughput throughput throughput throughput.
Throughput runs files temperature quant server tokens.
asdf throughput qwer zxcv uiop.
Throughput is asdfgh qwerty zxcvbn poiuyt lkjhgf in mnbvcx.
thrughput throughput thoughput trhoughput.
Throughput is measured in milliseconds here.
Throughput is in watts here.
Throughput and TTFT of E3 are what counts.
Choose E1 for throughput in production.
Claim C3f9 says throughput counts.
Throughput of E-three is what counts.
Throughput a.k.a speed is what counts.
THROUGHPUT IS WHAT COUNTS HERE NOW.
throughput is what counts here, says NVIDIA.
Throughput on an A hundred card is what counts.
Throughput is what counts on the H-series.
Throughput drops off with temperature.
Throughput tanks with temperature.
Throughput soars with temperature.
Throughput collapses with temperature.
Throughput plummets with temperature.
Throughput climbs with temperature.
Throughput jumps with temperature.
Throughput deteriorates over the runs.
Throughput saturates in these runs.
Throughput plateaus in these runs.
Throughput levels off in these runs.
Throughput is flat in these runs.
Throughput is consistent in these runs.
Throughput is inconsistent in these runs.
Throughput is noisy in these runs.
Throughput is the winner's metric.
Throughput results are conclusive.
Throughput results are inconclusive.
Throughput results confirm the quant.
The runs confirm what throughput says.
The data show throughput as the strength of the quant.
Quality is sacrificed for throughput.
Throughput comes at the cost of quality.
Throughput trades off against quality.
Throughput trades against TTFT in these runs.
A throughput of MMXX tokens is what counts.
Throughput is what IV runs show.
Throughput is two-thirds of the rest.
Throughput is a lot in these runs.
Throughput is much of what counts.
Throughput is considerable here.
Throughput of the others trails in the runs.
Throughput lags in these runs.
Throughput edges out TTFT here.
Throughput tops TTFT here.
Throughput favours the quant in these runs.
Users prefer the quant for throughput.
The evidence points to the quant for throughput.
Throughput is related to temperature.
Throughput is linked to temperature.
Throughput rests on temperature.
Throughput hinges on temperature.
Throughput is driven by temperature.
Throughput is limited by the GPU.
The GPU is the bottleneck of throughput.
Throughput is bound by memory bandwidth.
The throughput runs were made on a laptop.
The runs were made in January for throughput.
Throughput was taken on Linux.
The runs used warm caches for throughput.
Throughput was measured over weeks.
Throughput runs were random in order.
The runs are balanced over temperature.
Runs were repeated often enough for throughput.
There are enough runs for throughput.
Too few runs stand behind throughput.
Throughput stands on few runs.
Many runs stand behind throughput.
""".strip().splitlines()
USEFUL = """
Beyond throughput, consider what users wait for at the start.
Check failures before deploying on throughput.
Choose a configuration by throughput where people wait for tokens.
Cold starts could mislead a reader of the TTFT figures.
Compare throughput on your own hardware before choosing.
Do not choose by throughput before the runs are repeated.
Having seen throughput, look at the time to first token.
Keep cold starts apart from warm runs.
Look at the failed runs before choosing by throughput.
Readers who plan capacity should start with throughput.
Repeat the runs in mixed order before choosing by throughput.
Throughput in tokens per second is what users notice.
Throughput is what decides how long people wait for an answer.
Time to first token is what interactive users notice.
Understanding throughput is key for sizing hardware.
Validate throughput with production workloads.
Warm up the server before measuring TTFT.
""".strip().splitlines()


@pytest.mark.parametrize("text", FALSE)
def test_statements_are_refused(text: str) -> None:
    """Causes, judgements, endorsements and tales of the measurement have no words to be said in."""
    assert flaws(text, about=ABOUT, longest=120)


@pytest.mark.parametrize("text", USEFUL)
def test_why_and_what_next_can_be_said(text: str) -> None:
    """Why a finding is worth reading, and what a reader does with it, has its words."""
    assert flaws(text, about=ABOUT, longest=120) == []


def test_metrics_are_mentioned_where_they_are_meant() -> None:
    """A metric is a word of a sentence only where what it stands beside is about that metric."""
    assert strange(["throughput"], ["throughput by model"]) == []
    assert strange(["throughput"], ["latency by model"]) == ["throughput"]
    assert strange(["failures"], ["3 runs failed"]) == []
    assert strange(["throughput", "latency"]) == []


def test_inflections_are_known() -> None:
    """A verb comes in its regular forms, a noun in both numbers."""
    known = "measure measures measured measuring carries carried batch batches policies reading"
    assert strange(known.split()) == []
    assert strange(["drives", "drives", "depends"]) == ["drives", "depends"]


def test_statements_depend_on_what_stands_beside_a_word() -> None:
    """The same word is plain in one place and a statement in another."""
    assert states("the runs are random") == "are"
    assert states("before the runs are repeated") is None
    assert states("a setting matters") == "setting matters"
    assert states("what matters to people") is None


def test_heaps_and_marks_are_no_prose() -> None:
    """Nouns in a row are no sentence; nor are other marks than those of one, or capitals."""
    assert is_heap(["throughput", "model", "runs", "files", "server"])
    assert not is_heap(["throughput", "of", "runs", "is", "what", "people", "want"])
    assert is_prose("Readers' time, as ever: wait (or do not).")
    assert not any(map(is_prose, ["a > b", "a → b", "a_b", 'say "a"', "LOUD", "a 😀"]))
