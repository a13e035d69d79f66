"""What people want of a run while it goes on, and what the core says to that."""

from dataclasses import dataclass
from typing import Any, Literal

from interpreter.messages.results import AtNode


@dataclass(frozen=True, slots=True)
class PauseAsked:
    """Nothing new is to begin until somebody says so; with `budget`, until there is money again."""

    command: str
    budget: bool = False


@dataclass(frozen=True, slots=True)
class GoOnAsked:
    """The run is to go on, to the next breakpoint if there is one."""

    command: str


@dataclass(frozen=True, slots=True)
class StepAsked(AtNode):
    """One node that the run is paused before is to begin; `given` says that its input comes with the command."""

    command: str
    given: bool = False


@dataclass(frozen=True, slots=True)
class BreakpointsAsked:
    """The run is to stop before these nodes from now on: ids, or paths of single instances."""

    command: str
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MigrationAsked:
    """The run is to go on under another version."""

    command: str


@dataclass(frozen=True, slots=True)
class Migrate:
    """Come to rest, and go on under the version that the command names, if nothing stands in the way."""

    command: str


@dataclass(frozen=True, slots=True)
class CommandLost:
    """A command that is about nothing in this run."""

    command: str
    refusal: str


@dataclass(frozen=True, slots=True)
class BudgetRaised:
    """There may be money again: a run that waits for it is to go on."""

    command: str


Asked = PauseAsked | GoOnAsked | BudgetRaised | BreakpointsAsked | CommandLost


@dataclass(frozen=True, slots=True)
class BudgetMet(AtNode):
    """An attempt found no money for what it was about to do, and did nothing. `tried` attempts were made before it,
    `over` says which limit stands in the way.
    """

    tried: int
    over: dict[str, Any]


@dataclass(frozen=True, slots=True)
class InputShown(AtNode):
    """The row of a node that the run is paused before has its input now, if it has one."""


@dataclass(frozen=True, slots=True)
class ShowInput(AtNode):
    """Put on record that the run is paused before this node, and with which input. Answered by InputShown."""


@dataclass(frozen=True, slots=True)
class NotePause:
    """Record that the run is paused, or goes on: the `n`th time that this changes.

    `command` asked for it; without one, `breakpoint` is the path that the run stopped before, or `budget` the limit
    that was met.
    """

    n: int
    paused: bool
    command: str | None = None
    breakpoint: str | None = None
    budget: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class NoteCommand:
    """Record what became of a command."""

    command: str
    status: Literal["applied", "refused"]
    reason: str | None = None
