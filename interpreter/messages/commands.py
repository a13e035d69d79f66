"""What the core asks for. The shell answers each but the notes and StopTimer with one event."""

from dataclasses import dataclass
from typing import Any, Literal

from interpreter.messages.control import Migrate, NoteCommand, NotePause, ShowInput
from interpreter.messages.results import AtNode, Failure
from interpreter.values import Json


@dataclass(frozen=True, slots=True)
class StartActivity(AtNode):
    """Run the node as an activity. Answered by NodeCompleted, NodeFailed or NodeCancelled."""


@dataclass(frozen=True, slots=True)
class Evaluate(AtNode):
    """Evaluate a transform, a merge or an end's values where all values are at hand, or put a map's
    output together from those of its items.

    Answered like StartActivity. For the first three only where the facts held do not suffice.
    """


@dataclass(frozen=True, slots=True)
class OpenRegion(AtNode):
    """Put a map's items or a loop's `initial` on record, or tell the facts of more items. With `kept` the
    items are those of that generation of the map.

    Answered by RegionOpened or NodeFailed.
    """

    first: int = 0
    kept: int | None = None


@dataclass(frozen=True, slots=True)
class MakeOutput:
    """Build and record the output of an item or a lap. Answered by OutputMade or OutputFailed."""

    scope: int


@dataclass(frozen=True, slots=True)
class StartChild(AtNode):
    """Start the run of a sub-workflow. Answered like StartActivity, when it has ended or is detached."""


@dataclass(frozen=True, slots=True)
class TakeEvent(AtNode):
    """Give the event to the node, if its payload fits. Answered by NodeCompleted or EventRefused."""

    event: str


@dataclass(frozen=True, slots=True)
class StartUndo(AtNode):
    """Compensate the node. `unknown` says that what it did is not. Answered by NodeUndone."""

    unknown: bool = False


@dataclass(frozen=True, slots=True)
class StopTimer(AtNode):
    """Nobody waits for this timer any more. Not answered."""


@dataclass(frozen=True, slots=True)
class StartTimer(AtNode):
    """Wait until `seconds` from now, or until the RFC 3339 time `at`; answered by TimerFired."""

    seconds: float | None = None
    at: str | None = None


@dataclass(frozen=True, slots=True)
class OpenGate(AtNode):
    """Write the gate's row and start its timer. Answered by GateOpened (or NodeFailed), then Voted and TimerFired."""


@dataclass(frozen=True, slots=True)
class CloseGate(AtNode):
    """End the gate with this outcome; `applied` are the votes that count. Answered by NodeCompleted.

    With `failure` no edge takes the outcome: the gate's row ends with the outcome, the node's as
    `failed` with this failure.
    """

    outcome: str
    applied: tuple[str, ...]
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class StopNode(AtNode):
    """Stop what runs for this node: an activity, a timer or a gate.

    `reason` is the `why.reason` of its row: `lost_race`, `region_stopped`, or `deadline` of a
    sub-workflow. Answered by NodeCancelled, or by NodeCompleted when its success was recorded first.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class NoteNode:
    """Record the new status of a node, of an item or of a lap (flushed before the commands that follow
    it take effect).

    `id` is the node's, `path` names its instance; for an item or a lap they are the id of the map or
    loop and the path of the scope.
    `event` is the short name of the event (`skipped` for workflow.node.skipped). `edges` are the
    settled in-edges of a node that no activity will tell of, each `{id, state, outcome}`. `why` is
    `{mode, reason?, guard?}`: `reason` (dead_path, join, guard, override, lost_race, region_stopped)
    for what was skipped or cancelled, `guard` the value of the node's own `when`. `value` is the
    output of a node that the workflow evaluated itself; None with `has_value` means null. With
    `output_of` the output is that of the row of this path and the same generation, with `override`
    that which a person gave.
    """

    id: str
    path: str
    generation: int
    event: str
    status: str
    outcome: str | None = None
    why: dict[str, Any] | None = None
    failure: Failure | None = None
    edges: tuple[dict[str, Any], ...] = ()
    has_value: bool = False
    value: Json = None
    output_of: str | None = None
    override: str | None = None
    meta: dict[str, Any] | None = None
    step: str | None = None
    """What it does inside of the agent whose id it has."""
    progress: float | None = None
    """With the event `progress`: how much of a map or a loop is done, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class NoteVote:
    """Record what became of a vote that did not end its gate."""

    vote: str
    path: str
    generation: int
    status: Literal["applied", "refused"]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class NoteOverride:
    """Record what became of an override."""

    override: str
    path: str
    generation: int
    status: Literal["applied", "refused"]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class NoteRun:
    """Record that the run is `stopping`, and what it will end as."""

    status: Literal["stopping"]
    ending: str
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class FinishRun:
    """Nothing is left to do: evaluate the output if it completed, write the end, stop.

    `end` is the index of the `end` node that ended the run, whose output then is the run's.
    """

    status: Literal["completed", "failed", "cancelled"]
    failure: Failure | None = None
    flags: tuple[str, ...] = ()
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Yield:
    """The activation has done enough; come back with Resumed after a real timer."""


Command = (
    StartActivity
    | Evaluate
    | OpenRegion
    | MakeOutput
    | StartChild
    | TakeEvent
    | StartUndo
    | StartTimer
    | StopTimer
    | OpenGate
    | CloseGate
    | ShowInput
    | Migrate
    | StopNode
    | NoteNode
    | NoteVote
    | NoteOverride
    | NoteCommand
    | NotePause
    | NoteRun
    | FinishRun
    | Yield
)
