"""External events as they cross between the workflow and its activities.

An event is a row before it is a signal, and the signal says no more than the rows' ids. Its payload
never enters the workflow: the node that takes the event has it as output, by reference.
"""

from dataclasses import dataclass, field

from interpreter.shell.wire.nodes import NodeResult


@dataclass(slots=True)
class LoadEvents:
    """Ask for recorded events, as many as have come; from then on they count as kept."""

    run_id: str
    project: str
    ids: list[str]


@dataclass(slots=True)
class LoadedEvent:
    """What the workflow decides by."""

    id: str
    name: str
    key: str | None


@dataclass(slots=True)
class LoadedEvents:
    """The events in the order in which they were recorded; one that no row stands behind is left out.

    One that was taken is not: the task of the workflow that had it taken may have been lost, and the next
    has to give it to the same node. Whoever else is given it hears that it was taken.
    """

    events: list[LoadedEvent] = field(default_factory=list)


@dataclass(slots=True)
class TakeEvent:
    """The node at this path takes this event: its end and the event's are written together.

    What the node was told when it began to wait is on record before.
    """

    run_id: str
    project: str
    hash: str
    path: str
    node: str
    generation: int
    event: str
    at: str


@dataclass(slots=True)
class TakenEvent:
    """What became of it: `result` when this node has the event, now or since an earlier try;
    `refused` when the event is spent and the node waits on; neither when the node or its run had
    ended first, which leaves the event as it was. `message` says why there is no result.
    """

    result: NodeResult | None = None
    refused: bool = False
    message: str = ""
