"""The state of one run, as the workflow holds it: small, serialisable, owned by one run.

It holds statuses, settled edges and facts, never values. `interpreter.rules` changes it in place.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from interpreter.messages import FactValue, Failure


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
    """One node of one run. `arrived` are the in-edges taken when it was decided, in the order in
    which they settled. `size` and `sha256` name its recorded output.
    """

    status: NodeStatus = NodeStatus.PENDING
    generation: int = 1
    outcome: str | None = None
    failure: Failure | None = None
    size: int | None = None
    sha256: str | None = None
    facts: dict[int, FactValue] = field(default_factory=dict)
    arrived: tuple[int, ...] = ()
    has_output: bool = False
