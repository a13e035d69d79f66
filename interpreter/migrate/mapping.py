"""One plan in another: a region is that of the node which repeats it, a node is its id, an edge its ends, a fact its text."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from interpreter.plan.model import INPUT, FactSpec, Plan, PlannedEdge, PlannedNode, Region
from interpreter.state import Place, RunState


@dataclass(slots=True)
class Mapping:
    """From the numbers of the old plan to those of the new one. What is not in the new one is missing.

    `nodes` and `edges` are by the number of the old region. `facts` has no fact that constants may change.
    """

    old: Plan
    new: Plan
    regions: dict[int, int] = field(init=False)
    nodes: list[dict[int, int]] = field(init=False)
    edges: list[dict[int, int]] = field(init=False)
    facts: dict[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self.regions = {0: 0}
        self.nodes = [{} for _ in self.old.regions]
        for region in self.old.regions:
            self._map_nodes(region)
        self.edges = [self._edges(region) for region in self.old.regions]
        self.facts = self._facts()

    def _map_nodes(self, region: Region) -> None:
        """The nodes of a region, and the bodies that they repeat: outer regions have lower numbers."""
        into = self.regions.get(region.index)
        if into is None:
            return
        new = self.new.region(into)
        self.regions |= {body: new.calls[word] for word, body in region.calls.items() if word in new.calls}
        for planned in region.nodes:
            index = new.index_of.get(planned.local)
            if index is None:
                continue
            self.nodes[region.index][planned.index] = index
            body = new.nodes[index].body
            if planned.body is not None and body is not None and new.nodes[index].behaviour == planned.behaviour:
                self.regions[planned.body] = body

    def _edges(self, region: Region) -> dict[int, int]:
        nodes, into = self.nodes[region.index], self.regions.get(region.index)
        if into is None:
            return {}
        by_ends = {(edge.source, edge.target): edge.index for edge in self.new.region(into).edges}
        found: dict[int, int] = {}
        for edge in region.edges:
            source, target = nodes.get(edge.source), nodes.get(edge.target)
            if source is not None and target is not None and (source, target) in by_ends:
                found[edge.index] = by_ends[source, target]
        return found

    def _facts(self) -> dict[int, int]:
        if self.old.document.vars != self.new.document.vars:
            return {}
        by_text = {(spec.region, spec.source, spec.text): spec.id for spec in facts_in(self.new)}
        found: dict[int, int] = {}
        for spec in facts_in(self.old):
            region = self.regions.get(spec.region)
            source = spec.source if spec.source == INPUT else self.nodes[spec.region].get(spec.source)
            known = by_text.get((region, source, spec.text))  # pyright: ignore[reportArgumentType] - then there is none
            if known is not None:
                found[spec.id] = known
        return found

    def node(self, region: int, index: int) -> int | None:
        """The node of the new plan."""
        return self.nodes[region].get(index)

    def planned(self, region: int, index: int) -> PlannedNode | None:
        """The same, as it is planned there."""
        new = self.node(region, index)
        return None if new is None else self.new.region(self.regions[region]).nodes[new]

    def find(self, node: str) -> PlannedNode | None:
        """The node of this id, if it is in the same place there."""
        return self.planned(*self.old.places[node])

    def place(self, run: RunState, place: Place) -> Place | None:
        """The same node of the same scope; None if either is gone. `run` is the run as it was."""
        scope, node = place
        if not run.has(scope):
            return None
        index = self.node(run.scope(scope).region, node)
        return None if index is None else (scope, index)

    def is_same_edge(self, region: int, edge: int) -> bool:
        """Whether the edge leads on as it did."""
        new = self.new.region(self.regions[region]).edges[self.edges[region][edge]]
        return _leads(self.old.region(region).edges[edge]) == _leads(new)


def facts_in(plan: Plan) -> Iterator[FactSpec]:
    """All facts of a plan."""
    for region in plan.regions:
        yield from region.given
        for planned in region.nodes:
            yield from planned.facts


def _leads(edge: PlannedEdge) -> tuple[frozenset[str], str | None]:
    return edge.on, edge.when.source if edge.when else None
