"""A document's graphs, with `chain:` written out as nodes and edges: what every later step works on."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from interpreter.catalogue import Behaviour, Catalogue, NodeType
from interpreter.document.model import Document, Edge, Graph, JoinMode, Node
from interpreter.plan.order import topological
from interpreter.problems import PathPart

BRANCHING: frozenset[Behaviour] = frozenset({"condition", "gate"})
"""What a node behaves like whose edges must say their outcome."""


@dataclass(frozen=True, slots=True)
class Area:
    """One graph of a document: the root, or the body of a map or a loop.

    `owner` is the node that repeats it, `path` where its `nodes` stand, `depth` 0 for the root; its
    nodes and edges follow each other in the numbers of the whole document.
    """

    owner: int | None
    path: tuple[PathPart, ...]
    depth: int
    chained: bool
    nodes: range
    edges: range

    @property
    def bits(self) -> int:
        """Its nodes as a set: bits of an int."""
        return ((1 << len(self.nodes)) - 1) << self.nodes.start


@dataclass(frozen=True)
class Outline:
    """The nodes and edges of all graphs, each graph's in document order, the root's first.

    An edge that a chain implies stands where its source stands. `index_of` names the first of
    several nodes with the same id. `area_of` and `area_of_edge` are numbers of `areas`.
    """

    document: Document
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    kinds: tuple[NodeType | None, ...]
    areas: tuple[Area, ...]
    area_of: tuple[int, ...]
    area_of_edge: tuple[int, ...]

    @cached_property
    def index_of(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for index, node in enumerate(self.nodes):
            found.setdefault(node.id, index)
        return found

    @cached_property
    def ends(self) -> tuple[tuple[int, int] | None, ...]:
        """Source and target of each edge; None for one that leads to or from nothing in its own graph."""
        index_of, area_of = self.index_of, self.area_of
        found: list[tuple[int, int] | None] = []
        for edge, area in zip(self.edges, self.area_of_edge, strict=True):
            source, target = index_of.get(edge.from_), index_of.get(edge.to)
            if source is None or target is None or not area_of[source] == area_of[target] == area:
                found.append(None)
            else:
                found.append((source, target))
        return tuple(found)

    @cached_property
    def order(self) -> list[int]:
        """The nodes, sources first, bodies after what repeats them; those on and behind a cycle are missing."""
        inside = [ends for ends in self.ends if ends is not None]
        for area in self.areas:
            if area.owner is not None:
                inside += [(area.owner, node) for node in area.nodes if not self.incoming[node]]
        return topological(len(self.nodes), inside)

    @cached_property
    def order_in(self) -> list[list[int]]:
        """The same order, for each area by itself."""
        found: list[list[int]] = [[] for _ in self.areas]
        for node in self.order:
            found[self.area_of[node]].append(node)
        return found

    @cached_property
    def bodies(self) -> dict[int, int]:
        """The area that each node with a body repeats, by the node."""
        return {area.owner: number for number, area in enumerate(self.areas) if area.owner is not None}

    def owner_of(self, node: int) -> int | None:
        """The node whose body this one stands in."""
        return self.areas[self.area_of[node]].owner

    def around(self, area: int) -> Iterator[tuple[int, int]]:
        """The areas around this one, the innermost first, each with the node there that repeats what is inside."""
        while (owner := self.areas[area].owner) is not None:
            area = self.area_of[owner]
            yield area, owner

    def owner_in(self, area: int, node: int) -> int | None:
        """The node of the area in whose body this one stands, at any depth; None if it stands in none there."""
        found = (owner for where, owner in self.around(self.area_of[node]) if where == area)
        return next(found, None)

    @cached_property
    def names_in(self) -> tuple[dict[str, int], ...]:
        """The names that maps and loops give in each area, each with the area of the body that it belongs to."""
        found: list[dict[str, int]] = [{}]
        for number, area in list(enumerate(self.areas))[1:]:
            assert area.owner is not None
            own = LAP_NAMES if self.behaviour(area.owner) == "loop" else item_names(self, number)
            found.append(found[self.area_of[area.owner]] | dict.fromkeys(own, number))
        return tuple(found)

    def is_chained(self, node: int) -> bool:
        """Whether the node stands in a chain."""
        return self.areas[self.area_of[node]].chained

    @cached_property
    def incoming(self) -> tuple[list[int], ...]:
        """The in-edges of each node, as indexes of edges in document order."""
        found: tuple[list[int], ...] = tuple([] for _ in self.nodes)
        for index, ends in enumerate(self.ends):
            if ends is not None:
                found[ends[1]].append(index)
        return found

    @cached_property
    def outgoing(self) -> tuple[list[int], ...]:
        """The out-edges of each node, as indexes of edges in document order."""
        found: tuple[list[int], ...] = tuple([] for _ in self.nodes)
        for index, ends in enumerate(self.ends):
            if ends is not None:
                found[ends[0]].append(index)
        return found

    @cached_property
    def on(self) -> tuple[frozenset[str], ...]:
        """The outcomes of each edge, with the defaults filled in."""
        return tuple(self._on(edge) for edge in self.edges)

    def _on(self, edge: Edge) -> frozenset[str]:
        if edge.on is not None:
            return frozenset(edge.on)
        target = self.index_of.get(edge.to)
        mode = "settled" if target is None else mode_of(self.nodes[target])
        return DEFAULT_ON.get(mode, SUCCESS)

    def behaviour(self, node: int) -> Behaviour | None:
        """How the node behaves; None when its type is unknown."""
        kind = self.kinds[node]
        return kind.behaviour if kind else None

    def node_path(self, node: int) -> tuple[PathPart, ...]:
        area = self.areas[self.area_of[node]]
        return (*area.path, "chain" if area.chained else "nodes", node - area.nodes.start)

    def edge_path(self, edge: int) -> tuple[PathPart, ...]:
        area = self.areas[self.area_of_edge[edge]]
        return (*area.path, "chain" if area.chained else "edges", edge - area.edges.start)


SUCCESS = frozenset({"success"})
LAP_NAMES = ("lap", "prev")
DEFAULT_ON: dict[JoinMode, frozenset[str]] = {"always": frozenset({"ended"}), "all_failed": frozenset({"error"})}


def item_names(outline: Outline, area: int) -> tuple[str, str]:
    """What the body of a map calls an item and its number: `item` and `index`, or `row` and `row_index`."""
    owner = outline.areas[area].owner
    name = None if owner is None else outline.nodes[owner].with_.get("as")
    return (name, f"{name}_index") if isinstance(name, str) else ("item", "index")


def mode_of(node: Node) -> JoinMode:
    """How the node joins its in-edges."""
    return node.join.mode if node.join else "settled"


def outline_of(document: Document, catalogue: Catalogue) -> Outline:
    """The document's graphs, their chains written out."""
    nodes: list[Node] = []
    edges: list[Edge] = []
    kinds: list[NodeType | None] = []
    areas: list[Area] = []
    graphs: deque[tuple[Graph, int | None, tuple[PathPart, ...], int]] = deque([(document, None, (), 0)])
    while graphs:
        graph, owner, path, depth = graphs.popleft()
        own = graph.own
        own_kinds = [catalogue.node_types.get(node.type) for node in own]
        between = graph.edges if graph.chain is None else _chain_edges(own, own_kinds)
        first = len(nodes)
        chained = graph.chain is not None
        areas.append(
            Area(
                owner,
                path,
                depth,
                chained,
                range(first, first + len(own)),
                range(len(edges), len(edges) + len(between)),
            )
        )
        for place, node in enumerate(own):
            if (body := node.body) is not None:
                inside = (*path, "chain" if chained else "nodes", place, "with")
                graphs.append((body, first + place, inside, depth + 1))
        nodes += own
        edges += between
        kinds += own_kinds
    area_of = tuple(number for number, area in enumerate(areas) for _ in area.nodes)
    area_of_edge = tuple(number for number, area in enumerate(areas) for _ in area.edges)
    return Outline(document, tuple(nodes), tuple(edges), tuple(kinds), tuple(areas), area_of, area_of_edge)


def _chain_edges(nodes: tuple[Node, ...], kinds: Sequence[NodeType | None]) -> tuple[Edge, ...]:
    """A node with a false `when` is left out and the chain goes on: hence `skipped`."""
    return tuple(
        Edge.model_construct(
            from_=before.id,
            to=after.id,
            on=("approved" if kind and kind.behaviour == "gate" else "success", "skipped"),
            when=None,
        )
        for before, after, kind in zip(nodes, nodes[1:], kinds, strict=False)
    )


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
