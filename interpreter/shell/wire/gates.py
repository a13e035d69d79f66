"""What crosses for gates and for what people do by hand."""

from dataclasses import dataclass, field
from typing import Any, Literal

from interpreter.messages import Failure
from interpreter.shell.wire.nodes import NodeResult


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
    step: str | None = None


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
    reads: list[str] | None = None
    """The ids of the nodes that a retry's new parameters name; None if it has none."""
