"""`chimera try`: the exact prompt, and an answer beside its rules."""

import json
from pathlib import Path

import pytest

from chimera.testing import OllamaStandIn
from tests.cli.command import chimera
from tests.cli.wrong_files import good

RULED = """\
name: Lister
title: t
instructions: List what {{ whom }} should do about it.
version: 3
variables:
  whom: {choices: [us, them], default: us}
rules:
  max_words: 12
  format: bullets
  cites: answer
  must_mention: [proof]
examples:
  - input: Is [F1] fast?
    answer: "- There is no proof [F1]"
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a project with a persona that has rules of every kind."""
    root = good(tmp_path / "p")
    (root / "personas" / "ruled.yaml").write_text(RULED)
    (root / "agents" / "ruled.yaml").write_text("persona: ruled\n")
    return root


def test_prompt_is_shown_as_it_would_be_sent(root: Path) -> None:
    """Without a model the system and user messages are shown, with hash, bytes and tokens."""
    done = chimera("try", "persona", "ruled", "--text", "Is it so?", cwd=root)
    assert (done.returncode, done.stderr) == (0, "")
    shown = chimera("show", "persona", "ruled", cwd=root).stdout
    assert f"--- system ---\n{shown}\n--- user ---\nIs it so?\n" in done.stdout
    assert done.stdout.startswith("persona  Lister, version 3, hash ")
    assert " bytes, about " in done.stdout.splitlines()[1]


def test_prompt_is_the_one_a_model_gets(root: Path) -> None:
    """What is shown is what arrives at the server, byte for byte."""
    told = json.loads(chimera("try", "persona", "ruled", "--json", cwd=root).stdout)
    with OllamaStandIn("- No proof [F1]") as server:
        words = ("try", "persona", "ruled", "--model", "ollama:x", "--base-url", server.base_url)
        assert chimera(*words, cwd=root).returncode == 0
        asked = next(json.loads(r.content) for r in server.requests if r.path == "/api/chat")
    sent = [message["content"] for message in asked["messages"]]
    assert sent == [told["system"], told["user"]]
    assert told["user"] == "Is [F1] fast?"  # of the first example


def test_answer_stands_beside_each_rule(root: Path) -> None:
    """Each rule is kept or broken, with the reason; a broken one ends with 3."""
    with OllamaStandIn("It is proof [F9]") as server:
        words = ("try", "persona", "ruled", "--model", "ollama:x", "--base-url", server.base_url)
        done = chimera(*words, "--text", "Is [F1] fast?", cwd=root)
    assert done.returncode == 3
    rules = done.stdout.partition("--- rules ---\n")[2].splitlines()
    assert [line.split()[0] for line in rules] == ["kept", "broken", "broken", "kept"]
    assert "[F9]" in rules[2]


def test_text_wins_over_examples_and_stdin_is_a_file(root: Path) -> None:
    """The question is that of --text, of a file, or of stdin; else the first example's."""
    (root / "q.txt").write_text("From a file?")
    asked = {
        ("--text", "From a text?"): "From a text?",
        ("--input", "q.txt"): "From a file?",
        ("--input", "-"): "From a pipe?",
        (): "Is [F1] fast?",
    }
    for words, question in asked.items():
        done = chimera("try", "agent", "ruled", "--json", *words, cwd=root, given="From a pipe?")
        assert json.loads(done.stdout)["user"] == question


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["persona", "asks"], "say --var whom=us (one of us, them)"),
        (["persona", "asks", "--var", "whom=you"], "'you' is none of the choices (us, them)"),
        (["persona", "asks", "--var", "who=us"], "did you mean 'whom'"),
        (["persona", "asks", "--var", "whom"], "write NAME=VALUE"),
        (["persona", "rulde"], "did you mean 'ruled'"),
        (["agent", "ruled", "--var", "whom=us"], "--var is for personas"),
        (["persona", "good", "--model", "ollama:x"], "give --text or --input"),
        (["persona", "good", "--input", "gone.txt"], "'gone.txt'"),
        (["persona", "good", "--input", "raw"], "'raw' is not UTF-8 text"),
        (["persona", "good", "--input", "raw", "--text", "a"], "not both"),
        (["persona", "good", "--text", "a", "--model", "gemma3"], "provider"),
    ],
)
def test_what_cannot_be_tried_says_what_to_do(root: Path, words: list[str], why: str) -> None:
    """A mistake is a line on stderr and exit code 2."""
    (root / "raw").write_bytes(b"\xff")
    done = chimera("try", *words, cwd=root)
    assert (done.returncode, done.stdout) == (2, "")
    assert why in done.stderr
    assert "Traceback" not in done.stderr


def test_value_of_a_text_is_as_it_was_typed(root: Path) -> None:
    """`5` for a text is the text 5."""
    (root / "personas" / "typed.yaml").write_text(
        "name: T\ntitle: t\ninstructions: in {{ n }} steps\nvariables: {n: some}\n"
    )
    assert "in 5 steps" in chimera("try", "persona", "typed", "--var", "n=5", cwd=root).stdout


def test_silent_server_ends_with_three(root: Path) -> None:
    """No answer came: the outcome is named, and what to do about it."""
    words = ("--text", "a", "--model", "ollama:x", "--base-url", "http://127.0.0.1:9")
    done = chimera("try", "persona", "good", *words, cwd=root)
    assert done.returncode == 3
    assert "unreachable" in done.stdout
    assert "ollama serve" in done.stdout
