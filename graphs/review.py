"""A finished report in; a summary that verifier, writer and critic stand by, out."""

from langgraph.graph import END, START, StateGraph

from chimera.reviewing.stage import after_checking, after_writing, check, load, publish, write
from chimera.reviewing.state import Review
from chimera.stages import stage

graph = StateGraph(Review)

graph.add_node("load", stage(load))  # report.json → claims
graph.add_node("write", stage(write, agent="writer"))  # claims → draft
graph.add_node("check", stage(check, agent="critic"))  # draft → complaints, or content
graph.add_node("publish", stage(publish))  # draft → verified text

graph.add_edge(START, "load")
graph.add_edge("load", "write")
graph.add_conditional_edges("write", after_writing)
graph.add_conditional_edges("check", after_checking)  # bounded by the state's rounds
graph.add_edge("publish", END)
