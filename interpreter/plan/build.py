"""From a document that was checked to its plan. Nothing is checked here, so that it is fast."""

from collections.abc import Iterable
from dataclasses import dataclass

from interpreter.catalogue import Catalogue, NodeType, Tool
from interpreter.document.model import Document, Node
from interpreter.plan.dispatch import dispatch_of
from interpreter.plan.facts import Facts, facts_in
from interpreter.plan.model import INPUT, Case, Dispatch, FactSpec, Guard, Plan, PlannedEdge, PlannedNode
from interpreter.plan.order import levels_of, topological
from interpreter.plan.outline import BRANCHING, Outline, mode_of, outline_of
from interpreter.plan.sites import Site, Sites, sites_of, tool_of
from interpreter.plan.values import Value, Values


def build_plan(document: Document, catalogue: Catalogue, hash: str) -> Plan:  # noqa: A002 - the plan's own word
    """The plan of a document that has no problems."""
    outline = outline_of(document, catalogue)
    return assemble(outline, sites_of(outline, catalogue), catalogue, hash)


def assemble(outline: Outline, sites: Sites, catalogue: Catalogue, hash: str) -> Plan:  # noqa: A002
    """The plan of an outline whose expressions were read already."""
    return _Builder(outline, sites, catalogue).plan(hash)


@dataclass(slots=True)
class _Decisions:
    """What the workflow evaluates for one node. Gathered for all nodes before any is planned,
    because a fact belongs to the node whose value it reads.
    """

    when: Guard | None
    cases: tuple[Case, ...]
    value: Value

    def facts_read(self, behind: list[Guard | None]) -> tuple[int, ...]:
        """The facts in these, and in the guards of the edges behind the node."""
        guards = [self.when, *(case.when for case in self.cases), *behind]
        return tuple({*self.value.facts, *(fact for guard in guards if guard for fact in guard.facts)})


class _Builder:
    """One plan being built. `order` leads from a node's number to its place in the document,
    `number` back.
    """

    def __init__(self, outline: Outline, sites: Sites, catalogue: Catalogue) -> None:
        self.outline, self.sites, self.catalogue = outline, sites, catalogue
        ends = [pair for pair in outline.ends if pair is not None]
        self.order = topological(len(outline.nodes), ends)
        self.number = {listed: index for index, listed in enumerate(self.order)}
        self.ends = [(self.number[source], self.number[target]) for source, target in ends]
        self.index_of = {outline.nodes[listed].id: index for index, listed in enumerate(self.order)}
        self.facts = Facts(self.index_of)
        self.dispatches: dict[tuple[str, str], Dispatch] = {}
        self.values = Values(self.facts, sites.templates)

    def plan(self, hash: str) -> Plan:  # noqa: A002
        edges = tuple(self._edge(index) for index in range(len(self.ends)))
        decisions = [self._decisions(listed) for listed in self.order]
        facts = self.facts.by_source()
        nodes = tuple(
            self._node(index, listed, decisions[index], facts.get(index, ()), edges)
            for index, listed in enumerate(self.order)
        )
        return Plan(
            hash=hash,
            document=self.outline.document,
            nodes=nodes,
            edges=edges,
            index_of=self.index_of,
            starts=tuple(node.index for node in nodes if not node.incoming),
            input_facts=facts.get(INPUT, ()),
            fact_sources=tuple(fact.source for fact in self.facts.found),
            output_reads=self._output_reads(nodes),
            levels=self._levels(),
            counted=sum(node.behaviour != "parallel" for node in nodes),
        )

    def _edge(self, index: int) -> PlannedEdge:
        source, target = self.ends[index]
        return PlannedEdge(index, source, target, self.outline.on[index], self._guard(self.sites.edges[index]))

    def _decisions(self, listed: int) -> _Decisions:
        sites, node, kind = self.sites.nodes[listed], self.outline.nodes[listed], self._kind(listed)
        sources = [self.outline.edges[edge].from_ for edge in self.outline.incoming[listed]]
        return _Decisions(
            when=self._guard(sites.when),
            cases=tuple(Case(name, self._guard_of(site)) for name, site in sites.cases),
            value=self.values.value_of(node, kind, sources),
        )

    def _node(
        self,
        index: int,
        listed: int,
        decisions: _Decisions,
        facts: tuple[FactSpec, ...],
        edges: tuple[PlannedEdge, ...],
    ) -> PlannedNode:
        node, kind = self.outline.nodes[listed], self._kind(listed)
        tool = tool_of(node, self.catalogue)
        defaults = self.outline.document.defaults
        activity = kind.behaviour == "activity"
        reads, reads_input = self._reads(listed)
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
            incoming=tuple(self.outline.incoming[listed]),
            outgoing=tuple(self.outline.outgoing[listed]),
            outcomes=outcomes_of(node, kind),
            when=decisions.when,
            cases=decisions.cases,
            default_case=node.with_.get("default") if kind.behaviour == "condition" else None,
            dispatch=self._dispatch(node, kind, tool) if activity else None,
            on_error=node.on_error or (activity and defaults.on_error) or "fail",
            facts=facts,
            reads=reads,
            reads_input=reads_input,
            value=decisions.value.prepared,
            value_facts=decisions.value.facts,
            terminal=not self.outline.outgoing[listed],
            facts_read=decisions.facts_read([edges[edge].when for edge in self.outline.outgoing[listed]]),
            inline=decisions.value.inline,
        )

    def _dispatch(self, node: Node, kind: NodeType, tool: Tool | None) -> Dispatch:
        """Nodes of a type, or of a tool, that say nothing themselves share theirs."""
        defaults = self.outline.document.defaults
        if node.type == "http_request" or (node.timeout, node.deadline, node.retry) != (None, None, None):
            return dispatch_of(node, kind, tool, defaults)
        key = (kind.name, tool.name if tool else "")
        if key not in self.dispatches:
            self.dispatches[key] = dispatch_of(node, kind, tool, defaults)
        return self.dispatches[key]

    def _kind(self, listed: int) -> NodeType:
        kind = self.outline.kinds[listed]
        assert kind is not None, f"{self.outline.nodes[listed].type} is not in the catalogue"
        return kind

    def _guard(self, site: Site | None) -> Guard | None:
        return self._guard_of(site) if site else None

    def _guard_of(self, site: Site) -> Guard:
        (tree,) = site.expressions
        placed = self.facts.place(tree)
        return Guard(site.text, placed, self._indexes(site.nodes), facts_in(placed))

    def _reads(self, listed: int) -> tuple[tuple[int, ...], bool]:
        """The nodes, and whether the input, that the node's parameters and `accept` name.

        `arrived` and a keyword of `merge` name all nodes with an edge into this one.
        """
        sites, node = self.sites.nodes[listed], self.outline.nodes[listed]
        named: list[str] = []
        reads_input = False
        arrived = "merge" in node.with_
        for site in (*sites.parameters, *((sites.accept,) if sites.accept else ())):
            named += site.nodes
            arrived = arrived or "arrived" in site.roots
            reads_input = reads_input or "input" in site.roots
        if arrived:
            named += (self.outline.edges[edge].from_ for edge in self.outline.incoming[listed])
        return self._indexes(named), reads_input

    def _output_reads(self, nodes: tuple[PlannedNode, ...]) -> tuple[int, ...]:
        if self.outline.document.output is None:
            return tuple(node.index for node in nodes if node.terminal)
        return self._indexes(name for site in self.sites.output for name in site.nodes)

    def _indexes(self, ids: Iterable[str]) -> tuple[int, ...]:
        return tuple(sorted({self.index_of[name] for name in ids if name in self.index_of}))

    def _levels(self) -> tuple[tuple[int, ...], ...]:
        level_of = levels_of(range(len(self.order)), self.ends)
        found: list[list[int]] = [[] for _ in range(max(level_of, default=-1) + 1)]
        for node, level in enumerate(level_of):
            found[level].append(node)
        return tuple(tuple(level) for level in found)


def quorum_of(node: Node) -> int:
    """How many in-edges must be taken for the node to run early; 0 where all must settle."""
    if node.join is None:
        return 0
    return 1 if node.join.mode == "any" else (node.join.n or 0) if node.join.mode == "quorum" else 0


def outcomes_of(node: Node, kind: NodeType) -> tuple[str, ...]:
    """The node's own outcomes: all but `error`, `skipped`, `ended` and `timeout`, which every node has."""
    if kind.behaviour not in BRANCHING:
        return kind.outcomes
    if kind.behaviour == "condition":
        cases = node.with_.get("cases")
        own = [case.get("name") for case in (cases if isinstance(cases, list) else ()) if isinstance(case, dict)]
        own.append(node.with_.get("default"))
    else:
        said = node.with_.get("outcomes")
        own = said if isinstance(said, list) else ()
    return tuple(dict.fromkeys((*kind.outcomes, *(name for name in own if isinstance(name, str)))))
