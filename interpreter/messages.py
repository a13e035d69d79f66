"""The closed sets of what the core is told (`Event`) and what it asks for (`Command`).

Nodes and edges are named by their index in the plan, everything else by value. All of it is plain
data: an event can be replayed, a command compared.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from interpreter.values import Json

FactValue = tuple[Literal["value"], Json] | tuple[Literal["error"], str] | tuple[Literal["absent"], str]
"""What a fact came to where its source was produced: its value, the message of the ExpressionError
that its evaluation raised, or the path that was absent."""

ErrorCategory = Literal["business", "input", "external", "platform"]
Reject = Literal["any", "majority", "all"]
"""How many rejections reject: one, more than half of the quorum, or a quorum."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a node or a run failed. `type` is stable and may be matched; `message` is for people."""

    type: str
    message: str
    category: ErrorCategory = "external"
    node: str | None = None
    attempt: int | None = None
    retryable: bool = False
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """What the workflow holds of a value: its size in bytes, its hash, its facts; never the value."""

    size: int = 0
    sha256: str | None = None
    facts: dict[int, FactValue] = field(default_factory=dict)


# Events: what happened.


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The first event of a run; `input` has the facts over the run's input."""

    input: Result


@dataclass(frozen=True, slots=True)
class NodeCompleted:
    """A node's work is recorded. For a gate `outcome` is what people decided."""

    node: int
    generation: int
    result: Result
    outcome: str = "success"


@dataclass(frozen=True, slots=True)
class NodeFailed:
    """A node's retries are spent and its row is settled as `failed`, or as `held` if `held`."""

    node: int
    generation: int
    failure: Failure
    held: bool = False


@dataclass(frozen=True, slots=True)
class NodeCancelled:
    """A node that the core asked to stop has stopped, and its row says so."""

    node: int
    generation: int


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A wait is over, or a gate's time is up. A vote that arrived in the same task is told first: it wins."""

    node: int
    generation: int


@dataclass(frozen=True, slots=True)
class GateOpened:
    """A gate's row is written; the rule by which its votes count, with its templates resolved.

    `quorum` is a number of votes, or one for each group that must reach its own.
    """

    node: int
    generation: int
    outcomes: tuple[str, ...]
    quorum: int | dict[str, int]
    reject: Reject
    approvers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Voted:
    """A recorded vote has arrived. `groups` are those of the voter that the gate names."""

    vote: str
    node: int
    generation: int
    decision: str
    by: str
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Overridden:
    """A person moved a held node by hand. For `succeed`, `result` is the validated output's."""

    override: str
    node: int
    generation: int
    action: Literal["retry", "succeed", "skip"]
    result: Result | None = None


@dataclass(frozen=True, slots=True)
class CancelRequested:
    """The run is to be cancelled."""

    reason: str | None = None


@dataclass(frozen=True, slots=True)
class DeadlinePassed:
    """The run's own deadline has passed."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """The core had more to decide than one activation may hold; go on."""


Event = (
    RunStarted
    | NodeCompleted
    | NodeFailed
    | NodeCancelled
    | TimerFired
    | GateOpened
    | Voted
    | Overridden
    | CancelRequested
    | DeadlinePassed
    | Resumed
)


# Commands: what is to be done. The shell answers each but the notes with one event.


@dataclass(frozen=True, slots=True)
class StartActivity:
    """Run the node as an activity. Answered by NodeCompleted, NodeFailed or NodeCancelled."""

    node: int
    generation: int


@dataclass(frozen=True, slots=True)
class Evaluate:
    """Evaluate a transform, a merge, a wait's or an end's values where all values are at hand.

    Answered like StartActivity. Only asked for where the facts held do not suffice.
    """

    node: int
    generation: int


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Wait until `seconds` from now, or until the RFC 3339 time `at`; answered by TimerFired."""

    node: int
    generation: int
    seconds: float | None = None
    at: str | None = None


@dataclass(frozen=True, slots=True)
class OpenGate:
    """Write the gate's row and start its timer. Answered by GateOpened (or NodeFailed), then Voted and TimerFired."""

    node: int
    generation: int


@dataclass(frozen=True, slots=True)
class CloseGate:
    """End the gate with this outcome; `applied` are the votes that count. Answered by NodeCompleted.

    With `failure` no edge takes the outcome: the gate's row ends with the outcome, the node's as
    `failed` with this failure.
    """

    node: int
    generation: int
    outcome: str
    applied: tuple[str, ...]
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class StopNode:
    """Stop what runs for this node: an activity, a timer or a gate.

    `reason` is the `why.reason` of its row: `lost_race` or `region_stopped`. Answered by
    NodeCancelled, or by NodeCompleted when its success was recorded first.
    """

    node: int
    generation: int
    reason: str


@dataclass(frozen=True, slots=True)
class NoteNode:
    """Record a node's new status (flushed before the commands that follow it take effect).

    `event` is the short name of the event (`skipped` for workflow.node.skipped). `edges` are the
    settled in-edges of a node that no activity will tell of, each `{id, state, outcome}`. `why` is
    `{mode, reason?, guard?}`: `reason` (dead_path, join, guard, override, lost_race, region_stopped)
    for what was skipped or cancelled, `guard` the value of the node's own `when`. `value` is the
    output of a node that the workflow evaluated itself; None with `has_value` means null.
    """

    node: int
    generation: int
    event: str
    status: str
    outcome: str | None = None
    why: dict[str, Any] | None = None
    failure: Failure | None = None
    edges: tuple[dict[str, Any], ...] = ()
    has_value: bool = False
    value: Json = None


@dataclass(frozen=True, slots=True)
class NoteVote:
    """Record what became of a vote that did not end its gate."""

    vote: str
    node: int
    generation: int
    status: Literal["applied", "refused"]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class NoteOverride:
    """Record what became of an override."""

    override: str
    node: int
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
    | StartTimer
    | OpenGate
    | CloseGate
    | StopNode
    | NoteNode
    | NoteVote
    | NoteOverride
    | NoteRun
    | FinishRun
    | Yield
)
