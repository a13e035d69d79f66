"""The state of one run, as the workflow holds it: small, serialisable, owned by one run.

It holds statuses, settled edges and facts, never values. `interpreter.rules` changes it in place.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from interpreter.messages import FactValue, Failure, Reject, Voted
from interpreter.plan.model import Plan

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
class RunState:
    """One run. Made by `begin`, changed by `interpreter.rules.decide` alone.

    `faults` are what the guards of failed edges raised. `queue` is a heap of undecided nodes to look
    at, in plan order; it outlives a call of `decide` when that said `Yield`. `open` counts the nodes
    that have not ended, `readers` for each fact those of them that read it. `ending`, `failure` and `end` say what ended the region, once something has.
    """

    run: dict[str, Any]
    env: dict[str, Any]
    nodes: list[NodeState]
    edges: list[EdgeState]
    input_facts: dict[int, FactValue] = field(default_factory=dict)
    faults: dict[int, Failure] = field(default_factory=dict)
    gates: dict[int, GateState] = field(default_factory=dict)
    overrides: list[str] = field(default_factory=list)
    queue: list[int] = field(default_factory=list)
    open: int = 0
    readers: list[int] = field(default_factory=list)
    started: bool = False
    yielded: bool = False
    finished: bool = False
    ending: Ending | None = None
    failure: Failure | None = None
    end: int | None = None

    @classmethod
    def begin(cls, plan: Plan, *, run: dict[str, Any], env: dict[str, Any]) -> "RunState":
        """A run of which nothing has happened. `run` has id, started_at and environment."""
        readers = [0] * len(plan.fact_sources)
        for node in plan.nodes:
            for fact in node.facts_read:
                readers[fact] += 1
        return cls(
            run=run,
            env=env,
            nodes=[NodeState() for _ in plan.nodes],
            edges=[EdgeState.OPEN] * len(plan.edges),
            open=len(plan.nodes),
            readers=readers,
        )


def in_edges_of(plan: Plan, state: RunState, node: int) -> tuple[tuple[str, EdgeState, str | None], ...]:
    """The settled in-edges of a node: the source's id, how the edge settled, the source's outcome."""
    edges = (plan.edges[index] for index in plan.nodes[node].incoming)
    return tuple(
        (plan.nodes[edge.source].id, state.edges[edge.index], state.nodes[edge.source].outcome)
        for edge in edges
        if state.edges[edge.index] is not EdgeState.OPEN
    )


def why_of(plan: Plan, state: RunState, node: int) -> dict[str, Any]:
    """Why a node is where it is: its join's mode, the reason if it did not run, its guard's value."""
    known = state.nodes[node]
    why: dict[str, Any] = {"mode": plan.nodes[node].join}
    if known.reason is not None:
        why["reason"] = known.reason
    if known.guard is not None:
        why["guard"] = known.guard
    return why


def arrived_of(plan: Plan, state: RunState, node: int) -> tuple[str, ...]:
    """The ids of the sources of the in-edges that were taken when the node was decided, in order."""
    return tuple(plan.nodes[plan.edges[edge].source].id for edge in state.nodes[node].arrived)


def sources_of(plan: Plan, state: RunState, node: int) -> tuple[tuple[int, NodeState], ...]:
    """The nodes that a node reads and that had ended when it was decided, with their state."""
    unseen = state.nodes[node].unseen
    return tuple((index, state.nodes[index]) for index in plan.nodes[node].reads if index not in unseen)
