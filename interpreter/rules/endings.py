"""What the end of an item, a lap, a turn or a call is to the node that repeats it."""

from dataclasses import replace

from interpreter.messages import Failure
from interpreter.rules.notes import note_progress
from interpreter.rules.turn import Turn
from interpreter.state import Repeat, Scope


def fails_with_it(turn: Turn, outer: Turn) -> bool:
    """Whether what repeats this instance fails when it does. An agent's model is told of a call that fails."""
    match outer.plan.nodes[turn.state.owner].behaviour:
        case "map":
            return outer.plan.nodes[turn.state.owner].node.with_.get("on_item_error", "fail") == "fail"
        case "agent":
            return turn.plan.role == "turn"
        case _:
            return True


def tell_progress(turn: Turn, instance: Scope, repeat: Repeat) -> None:
    """Items that have ended of all, or laps of as many as there may be; the end itself says that all is done."""
    laps = turn.plan.nodes[instance.owner].node.with_.get("max_iterations")
    done, total = (repeat.next - len(repeat.instances), repeat.count) if laps is None else (instance.key, laps)
    if done < total:
        note_progress(turn, instance.owner, done, total)


def failure_of(turn: Turn, cause: Failure) -> Failure:
    """The failure of a map or a loop by that of an item or a lap; an agent's is that of its turn."""
    if turn.plan.role == "turn":
        return replace(cause, details={**cause.details, "path": turn.state.path})
    is_lap = turn.plan.until is not None
    kind, key = ("LapFailed", "lap") if is_lap else ("ItemFailed", "item")
    details = {key: turn.state.key, "path": turn.state.path, "cause": {"type": cause.type, "message": cause.message}}
    return Failure(kind, f"{key} {turn.state.key} failed: {cause.message}", cause.category, details=details)
