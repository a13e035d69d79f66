"""What the core is told."""

from dataclasses import dataclass
from typing import Literal

from interpreter.messages.results import FactValue, Failure, Reject, Result


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
    scope: int = 0


@dataclass(frozen=True, slots=True)
class NodeFailed:
    """A node's retries are spent and its row is settled as `failed`, or as `held` if `held`."""

    node: int
    generation: int
    failure: Failure
    held: bool = False
    scope: int = 0


@dataclass(frozen=True, slots=True)
class NodeCancelled:
    """A node that the core asked to stop has stopped, and its row says so.

    `unknown` says that an attempt was under way: nobody knows what it came to.
    """

    node: int
    generation: int
    unknown: bool = False
    scope: int = 0


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A wait is over, or a gate's time is up. A vote that arrived in the same task is told first: it wins."""

    node: int
    generation: int
    scope: int = 0


@dataclass(frozen=True, slots=True)
class RegionOpened:
    """A map's items or a loop's `initial` are on record.

    `count` is the number of items, of a loop 1. `facts` are those over items from `first` on, as many
    as are told at once, or over `initial`; empty if the body needs none.
    """

    node: int
    generation: int
    count: int
    first: int = 0
    facts: tuple[dict[int, FactValue], ...] = ()
    scope: int = 0


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
class EventRefused:
    """The node cannot take the event that it was given: its payload breaks the schema. It waits on."""

    node: int
    generation: int
    event: str
    scope: int = 0


@dataclass(frozen=True, slots=True)
class NodeUndone:
    """A compensation has ended and is on record; `failure` says that it could not be done."""

    node: int
    generation: int
    failure: Failure | None = None
    scope: int = 0


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
    scope: int = 0


@dataclass(frozen=True, slots=True)
class Voted:
    """A recorded vote has arrived. `groups` are those of the voter that the gate names."""

    vote: str
    node: int
    generation: int
    decision: str
    by: str
    groups: tuple[str, ...] = ()
    scope: int = 0


@dataclass(frozen=True, slots=True)
class Overridden:
    """A person moved a held node by hand. For `succeed`, `result` is the validated output's."""

    override: str
    node: int
    generation: int
    action: Literal["retry", "succeed", "skip"]
    result: Result | None = None
    scope: int = 0


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
    | CancelRequested
    | DeadlinePassed
    | Resumed
)
