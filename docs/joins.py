"""What becomes of a node by its join, by how its in-edges settled and by whether its region stops: asked of the rules."""

from itertools import combinations_with_replacement
from typing import get_args

from docs.tables import table
from interpreter.catalogue import CORE, Catalogue
from interpreter.document.model import Document, JoinMode
from interpreter.messages import Failure, Resumed
from interpreter.plan.build import build_plan
from interpreter.plan.model import Plan
from interpreter.rules import decide
from interpreter.state import EdgeState, NodeStatus, RunState

PAIRS = tuple(combinations_with_replacement((EdgeState.TAKEN, EdgeState.DEAD, EdgeState.FAILED), 2))
WAYS = (*((state, EdgeState.OPEN) for state in (EdgeState.TAKEN, EdgeState.DEAD, EdgeState.FAILED)), *PAIRS)
SAID = {
    NodeStatus.PENDING: "waits",
    NodeStatus.WAITING: "runs",
    NodeStatus.SKIPPED: "skipped",
    NodeStatus.FAILED: "fails",
    NodeStatus.CANCELLED: "cancelled",
}


def joins() -> str:
    """Every mode, while the node's region runs."""
    return _all(is_stopping=False)


def joins_while_stopping() -> str:
    """Every mode, while the node's region stops."""
    return _all(is_stopping=True)


def _all(*, is_stopping: bool) -> str:
    head = ("Mode", *(" + ".join(_name(state) for state in way) for way in WAYS))
    rows = (
        [f"`{mode}`", *(verdict(mode, way, is_stopping=is_stopping) for way in WAYS)] for mode in get_args(JoinMode)
    )
    return table(head, rows)


def _name(state: EdgeState) -> str:
    return "not settled" if state is EdgeState.OPEN else state.value


def verdict(mode: str, way: tuple[EdgeState, ...], *, is_stopping: bool) -> str:
    """What becomes of a node behind two edges, by the rules themselves. `quorum` has `n: 2`."""
    plan = _plan(mode)
    state = RunState.begin(plan, run={}, env={})
    state.started, state.ending = True, "cancelled" if is_stopping else None
    target = state.nodes[plan.index_of["target"]]
    for edge, settled in enumerate(way):
        state.edges[edge] = settled
        source = state.nodes[plan.edges[edge].source]
        source.status = NodeStatus.WAITING if settled is EdgeState.OPEN else NodeStatus.COMPLETED
        if settled is EdgeState.FAILED:
            source.status, source.failure = NodeStatus.FAILED, Failure("Broken", "it broke")
        target.settled += settled is not EdgeState.OPEN
        target.taken += settled is EdgeState.TAKEN
        target.failed += settled is EdgeState.FAILED
        target.arrived += [edge] if settled is EdgeState.TAKEN else []
    state.queue.append((0, plan.index_of["target"]))
    decide(plan, state, Resumed())
    return SAID[target.status]


def _plan(mode: str) -> Plan:
    event = {"type": "event", "with": {"name": "go"}}
    document = {
        "plait": 1,
        "slug": "joins",
        "nodes": [
            {"id": "left", **event},
            {"id": "right", **event},
            {"id": "target", **event, "join": {"mode": mode} | ({"n": 2} if mode == "quorum" else {})},
        ],
        "edges": [{"from": "left", "to": "target"}, {"from": "right", "to": "target"}],
    }
    return build_plan(Document.model_validate(document), Catalogue(node_types=dict(CORE)), "")
