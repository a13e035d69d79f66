"""What crosses between the workflow and its activities, and the names they call each other by.

All of it is small: values travel by reference, and a node's argument is about 2 KiB. The classes
are plain dataclasses, so that a saved history of any version can be read again.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from interpreter.messages import FactValue, Failure

WORKFLOW = "plait.run"
"""The workflow type: the one generic interpreter."""
TASK_QUEUE = "plait"
INTERP_VERSION = 1

FLUSH, SETTLE, FINISH, EVALUATE = "plait.flush", "plait.settle", "plait.finish", "plait.evaluate"
OPEN_GATE, CLOSE_GATE, LOAD_VOTE, LOAD_OVERRIDE = (
    "plait.open_gate",
    "plait.close_gate",
    "plait.load_vote",
    "plait.load_override",
)
INPUT_FACTS = "plait.input_facts"
"""The activities around nodes; all may be asked for as local activities. A node runs as an
activity whose type is the node's type (`tool_call`)."""

SIGNAL_VOTE, SIGNAL_OVERRIDE, SIGNAL_DECIDE = "vote", "override", "decide"

RUN_CANCELLED = "RunCancelled"
"""The error type with which an activity refuses to start a node of a run that is to be cancelled."""


def workflow_id(run_id: str) -> str:
    """Temporal's workflow id of a run: the same for every execution of it."""
    return f"run:{run_id}"


@dataclass(slots=True)
class RunInput:
    """What a run's workflow starts with. The definition travels by value: no edit reaches a live
    run, and a saved history replays without a database.

    `definition` is the canonical text of `{"document": …, "catalogue": …}` and `hash` its SHA-256.
    `input_facts` come from the process that wrote the run row. `snapshot` is set by
    continue-as-new. `open_mode` lets a `decide` signal by hand count without a vote row.
    """

    run_id: str
    project: str
    workflow: str
    definition: str
    hash: str
    started_at: str
    environment: str = "dev"
    env: dict[str, Any] = field(default_factory=dict)
    input_size: int = 0
    input_facts: dict[str, FactValue] = field(default_factory=dict)
    open_mode: bool = False
    interp_version: int = INTERP_VERSION
    snapshot: dict[str, Any] | None = None


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


@dataclass(slots=True)
class NodeResult:
    """What comes back for a recorded value: never the value itself. Fact ids are text, as JSON keys are."""

    size: int
    sha256: str | None = None
    outcome: str = "success"
    facts: dict[str, FactValue] = field(default_factory=dict)


@dataclass(slots=True)
class NoteRow:
    """One row of a flush; the fields of `interpreter.messages.NoteNode` by path."""

    path: str
    node: str
    type: str
    name: str
    generation: int
    event: str
    status: str
    at: str
    outcome: str | None = None
    why: dict[str, Any] | None = None
    failure: Failure | None = None
    edges: list[InEdge] = field(default_factory=list)
    has_value: bool = False
    value: Any = None
    due_at: str | None = None


@dataclass(slots=True)
class VoteNote:
    """What became of a vote or an override: `id` is its row's."""

    id: str
    path: str
    node: str
    generation: int
    status: str
    at: str
    reason: str | None = None


@dataclass(slots=True)
class RunNote:
    """The run is stopping, and will end so."""

    status: str
    ending: str
    at: str
    failure: Failure | None = None


@dataclass(slots=True)
class FlushBatch:
    """Everything the workflow knows that no activity will tell of.

    `order` has one letter a note, in the order in which they came about: `n`ode, `v`ote,
    `o`verride, `r`un; each takes the next of its list.
    """

    run_id: str
    project: str
    order: str = ""
    nodes: list[NoteRow] = field(default_factory=list)
    votes: list[VoteNote] = field(default_factory=list)
    overrides: list[VoteNote] = field(default_factory=list)
    runs: list[RunNote] = field(default_factory=list)


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


@dataclass(slots=True)
class GateRule:
    """How the votes of an opened gate count; frozen when it opened."""

    outcomes: list[str]
    quorum: int | dict[str, int]
    reject: Literal["any", "majority", "all"]
    approvers: list[str]


@dataclass(slots=True)
class CloseGateTask:
    """End a gate: its row, its votes, the node's end and their events in one transaction.

    The output is built from the vote rows. With `failure` the node's row ends as failed, with the
    outcome `cancelled` as cancelled, else as completed.
    """

    run_id: str
    project: str
    hash: str
    path: str
    node: str
    generation: int
    outcome: str
    at: str
    applied: list[str] = field(default_factory=list)
    failure: Failure | None = None
    why: dict[str, Any] | None = None


@dataclass(slots=True)
class LoadVote:
    """Ask for a recorded vote, or (with `decision`, in open mode) write the row of a vote by hand."""

    run_id: str
    project: str
    id: str | None = None
    path: str | None = None
    decision: str | None = None
    form: Any = None


@dataclass(slots=True)
class LoadedVote:
    """A vote as recorded; `found` False means that no row stands behind the signal."""

    found: bool
    id: str = ""
    path: str = ""
    generation: int = 1
    decision: str = ""
    by: str = ""
    groups: list[str] = field(default_factory=list)


@dataclass(slots=True)
class LoadOverride:
    """Ask for a recorded override."""

    run_id: str
    project: str
    hash: str
    id: str


@dataclass(slots=True)
class LoadedOverride:
    """An override as recorded. For `succeed` its output is stored and `result` names it."""

    found: bool
    id: str = ""
    path: str = ""
    generation: int = 1
    action: str = ""
    result: NodeResult | None = None


@dataclass(slots=True)
class Finish:
    """End the run: evaluate the output when it completed, write the row and the event."""

    run_id: str
    project: str
    hash: str
    status: str
    at: str
    started_at: str
    environment: str = "dev"
    env: dict[str, Any] = field(default_factory=dict)
    failure: Failure | None = None
    flags: list[str] = field(default_factory=list)
    end: str | None = None
    reads: list[Source] = field(default_factory=list)


@dataclass(slots=True)
class Finished:
    """How the run's row stands after the compare-and-set; the workflow obeys it."""

    status: str
    failure: Failure | None = None
    output_size: int = 0
    output_sha256: str | None = None
