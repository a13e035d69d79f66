"""A document's graph, with `chain:` written out as nodes and edges: what every later step works on."""

from dataclasses import dataclass
from functools import cached_property

from interpreter.catalogue import Behaviour, Catalogue, NodeType
from interpreter.document.model import Document, Edge, JoinMode, Node
from interpreter.problems import PathPart

BRANCHING: frozenset[Behaviour] = frozenset({"condition", "gate"})
"""What a node behaves like whose edges must say their outcome."""


@dataclass(frozen=True)
class Outline:
    """Nodes and edges in document order, and where each of them stands in the document.

    An edge that a chain implies stands where its source stands. `index_of` names the first of
    several nodes with the same id.
    """

    document: Document
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    kinds: tuple[NodeType | None, ...]
    chained: bool

    @cached_property
    def index_of(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for index, node in enumerate(self.nodes):
            found.setdefault(node.id, index)
        return found

    @cached_property
    def ends(self) -> tuple[tuple[int, int] | None, ...]:
        """Source and target of each edge; None for an edge that leads to or from nothing."""
        index_of = self.index_of
        pairs = ((index_of.get(edge.from_), index_of.get(edge.to)) for edge in self.edges)
        return tuple(None if source is None or target is None else (source, target) for source, target in pairs)

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
        return ("chain" if self.chained else "nodes", node)

    def edge_path(self, edge: int) -> tuple[PathPart, ...]:
        return ("chain", edge) if self.chained else ("edges", edge)


SUCCESS = frozenset({"success"})
DEFAULT_ON: dict[JoinMode, frozenset[str]] = {"always": frozenset({"ended"}), "all_failed": frozenset({"error"})}


def mode_of(node: Node) -> JoinMode:
    """How the node joins its in-edges."""
    return node.join.mode if node.join else "settled"


def outline_of(document: Document, catalogue: Catalogue) -> Outline:
    """The document's graph, its chain written out."""
    nodes = document.nodes if document.chain is None else document.chain
    kinds = tuple(catalogue.node_types.get(node.type) for node in nodes)
    edges = document.edges if document.chain is None else _chain_edges(nodes, kinds)
    return Outline(document, nodes, edges, kinds, chained=document.chain is not None)


def _chain_edges(nodes: tuple[Node, ...], kinds: tuple[NodeType | None, ...]) -> tuple[Edge, ...]:
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
