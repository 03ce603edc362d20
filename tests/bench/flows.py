"""The same work written four ways: three stages over eight files, three calls of a model.

`ingest` reads the files into a typed inventory and asks for a brief, `analysis` asks for an object
checked against a Pydantic model, `report` asks for text. Each function takes an address, a model's
name and whom to tell the text as it arrives, and returns what runs the work on a folder.
Whatever a way needs is imported inside, so that a cold process pays for that way alone.
"""

import csv
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

Flow = Callable[[str], Awaitable[Any]]
Hear = Callable[[str], None]

NAME, TITLE, INSTRUCTIONS = "Ada", "an analyst", "Say what was measured, in plain English."
SYSTEM = f"You are {NAME}, {TITLE}.\n\n{INSTRUCTIONS}"
OPTIONS: dict[str, Any] = {"num_ctx": 8192, "temperature": 0.2}


class Entry(BaseModel):
    """What is noted of a file."""

    name: str
    bytes: int
    rows: int


class Notes(BaseModel):
    """What the analyst is asked for."""

    findings: list[str]


class State(BaseModel):
    """What goes from stage to stage."""

    source: str
    inventory: list[Entry] = []
    brief: str = ""
    notes: Notes | None = None
    report: str = ""


def inventory(source: str) -> list[Entry]:
    """Read the files of a folder."""
    return [entry(path) for path in sorted(Path(source).iterdir())]


def entry(path: Path) -> Entry:
    """Read one file."""
    text = path.read_text()
    rows = len(list(csv.reader(text.splitlines()))) if path.suffix == ".csv" else 1
    return Entry(name=path.name, bytes=len(text), rows=rows)


def brief_of(found: list[Entry]) -> str:
    """Return the first question."""
    return "Write a brief of: " + json.dumps([one.model_dump() for one in found])


def analysis_of(brief: str) -> str:
    """Return the second question."""
    return "Analyse: " + brief


def report_of(notes: Notes | None) -> str:
    """Return the third question."""
    return "Write a report of: " + "\n".join(notes.findings if notes else [])


def messages(question: str) -> list[dict[str, str]]:
    """Return a question as Ollama takes it."""
    return [{"role": "system", "content": SYSTEM}, {"role": "user", "content": question}]


def asker(url: str, model: str, hear: Hear | None) -> Callable[..., Awaitable[str]]:
    """Return a function that asks with the ollama client, streamed if somebody listens."""
    from ollama import AsyncClient

    client = AsyncClient(host=url)

    async def ask(question: str, schema: Any = None) -> str:
        sent: dict[str, Any] = {"model": model, "messages": messages(question), "format": schema}
        if hear is None:
            return (await client.chat(**sent, options=OPTIONS)).message.content or ""
        texts = []
        async for part in await client.chat(**sent, options=OPTIONS, stream=True):
            text = part.message.content or ""
            texts.append(text)
            hear(text)
        return "".join(texts)

    return ask


def raw(url: str, model: str, hear: Hear | None = None, *, report_only: bool = False) -> Flow:
    """Return the work by the ollama client alone; with `report_only`, only the report streams."""
    ask = asker(url, model, None if report_only else hear)
    ask_for_report = asker(url, model, hear)
    schema = Notes.model_json_schema()

    async def run(source: str) -> State:
        found = inventory(source)
        brief = await ask(brief_of(found))
        notes = Notes.model_validate_json(await ask(analysis_of(brief), schema))
        report = await ask_for_report(report_of(notes))
        return State(source=source, inventory=found, brief=brief, notes=notes, report=report)

    return run


def langgraph_client(url: str, model: str, hear: Hear | None = None) -> Flow:
    """Return the work by LangGraph, with the ollama client in its nodes."""
    ask = asker(url, model, hear)
    schema = Notes.model_json_schema()

    async def ingest(state: State) -> dict[str, Any]:
        found = inventory(state.source)
        return {"inventory": found, "brief": await ask(brief_of(found))}

    async def analysis(state: State) -> dict[str, Any]:
        return {"notes": Notes.model_validate_json(await ask(analysis_of(state.brief), schema))}

    async def report(state: State) -> dict[str, Any]:
        return {"report": await ask(report_of(state.notes))}

    compiled = chained(ingest, analysis, report).compile()
    return lambda source: compiled.ainvoke({"source": source})


def langgraph(url: str, model: str, hear: Hear | None = None) -> Flow:
    """Return the work by LangGraph with ChatOllama in its nodes."""
    from langchain_ollama import ChatOllama

    chat = ChatOllama(model=model, base_url=url, num_ctx=8192, temperature=0.2)

    async def ingest(state: State) -> dict[str, Any]:
        found = inventory(state.source)
        reply = await chat.ainvoke(messages(brief_of(found)))
        return {"inventory": found, "brief": str(reply.content)}

    async def analysis(state: State) -> dict[str, Any]:
        asked = chat.with_structured_output(Notes, method="json_schema")
        return {"notes": await asked.ainvoke(messages(analysis_of(state.brief)))}

    async def report(state: State) -> dict[str, Any]:
        reply = await chat.ainvoke(messages(report_of(state.notes)))
        return {"report": str(reply.content)}

    compiled = chained(ingest, analysis, report).compile()

    async def run(source: str) -> Any:
        if hear is None:
            return await compiled.ainvoke({"source": source})
        async for piece, _ in compiled.astream({"source": source}, stream_mode="messages"):
            hear(piece.text)
        return None

    return run


def chimera(url: str, model: str, hear: Hear | None = None, **settings: Any) -> Flow:
    """Return the work by stages and agents in a graph of one's own, with settings of the run."""
    from chimera import arun

    graph, listener = stages(url, model), listener_of(hear)
    return lambda source: arun(graph, {"source": source}, listener=listener, **settings)


def chimera_astream(url: str, model: str, hear: Hear) -> Flow:
    """Return the same, its events taken from `astream`."""
    from chimera import Run, astream

    graph, tell = stages(url, model), listener_of(hear)

    async def run(source: str) -> None:
        async for event in astream(graph, {"source": source}):
            if not isinstance(event, Run):
                tell(event)

    return run


def listener_of(hear: Hear | None) -> Any:
    """Return a listener to the events of a run."""
    if hear is None:
        return None
    return lambda event: hear(event.facts["text"]) if event.name == "model.text" else None


def stages(url: str, model: str) -> Any:
    """Return the graph that somebody would write with Chimera."""
    from chimera import Agent, Persona, stage
    from chimera.models import ModelOptions
    from chimera.stages import StageContext

    persona = Persona(name=NAME, title=TITLE, instructions=INSTRUCTIONS)
    writer: Agent[str] = Agent(
        persona=persona, model=f"ollama:{model}", options=ModelOptions(**OPTIONS), base_url=url
    )

    async def ingest(state: State, context: StageContext) -> dict[str, Any]:
        found = inventory(state.source)
        return {"inventory": found, "brief": await writer.ask(brief_of(found))}

    async def analysis(state: State, context: StageContext) -> dict[str, Any]:
        return {"notes": await writer.ask(analysis_of(state.brief), output=Notes)}

    async def report(state: State, context: StageContext) -> dict[str, Any]:
        return {"report": await writer.ask(report_of(state.notes))}

    return chained(stage(ingest), stage(analysis), stage(report))


def chained(*nodes: Any) -> Any:
    """Return a graph of these nodes in this order."""
    from langgraph.graph import END, START, StateGraph

    builder = StateGraph(State)
    names = [node.__name__ for node in nodes]
    for name, node in zip(names, nodes, strict=True):
        builder.add_node(name, node)
    for pair in zip([START, *names], [*names, END], strict=True):
        builder.add_edge(*pair)
    return builder
