"""What is told of a node's place in its run: its edges, its reasons, what it reads."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from interpreter.plan.model import Outer, Plan, Region
from interpreter.state.nodes import NodeState
from interpreter.state.run import RunState, Scope
from interpreter.state.statuses import EdgeState


def in_edges_of(region: Region, scope: Scope, node: int) -> tuple[dict[str, Any], ...]:
    """The settled in-edges of a node, each `{id, state, outcome}` with its source's id (inside of an agent the step) and outcome."""
    edges = (region.edges[index] for index in region.nodes[node].incoming)
    return tuple(
        {
            "id": region.nodes[edge.source].local,
            "state": str(scope.edges[edge.index]),
            "outcome": scope.nodes[edge.source].outcome,
        }
        for edge in edges
        if scope.edges[edge.index] is not EdgeState.OPEN
    )


def why_of(region: Region, scope: Scope, node: int) -> dict[str, Any]:
    """Why a node is where it is: its join's mode, the reason if it did not run, its guard's value."""
    known = scope.nodes[node]
    why: dict[str, Any] = {"mode": region.nodes[node].join}
    if known.reason is not None:
        why["reason"] = known.reason
    if known.guard is not None:
        why["guard"] = known.guard
    return why


def arrived_of(region: Region, scope: Scope, node: int) -> tuple[str, ...]:
    """The ids of the sources of the in-edges that were taken when the node was decided, in order."""
    return tuple(region.nodes[region.edges[edge].source].id for edge in scope.nodes[node].arrived)


@dataclass(frozen=True, slots=True)
class SourceNode:
    """A node whose values another reads: its path, and its state."""

    path: str
    known: NodeState


def sources_of(
    plan: Plan, run: RunState, scope: Scope, reads: Iterable[int], outer: Iterable[Outer], unseen: Iterable[int] = ()
) -> Iterator[SourceNode]:
    """The nodes of the scope and of those around it that are read, without those that had not ended
    when the reader, or what repeats its scope, was decided.
    """
    hidden = frozenset(unseen)
    region = plan.region(scope.region)
    for index in reads:
        if index not in hidden:
            yield SourceNode(scope.path_of(region.nodes[index].segment), scope.nodes[index])
    chain = list(run.around(scope)) if outer else []
    for up, index in outer:
        around = chain[up]
        if index not in around.nodes[chain[up - 1].owner].unseen:
            yield SourceNode(around.path_of(plan.region(around.region).nodes[index].segment), around.nodes[index])


def reads_given(plan: Plan, run: RunState, scope: Scope, node: int) -> tuple[tuple[int, ...], tuple[Outer, ...]]:
    """The nodes that a node reads by the parameters which a person gave it: those of its region, and of outer ones."""
    given = run.given.get((scope.id, node))
    if given is None or given.reads is None:
        return (), ()
    own: list[int] = []
    outer: list[Outer] = []
    regions = [around.region for around in run.around(scope)]
    for region, index in (plan.places[read] for read in given.reads):
        up = regions.index(region)
        if up:
            outer.append((up, index))
        else:
            own.append(index)
    return tuple(own), tuple(outer)
