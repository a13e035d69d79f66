"""What the core is told."""

from dataclasses import dataclass
from typing import Literal

from interpreter.messages.control import Asked, BudgetMet, InputShown, MigrationAsked, StepAsked
from interpreter.messages.results import AtNode, FactValue, Failure, Reject, Result


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The first event of a run; `input` has the facts over the run's input."""

    input: Result


@dataclass(frozen=True, slots=True)
class NodeCompleted(AtNode):
    """A node's work is recorded. For a gate `outcome` is what people decided. `reused` says that an earlier
    run did it.
    """

    result: Result
    outcome: str = "success"
    reused: bool = False


@dataclass(frozen=True, slots=True)
class NodeFailed(AtNode):
    """A node's retries are spent and its row is settled as `failed`, or as `held` if `held`."""

    failure: Failure
    held: bool = False


@dataclass(frozen=True, slots=True)
class NodeCancelled(AtNode):
    """A node that the core asked to stop has stopped, and its row says so.

    `unknown` says that an attempt was under way: nobody knows what it came to.
    """

    unknown: bool = False


@dataclass(frozen=True, slots=True)
class TimerFired(AtNode):
    """A wait is over, or a gate's time is up. A vote that arrived in the same task is told first: it wins."""


@dataclass(frozen=True, slots=True)
class RegionOpened(AtNode):
    """A map's items or a loop's `initial` are on record.

    `count` is the number of items, of a loop 1. `facts` are those over items from `first` on, as many
    as are told at once, or over `initial`; empty if the body needs none.
    """

    count: int
    first: int = 0
    facts: tuple[dict[int, FactValue], ...] = ()


@dataclass(frozen=True, slots=True)
class OutputMade:
    """The output of an item or a lap is on record, with the facts that the next lap needs of it."""

    scope: int
    result: Result


@dataclass(frozen=True, slots=True)
class OutputFailed:
    """The output of an item or a lap could not be built; nothing is on record."""

    scope: int
    failure: Failure


@dataclass(frozen=True, slots=True)
class Delivered:
    """An external event is on record for this run."""

    event: str
    name: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class EventRefused(AtNode):
    """The node cannot take the event that it was given: its payload breaks the schema. It waits on."""

    event: str


@dataclass(frozen=True, slots=True)
class NodeUndone(AtNode):
    """A compensation has ended and is on record; `failure` says that it could not be done."""

    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class GateOpened(AtNode):
    """A gate's row is written; the rule by which its votes count, with its templates resolved.

    `quorum` is a number of votes, or one for each group that must reach its own.
    """

    outcomes: tuple[str, ...]
    quorum: int | dict[str, int]
    reject: Reject
    approvers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Voted(AtNode):
    """A recorded vote has arrived. `groups` are those of the voter that the gate names."""

    vote: str
    decision: str
    by: str
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Overridden(AtNode):
    """A person moves a node by hand. For `succeed`, `result` is the validated output's.

    `generation` 0 means that the node was not decided when the person looked. `reads` are the ids of
    the nodes that new parameters of a retry name; None if it has none.
    """

    override: str
    action: Literal["retry", "succeed", "skip", "retry_items"]
    result: Result | None = None
    reads: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class OverriddenAhead:
    """A person decides for a node of an item or a lap that has not begun."""

    path: str
    override: str
    action: Literal["retry", "succeed", "skip"]
    result: Result | None = None
    reads: tuple[str, ...] | None = None


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
    | RegionOpened
    | OutputMade
    | OutputFailed
    | Delivered
    | EventRefused
    | NodeUndone
    | GateOpened
    | Voted
    | Overridden
    | OverriddenAhead
    | Asked
    | MigrationAsked
    | StepAsked
    | InputShown
    | BudgetMet
    | CancelRequested
    | DeadlinePassed
    | Resumed
)
