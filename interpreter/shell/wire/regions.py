"""What crosses for items, laps, sub-workflows and compensations."""

from dataclasses import dataclass, field

from interpreter.messages import FactValue, Failure
from interpreter.shell.wire.nodes import NodeResult, NodeTask


@dataclass(slots=True)
class OpenRegionTask:
    """Put a map's items or a loop's `initial` on record, unless that was done; tell the facts over the
    items from `first` on. With `kept` the items are those of that generation of the map.
    """

    node: NodeTask
    first: int = 0
    kept: int | None = None


@dataclass(slots=True)
class OpenedRegion:
    """`count` items (of a loop 1). `facts` are of items from `first` on, as many as one answer may hold,
    or over `initial`; empty if the body reads no fact of them. Fact ids are text, as JSON keys are.
    """

    count: int
    first: int = 0
    facts: list[dict[str, FactValue]] = field(default_factory=list)


@dataclass(slots=True)
class OutputTask:
    """Build and record the output of the item or lap `path`; `task` says what it may read.

    In `task`, `node` and `generation` are those of the map or loop, `path` is the item's or lap's, and
    the last of `instances` is itself.
    """

    task: NodeTask


@dataclass(slots=True)
class ChildTask:
    """Start the run of a sub-workflow (again: the same one), or look whether it has ended.

    `open_mode` is handed on to it.
    """

    task: NodeTask
    open_mode: bool = False


@dataclass(slots=True)
class ChildState:
    """The run of a sub-workflow. When it has completed, or is detached, the node's end is recorded as
    `result`; a `failure` is not, since the workflow decides what becomes of it. Until then both are
    None, and the signal `child` says to look.
    """

    run_id: str
    result: NodeResult | None = None
    failure: Failure | None = None


@dataclass(slots=True)
class CancelChild:
    """Ask for the cancel of the run that the node started, if there is one."""

    task: NodeTask
    reason: str


@dataclass(slots=True)
class UndoTask:
    """Compensate a node. `task.path` is the node's own; it is recorded under `{path}~undo`.

    `unknown` says that nobody knows what the node did: its output is absent.
    """

    task: NodeTask
    unknown: bool = False
