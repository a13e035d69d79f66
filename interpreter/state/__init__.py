"""The state of one run, as the workflow holds it: small, serialisable, owned by one run.

It holds statuses, settled edges and facts, never values. `interpreter.rules` changes it in place.
"""

from interpreter.state.due import Due
from interpreter.state.nodes import GateState, Lap, NodeState, Repeat
from interpreter.state.reading import SourceNode, arrived_of, in_edges_of, reads_given, sources_of, why_of
from interpreter.state.run import Ending, Kept, Listener, Place, RunState, Scope, Wish, scope_of
from interpreter.state.statuses import ACTIVE, FINAL_NODE, FINAL_RUN, EdgeState, NodeStatus, RunStatus

__all__ = [
    "ACTIVE",
    "FINAL_NODE",
    "FINAL_RUN",
    "Due",
    "EdgeState",
    "Ending",
    "GateState",
    "Kept",
    "Lap",
    "Listener",
    "NodeState",
    "NodeStatus",
    "Place",
    "Repeat",
    "RunState",
    "RunStatus",
    "Scope",
    "SourceNode",
    "Wish",
    "arrived_of",
    "in_edges_of",
    "reads_given",
    "scope_of",
    "sources_of",
    "why_of",
]
