"""`cancel_rest`: a race that is won cancels those that can lead nowhere else any more."""

from collections.abc import Iterable
from heapq import heappop, heappush

from interpreter.plan.model import Region
from interpreter.rules import region, undo
from interpreter.rules.turn import Turn
from interpreter.state import ACTIVE, NodeStatus

REASON = undo.LOST


def cancel_rest(turn: Turn, winner: int) -> None:
    """Cancel the losers of the race that this node has just decided, in plan order."""
    plan, state = turn.plan, turn.state
    behind = leading_only_to(plan, winner)
    taken = (plan.edges[edge].source for edge in state.nodes[winner].arrived)
    kept = _preceding(plan, taken, behind)
    turn.spend(len(behind))
    for node in sorted(behind - kept):
        if plan.nodes[node].join == "always":
            continue
        status = state.nodes[node].status
        if status is NodeStatus.PENDING or status is NodeStatus.HELD:
            region.cancel(turn, node, REASON)
        elif status in ACTIVE:
            region.ask_to_stop(turn, node, REASON)
    undo.losers(turn, behind - kept)


def leading_only_to(plan: Region, target: int) -> set[int]:
    """The nodes upstream of the target all of whose paths end in it."""
    found, seen = {target}, {target}
    # The last in plan order first, so that all that lies behind a node is known when it is looked at.
    waiting = [-target]
    while waiting:
        node = -heappop(waiting)
        if node == target or all(plan.edges[edge].target in found for edge in plan.nodes[node].outgoing):
            found.add(node)
            for source in _sources(plan, node):
                if source not in seen:
                    seen.add(source)
                    heappush(waiting, -source)
    found.discard(target)
    return found


def _preceding(plan: Region, nodes: Iterable[int], within: set[int]) -> set[int]:
    """These nodes and all that lead to them, of the given ones."""
    found: set[int] = set()
    waiting = [node for node in nodes if node in within]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting.extend(source for source in _sources(plan, node) if source in within)
    return found


def _sources(plan: Region, node: int) -> list[int]:
    return [plan.edges[edge].source for edge in plan.nodes[node].incoming]
