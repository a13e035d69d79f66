"""Continue-as-new: when a run moves to a fresh history, and what it takes along."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from temporalio import workflow

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


def is_due() -> bool:
    """Whether the history is long enough to leave it."""
    info = workflow.info()
    return info.get_current_history_length() >= EVENTS or info.is_continue_as_new_suggested()


def must_hold() -> bool:
    """Whether starts have to wait so that the quiet moment comes."""
    return workflow.info().get_current_history_length() >= HOLD


def pack(state: RunState, *, waiting: list[Key], due: dict[Key, datetime], letters: list[Letter]) -> dict[str, Any]:
    """All that the next execution cannot know by itself."""
    return {
        "state": snapshot(state),
        "waiting": [list(key) for key in waiting],
        "timers": [[*key, moment.isoformat()] for key, moment in due.items()],
        "letters": letters,
    }


class Unpacked:
    """A snapshot read back."""

    def __init__(self, plan: Plan, packed: dict[str, Any]) -> None:
        self.state = restore(plan, packed["state"])
        self.waiting: list[Key] = [_key(*key) for key in packed["waiting"]]
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
