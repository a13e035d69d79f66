"""Continue-as-new: when a run moves to a fresh history, and what it takes along."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from temporalio import workflow

from interpreter.messages import (
    Evaluate,
    MakeOutput,
    OpenGate,
    OpenRegion,
    StartActivity,
    StartChild,
    StartTimer,
    StartUndo,
    TakeEvent,
)
from interpreter.plan.model import Plan
from interpreter.shell.keys import Key
from interpreter.shell.mailbox import Letter
from interpreter.shell.wire import RunInput
from interpreter.snapshot import restore, snapshot
from interpreter.state import RunState

EVENTS = 4_096
"""Events after which a run moves on at its first quiet moment."""
HOLD = 20_000
"""Events after which nothing new is started until that moment has come; Temporal ends a run at 51,200."""
HOLD_BYTES = 20 * 1024 * 1024
"""The same in bytes; Temporal ends a run at 50 MiB."""

Start = Evaluate | OpenRegion | MakeOutput | TakeEvent | StartChild | StartUndo | OpenGate
"""What begins something, besides the activities that wait for their turn."""
STARTS: dict[str, type[Start]] = {
    kind.__name__: kind for kind in (Evaluate, OpenRegion, MakeOutput, TakeEvent, StartChild, StartUndo, OpenGate)
}
Begins = StartActivity | StartChild | OpenGate | OpenRegion | StartTimer
"""What begins a node that an earlier run may have done."""
BEGINS: dict[str, type[Begins]] = {
    kind.__name__: kind for kind in (StartActivity, StartChild, OpenGate, OpenRegion, StartTimer)
}


def is_due() -> bool:
    """Whether the history is long enough to leave it."""
    info = workflow.info()
    return info.get_current_history_length() >= EVENTS or info.is_continue_as_new_suggested()


def must_hold() -> bool:
    """Whether starts have to wait so that the quiet moment comes."""
    info = workflow.info()
    is_long = info.get_current_history_length() >= HOLD or info.get_current_history_size() >= HOLD_BYTES
    return is_long and (workflow.cancellation_reason() is None or leaves_cancelled())


def leaves_cancelled() -> bool:
    """Whether a run that is being cancelled moves on like any other: one that has a history from before this stays in it.

    What it has to undo may be more than one history holds. Temporal forgets the wish to cancel in the next one; the
    state knows of it.
    """
    return workflow.patched("a cancelled run moves on")


def pack(
    state: RunState,
    *,
    waiting: list[Key],
    held: list[Start],
    asked: list[Begins],
    due: dict[Key, datetime],
    letters: list[Letter],
) -> dict[str, Any]:
    """All that the next execution cannot know by itself."""
    return {
        "state": snapshot(state),
        "waiting": [list(key) for key in waiting],
        "held": [[type(command).__name__, asdict(command)] for command in held],
        "asked": [[type(command).__name__, asdict(command)] for command in asked],
        "timers": [[*key, moment.isoformat()] for key, moment in due.items()],
        "letters": letters,
    }


class Unpacked:
    """A snapshot read back."""

    def __init__(self, plan: Plan, packed: dict[str, Any]) -> None:
        self.state = restore(plan, packed["state"])
        self.waiting: list[Key] = [_key(*key) for key in packed["waiting"]]
        self.held: list[Start] = [STARTS[name](**said) for name, said in packed.get("held", ())]
        self.asked: list[Begins] = [BEGINS[name](**said) for name, said in packed.get("asked", ())]
        self.timers: list[tuple[Key, datetime]] = [
            (_key(*key), datetime.fromisoformat(due)) for *key, due in packed["timers"]
        ]
        self.letters: list[Letter] = packed["letters"]


def _key(*saved: int) -> Key:
    """A key as it was packed; before there were scopes, all were of the root's."""
    return Key(*saved) if len(saved) == len(Key._fields) else Key(0, *saved)


def move_on(run: RunInput, packed: dict[str, Any]) -> None:
    """Leave this history. Never returns."""
    workflow.continue_as_new(replace(run, snapshot=packed))
