"""How a node that did its work ends, by its outcome."""

from typing import Any

from interpreter.expressions import render
from interpreter.messages import Failure, Result
from interpreter.plan.model import Region
from interpreter.rules import failure, inline, region, undo
from interpreter.rules.edges import ENDED, followed, settle, view_of
from interpreter.rules.evaluate import View
from interpreter.rules.notes import note
from interpreter.rules.readers import still_read
from interpreter.rules.turn import Turn
from interpreter.state import Ending, NodeStatus
from interpreter.values import Json

BYTES_A_STEP = 100
"""Values that the workflow records itself travel in its commands, which are bounded."""
UNHANDLED = {"rejected": "Rejected", "expired": "Expired", "timeout": "Timeout", "exhausted": "Exhausted"}


def unhandled(plan: Region, node: int, outcome: str) -> Failure | None:
    """The failure that an outcome is which no edge takes; None if it is none."""
    if outcome in {"success", "approved"}:
        return None
    if any(outcome in plan.edges[edge].on for edge in plan.nodes[node].outgoing):
        return None
    kind = UNHANDLED.get(outcome, "NoOutcomeEdge")
    return Failure(kind, f"{plan.nodes[node].name} ended as {outcome}", "business", node=plan.nodes[node].id)


def done(
    turn: Turn,
    node: int,
    result: Result,
    value: Json,
    outcome: str = "success",
    *,
    edges: bool = True,
    output_of: str | None = None,
    meta: dict[str, Any] | None = None,
) -> None:
    """A node that the workflow itself brings to its end; `output_of` names the row that has its output."""
    known = turn.state.nodes[node]
    known.status, known.outcome = NodeStatus.COMPLETED, outcome
    turn.spend(result.size // BYTES_A_STEP)
    has_value = output_of is None
    note(turn, node, "completed", edges=edges, has_value=has_value, value=value, output_of=output_of, meta=meta)
    complete(turn, node, result, outcome)


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
    ending = _ending_of(turn, node) if turn.plan.nodes[node].behaviour == "end" else None
    turn.left(node)
    undo.remember(turn, node)
    view = view_of(turn, node)
    settle(turn, node, view, followed(view, node, ENDED | {outcome}))
    if ending is not None:
        region.stop(turn, *ending, end=node)


def _ending_of(turn: Turn, node: int) -> tuple[Ending, Failure | None]:
    """How an `end` ends the run. Its message is made while all that it reads is held."""
    planned = turn.plan.nodes[node]
    if planned.node.with_.get("status") != "failed":
        return "completed", None
    message = inline.resolved(View(turn, node), inline.parameter(planned.value.prepared, "message"))
    if message is None or isinstance(message, Failure):
        message = f"{planned.name} ended the run"
    return "failed", Failure("EndFailed", render(message), "business", node=planned.id)
