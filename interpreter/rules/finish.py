"""The end of a run: said once, when every node has ended."""

from interpreter.messages import FinishRun
from interpreter.rules.turn import Turn
from interpreter.state import NodeStatus

NOTHING_REACHED = "no_terminal_executed"


def finish(turn: Turn) -> None:
    """End the run if nothing is left to do."""
    state = turn.state
    if state.open or not state.started or state.finished:
        return
    state.finished = True
    status = state.ending or "completed"
    flags = (NOTHING_REACHED,) if status == "completed" and _none_executed(turn) else ()
    turn.say(FinishRun(status, state.failure, flags, state.end))


def _none_executed(turn: Turn) -> bool:
    """Whether all nodes that the run could have led to were skipped; clean-up does not count."""
    terminals = [planned.index for planned in turn.plan.nodes if planned.terminal and planned.join != "always"]
    return bool(terminals) and all(turn.state.nodes[node].status is NodeStatus.SKIPPED for node in terminals)
