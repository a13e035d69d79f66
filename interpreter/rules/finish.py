"""The end of a run: said once, when every node has ended and what had to be undone is."""

from interpreter.messages import FinishRun
from interpreter.rules import undo
from interpreter.rules.turn import Turn
from interpreter.state import NodeStatus

NOTHING_REACHED, COMPENSATED, COMPENSATION_FAILED = "no_terminal_executed", "compensated", "compensation_failed"


def finish(turn: Turn) -> None:
    """End the run if nothing is left to do."""
    run = turn.run
    if run.open or not run.started or run.finished or undo.comes_first(turn):
        return
    run.finished = True
    status = run.ending or "completed"
    flags = {
        NOTHING_REACHED: status == "completed" and _none_executed(turn),
        COMPENSATED: run.compensated,
        COMPENSATION_FAILED: run.undo_failed,
    }
    turn.say(FinishRun(status, run.failure, tuple(flag for flag, holds in flags.items() if holds), run.end))


def _none_executed(turn: Turn) -> bool:
    """Whether all nodes that the run could have led to were skipped; clean-up does not count."""
    terminals = [planned.index for planned in turn.whole.nodes if planned.terminal and planned.join != "always"]
    return bool(terminals) and all(turn.run.nodes[node].status is NodeStatus.SKIPPED for node in terminals)
