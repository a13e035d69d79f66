"""Whether a node runs, by its join's mode and by how its in-edges settled."""

from enum import Enum, auto
from typing import assert_never

from interpreter.messages import Failure
from interpreter.plan.model import Region
from interpreter.state import EdgeState, NodeState, Scope


class Answer(Enum):
    """What a join says of its node."""

    WAIT = auto()
    RUN = auto()
    SKIP = auto()
    FAIL = auto()


def answer(plan: Region, state: Scope, node: int) -> Answer:
    """What the node's join says now. To run is said as soon as the mode allows, the rest at the end.

    Costs the same whatever the number of in-edges, until all have settled and one of them failed.
    """
    planned, known = plan.nodes[node], state.nodes[node]
    all_settled = known.settled == len(planned.incoming)
    if planned.join in RACES:
        if known.taken >= needed(plan, node):
            return Answer.RUN
    elif all_settled and known.failed and broken_edges(plan, state, node):
        return Answer.FAIL
    if not all_settled:
        return Answer.WAIT
    return _when_all_settled(plan, known, node)


RACES = frozenset({"any", "quorum"})


def needed(plan: Region, node: int) -> int:
    """How many in-edges of a race must be taken; a node without any starts."""
    planned = plan.nodes[node]
    return min(1 if planned.join == "any" else planned.quorum, len(planned.incoming))


def _when_all_settled(plan: Region, known: NodeState, node: int) -> Answer:
    planned = plan.nodes[node]
    match planned.join:
        case "settled" | "always":
            runs = known.taken > 0 or not planned.incoming
        case "all" | "all_failed":
            runs = known.taken == len(planned.incoming)
        case "any" | "quorum":
            return Answer.FAIL if known.failed else Answer.SKIP
        case _:
            assert_never(planned.join)
    return Answer.RUN if runs else Answer.SKIP


def reached(plan: Region, state: Scope, node: int) -> bool:
    """Whether a taken edge leads to the node, or none at all has to."""
    return state.nodes[node].taken > 0 or not plan.nodes[node].incoming


def broken_edges(plan: Region, state: Scope, node: int) -> list[int]:
    """The in-edges whose own guard could not be evaluated."""
    return [edge for edge in plan.nodes[node].incoming if edge in state.faults]


def failure_of(plan: Region, state: Scope, node: int) -> Failure:
    """Why the join fails its node: a guard on the way to it, or a race that nobody won."""
    planned = plan.nodes[node]
    if planned.join not in RACES:
        return state.faults[broken_edges(plan, state, node)[0]]
    failed = [edge for edge in planned.incoming if state.edges[edge] is EdgeState.FAILED]
    causes = [_cause(plan, state, edge) for edge in failed]
    message = f"{planned.name} needed {needed(plan, node)} of {len(planned.incoming)} and got {state.nodes[node].taken}"
    return Failure("JoinFailed", message, "external", details={"causes": causes})


def _cause(plan: Region, state: Scope, edge: int) -> dict[str, str]:
    source = plan.edges[edge].source
    cause = state.faults.get(edge) or state.nodes[source].failure
    assert cause is not None, "a node that is cancelled leads to no race that is still open"
    return {"node": plan.nodes[source].id, "type": cause.type, "message": cause.message}
