"""What follows from a node's failure."""

from dataclasses import dataclass, replace
from typing import Literal

from interpreter.messages import Failure
from interpreter.plan.model import Plan, Region
from interpreter.rules import region, undo
from interpreter.rules.edges import ENDED, Settling, lost, settle, tested, view_of
from interpreter.rules.evaluate import View
from interpreter.rules.joins import RACES
from interpreter.rules.notes import note
from interpreter.rules.turn import Turn
from interpreter.state import EdgeState, NodeStatus, RunState

APPROVED, SUCCESS = frozenset({"approved"}), frozenset({"success"})


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a failure leads to, and how the node's edges settle then.

    `handled` by an error edge, `continued` and `held` as `on_error` says, `raced` when a race behind
    the node decides, `failed` when its region fails with it.
    """

    kind: Literal["handled", "continued", "raced", "held", "failed"]
    view: View
    settlings: list[Settling]


def verdict(plan: Plan, run: RunState, node: int, failure: Failure, scope: int = 0) -> Literal["failed", "held"]:
    """What must be recorded of the node before the core is told that it failed. Changes nothing."""
    return "held" if consequence(Turn.begin(plan, run).at(scope), node, failure).kind == "held" else "failed"


def fail(turn: Turn, node: int, failure: Failure, *, by_guard: bool = False) -> None:
    """The workflow itself fails a node, or holds it, and records that."""
    failure = replace(failure, node=turn.plan.nodes[node].id)
    found = consequence(turn, node, failure, by_guard=by_guard)
    # Of what runs or waits, its beginning has told of the edges.
    edges = turn.state.nodes[node].status is NodeStatus.PENDING
    if found.kind == "held":
        hold(turn, node, failure)
        note(turn, node, "held", edges=edges)
        return
    _end(turn, node, failure)
    note(turn, node, "failed", edges=edges)
    _follow(turn, node, failure, found)


def told(turn: Turn, node: int, failure: Failure, *, held: bool) -> None:
    """A node's failure is on record, as the end of the node or as an incident; go on from it."""
    if not held:
        failed(turn, node, failure)
        return
    hold(turn, node, failure)
    # What was held while the region began to stop waits for nobody any more.
    stopping = turn.state.nodes[node].stopping
    if stopping or turn.state.ending:
        region.cancel(turn, node, stopping or "region_stopped")


def failed(turn: Turn, node: int, failure: Failure) -> None:
    """A node's failure is on record as its end; go on from it."""
    failure = replace(failure, node=turn.plan.nodes[node].id)
    found = consequence(turn, node, failure, may_hold=False)
    _end(turn, node, failure)
    _follow(turn, node, failure, found)


def hold(turn: Turn, node: int, failure: Failure) -> None:
    """The node waits for a person, while its siblings go on."""
    known = turn.state.nodes[node]
    known.status, known.outcome, known.failure = NodeStatus.HELD, None, failure
    known.unknown = known.unknown or undo.is_unknown(failure)


def _end(turn: Turn, node: int, failure: Failure) -> None:
    known = turn.state.nodes[node]
    known.status, known.outcome, known.failure = NodeStatus.FAILED, "error", failure
    known.unknown = known.unknown or undo.is_unknown(failure)
    turn.left(node)
    undo.remember(turn, node)


def _follow(turn: Turn, node: int, failure: Failure, found: Consequence) -> None:
    settle(turn, node, found.view, found.settlings)
    # Nobody waits any more for a node that was asked to stop.
    if found.kind == "failed" and turn.state.nodes[node].stopping is None:
        region.stop(turn, "failed", failure)


def consequence(
    turn: Turn, node: int, failure: Failure, *, by_guard: bool = False, may_hold: bool = True
) -> Consequence:
    """What the failure leads to: the first that applies, in this order. Changes nothing."""
    plan, state = turn.plan, turn.state
    planned = plan.nodes[node]
    view = view_of(turn, node, failure)
    by_error = _error_edges(view, node, failure)
    if any(settling.to is EdgeState.TAKEN for settling in by_error.values()):
        return Consequence("handled", view, _rest(view, node, by_error))
    raced = {edge: Settling(edge, EdgeState.FAILED) for edge in _into_races(plan, node)}
    if planned.on_error == "continue" and not by_guard:
        successes = {edge: tested(plan, edge, view) for edge in _wins(plan, node) if edge not in by_error | raced}
        return Consequence("continued", view, _rest(view, node, by_error | successes | raced))
    if raced:
        return Consequence("raced", view, _rest(view, node, by_error | raced))
    wanted = state.ending is None and state.nodes[node].stopping in (None, region.DEADLINE)
    if planned.on_error == "hold" and may_hold and wanted:
        return Consequence("held", view, [])
    return Consequence("failed", view, lost(view, node))


def _error_edges(view: View, node: int, failure: Failure) -> dict[int, Settling]:
    """Those error edges that the failure may take; if it takes a `timeout` one, no other."""
    plan = view.plan
    found: dict[int, Settling] = {}
    if failure.type == "Timeout":
        found = {edge: tested(plan, edge, view) for edge in _on(plan, node, frozenset({"timeout"}))}
        if any(settling.to is EdgeState.TAKEN for settling in found.values()):
            return found
    others = (edge for edge in _on(plan, node, frozenset({"error"})) if edge not in found)
    return found | {edge: tested(plan, edge, view) for edge in others}


def _into_races(plan: Region, node: int) -> list[int]:
    return [edge for edge in _wins(plan, node) if plan.nodes[plan.edges[edge].target].join in RACES]


def _wins(plan: Region, node: int) -> list[int]:
    """The edges by which the node goes on as wished."""
    return _on(plan, node, APPROVED if plan.nodes[node].behaviour == "gate" else SUCCESS)


def _on(plan: Region, node: int, outcomes: frozenset[str]) -> list[int]:
    return [edge for edge in plan.nodes[node].outgoing if plan.edges[edge].on & outcomes]


def _rest(view: View, node: int, decided: dict[int, Settling]) -> list[Settling]:
    """The edges in order: those decided, `ended` ones followed, the others dead."""
    plan = view.plan
    settlings: list[Settling] = []
    for edge in plan.nodes[node].outgoing:
        if edge in decided:
            settlings.append(decided[edge])
        elif plan.edges[edge].on & ENDED:
            settlings.append(tested(plan, edge, view))
        else:
            settlings.append(Settling(edge, EdgeState.DEAD))
    return settlings
