"""How much of a prompt an earlier one had already."""

import tracemalloc
from concurrent.futures import ThreadPoolExecutor

from chimera.models.prefixes import MODELS, PROMPTS, START, Message, Prefixes

MODEL = ("http://127.0.0.1:11434", "gemma3")
SYSTEM: Message = ("system", "Answer briefly.")


def ask(text: str) -> list[Message]:
    """Return a prompt with the common system text."""
    return [SYSTEM, ("user", text)]


def test_the_first_prompt_shares_nothing() -> None:
    """There is nothing to share with."""
    assert Prefixes().share(MODEL, ask("Why?")) == 0


def test_whole_messages_and_the_start_of_the_next_are_shared() -> None:
    """Bytes are counted, not characters, up to the first that differs."""
    prefixes = Prefixes()
    prefixes.share(MODEL, ask("Größe A und mehr"))
    assert prefixes.share(MODEL, ask("Größe B")) == len("Answer briefly.") + len("Größe ".encode())


def test_the_same_prompt_is_shared_whole() -> None:
    """A call that is repeated shares all its bytes."""
    prefixes = Prefixes()
    prefixes.share(MODEL, ask("Why?"))
    assert prefixes.share(MODEL, ask("Why?")) == len("Answer briefly.Why?")


def test_a_longer_history_shares_the_shorter() -> None:
    """What is asked in addition comes after what is shared."""
    prefixes = Prefixes()
    prefixes.share(MODEL, ask("Why?"))
    longer = [*ask("Why?"), ("assistant", "Because."), ("user", "Why?")]
    assert prefixes.share(MODEL, longer) == len("Answer briefly.Why?")


def test_a_start_that_differs_shares_nothing_behind_it() -> None:
    """What follows the first difference cannot be taken from a cache."""
    prefixes = Prefixes()
    prefixes.share(MODEL, [("system", "A"), ("user", "same")])
    assert prefixes.share(MODEL, [("system", "B"), ("user", "same")]) == 0


def test_roles_count() -> None:
    """The same text in another role is another prompt."""
    prefixes = Prefixes()
    prefixes.share(MODEL, [("user", "Answer briefly.")])
    assert prefixes.share(MODEL, ask("Why?")) == 0


def test_the_best_of_the_last_prompts_counts() -> None:
    """Calls of several agents take turns; each finds its own last prompt."""
    prefixes = Prefixes()
    for agent in "abc":
        prefixes.share(MODEL, [("system", agent * 100), ("user", "1")])
    assert prefixes.share(MODEL, [("system", "a" * 100), ("user", "2")]) == 100


def test_hosts_and_models_do_not_share() -> None:
    """Each model on each host has a cache of its own."""
    prefixes = Prefixes()
    prefixes.share(MODEL, ask("Why?"))
    assert prefixes.share(("http://127.0.0.1:11435", "gemma3"), ask("Why?")) == 0


def test_old_prompts_and_models_are_forgotten() -> None:
    """Four prompts of a model are remembered, and sixteen models."""
    prefixes = Prefixes()
    for text in "abcde":
        prefixes.share(MODEL, [("user", text)])
    assert PROMPTS == 4
    assert prefixes.share(MODEL, [("user", "a")]) == 0
    for number in range(MODELS):
        prefixes.share(number, [("user", "b")])
    assert prefixes.share(MODEL, [("user", "e")]) == 0


def test_a_repeated_prompt_takes_one_place() -> None:
    """One agent that asks the same again and again does not push the others out."""
    prefixes = Prefixes()
    prefixes.share(MODEL, [("user", "first")])
    for _ in range(PROMPTS):
        prefixes.share(MODEL, [("user", "again")])
    assert prefixes.share(MODEL, [("user", "first")]) == 5


def test_memory_is_bounded() -> None:
    """Of a long prompt only its start is kept."""
    prefixes = Prefixes()
    tracemalloc.start()
    for number in range(PROMPTS * 3):
        prefixes.share(MODEL, [("user", str(number) + "x" * 10 * START), ("user", "y" * START)])
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < PROMPTS * START * 2
    assert prefixes.share(MODEL, [("user", "11" + "x" * 10 * START)]) == START


def test_threads_may_share_one() -> None:
    """No prompt is mistaken for another's while many are asked at once."""
    prefixes = Prefixes()
    with ThreadPoolExecutor(4) as pool:
        shared = list(pool.map(lambda n: prefixes.share(n % 8, [("user", "same")]), range(400)))
    assert shared.count(0) == 8
    assert set(shared) == {0, 4}
