"""What a person may do by hand with a node: by its kind of behaviour, and by where it is."""

from typing import Literal, assert_never

from interpreter.catalogue import Behaviour
from interpreter.state import FINAL_NODE, NodeStatus

OfOne = Literal["retry", "succeed", "skip"]
Action = OfOne | Literal["retry_items"]

DECIDES: frozenset[Behaviour] = frozenset({"condition", "end", "parallel", "gate"})
"""What has no output that somebody else could give: it decides where the run goes, or people do."""


def objection(behaviour: Behaviour, status: NodeStatus, action: Action, *, given: bool = False) -> str | None:
    """Why the action is not for a node that is there, as a sentence; None if it is.

    `given` says that a retry brings parameters along: these may be given before there was a try.
    """
    if action == "retry_items":
        held = status is NodeStatus.HELD and behaviour == "map"
        return None if held else "Only a map that is held has items that could be tried again."
    match status:
        case NodeStatus.HELD:
            return None
        case NodeStatus.RETRYING:
            return None if behaviour == "activity" else "Only what is tried again by itself is retrying."
        case NodeStatus.WAITING:
            return _of_waiting(behaviour, action)
        case NodeStatus.RUNNING if behaviour == "subworkflow":
            return (
                None if action != "retry" else "Its sub-workflow runs: skip it or give its output, or retry in there."
            )
        case NodeStatus.PENDING:
            return _of_undecided(behaviour, action, given=given)
        case NodeStatus.READY | NodeStatus.RUNNING:
            return f"The node is {status}: wait until it is held, waits, or is to be tried again, or cancel the run."
        case _:
            assert status in FINAL_NODE
            return f"The node is {status}; what has ended is mended by a rerun."


def _of_waiting(behaviour: Behaviour, action: OfOne) -> str | None:
    if action == "skip":
        return None
    if action == "retry":
        return "The node waits; there is nothing to try again."
    return "Only people decide a gate: have them vote, or skip it." if behaviour == "gate" else None


def _of_undecided(behaviour: Behaviour, action: OfOne, *, given: bool) -> str | None:
    match action:
        case "retry":
            return None if given else "The node has not started; there is nothing to try again."
        case "succeed" if behaviour in DECIDES:
            return f"A {behaviour} has no output that could be given; skip it."
        case "skip" if behaviour == "parallel":
            return "A parallel only marks a fork; skip what comes behind it."
        case "succeed" | "skip":
            return None
        case _:
            assert_never(action)
