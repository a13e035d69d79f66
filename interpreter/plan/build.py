"""From a document that was checked to its plan. Nothing is checked here, so that it is fast."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields
from functools import cached_property

from interpreter.catalogue import Catalogue, NodeType, Tool
from interpreter.document.model import Document, Node
from interpreter.plan.agents import REGIONS, inside
from interpreter.plan.dispatch import dispatch_of
from interpreter.plan.facts import Facts, facts_in
from interpreter.plan.model import (
    INPUT,
    NO_VALUE,
    Case,
    Dispatch,
    Guard,
    Plan,
    PlannedEdge,
    PlannedNode,
    Region,
    Undo,
    Value,
)
from interpreter.plan.outline import Outline, item_names, mode_of, outcomes_of, outline_of
from interpreter.plan.places import Places
from interpreter.plan.reading import Named, Reading
from interpreter.plan.sites import Site, Sites, sites_of, tool_of
from interpreter.plan.values import Values
from interpreter.records import record


def build_plan(document: Document, catalogue: Catalogue, hash: str) -> Plan:  # noqa: A002 - the plan's own word
    """The plan of a document that has no problems."""
    outline = outline_of(document, catalogue)
    return assemble(outline, sites_of(outline, catalogue, whole=False), catalogue, hash)


def assemble(outline: Outline, sites: Sites, catalogue: Catalogue, hash: str) -> Plan:  # noqa: A002
    """The plan of an outline whose expressions were read already."""
    return _Builder(outline, sites, catalogue).plan(hash)


@record
class _Decisions:
    """What the workflow evaluates for one node. Gathered for all nodes before any is planned,
    because a fact belongs to the node whose value it reads.
    """

    when: Guard | None = None
    cases: tuple[Case, ...] = ()
    key: Guard | None = None
    value: Value = NO_VALUE

    def facts_read(self, behind: list[Guard | None]) -> AbstractSet[int]:
        """The facts in these, and in the guards of the edges behind the node."""
        if self is NO_DECISIONS and not any(behind):
            return NO_FACTS
        guards = [self.when, self.key, *(case.when for case in self.cases), *behind]
        return {*self.value.facts, *(fact for guard in guards if guard for fact in guard.facts)}


NO_DECISIONS = _Decisions()
NO_FACTS: frozenset[int] = frozenset()


@dataclass(slots=True)
class _End:
    """What is evaluated when an instance of a region has ended."""

    until: Guard | None = None
    output: Value = NO_VALUE

    def facts_read(self) -> set[int]:
        return {*self.output.facts, *(self.until.facts if self.until else ())}


class _Builder:
    """One plan being built. `listed` is a node's number in the outline."""

    def __init__(self, outline: Outline, sites: Sites, catalogue: Catalogue) -> None:
        self.outline, self.sites, self.catalogue = outline, sites, catalogue
        self.places = Places(outline)
        self.reading = Reading(self.places, sites)
        self.facts = Facts(self.places.of_id, self.places.given)
        self.values = Values(self.facts, sites.templates)
        self.dispatches: dict[tuple[str, str], Dispatch] = {}

    def plan(self, hash: str) -> Plan:  # noqa: A002
        edges = [self._edges(region) for region in range(len(self.outline.areas))]
        decisions = {listed: self._decisions(listed) for order in self.places.order for listed in order}
        ends = [self._end(region) for region in range(len(self.outline.areas))]
        own = {listed: found.facts_read(self._behind(listed, edges)) for listed, found in decisions.items()}
        self.needed = self.reading.needed(self.facts, own, [end.facts_read() for end in ends])
        self.by_source = self.facts.by_source()
        nodes = [tuple(self._node(listed, decisions[listed]) for listed in order) for order in self.places.order]
        regions = [self._region(region, nodes[region], edges[region], ends[region]) for region in range(len(ends))]
        regions += self._inside_agents(nodes)
        steps = ((node.id, node.step, node) for region in reversed(regions) for node in region.nodes)
        return Plan(
            **{field.name: getattr(regions[0], field.name) for field in fields(Region)},
            hash=hash,
            document=self.outline.document,
            bodies=tuple(regions[1:]),
            places=self.places.of_id,
            steps={(id_, step): (node.region, node.index) for id_, step, node in steps if step is not None},
        )

    def _inside_agents(self, nodes: Sequence[tuple[PlannedNode, ...]]) -> Iterator[Region]:
        """What the agents run, in the order in which their bodies were numbered."""
        fact = len(self.facts.found)
        for agent in sorted((node for order in nodes for node in order if node.id in self.agents), key=_body_of):
            depth = self.outline.areas[agent.region].depth
            yield from inside(agent, self.outline.document.defaults, _body_of(agent), depth, fact)
            fact += 1

    @cached_property
    def agents(self) -> dict[str, int]:
        """The first of the regions that each agent runs, by its id."""
        found = (node.id for node, kind in zip(self.outline.nodes, self.outline.kinds, strict=True) if _is_agent(kind))
        return {node: len(self.outline.areas) + REGIONS * place for place, node in enumerate(found)}

    def _region(self, region: int, nodes: tuple[PlannedNode, ...], edges: tuple[PlannedEdge, ...], end: _End) -> Region:
        area = self.outline.areas[region]
        owner = None
        if area.owner is not None:
            owner = (self.outline.area_of[area.owner], self.places.number[area.owner])
        output = self._output_reads(region, nodes)
        return Region(
            index=region,
            owner=owner,
            depth=area.depth,
            chained=area.chained,
            nodes=nodes,
            edges=edges,
            index_of={node.local: node.index for node in nodes},
            starts=tuple(node.index for node in nodes if not node.incoming),
            given=self.by_source.get((region, INPUT), ()),
            fact_sources={fact.id: fact.source for fact in self.facts.found if fact.region == region},
            readers=self._readers(region, nodes, end),
            levels=_levels(nodes, edges),
            counted=sum(node.behaviour != "parallel" for node in nodes),
            output=end.output,
            output_reads=output.reads,
            output_outer=output.outer,
            compensates=region in self.compensated,
            until=end.until,
            names=item_names(self.outline, region),
        )

    def _readers(self, region: int, nodes: tuple[PlannedNode, ...], end: _End) -> dict[int, int]:
        found: dict[int, int] = {}
        read = [fact for node in nodes for fact in node.facts_read]
        for fact in (*read, *end.facts_read()):
            if self.facts.found[fact].region == region:
                found[fact] = found.get(fact, 0) + 1
        return found

    def _end(self, region: int) -> _End:
        """What stands at the end of a body. The run's own output is an activity's."""
        area, sites = self.outline.areas[region], self.sites.areas[region]
        if area.owner is None:
            return _End()
        until = self._guard(sites.until, region)
        said = self.outline.nodes[area.owner].with_.get("output")
        if said is not None:
            return _End(until, self.values.prepared(said, region))
        keyword = "first" if area.chained else "object"
        return _End(until, self.values.outputs_of(keyword, self._terminals(region), region))

    def _terminals(self, region: int) -> list[str]:
        order = self.places.order[region]
        return [self.outline.nodes[listed].id for listed in order if not self.outline.outgoing[listed]]

    def _output_reads(self, region: int, nodes: tuple[PlannedNode, ...]) -> Named:
        owner = self.outline.areas[region].owner
        said = self.outline.document.output if owner is None else self.outline.nodes[owner].with_.get("output")
        if said is None:
            return Named(tuple(node.index for node in nodes if node.terminal), (), input=False)
        return self.reading.named_in(region, self.sites.areas[region].output)

    @cached_property
    def compensated(self) -> frozenset[int]:
        """The regions in which a node can be compensated, at any depth."""
        found: set[int] = set()
        # Bodies have higher numbers than the regions that they stand in.
        for listed in reversed(range(len(self.outline.nodes))):
            if self.outline.nodes[listed].compensate or self.outline.bodies.get(listed) in found:
                found.add(self.outline.area_of[listed])
        return frozenset(found)

    def _edges(self, region: int) -> tuple[PlannedEdge, ...]:
        return tuple(self._edge(index, listed, region) for index, listed in enumerate(self.outline.areas[region].edges))

    def _edge(self, index: int, listed: int, region: int) -> PlannedEdge:
        ends = self.outline.ends[listed]
        assert ends is not None, "a document that was checked has no edge to nothing"
        number, guard = self.places.number, self._guard(self.sites.edges[listed], region)
        return PlannedEdge(index, number[ends[0]], number[ends[1]], self.outline.on[listed], guard)

    def _behind(self, listed: int, edges: list[tuple[PlannedEdge, ...]]) -> list[Guard | None]:
        region = self.outline.area_of[listed]
        first = self.outline.areas[region].edges.start
        return [edges[region][edge - first].when for edge in self.outline.outgoing[listed]]

    def _decisions(self, listed: int) -> _Decisions:
        sites, node, kind = self.sites.nodes[listed], self.outline.nodes[listed], self._kind(listed)
        if kind.behaviour == "activity" and sites.when is None:
            return NO_DECISIONS
        region = self.outline.area_of[listed]
        sources = [self.outline.edges[edge].from_ for edge in self.outline.incoming[listed]]
        return _Decisions(
            when=self._guard(sites.when, region),
            cases=tuple(Case(name, self._guard_of(site, region)) for name, site in sites.cases),
            key=self._guard(sites.key, region),
            value=self.values.value_of(node, kind, sources, region),
        )

    def _node(self, listed: int, decisions: _Decisions) -> PlannedNode:
        outline, node, kind = self.outline, self.outline.nodes[listed], self._kind(listed)
        region, index = outline.area_of[listed], self.places.number[listed]
        first = outline.areas[region].edges.start
        tool = tool_of(node.type, node.with_, self.catalogue)
        defaults = outline.document.defaults
        activity = kind.behaviour == "activity"
        named = self.reading.parameters_of(listed)
        return PlannedNode(
            index=index,
            id=node.id,
            node=node,
            kind=kind,
            tool=tool,
            behaviour=kind.behaviour,
            join=mode_of(node),
            quorum=quorum_of(node),
            cancel_rest=node.join is not None and node.join.cancel_rest,
            incoming=_numbered(outline.incoming[listed], first),
            outgoing=_numbered(outline.outgoing[listed], first),
            outcomes=outcomes_of(node, kind),
            when=decisions.when,
            cases=decisions.cases,
            default_case=node.with_.get("default") if kind.behaviour == "condition" else None,
            dispatch=self._dispatch(node, kind, tool) if activity else None,
            on_error=node.on_error or (activity and defaults.on_error) or "fail",
            facts=self.by_source.get((region, index), ()),
            reads=named.reads,
            reads_input=named.input,
            value=decisions.value,
            terminal=not outline.outgoing[listed],
            facts_read=tuple(self.needed.get(listed, ())),
            region=region,
            outer=named.outer,
            seen=self._seen(listed, named.reads),
            body=outline.bodies.get(listed, self.agents.get(node.id)),
            key=decisions.key,
            undo=self._undo(listed, node) if node.compensate else None,
        )

    def _seen(self, listed: int, reads: tuple[int, ...]) -> tuple[int, ...]:
        by_body = self.reading.by_bodies.get(listed)
        return reads if by_body is None else tuple(sorted(by_body.union(reads)))

    def _undo(self, listed: int, node: Node) -> Undo:
        assert node.compensate is not None
        kind = self.catalogue.node_types[node.compensate.type]
        tool = tool_of(kind.name, node.compensate.with_, self.catalogue)
        named = self.reading.named_by_texts(listed, node.compensate.with_)
        undone = Node.model_construct(type=kind.name, with_=node.compensate.with_)
        dispatch = dispatch_of(undone, kind, tool, self.outline.document.defaults)
        return Undo(kind, tool, dispatch, named.reads, named.outer, named.input)

    def _dispatch(self, node: Node, kind: NodeType, tool: Tool | None) -> Dispatch:
        """Nodes of a type, or of a tool, that say nothing themselves share theirs."""
        defaults = self.outline.document.defaults
        says = node.timeout is not None or node.deadline is not None or node.retry is not None
        if says or node.type == "http_request":
            return dispatch_of(node, kind, tool, defaults)
        key = (kind.name, tool.name if tool else "")
        if key not in self.dispatches:
            self.dispatches[key] = dispatch_of(node, kind, tool, defaults)
        return self.dispatches[key]

    def _kind(self, listed: int) -> NodeType:
        kind = self.outline.kinds[listed]
        assert kind is not None, "a document that was checked has no unknown types"
        return kind

    def _guard(self, site: Site | None, region: int) -> Guard | None:
        return self._guard_of(site, region) if site else None

    def _guard_of(self, site: Site, region: int) -> Guard:
        (tree,) = site.expressions
        placed = self.facts.place(tree, region)
        own, outer = self.places.seen_from(region, site.reads.ids)
        return Guard(site.text, placed, own, facts_in(placed), outer)


def _is_agent(kind: NodeType | None) -> bool:
    return kind is not None and kind.behaviour == "agent"


def _body_of(node: PlannedNode) -> int:
    assert node.body is not None
    return node.body


def _numbered(edges: list[int], first: int) -> tuple[int, ...]:
    """The edges of a document by their numbers in a region."""
    return tuple([edge - first for edge in edges]) if first else tuple(edges)


def _levels(nodes: tuple[PlannedNode, ...], edges: tuple[PlannedEdge, ...]) -> tuple[tuple[int, ...], ...]:
    """The nodes by the length of the longest way to them."""
    level_of: list[int] = []
    found: list[list[int]] = []
    for node in nodes:
        level = max([level_of[edges[edge].source] for edge in node.incoming], default=-1) + 1
        level_of.append(level)
        if level == len(found):
            found.append([])
        found[level].append(node.index)
    return tuple(tuple(level) for level in found)


def quorum_of(node: Node) -> int:
    """How many in-edges must be taken for the node to run early; 0 where all must settle."""
    if node.join is None:
        return 0
    return 1 if node.join.mode == "any" else (node.join.n or 0) if node.join.mode == "quorum" else 0
