"""A folder of benchmark artifacts in, a report whose numbers can be checked out."""

from langgraph.graph import END, START, StateGraph

from chimera.analysis.stage import analysis
from chimera.evidence.stage import ingest
from chimera.report.stage import report
from chimera.stages import stage
from chimera.state import TechnicalReport

graph = StateGraph(TechnicalReport)

graph.add_node("ingest", stage(ingest, agent="data-collector"))  # files → measurements, brief
graph.add_node("analysis", stage(analysis, agent="analyst"))  # measurements → facts → claims
graph.add_node("report", stage(report, agent="analyst"))  # claims → verified text

graph.add_edge(START, "ingest")
graph.add_edge("ingest", "analysis")
graph.add_edge("analysis", "report")
graph.add_edge("report", END)
