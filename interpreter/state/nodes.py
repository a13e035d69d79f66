"""What is held of one node, of its gate, and of the body that it repeats."""

from dataclasses import dataclass, field
from typing import Literal

from interpreter.messages import FactValue, Failure, Reject, Result, Voted
from interpreter.state.statuses import NodeStatus


@dataclass(slots=True)
class NodeState:
    """One node of one run.

    `settled`, `taken` and `failed` count its in-edges; `arrived` are the taken ones, in the order
    in which they settled, as they were when the node was decided, and `unseen` the nodes that it
    reads and that had not ended then. `guard` is what its own `when` came to, `reason` why it was
    skipped or cancelled, `stopping` why it was asked to stop, `unknown` that nobody knows what an
    attempt of it did, `reused` that an earlier run did its work. `tried` counts the attempts that were made before
    it had to wait for money. `size` and `sha256` name its recorded output.
    """

    status: NodeStatus = NodeStatus.PENDING
    generation: int = 1
    outcome: str | None = None
    failure: Failure | None = None
    size: int | None = None
    sha256: str | None = None
    facts: dict[int, FactValue] = field(default_factory=dict)
    has_output: bool = False
    settled: int = 0
    taken: int = 0
    failed: int = 0
    arrived: list[int] = field(default_factory=list)
    unseen: list[int] = field(default_factory=list)
    guard: bool | None = None
    reason: str | None = None
    stopping: str | None = None
    unknown: bool = False
    reused: bool = False
    tried: int = 0


@dataclass(slots=True)
class GateState:
    """A gate from the moment it was asked for; kept when it has closed, to know its votes again.

    `early` are votes told before the gate's rule, `expired` that its time is up, `closing` that
    its outcome is decided.
    """

    generation: int
    outcomes: list[str] = field(default_factory=list)
    quorum: int | dict[str, int] = 1
    reject: Reject = "any"
    approvers: list[str] = field(default_factory=list)
    votes: list[Voted] = field(default_factory=list)
    early: list[Voted] = field(default_factory=list)
    opened: bool = False
    expired: bool = False
    closing: bool = False


@dataclass(slots=True)
class Lap:
    """The last lap of a loop: its number, the loop's outcome, and what is held of its output."""

    number: int
    outcome: str
    result: Result


@dataclass(slots=True)
class Repeat:
    """How far a map or a loop is whose body is being run.

    `opened` once its items or its `initial` are on record; `count` are its items; `next` is the first
    that has not begun, `instances` the scopes of those that have not ended, `kept` those of others in
    which something may have to be undone. `facts` are those of items that are still to begin, `known`
    how far they were told. `ended` has a letter an item, in order: `.` while it has not, `c`ompleted,
    `f`ailed, `x` cancelled. `failure` is why the rest is being stopped, `recorded` what is on record of
    the node already then, `last` the lap after which none follows, `closing` says that a map's output
    is being put together.
    """

    generation: int
    opened: bool = False
    count: int = 0
    next: int = 0
    known: int = 0
    asking: bool = False
    facts: dict[int, dict[int, FactValue]] = field(default_factory=dict)
    instances: dict[int, int] = field(default_factory=dict)
    kept: list[int] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    failure: Failure | None = None
    recorded: Literal["failed", "held"] | None = None
    last: Lap | None = None
    closing: bool = False
