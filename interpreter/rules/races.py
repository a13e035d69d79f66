"""`cancel_rest`: a race that is won cancels those that can lead nowhere else any more."""

from heapq import heapify, heappop, heappush

from interpreter.plan.model import PlannedEdge, Region
from interpreter.rules import region, undo
from interpreter.rules.turn import Turn
from interpreter.state import ACTIVE, EdgeState, NodeStatus, Scope

REASON = undo.LOST


def cancel_rest(turn: Turn, winner: int) -> None:
    """Cancel the losers of the race that this node has just decided, in plan order."""
    plan, state = turn.plan, turn.state
    losers = [node for node in losers_of(plan, state, winner) if plan.nodes[node].join != "always"]
    turn.spend(len(losers))
    for node in losers:
        status = state.nodes[node].status
        if status is NodeStatus.PENDING or status is NodeStatus.HELD:
            region.cancel(turn, node, REASON)
        elif status in ACTIVE:
            region.ask_to_stop(turn, node, REASON)
    undo.losers(turn, losers)


def losers_of(plan: Region, state: Scope, winner: int) -> list[int]:
    """The nodes all of whose paths end in the winner, and none of them over an edge that it has taken."""
    lost: set[int] = set()
    seen = {winner}
    waiting = [-source for source in _sources(plan, winner)]
    heapify(waiting)
    # The last in plan order first, so that all that lies behind a node is known when it is looked at.
    while waiting:
        node = -heappop(waiting)
        if node in seen:
            continue
        seen.add(node)
        if all(_leads_nowhere(plan.edges[edge], state, winner, lost) for edge in plan.nodes[node].outgoing):
            lost.add(node)
            for source in _sources(plan, node):
                heappush(waiting, -source)
    return sorted(lost)


def _sources(plan: Region, node: int) -> list[int]:
    return [plan.edges[edge].source for edge in plan.nodes[node].incoming]


def _leads_nowhere(edge: PlannedEdge, state: Scope, winner: int, lost: set[int]) -> bool:
    if edge.target == winner:
        return state.edges[edge.index] is not EdgeState.TAKEN
    return edge.target in lost
