"""What a kind of node is to the worker: an entry of the catalogue and the function that does it."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from activities.node_error import NodeError
from activities.shell.spending import Purse
from activities.shell.streaming import Stream
from interpreter.catalogue import NodeType
from interpreter.shell.wire import NodeTask
from interpreter.values import Json
from plait.agents import Uses

if TYPE_CHECKING:
    from activities.services import Services
    from activities.shell.attempt import Attempt
    from interpreter.plan.model import PlannedNode

__all__ = ["NodeContext", "NodeError", "NodeKind", "Prepared", "Run"]


async def _keep_nothing() -> None:
    """Where no attempt is on record."""


@dataclass(slots=True)
class NodeContext:
    """What a node's function is told besides its resolved `with`."""

    run_id: str
    path: str
    node: "PlannedNode"
    generation: int
    attempt: int
    idempotency_key: str
    task: NodeTask
    services: "Services"
    heartbeat: Callable[..., None]
    log: Callable[..., None]
    cancelled: Callable[[], bool] = field(default=lambda: False)
    meta: dict[str, Any] = field(default_factory=dict)
    """What the node says of its work besides its output; read as `nodes.<id>.meta`."""
    keep: Callable[[], Awaitable[None]] = field(default=_keep_nothing)
    """Puts `meta` on record before the node's end, for an attempt after this one."""
    kept: Mapping[str, Any] = field(default_factory=dict)
    """What attempts before this one had put on record so."""
    stream: Stream = field(default_factory=Stream)
    """Where it says its text as it comes, for those who watch."""
    uses: Uses = field(default_factory=Uses)
    """The models behind aliases and the versions of agents that the run resolved at its start."""
    logger: logging.Logger = field(default_factory=lambda: logging.getLogger("plait.node"))
    purse: Purse = field(init=False)
    """What it may spend on models."""

    def __post_init__(self) -> None:
        self.purse = Purse(self.services, self.task, self.attempt)


Run = Callable[[NodeContext, dict[str, Any]], Awaitable[Json]]
"""The function of a kind: it gets its `with` with every template resolved."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An attempt that is ready: what of its input people see, and what is to be done."""

    shown: dict[str, Any]
    run: Callable[[NodeContext], Awaitable[Json]]


Prepare = Callable[["Attempt", dict[str, Any], Uses], Awaitable[Prepared]]
"""Makes an attempt ready that has no parameters in a document, from what is on record and the names that it may read."""


@dataclass(frozen=True, slots=True)
class NodeKind:
    """A node type that runs as an activity; one with `prepare` runs only as that says."""

    node_type: NodeType
    run: Run
    prepare: Prepare | None = None

    @property
    def name(self) -> str:
        """The type as documents write it."""
        return self.node_type.name
