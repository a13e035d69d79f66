"""What crosses for one node. All of it is small: values travel by reference, and a node's argument is about 2 KiB."""

from dataclasses import dataclass, field
from typing import Any, Literal

from interpreter.messages import FactValue, Failure


@dataclass(slots=True)
class Source:
    """Where a value that is read lies: the node's path and the generation that counts, with what
    the workflow knows of it and the row may not say alone.
    """

    path: str
    generation: int
    status: str
    outcome: str | None = None
    failure: Failure | None = None
    has_output: bool = False


@dataclass(slots=True)
class InEdge:
    """A settled edge into a node, as the node's first event tells of it."""

    id: str
    """The source node's id, which is also what `arrived[].id` is."""
    state: str
    outcome: str | None = None


@dataclass(slots=True)
class Instance:
    """An item or a lap in which a node stands. `node` is the id of the map or loop, `path` and
    `generation` name its row, where the items or the `initial` lie.

    `key` is the item's index or the lap's number, `names` what the body calls an item and its number.
    The output of the lap before is that of the row `{path}~{key - 1}` of the same generation.
    """

    kind: Literal["map", "loop"]
    node: str
    path: str
    generation: int
    key: int
    names: list[str] = field(default_factory=lambda: ["item", "index"])


@dataclass(slots=True)
class NodeTask:
    """The argument of an activity that runs, evaluates or opens one node.

    `arrived` are the ids of the taken in-edges' sources in the order in which they settled.
    `always` is set for nodes that run even when the run is being cancelled.
    """

    run_id: str
    project: str
    hash: str
    path: str
    node: str
    generation: int
    ready_at: str
    started_at: str
    environment: str = "dev"
    env: dict[str, Any] = field(default_factory=dict)
    edges: list[InEdge] = field(default_factory=list)
    arrived: list[str] = field(default_factory=list)
    reads: list[Source] = field(default_factory=list)
    always: bool = False
    due_at: str | None = None
    instances: list[Instance] = field(default_factory=list)
    """The items and laps in which the node stands, the outermost first."""
    override: str | None = None
    """The override whose parameters the node has in place of those of the same name in the document."""
    tried: int = 0
    """Attempts that were made before the node had to wait for money; Temporal counts the others."""
    step: str | None = None
    """What it does inside of the agent whose id is `node`."""


@dataclass(slots=True)
class NodeResult:
    """What comes back for a recorded value: never the value itself. Fact ids are text, as JSON keys are."""

    size: int
    sha256: str | None = None
    outcome: str = "success"
    facts: dict[str, FactValue] = field(default_factory=dict)


@dataclass(slots=True)
class Settle:
    """Close a node's row with the workflow's verdict (`failed`, `held`, `cancelled`), unless its
    end was recorded first; `why` goes with a cancel.
    """

    run_id: str
    project: str
    hash: str
    path: str
    node: str
    type: str
    name: str
    generation: int
    status: str
    at: str
    failure: Failure | None = None
    why: dict[str, Any] | None = None


@dataclass(slots=True)
class Settled:
    """The row as it is now. `result` is set when a success had been recorded first."""

    status: str
    result: NodeResult | None = None
