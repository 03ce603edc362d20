"""Two folders of results in, before and after; what changed and a verdict out."""

from langgraph.graph import END, START, StateGraph

from chimera.comparing.stage import compare, ingest, report
from chimera.comparing.state import Comparison
from chimera.stages import stage

graph = StateGraph(Comparison)

graph.add_node("ingest", stage(ingest))  # both folders → measurements
graph.add_node("compare", stage(compare))  # measurements → matched, tested → verdict
graph.add_node("report", stage(report, agent="comparer"))  # changes → verified text

graph.add_edge(START, "ingest")
graph.add_edge("ingest", "compare")
graph.add_edge("compare", "report")
graph.add_edge("report", END)
