"""Chimera beside openai-agents, whose package is called `agents` as a folder of ours is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("agents.run", reason="openai-agents is installed by dev-requirements.txt")

ROOT = Path(__file__).parents[2]
BOTH = """
import asyncio
from agents import Agent, ModelResponse, Runner, Usage, set_tracing_disabled
from agents.models.interface import Model
from openai.types.responses import ResponseOutputMessage, ResponseOutputText
import chimera
from chimera.testing import OllamaStandIn

set_tracing_disabled(True)

class Parrot(Model):
    async def get_response(self, system_instructions, input, *_, **__):
        heard = f"heard {input[-1]['content']}"
        text = ResponseOutputText(annotations=[], text=heard, type="output_text")
        message = ResponseOutputMessage(
            id="m", content=[text], role="assistant", status="completed", type="message"
        )
        return ModelResponse(output=[message], usage=Usage(), response_id=None)

    def stream_response(self, *_, **__):
        raise NotImplementedError

async def main():
    with OllamaStandIn("Doubtful.") as server:
        persona = chimera.Persona(name="Skeptic", title="reviewer", instructions="Doubt it.")
        skeptic = chimera.Agent(persona=persona, model="ollama:x", base_url=server.base_url)
        theirs = Runner.run(Agent(name="Parrot", model=Parrot()), "Well?")
        ours = skeptic.ask("Well?")
        done, answer = await asyncio.gather(theirs, ours)
    print(done.final_output, "|", answer)

asyncio.run(main())
"""
WHERE = "import agents, chimera; print(agents.__file__); print(chimera.__file__)"


def printed(code: str, folder: Path) -> list[str]:
    """Return the lines a script prints that is run in a folder."""
    done = subprocess.run(
        [sys.executable, "-W", "error::ImportWarning", "-c", code],
        cwd=folder,
        env={**os.environ, "OPENAI_API_KEY": "none"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("here", [True, False], ids=["in the checkout", "elsewhere"])
def test_agents_is_theirs(here: bool, tmp_path: Path) -> None:
    """`import agents` finds their package, even where our folder of that name is nearer."""
    theirs, ours = printed(WHERE, ROOT if here else tmp_path)
    assert Path(theirs).parent.parent.name == "site-packages"
    assert Path(ours).parent.name == "chimera"


def test_both_run_in_one_loop() -> None:
    """Their runner and our agent answer side by side in one process, started in our checkout."""
    assert printed(BOTH, ROOT) == ["heard Well? | Doubtful."]
