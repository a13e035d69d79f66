"""The state of one run, as the workflow holds it: small, serialisable, owned by one run.

It holds statuses, settled edges and facts, never values. `interpreter.rules` changes it in place.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, Literal

from interpreter.messages import FactValue, Failure, Reject, Voted
from interpreter.plan.model import Outer, Plan, Region
from interpreter.values import Json

Ending = Literal["completed", "failed", "cancelled"]
"""What a region that something ended will end as."""


class RunStatus(StrEnum):
    """Where a run is. Final states are final in every read, list and stream."""

    PENDING = "pending"
    """The row is written and Temporal has not begun it. In: the start request. Out: the first
    recorded node or flush (`running`), or a cancel of the row itself (`cancelled`)."""
    RUNNING = "running"
    """Nodes run or wait. In: the first record. Out: the workflow."""
    PAUSED = "paused"
    """Nothing new is dispatched. In and out: a person's request, carried out by the workflow."""
    STOPPING = "stopping"
    """Something ended the root region and the clean-up runs. In and out: the workflow."""
    COMPLETED = "completed"
    """Final. Every node has settled and the output is recorded. Deleted by hand or by retention."""
    FAILED = "failed"
    """Final. The root region failed. Deleted by hand or by retention."""
    CANCELLED = "cancelled"
    """Final. A cancel was carried out. Deleted by hand or by retention."""
    TERMINATED = "terminated"
    """Final. Temporal was told to stop at once, without clean-up; the reconciler writes it.
    Deleted by hand or by retention."""


FINAL_RUN = frozenset({RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.TERMINATED})


class NodeStatus(StrEnum):
    """Where a node is. A row is deleted with its run and never alone."""

    PENDING = "pending"
    """Undecided. Out: the rules, when its in-edges allow or forbid it."""
    READY = "ready"
    """Decided to run and handed to Temporal. Out: its first attempt (`running`)."""
    RUNNING = "running"
    """An attempt executes. In: the activity's shell. Out: its end, a retry, or the workflow."""
    RETRYING = "retrying"
    """An attempt failed and the next waits for its back-off. Out: the next attempt or a cancel."""
    WAITING = "waiting"
    """A gate or a timer is open. Out: people, the clock or a cancel."""
    HELD = "held"
    """An incident: it failed with `on_error: hold`. Out: a person's override or a cancel."""
    COMPLETED = "completed"
    """Final. Its output is recorded."""
    FAILED = "failed"
    """Final. Its retries are spent, or its outcome had no edge."""
    SKIPPED = "skipped"
    """Final. A dead path, its join or its guard said no, or a person."""
    CANCELLED = "cancelled"
    """Final. Its region stopped, the run was cancelled, or it lost a race."""


FINAL_NODE = frozenset({NodeStatus.COMPLETED, NodeStatus.FAILED, NodeStatus.SKIPPED, NodeStatus.CANCELLED})


class EdgeState(StrEnum):
    """An edge settles once."""

    OPEN = "open"
    TAKEN = "taken"
    DEAD = "dead"
    FAILED = "failed"


@dataclass(slots=True)
class NodeState:
    """One node of one run.

    `settled`, `taken` and `failed` count its in-edges; `arrived` are the taken ones, in the order
    in which they settled, as they were when the node was decided, and `unseen` the nodes that it
    reads and that had not ended then. `guard` is what its own `when` came to, `reason` why it was skipped or cancelled, `stopping` why it was asked to stop.
    `size` and `sha256` name its recorded output.
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
class Repeat:
    """How far a map or a loop is whose body is being run.

    `opened` once its items or its `initial` are on record; `count` are its items, or the laps that it
    may have; `next` is the first that has not begun, `instances` the scopes of those that have not
    ended. `facts` are those of items that are still to begin, `known` how far they were told. `ended`
    has a letter an item, in order: `.` while it has not, `c`ompleted, `f`ailed, `x` cancelled.
    `failure` is why the rest is being stopped, `closing` says that the output is being put together.
    """

    generation: int
    opened: bool = False
    count: int = 0
    next: int = 0
    known: int = 0
    asking: bool = False
    facts: dict[int, dict[int, FactValue]] = field(default_factory=dict)
    instances: dict[int, int] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    failure: Failure | None = None
    closing: bool = False


@dataclass(slots=True)
class Listener:
    """An event node that waits; `taking` is the event that it is being given, `expired` that its time is up."""

    scope: int
    node: int
    generation: int
    name: str
    key: Json = None
    taking: str | None = None
    expired: bool = False


@dataclass(slots=True)
class Kept:
    """An external event that nobody has taken yet."""

    event: str
    name: str
    key: Json = None


@dataclass(slots=True)
class Scope:
    """One instance of a region: the root's, an item's, a lap's.

    `id` counts the scopes of a run. `path` stands before those of its nodes, empty for the root.
    `parent` and `owner` say which node of which scope repeats it, `key` is the item's index or the
    lap's number, `generation` the owner's, with which its nodes begin too. `names` are those that
    expressions may use besides facts: `index`, `lap` and their like, of the scopes around it too.

    `facts` are those over what it is given. `faults` are what the guards of failed edges raised.
    `open` counts the nodes that have not ended, `regular` those of them that are not `always`;
    `readers` for each fact those of them that read it. `ending`, `failure` and `end` say what ended
    it, once something has. `done` are the nodes to be compensated, as they ended.
    """

    nodes: list[NodeState]
    edges: list[EdgeState]
    id: int = 0
    region: int = 0
    path: str = ""
    parent: int = 0
    owner: int = 0
    key: int = 0
    generation: int = 1
    names: dict[str, Json] = field(default_factory=dict)
    facts: dict[int, FactValue] = field(default_factory=dict)
    faults: dict[int, Failure] = field(default_factory=dict)
    gates: dict[int, GateState] = field(default_factory=dict)
    repeats: dict[int, Repeat] = field(default_factory=dict)
    open: int = 0
    regular: int = 0
    readers: dict[int, int] = field(default_factory=dict)
    ending: Ending | None = None
    failure: Failure | None = None
    end: int | None = None
    done: list[int] = field(default_factory=list)

    def path_of(self, node: str) -> str:
        """The path of a node of this scope."""
        return f"{self.path}.{node}" if self.path else node


def scope_of(region: Region, *, generation: int = 1, **where: Any) -> Scope:
    """A scope of which nothing has happened."""
    return Scope(
        nodes=[NodeState(generation=generation) for _ in region.nodes],
        edges=[EdgeState.OPEN] * len(region.edges),
        generation=generation,
        open=len(region.nodes),
        regular=sum(node.join != "always" for node in region.nodes),
        readers=dict(region.readers),
        **where,
    )


@dataclass(slots=True)
class RunState(Scope):
    """One run: its root scope, and what belongs to the whole. Made by `begin`, changed by
    `interpreter.rules.decide` alone.

    `scopes` are the other instances of regions that are open, and those whose nodes may still be
    compensated; `last_scope` is the newest, `retried` the highest generation that a person's retry has
    made. `queue` is a heap of undecided nodes to look at, by scope and in plan order; it outlives a
    call of `decide` when that said `Yield`. `closing` are scopes whose last node has ended.
    `listeners` wait for external events in the order in which they began, `kept` are events that
    nobody waits for, `delivered` all that were told. `undo` are the nodes to be compensated, the next
    one first, `undoing` the one under way.
    """

    run: dict[str, Any] = field(default_factory=dict)
    env: dict[str, Any] = field(default_factory=dict)
    scopes: dict[int, Scope] = field(default_factory=dict)
    last_scope: int = 0
    retried: int = 1
    overrides: list[str] = field(default_factory=list)
    queue: list[tuple[int, int]] = field(default_factory=list)
    closing: list[int] = field(default_factory=list)
    listeners: list[Listener] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)
    undo: list[tuple[int, int]] = field(default_factory=list)
    undoing: tuple[int, int] | None = None
    compensated: bool = False
    undo_failed: bool = False
    cleaned: bool = False
    started: bool = False
    yielded: bool = False
    finished: bool = False

    @classmethod
    def begin(cls, plan: Plan, *, run: dict[str, Any], env: dict[str, Any]) -> "RunState":
        """A run of which nothing has happened. `run` has id, started_at and environment."""
        root = scope_of(plan)
        return cls(**{each.name: getattr(root, each.name) for each in fields(root)}, run=run, env=env)

    def scope(self, id: int) -> Scope:  # noqa: A002 - the scope's own word
        """The scope of this id, which has to be there still."""
        return self.scopes[id] if id else self

    def around(self, scope: Scope) -> Iterator[Scope]:
        """The scope and those around it, the root last."""
        while scope.id:
            yield scope
            scope = self.scope(scope.parent)
        yield scope


def in_edges_of(region: Region, scope: Scope, node: int) -> tuple[tuple[str, EdgeState, str | None], ...]:
    """The settled in-edges of a node: the source's id, how the edge settled, the source's outcome."""
    edges = (region.edges[index] for index in region.nodes[node].incoming)
    return tuple(
        (region.nodes[edge.source].id, scope.edges[edge.index], scope.nodes[edge.source].outcome)
        for edge in edges
        if scope.edges[edge.index] is not EdgeState.OPEN
    )


def why_of(region: Region, scope: Scope, node: int) -> dict[str, Any]:
    """Why a node is where it is: its join's mode, the reason if it did not run, its guard's value."""
    known = scope.nodes[node]
    why: dict[str, Any] = {"mode": region.nodes[node].join}
    if known.reason is not None:
        why["reason"] = known.reason
    if known.guard is not None:
        why["guard"] = known.guard
    return why


def arrived_of(region: Region, scope: Scope, node: int) -> tuple[str, ...]:
    """The ids of the sources of the in-edges that were taken when the node was decided, in order."""
    return tuple(region.nodes[region.edges[edge].source].id for edge in scope.nodes[node].arrived)


@dataclass(frozen=True, slots=True)
class SourceNode:
    """A node whose values another reads: its path, and its state."""

    path: str
    known: NodeState


def sources_of(
    plan: Plan, run: RunState, scope: Scope, reads: Iterable[int], outer: Iterable[Outer], unseen: Iterable[int] = ()
) -> Iterator[SourceNode]:
    """The nodes of the scope and of those around it that are read, without those that had not ended
    when the reader, or what repeats its scope, was decided.
    """
    hidden = frozenset(unseen)
    region = plan.region(scope.region)
    for index in reads:
        if index not in hidden:
            yield SourceNode(scope.path_of(region.nodes[index].id), scope.nodes[index])
    chain = list(run.around(scope)) if outer else []
    for up, index in outer:
        around = chain[up]
        if index not in around.nodes[chain[up - 1].owner].unseen:
            yield SourceNode(around.path_of(plan.region(around.region).nodes[index].id), around.nodes[index])
