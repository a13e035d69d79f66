"""What people ask of a run: to cancel it, and to move a held node by hand."""

from typing import assert_never

from interpreter.messages import NoteOverride, Overridden, Result
from interpreter.rules import outcomes, region
from interpreter.rules.notes import note
from interpreter.rules.turn import Turn
from interpreter.state import EdgeState, NodeStatus


def override(turn: Turn, event: Overridden) -> None:
    """Move a held node. The same override again changes nothing."""
    if event.override in turn.run.overrides:
        return
    known, path = turn.state.nodes[event.node], turn.state.path_of(turn.plan.nodes[event.node].id)
    if known.status is not NodeStatus.HELD or known.generation != event.generation:
        turn.say(NoteOverride(event.override, path, event.generation, "refused", "not_held"))
        return
    turn.run.overrides[event.override] = None
    turn.say(NoteOverride(event.override, path, event.generation, "applied"))
    match event.action:
        case "retry":
            _retry(turn, event.node)
        case "succeed":
            _succeed(turn, event.node, event.result or Result())
        case "skip":
            known.failure = None
            region.skip(turn, event.node, "override")
        case _:
            assert_never(event.action)


def _retry(turn: Turn, node: int) -> None:
    """Decide the node anew, with what has settled meanwhile, as a generation that the run has not had:
    what a map's or a loop's body did before is on record under the same paths.
    """
    state = turn.state
    known = state.nodes[node]
    turn.run.retried += 1
    known.generation = turn.run.retried
    known.status, known.failure, known.guard = NodeStatus.PENDING, None, None
    before = frozenset(known.arrived)
    taken = (edge for edge in turn.plan.nodes[node].incoming if state.edges[edge] is EdgeState.TAKEN)
    known.arrived.extend(edge for edge in taken if edge not in before)
    turn.look_at(node)


def _succeed(turn: Turn, node: int, result: Result) -> None:
    known = turn.state.nodes[node]
    known.status, known.outcome, known.failure = NodeStatus.COMPLETED, "success", None
    known.reason = "override"
    note(turn, node, "completed", edges=False)
    outcomes.complete(turn, node, result)
