"""How the out-edges of a node that ended settle: taken, dead or failed, each once."""

from dataclasses import dataclass

from interpreter.messages import Failure
from interpreter.plan.model import Region
from interpreter.rules.evaluate import STEPS, View, holds
from interpreter.rules.joins import RACES
from interpreter.rules.readers import drop_read
from interpreter.rules.turn import Turn
from interpreter.state import EdgeState, NodeStatus

ENDED = frozenset({"ended"})
STEPS_AN_EDGE = 100


@dataclass(slots=True)
class Settling:
    """How one edge settles; `fault` is what its guard raised."""

    edge: int
    to: EdgeState
    fault: Failure | None = None


def followed(view: View, node: int, outcomes: frozenset[str]) -> list[Settling]:
    """How the edges settle of a node that ended with these outcomes: those with another are dead."""
    plan = view.plan
    return [
        Settling(edge, EdgeState.DEAD) if plan.edges[edge].on.isdisjoint(outcomes) else tested(plan, edge, view)
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
        settle_edge(turn, settling)
    drop_read(turn.plan, turn.state, node)
    turn.spend(len(settlings) + view.spent)


def settle_edge(turn: Turn, settling: Settling) -> None:
    """Settle one edge, and have its target looked at if that may decide it."""
    state, edge, to = turn.state, settling.edge, settling.to
    target = turn.plan.nodes[turn.plan.edges[edge].target]
    known = state.nodes[target.index]
    state.edges[edge] = to
    if settling.fault is not None:
        state.faults[edge] = settling.fault
    known.settled += 1
    # An edge into a node that was decided is recorded and changes nothing.
    undecided = known.status is NodeStatus.PENDING
    if to is EdgeState.TAKEN:
        known.taken += 1
        if undecided:
            known.arrived.append(edge)
    elif to is EdgeState.FAILED:
        known.failed += 1
    # Of those that wait for all of their edges only the last one says something.
    if undecided and (known.settled == len(target.incoming) or target.join in RACES):
        turn.look_at(target.index)
