"""What the workflow alone knows, as it is flushed."""

from dataclasses import dataclass, field
from typing import Any

from interpreter.messages import Failure
from interpreter.shell.wire.nodes import InEdge


@dataclass(slots=True)
class NoteRow:
    """One row of a flush; the fields of `interpreter.messages.NoteNode` by path."""

    path: str
    node: str
    type: str
    name: str
    generation: int
    event: str
    status: str
    at: str
    outcome: str | None = None
    why: dict[str, Any] | None = None
    failure: Failure | None = None
    edges: list[InEdge] = field(default_factory=list)
    has_value: bool = False
    value: Any = None
    due_at: str | None = None
    output_of: str | None = None
    override: str | None = None
    meta: dict[str, Any] | None = None
    progress: float | None = None


@dataclass(slots=True)
class VoteNote:
    """What became of a vote or an override: `id` is its row's."""

    id: str
    path: str
    node: str
    generation: int
    status: str
    at: str
    reason: str | None = None


@dataclass(slots=True)
class RunNote:
    """The run is stopping, and will end so."""

    status: str
    ending: str
    at: str
    failure: Failure | None = None


@dataclass(slots=True)
class PauseNote:
    """The run is paused, or goes on: the `n`th time that this changes. `command` asked for it; without one,
    `breakpoint` is the path that the run stopped before, or `budget` the limit that was met.
    """

    n: int
    paused: bool
    at: str
    command: str | None = None
    breakpoint: str | None = None
    budget: dict[str, Any] | None = None


@dataclass(slots=True)
class CommandNote:
    """What became of a command."""

    id: str
    status: str
    at: str
    reason: str | None = None


@dataclass(slots=True)
class FlushBatch:
    """Everything the workflow knows that no activity will tell of.

    `order` has one letter a note, in the order in which they came about: `n`ode, `v`ote,
    `o`verride, `r`un, `p`ause, `c`ommand; each takes the next of its list.
    """

    run_id: str
    project: str
    order: str = ""
    nodes: list[NoteRow] = field(default_factory=list)
    votes: list[VoteNote] = field(default_factory=list)
    overrides: list[VoteNote] = field(default_factory=list)
    runs: list[RunNote] = field(default_factory=list)
    pauses: list[PauseNote] = field(default_factory=list)
    commands: list[CommandNote] = field(default_factory=list)
