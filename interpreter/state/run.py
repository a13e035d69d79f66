"""The scopes of a run, and what belongs to the whole of it."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from interpreter.messages import FactValue, Failure, Result
from interpreter.plan.model import Plan, Region
from interpreter.state.due import Due
from interpreter.state.nodes import GateState, NodeState, Repeat
from interpreter.state.statuses import EdgeState
from interpreter.values import Json

Ending = Literal["completed", "failed", "cancelled"]
"""What a region that something ended will end as."""


Place = tuple[int, int]
"""A scope and a node in it."""


@dataclass(slots=True)
class Listener:
    """An event node that waits. Those with a lower `number` have waited longer.

    `taking` is the event that it is being given, `expired` that its time is up.
    """

    number: int
    scope: int
    node: int
    generation: int
    name: str
    key: str | None = None
    taking: str | None = None
    expired: bool = False


@dataclass(slots=True)
class Kept:
    """An external event that nobody has taken yet; `given` says that somebody is being given it."""

    event: str
    name: str
    key: str | None = None
    given: bool = False


@dataclass(slots=True)
class Wish:
    """What a person wants of a node, until it can be done: the override's id, and what `succeed` comes with.

    `reads` are the ids of the nodes that a retry's new parameters name; None if it has none.
    """

    override: str
    action: Literal["retry", "succeed", "skip", "retry_items"]
    result: Result | None = None
    reads: list[str] | None = None


@dataclass(slots=True)
class Scope:
    """One instance of a region: the root's, an item's, a lap's, that of a turn or a call of an agent.

    `id` counts the scopes of a run. `path` stands before those of its nodes, empty for the root.
    `parent` and `owner` say which node of which scope repeats it, `key` is the item's index, the
    lap's number or what `interpreter.rules.agents` makes of the turn's and the call's, `generation` the owner's, with which its nodes begin too. `names` are those that
    expressions may use besides facts: `index`, `lap` and their like, of the scopes around it too.

    `facts` are those over what it is given. `faults` are what the guards of failed edges raised.
    `open` counts the nodes that have not ended, `stopping` those of them that were asked to stop;
    `readers` for each fact those of them that read it. `ending`, `failure` and `end` say what ended
    it, once something has. `done` are the nodes to be compensated, numbered as they ended; `undoes`
    says that there are or were such, for which the scope is kept until the run has ended.
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
    stopping: int = 0
    readers: dict[int, int] = field(default_factory=dict)
    ending: Ending | None = None
    failure: Failure | None = None
    end: int | None = None
    done: dict[int, int] = field(default_factory=dict)
    undoes: bool = False

    def path_of(self, segment: str) -> str:
        """The path of a node of this scope; what a turn or a call of an agent is about has that of the scope."""
        return ".".join(part for part in (self.path, segment) if part)


def scope_of(region: Region, /, *, generation: int = 1, **where: Any) -> Scope:
    """A scope of which nothing has happened."""
    return Scope(
        nodes=[NodeState(generation=generation) for _ in region.nodes],
        edges=[EdgeState.OPEN] * len(region.edges),
        generation=generation,
        open=len(region.nodes),
        readers=dict(region.readers),
        **where,
    )


@dataclass(slots=True)
class RunState(Scope):
    """One run: its root scope, and what belongs to the whole. Made by `begin`, changed by
    `interpreter.rules.decide` alone.

    `scopes` are the other instances of regions that are open, and those whose nodes may still be
    compensated; `last_scope` is the newest, `retried` the highest generation that a person's retry has
    made. `queue` is a heap of nodes to look at, by scope and in plan order; it and the next three
    outlive a call of `decide` that said `Yield`. `sweeps` are scopes that begin to stop, each with the
    node to go on from, `stops` nodes asked to stop that the core itself brings to their end, `closing`
    scopes whose last node has ended.
    `listeners` wait for external events, the last of them the `last_listener`th; `wanting` are heaps
    of those that are not being given one, by name and key. `kept` are the events, by id and in order,
    that nobody has taken. `undo` are the nodes to be compensated, the next one first, `undoing` the
    one under way.

    `overrides` are the ids of those that were answered. `ahead` are wishes for nodes that are not
    decided yet, by path; `wishes` those for nodes that have to stop first; `given` the retries whose
    new parameters a node has. `bygone` are nodes of another version that the run is past.
    `paused` says that nothing new is to begin, `pauses` how often that has changed, `short` that it
    waits for money; `debug` stops the run before
    each node, `breakpoints` before these ids and paths. `due` are nodes that would run, but for a pause, `passing`
    those that are to, in spite of it. `commands` are the ids of those that were answered.
    """

    run: dict[str, Any] = field(default_factory=dict)
    env: dict[str, Any] = field(default_factory=dict)
    scopes: dict[int, Scope] = field(default_factory=dict)
    last_scope: int = 0
    retried: int = 1
    last_listener: int = 0
    overrides: dict[str, None] = field(default_factory=dict)
    ahead: dict[str, Wish] = field(default_factory=dict)
    wishes: dict[Place, Wish] = field(default_factory=dict)
    given: dict[Place, Wish] = field(default_factory=dict)
    bygone: dict[Place, None] = field(default_factory=dict)
    queue: list[Place] = field(default_factory=list)
    sweeps: deque[Place] = field(default_factory=deque)
    stops: deque[Place] = field(default_factory=deque)
    closing: deque[int] = field(default_factory=deque)
    listeners: dict[Place, Listener] = field(default_factory=dict)
    wanting: dict[tuple[str, str | None], list[tuple[int, Place]]] = field(default_factory=dict)
    kept: dict[str, Kept] = field(default_factory=dict)
    undo: deque[Place] = field(default_factory=deque)
    undoing: Place | None = None
    compensated: bool = False
    undo_failed: bool = False
    cleaned: bool = False
    paused: bool = False
    pauses: int = 0
    short: bool = False
    debug: bool = False
    breakpoints: dict[str, None] = field(default_factory=dict)
    due: dict[Place, Due] = field(default_factory=dict)
    passing: dict[Place, None] = field(default_factory=dict)
    commands: dict[str, None] = field(default_factory=dict)
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

    def has(self, id: int) -> bool:  # noqa: A002
        """Whether the scope is there still: what is told late of another changes nothing."""
        return not id or id in self.scopes

    def around(self, scope: Scope) -> Iterator[Scope]:
        """The scope and those around it, the root last."""
        while scope.id:
            yield scope
            scope = self.scope(scope.parent)
        yield scope
