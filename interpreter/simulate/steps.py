"""What became of the nodes, items and laps of a simulated run, in the order in which they ended."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from interpreter.messages import Failure, NoteNode
from interpreter.plan.model import Plan
from interpreter.simulate.values import Values
from interpreter.state import ACTIVE, FINAL_NODE, EdgeState, NodeStatus, RunState, Scope, in_edges_of, why_of
from interpreter.values import Json

STANDING = ACTIVE | {NodeStatus.HELD}


@dataclass(frozen=True, slots=True)
class Step:
    """A node, an item or a lap that ended, or (with a status that is not final) where the run stands still.

    `node` is its id in the document, `path` names this instance of it. `at` are seconds since the
    start. `output` is null when it is not known, `input` (the resolved parameters) also where there is none.
    """

    node: str
    path: str
    status: str
    outcome: str | None
    at: float
    attempts: int
    why: dict[str, Any]
    edges: list[dict[str, Any]]
    output: Json = None
    error: Failure | None = None
    input: Json = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A new state of a path, by the short name of its event."""

    at: float
    event: str
    path: str
    node: str


@dataclass(slots=True)
class Steps:
    """`ended` by path, the last that ended last; `log` has everything that was told; `attempts` by path."""

    plan: Plan
    state: RunState
    values: Values
    ended: dict[str, Step] = field(default_factory=dict)
    log: list[Entry] = field(default_factory=list)
    attempts: dict[str, int] = field(default_factory=dict)
    taken: set[tuple[str, str]] = field(default_factory=set)
    """The edges that were taken, by the ids of both nodes."""

    def began(self, scope: Scope, node: int, event: str, now: float) -> None:
        """A node has started or begun to wait."""
        planned = self.plan.region(scope.region).nodes[node]
        self.log.append(Entry(now, event, scope.path_of(planned.segment), planned.id))

    def told(self, scope: Scope, node: int, now: float) -> None:
        """An event has told of a node; the scope may be gone by now."""
        step = self._step(scope, node, now)
        self.log.append(Entry(now, step.status, step.path, step.node))
        if scope.nodes[node].status in FINAL_NODE:
            self._end(step)

    def noted(self, note: NoteNode, now: float) -> None:
        """The rules have told of a node, an item or a lap."""
        if note.event == "progress":
            return
        self.log.append(Entry(now, note.event, note.path, note.id))
        # A timer and an event tell of their edges when they begin to wait, and the scope may be gone at their end.
        self._took(note.id, note.edges)
        if note.has_value:
            self.values.outputs[note.path] = note.value
        elif note.output_of is not None and note.output_of in self.values.outputs:
            self.values.outputs[note.path] = self.values.outputs[note.output_of]
        if NodeStatus(note.status) in FINAL_NODE:
            self._end(
                Step(
                    node=note.id,
                    path=note.path,
                    status=note.status,
                    outcome=note.outcome,
                    at=now,
                    attempts=self.attempts.get(note.path, 0),
                    why=note.why or {},
                    edges=[dict(edge) for edge in note.edges],
                    output=self.values.outputs.get(note.path) if note.status == "completed" else None,
                    error=note.failure,
                    input=self.values.inputs.get(note.path),
                )
            )

    def _end(self, step: Step) -> None:
        # What was moved by hand has ended before; its place is that of its last end.
        self.ended.pop(step.path, None)
        self.ended[step.path] = step
        self._took(step.node, step.edges)

    def _took(self, node: str, edges: Iterable[Mapping[str, Any]]) -> None:
        self.taken.update((edge["id"], node) for edge in edges if edge["state"] == EdgeState.TAKEN)

    def crossed(self, scope: Scope) -> None:
        """Note which edges of a scope were taken: not every node tells of its own, and not yet."""
        region = self.plan.region(scope.region)
        self.taken.update(
            (region.nodes[edge.source].id, region.nodes[edge.target].id)
            for edge in region.edges
            if scope.edges[edge.index] is EdgeState.TAKEN
        )

    def standing(self, now: float) -> Iterator[Step]:
        """Where the run stands still: what has begun and not ended."""
        for scope in (self.state, *self.state.scopes.values()):
            for node, known in enumerate(scope.nodes):
                if known.status in STANDING:
                    yield replace(self._step(scope, node, now), output=None)

    def _step(self, scope: Scope, node: int, now: float) -> Step:
        region, known = self.plan.region(scope.region), scope.nodes[node]
        path = scope.path_of(region.nodes[node].segment)
        return Step(
            node=region.nodes[node].id,
            path=path,
            status=str(known.status),
            outcome=known.outcome,
            at=now,
            attempts=self.attempts.get(path, 0),
            why=why_of(region, scope, node),
            edges=list(in_edges_of(region, scope, node)),
            output=self.values.outputs.get(path) if known.has_output else None,
            error=known.failure,
            input=self.values.inputs.get(path),
        )
