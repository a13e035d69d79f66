"""One scope before a step of a watched run, and what no step may do to it."""

from dataclasses import dataclass

from interpreter.plan.model import Plan
from interpreter.state import ACTIVE, FINAL_NODE, EdgeState, NodeStatus, Scope


@dataclass
class Seen:
    """One scope before a step."""

    edges: list[EdgeState]
    final: dict[int, NodeStatus]
    active: frozenset[int]
    is_stopping: bool


def seen_of(scope: Scope) -> Seen:
    """The scope as it is now."""
    final = {node: known.status for node, known in enumerate(scope.nodes) if known.status in FINAL_NODE}
    active = frozenset(node for node, known in enumerate(scope.nodes) if known.status in ACTIVE)
    return Seen(list(scope.edges), final, active, scope.ending is not None)


def check_scope(plan: Plan, scope: Scope, before: Seen | None) -> None:
    """Hold the scope to its counts, and what was settled or had ended to what it was."""
    nodes, region = scope.nodes, plan.region(scope.region)
    assert scope.open == sum(known.status not in FINAL_NODE for known in nodes)
    stopping = (known for known in nodes if known.stopping is not None)
    assert scope.stopping == sum(known.status not in FINAL_NODE for known in stopping)
    for edge, was in enumerate(before.edges if before else ()):
        now, source = scope.edges[edge], nodes[region.edges[edge].source].status
        assert was in (EdgeState.OPEN, now), "an edge settled twice"
        assert (now is not EdgeState.OPEN) == (source in FINAL_NODE), "edges settle when their source ends"
    for node, status in before.final.items() if before else ():
        assert nodes[node].status is status, "a final state changed"
