"""The texts of new files."""

from __future__ import annotations

from typing import Final

_MODELINE: Final = "# yaml-language-server: $schema={up}.chimera/schemas/{kind}.schema.json\n"

_PERSONA: Final = """\
name: {title}
title: reviewer of technical texts
version: 1
variables:
  audience: engineers
instructions: |
  You read what you are given and say to {{{{ audience }}}}, in a few plain sentences, what it
  claims, what is missing, and what to do next.
rules:
  max_words: 120
  language: en
examples:
  - input: The new build is faster.
    answer: It claims a speed-up and names no number. State both times and the number of runs.
"""
_CHILD: Final = """\
extends: {parent}
name: {title}
version: 1
instructions: |
  {{{{ inherited }}}}
  Say the most important thing first.
"""
_AGENT: Final = """\
persona: {persona}
options:
  num_ctx: 8192
  temperature: 0.2
  num_predict: 400
"""
_GRAPH: Final = '''\
"""{title}: one agent answers one question."""

import operator
from typing import Annotated

from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel

from chimera.stages import StageContext, stage


class State(BaseModel):
    """What passes between the nodes."""

    question: str
    answer: str | None = None
    gaps: Annotated[list[str], operator.add] = []  # what is missing, and why


async def answer(state: State, context: StageContext) -> dict[str, str]:
    """Ask the agent."""
    return {{"answer": await context.agent.ask(state.question)}}


graph = StateGraph(State)
graph.add_node("answer", stage(answer, agent="{agent}"))
graph.add_edge(START, "answer")
graph.add_edge("answer", END)
'''
_CASES: Final = """\
persona: reviewer
cases:
  - name: a claim without a number
    input: Throughput doubled.
    answer: It claims a doubling and names neither number. Give both values and how often you ran.
    expect:
      mentions: [number]
"""
_SETTINGS: Final = """\
models:
  in_flight: 1
"""
_README: Final = """\
# {name}

```text
chimera check                                    # are all files valid?
chimera test                                     # do the personas keep their rules?
chimera try persona reviewer --text 'It is fast.'   # the exact prompt
chimera run review-text 'Throughput doubled.'    # asks ollama:gemma3 unless --model says otherwise
```
"""

IGNORED: Final = "chimera-runs/\n"
SETTINGS: Final = _MODELINE.format(up="", kind="project") + _SETTINGS
CASES: Final = _MODELINE.format(up="../../", kind="tests") + _CASES


def persona(title: str, parent: str | None) -> str:
    """Return a persona that speaks for itself, or one that extends another."""
    text = (
        _PERSONA.format(title=title)
        if parent is None
        else _CHILD.format(title=title, parent=parent)
    )
    return _MODELINE.format(up="../", kind="persona") + text


def agent(persona: str) -> str:
    """Return an agent of a persona."""
    return _MODELINE.format(up="../", kind="agent") + _AGENT.format(persona=persona)


def graph(title: str, agent: str) -> str:
    """Return a graph of one node, in which an agent answers."""
    return _GRAPH.format(title=title, agent=agent)


def readme(name: str) -> str:
    """Return what a project says of itself."""
    return _README.format(name=name)
