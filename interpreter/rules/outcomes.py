"""How a node that did its work ends, by its outcome."""

from interpreter.expressions import render
from interpreter.messages import Failure, Result
from interpreter.plan.model import Plan
from interpreter.rules import failure, inline, region
from interpreter.rules.edges import ENDED, followed, settle, view_of
from interpreter.rules.evaluate import View
from interpreter.rules.readers import still_read
from interpreter.rules.turn import Turn
from interpreter.state import NodeStatus

UNHANDLED = {"rejected": "Rejected", "expired": "Expired", "timeout": "Timeout", "exhausted": "Exhausted"}


def unhandled(plan: Plan, node: int, outcome: str) -> Failure | None:
    """The failure that an outcome is which no edge takes; None if it is none."""
    if outcome in {"success", "approved"}:
        return None
    if any(outcome in plan.edges[edge].on for edge in plan.nodes[node].outgoing):
        return None
    kind = UNHANDLED.get(outcome, "NoOutcomeEdge")
    return Failure(kind, f"{plan.nodes[node].name} ended as {outcome}", "business", node=plan.nodes[node].id)


def complete(turn: Turn, node: int, result: Result, outcome: str = "success") -> None:
    """A node's work is recorded; go on from it."""
    missing = unhandled(turn.plan, node, outcome)
    if missing is not None:
        failure.failed(turn, node, missing)
        return
    known = turn.state.nodes[node]
    known.size, known.sha256, known.has_output = result.size, result.sha256, True
    known.facts = still_read(turn.state, result.facts)
    known.status, known.outcome, known.failure = NodeStatus.COMPLETED, outcome, None
    turn.state.open -= 1
    view = view_of(turn.plan, turn.state, node)
    settle(turn, view, followed(view, ENDED | {outcome}))
    if turn.plan.nodes[node].behaviour == "end":
        _end_region(turn, node)


def _end_region(turn: Turn, node: int) -> None:
    planned = turn.plan.nodes[node]
    if planned.node.with_.get("status") != "failed":
        region.stop(turn, "completed", end=node)
        return
    message = inline.resolved(View(turn.plan, turn.state, node), inline.parameter(planned.value, "message"))
    if message is None or isinstance(message, Failure):
        message = f"{planned.name} ended the run"
    region.stop(turn, "failed", Failure("EndFailed", render(message), "business", node=planned.id), end=node)
