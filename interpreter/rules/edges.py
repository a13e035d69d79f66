"""How the out-edges of a node that ended settle: taken, dead or failed, each once."""

from dataclasses import dataclass

from interpreter.messages import Failure
from interpreter.plan.model import Region
from interpreter.rules.evaluate import STEPS, View, holds
from interpreter.rules.readers import drop_read
from interpreter.rules.turn import Turn
from interpreter.state import EdgeState, NodeStatus

ENDED = frozenset({"ended"})
STEPS_AN_EDGE = 100


@dataclass(frozen=True, slots=True)
class Settling:
    """How one edge settles; `fault` is what its guard raised."""

    edge: int
    to: EdgeState
    fault: Failure | None = None


def followed(view: View, node: int, outcomes: frozenset[str]) -> list[Settling]:
    """How the edges settle of a node that ended with these outcomes: those with another are dead."""
    plan = view.plan
    return [
        tested(plan, edge, view) if plan.edges[edge].on & outcomes else Settling(edge, EdgeState.DEAD)
        for edge in plan.nodes[node].outgoing
    ]


def view_of(turn: Turn, node: int, failure: Failure | None = None) -> View:
    """What the guards behind the node see; they share one budget, which grows with their number."""
    return View(turn, node, failure, STEPS + STEPS_AN_EDGE * len(turn.plan.nodes[node].outgoing))


def tested(plan: Region, edge: int, view: View) -> Settling:
    """How an edge settles whose outcome came: by its own `when`, if it has one."""
    guard = plan.edges[edge].when
    if guard is None:
        return Settling(edge, EdgeState.TAKEN)
    found = holds(guard, view)
    if isinstance(found, Failure):
        return Settling(edge, EdgeState.FAILED, found)
    return Settling(edge, EdgeState.TAKEN if found else EdgeState.DEAD)


def lost(view: View, node: int) -> list[Settling]:
    """How the edges settle of a node that is lost with its region: `ended` ones are followed."""
    plan = view.plan
    return [
        tested(plan, edge, view) if plan.edges[edge].on & ENDED else Settling(edge, EdgeState.FAILED)
        for edge in plan.nodes[node].outgoing
    ]


def settle(turn: Turn, node: int, view: View, settlings: list[Settling]) -> None:
    """Settle the edges behind a node that has ended, and look at their undecided targets."""
    for settling in settlings:
        _settle(turn, settling)
    drop_read(turn.plan, turn.state, node)
    turn.spend(len(settlings) + view.spent)


def _settle(turn: Turn, settling: Settling) -> None:
    plan, state = turn.plan, turn.state
    target = plan.edges[settling.edge].target
    known = state.nodes[target]
    state.edges[settling.edge] = settling.to
    if settling.fault is not None:
        state.faults[settling.edge] = settling.fault
    undecided = known.status is NodeStatus.PENDING
    known.settled += 1
    if settling.to is EdgeState.TAKEN:
        known.taken += 1
        if undecided:
            known.arrived.append(settling.edge)
    elif settling.to is EdgeState.FAILED:
        known.failed += 1
    # An edge into a node that was decided is recorded and changes nothing.
    if undecided:
        turn.look_at(target)
