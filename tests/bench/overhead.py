"""Own overhead: `technical-report` beside the same three stages written by hand.

Both read the same eight files and make three calls, answered at once by a stand-in server in
another process, so that the time is the frameworks' own. The hand-written flow is LangGraph with
ChatOllama: it reads the files whole, asks for a brief of 60 tokens, for a structured analysis of
100 and for a report of 400, and keeps what comes back; it computes no statistics, checks nothing
and writes no file. Chimera prints tables itself and gets some 110 tokens a call, the most it asks
for. A second line gives the hand-written flow no more than that.
"""

import asyncio
import csv
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

ROUNDS = 30
TOKENS = 100  # of each answer, but for those the hand-written flow asks as text
TEXTS = {"Write a brief": 60, "Write a report": 400}  # tokens
WORDS = "the runs of this folder say what was measured and what was not "


def answer(body: dict[str, Any]) -> str:
    """Return an answer that fits what was asked; a model called short never talks long."""
    asked = body["messages"][-1]["content"]
    text = (WORDS * TOKENS).split()[:TOKENS]
    if body["model"] == "long":
        size = next((n for start, n in TEXTS.items() if asked.startswith(start)), TOKENS)
        text = (WORDS * size).split()[:size]
    properties = (body.get("format") or {}).get("properties", {})
    if "findings" in properties:
        return json.dumps({"findings": [" ".join(text[i : i + 20]) for i in range(0, TOKENS, 20)]})
    if "bullets" in properties:
        return json.dumps(
            {"bullets": [{"item": f"I{i}", "lead": WORDS.strip()} for i in range(1, 7)]}
        )
    if "leads" in properties:
        return json.dumps(
            {"leads": [{"claim": f"C{i}", "lead": " ".join(text[:24])} for i in range(1, 5)]}
        )
    if "order" in properties:
        advice = {"text": " ".join(text[:20]), "claims": ["C1"]}
        risk = {"risk": " ".join(text[:10]), "mitigation": " ".join(text[:10]), "claims": ["C1"]}
        return json.dumps({"order": ["C1"], "recommendations": [advice] * 3, "risks": [risk] * 2})
    return " ".join(text)


def serve() -> None:
    """Answer until stdin is closed."""
    from chimera.testing import OllamaStandIn

    with OllamaStandIn(answer) as server:
        print(server.base_url, flush=True)
        sys.stdin.read()


class Notes(BaseModel):
    """What the hand-written flow asks of its analyst."""

    findings: list[str]


class Flow(BaseModel):
    """State of the hand-written flow."""

    source: str
    inventory: list[dict[str, Any]] = []
    brief: str = ""
    notes: list[str] = []
    report: str = ""


def by_hand(base_url: str, name: str) -> Callable[[str], Awaitable[Any]]:
    """Return the flow that somebody would write with LangGraph and ChatOllama."""
    from langchain_ollama import ChatOllama
    from langgraph.graph import END, START, StateGraph

    model = ChatOllama(model=name, base_url=base_url, num_ctx=8192, temperature=0.2)

    async def ingest(state: Flow) -> dict[str, Any]:
        found = [entry(path) for path in sorted(Path(state.source).iterdir())]
        reply = await model.ainvoke("Write a brief of: " + json.dumps(found))
        return {"inventory": found, "brief": str(reply.content)}

    async def analysis(state: Flow) -> dict[str, Any]:
        asked = model.with_structured_output(Notes, method="json_schema")
        notes: Any = await asked.ainvoke("Analyse: " + state.brief)
        return {"notes": notes.findings}

    async def report(state: Flow) -> dict[str, Any]:
        reply = await model.ainvoke("Write a report of: " + "\n".join(state.notes))
        return {"report": str(reply.content)}

    builder = StateGraph(Flow)
    for node in (ingest, analysis, report):
        builder.add_node(node.__name__, node)
    for pair in (
        (START, "ingest"),
        ("ingest", "analysis"),
        ("analysis", "report"),
        ("report", END),
    ):
        builder.add_edge(*pair)
    compiled: Any = builder.compile()
    return lambda source: compiled.ainvoke({"source": source})


def entry(path: Path) -> dict[str, Any]:
    """Return what the hand-written flow notes of a file."""
    text = path.read_text()
    rows = len(list(csv.reader(text.splitlines()))) if path.suffix == ".csv" else 1
    return {"name": path.name, "bytes": len(text), "rows": rows}


def ours(base_url: str, out: str) -> Callable[[str], Awaitable[Any]]:
    """Return Chimera's flow."""
    import chimera

    return lambda source: chimera.arun(
        "technical-report", source, model="ollama:x", base_url=base_url, out=out
    )


def make_folder(root: Path) -> None:
    """Write eight files: six CSV files of ten runs, two JSON summaries."""
    for variant in range(6):
        rows = [f"m{variant},{0.1 + run / 100},{50 + variant + run / 10}," for run in range(10)]
        (root / f"runs{variant}.csv").write_text("model,ttft_s,tokens_s,error\n" + "\n".join(rows))
    for name in ("a", "b"):
        (root / f"{name}.json").write_text(json.dumps({"mean_ttft_s": 0.1, "mean_tokens_s": 51.0}))


async def timed(flow: Callable[[str], Awaitable[Any]], source: str) -> tuple[float, float]:
    """Return wall and CPU time of one run, in milliseconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    await flow(source)
    return 1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu)


async def compare(base_url: str, source: str, out: str) -> None:
    """Run both flows in turn and print medians and their ratio."""
    flows = {
        "by hand": by_hand(base_url, "long"),
        "by hand, 100 tokens a call": by_hand(base_url, "short"),
        "chimera": ours(base_url, out),
    }
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in flows}
    for round_ in range(ROUNDS + 3):
        for name, flow in flows.items():
            measured = await timed(flow, source)
            if round_ >= 3:  # the first rounds warm up
                taken[name].append(measured)
    wall = {name: statistics.median(t[0] for t in times) for name, times in taken.items()}
    cpu = {name: statistics.median(t[1] for t in times) for name, times in taken.items()}
    for name in flows:
        ratio = wall["chimera"] / wall[name], cpu["chimera"] / cpu[name]
        print(
            f"{name:<27}{wall[name]:6.1f} ms wall{cpu[name]:7.1f} ms CPU per run of three calls;"
            f" chimera is {ratio[0]:.2f} wall, {ratio[1]:.2f} CPU of it"
        )


def main() -> None:
    """Start the server, compare, stop the server."""
    command = [sys.executable, __file__, "--serve"]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        with tempfile.TemporaryDirectory() as place:
            source = Path(place) / "bench"
            source.mkdir()
            make_folder(source)
            asyncio.run(compare(url, str(source), str(Path(place) / "out")))
        server.stdin.close()


if __name__ == "__main__":
    serve() if "--serve" in sys.argv else main()
