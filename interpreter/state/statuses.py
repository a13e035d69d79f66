"""Where a run, a node and an edge may be: how each gets in, and who moves it out."""

from enum import StrEnum


class RunStatus(StrEnum):
    """Where a run is. Final states are final in every read, list and stream."""

    PENDING = "pending"
    """The row is written and Temporal has not begun it. In: the start request. Out: the first
    recorded node or flush (`running`), or a cancel of the row itself (`cancelled`)."""
    RUNNING = "running"
    """Nodes run or wait. In: the first record. Out: the workflow."""
    PAUSED = "paused"
    """Nothing new begins; what runs goes on. In: a person's request, a budget that is spent, or a breakpoint that is reached. Out: a
    request to go on (`running`), whatever stops the run (`stopping`), or its end, where nothing is left to do."""
    STOPPING = "stopping"
    """Something ended the root region and the clean-up runs. In and out: the workflow."""
    COMPLETED = "completed"
    """Final. Every node has settled and the output is recorded. Archived by retention, deleted by hand."""
    FAILED = "failed"
    """Final. The root region failed. Archived by retention, deleted by hand."""
    CANCELLED = "cancelled"
    """Final. A cancel was carried out. Archived by retention, deleted by hand."""
    TERMINATED = "terminated"
    """Final. It was ended at once, without clean-up: by a person's request, or by Temporal's own terminate,
    which the reconciler writes down. Archived by retention, deleted by hand."""


FINAL_RUN = frozenset({RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.TERMINATED})


class NodeStatus(StrEnum):
    """Where a node is. A row is deleted with its run and never alone."""

    PENDING = "pending"
    """Undecided, or what a paused run shows to be next. Out: the rules, when its in-edges allow or forbid it."""
    READY = "ready"
    """Decided to run and handed to Temporal. Out: its first attempt (`running`)."""
    RUNNING = "running"
    """An attempt executes, or what is inside of a map, a loop or a sub-workflow. In: the activity that runs
    or opens it. Out: its end, a retry, or the workflow."""
    RETRYING = "retrying"
    """An attempt failed and the next waits for its back-off. Out: the next attempt, a person's override, or a cancel."""
    WAITING = "waiting"
    """A gate, a timer or an external event is waited for. Out: people, the clock, the event, a person's override,
    or a cancel."""
    HELD = "held"
    """An incident: it failed with `on_error: hold`. Out: a person's override or a cancel."""
    COMPLETED = "completed"
    """Final. Its output is recorded."""
    FAILED = "failed"
    """Final. Its retries are spent, its outcome had no edge, or an item, a lap or the child run failed."""
    SKIPPED = "skipped"
    """Final. A dead path, its join or its guard said no, or a person; or it came with a migration when the run was past it."""
    CANCELLED = "cancelled"
    """Final. Its region stopped, the run was cancelled, it lost a race, or a person's override ended this generation."""


FINAL_NODE = frozenset({NodeStatus.COMPLETED, NodeStatus.FAILED, NodeStatus.SKIPPED, NodeStatus.CANCELLED})

ACTIVE = frozenset({NodeStatus.READY, NodeStatus.RUNNING, NodeStatus.RETRYING, NodeStatus.WAITING})
"""At work, or handed to those who have not answered yet."""


class EdgeState(StrEnum):
    """An edge settles once."""

    OPEN = "open"
    TAKEN = "taken"
    DEAD = "dead"
    FAILED = "failed"
