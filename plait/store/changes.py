"""What a process may tell the Recorder: one change of one run, with its events.

A change is absolute: it says how a node or a run is, not how it moved, so applying it twice is the
same as once. Its events are written only if its node row was accepted, in the same transaction.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID


@dataclass(slots=True)
class EventRow:
    """One event. `key` is unique in its run: `{path}#{generation}:{type}:{n}`."""

    key: str
    type: str
    time: datetime
    node: str | None = None
    path: str | None = None
    attempt: int | None = None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class StoredValue:
    """A value as rows keep it: inline up to 8 KiB, else by payload id."""

    size: int
    sha256: str
    inline: Any = None
    ref: UUID | None = None


@dataclass(slots=True)
class NodeRow:
    """How a node run is now. None leaves a column as it was, but for `error`, which says why the
    row is as it is and is replaced each time.

    Refused where the stored row has ended, where its attempt is newer, or where the run is final;
    attempt 0 is the workflow's own word, older than none. What is refused though it is there
    already, as after a lost reply, counts as accepted.
    `attempt_log` replaces or appends the entry of that attempt in `attempts`.
    """

    path: str
    generation: int
    node: str
    type: str
    name: str | None
    status: str
    at: datetime
    attempt: int = 0
    outcome: str | None = None
    progress: float | None = None
    message: str | None = None
    input: StoredValue | None = None
    output: StoredValue | None = None
    facts: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    why: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    trace_id: str | None = None
    ready_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    attempt_log: dict[str, Any] | None = None


@dataclass(slots=True)
class GateRow:
    """A gate to open; its `id` is uuid5 of run, path and generation, so opening twice is once."""

    id: UUID
    path: str
    generation: int
    node: str
    title: str
    instructions: str | None
    show: list[dict[str, Any]]
    form_schema: dict[str, Any] | None
    prefill: dict[str, Any] | None
    outcomes: list[str]
    approvers: list[str]
    quorum: int | dict[str, int]
    reject: Literal["any", "majority", "all"]
    allow_self_approval: bool
    opened_at: datetime
    due_at: datetime | None
    kind: str = "human"


@dataclass(slots=True)
class GateEnd:
    """A gate to close: its final status, guarded by `status = 'open'`."""

    path: str
    generation: int
    status: str
    at: datetime


@dataclass(slots=True)
class GateCopy:
    """A decided gate of another run, `source`, at the same path, to stand in this one as `id` with the votes that counted."""

    id: UUID
    source: UUID
    path: str
    generation: int


@dataclass(slots=True)
class VoteMark:
    """What became of a recorded vote (override, command): `applied` or `refused`, with the reason."""

    id: UUID
    status: str
    reason: str | None = None


@dataclass(slots=True)
class EventMark:
    """What becomes of an external event at a node: `consumed` by the end that the change writes, or
    `refused` with the reason. Refused as a whole unless the event still waits; the very mark that is
    there already counts as accepted.
    """

    id: UUID
    status: str
    path: str
    generation: int
    reason: str | None = None


@dataclass(slots=True)
class RunRow:
    """How the run is now. A final status is a compare-and-set: a run ends once. `flags` are added. `pause` is set
    while it is paused. One that is not final is written once, with its events.
    """

    status: str
    at: datetime
    stopping_as: str | None = None
    flags: tuple[str, ...] = ()
    output: StoredValue | None = None
    error: dict[str, Any] | None = None
    pause: dict[str, Any] | None = None


@dataclass(slots=True)
class VersionMark:
    """The version under which the run goes on; `nodes` are the ids of those that its progress counts."""

    version: int
    plan_hash: str
    total_nodes: int
    nodes: tuple[str, ...]


EntryStatus = Literal["reserved", "spent", "assumed", "released"]
"""`assumed`: nobody knows what the call came to, so it counts as what was reserved. `released`: nothing was billed."""


@dataclass(frozen=True, slots=True)
class Amount:
    """What a call takes. A cost of None is not known, and counts as nothing."""

    cost_usd: Decimal | None = Decimal(0)
    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def tokens(self) -> int:
        """All of them."""
        return self.input_tokens + self.output_tokens

    @property
    def usd(self) -> Decimal:
        """The known part."""
        return self.cost_usd or Decimal(0)


@dataclass(frozen=True, slots=True)
class Entry:
    """One call of a model: reserved before it is made, settled by what it took. It is absolute: written twice it is the same."""

    id: UUID
    project: str
    run_id: UUID
    path: str
    generation: int
    attempt: int
    status: EntryStatus
    model: str
    amount: Amount
    reserved_at: datetime
    settled_at: datetime | None = None
    agent: str | None = None
    cached_tokens: int = 0
    answer: StoredValue | None = None


@dataclass(frozen=True, slots=True)
class Over:
    """A limit stands in the way: of a run (`run_id`) or of its project. Amounts are texts of dollars, or numbers.

    With the limit `price` nobody knows whether there is room: the cost of the model is not known, and no limit of
    tokens holds it.
    """

    limit: Literal["cost_usd", "tokens", "seconds", "price"]
    amount: str
    spent: str
    reserved: str
    wanted: str
    run_id: UUID | None = None

    @property
    def passes(self) -> bool:
        """Whether there is room once what is reserved now has come to less, or to nothing."""
        if self.limit not in ("cost_usd", "tokens"):
            return False
        return Decimal(self.reserved) > 0 and Decimal(self.spent) + Decimal(self.wanted) <= Decimal(self.amount)

    def json(self) -> dict[str, Any]:
        """As rows, events and histories have it."""
        run_id = None if self.run_id is None else str(self.run_id)
        said = {name: getattr(self, name) for name in ("limit", "amount", "spent", "reserved", "wanted")}
        return {**said, "of": "project" if run_id is None else "run", "run_id": run_id}


@dataclass(slots=True)
class Change:
    """Everything that one caller wants written about one run, all or nothing. `flags` are added to the run's.

    Without `node` and `run` the events are written while the run is not final. An `entry` stands alone: it is
    counted whatever the run is, but reserved only while that is not final and no limit stands in the way.
    """

    run_id: UUID
    project: str
    node: NodeRow | None = None
    run: RunRow | None = None
    gate: GateRow | None = None
    gate_end: GateEnd | None = None
    gate_copy: GateCopy | None = None
    votes: tuple[VoteMark, ...] = ()
    overrides: tuple[VoteMark, ...] = ()
    commands: tuple[VoteMark, ...] = ()
    version: VersionMark | None = None
    inbound: EventMark | None = None
    entry: Entry | None = None
    flags: tuple[str, ...] = ()
    events: tuple[EventRow, ...] = ()


@dataclass(slots=True)
class Written:
    """What the Recorder did. `accepted` False means that another end was there first, or that the
    run is final; `status` and what follows are the row as it stands after the transaction
    (the node's if the change had one, else the run's). `over` is the limit that refused a reservation.
    """

    accepted: bool
    status: str | None
    outcome: str | None = None
    output_size: int | None = None
    output_sha256: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    error: dict[str, Any] | None = None
    over: Over | None = None
