"""A document under examination: what all checks look at, and how they speak."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from interpreter.catalogue import Catalogue, Workflow
from interpreter.plan.outline import Outline
from interpreter.plan.sites import Site, Sites
from interpreter.problems import PathPart, Problem


@dataclass(frozen=True)
class Draft:
    """The document's outline, its expressions, and the catalogue it is compiled against."""

    outline: Outline
    sites: Sites
    catalogue: Catalogue

    @cached_property
    def ends(self) -> list[tuple[int, int]]:
        """The edges that lead from a node to a node."""
        return [ends for ends in self.outline.ends if ends is not None]

    @property
    def order(self) -> list[int]:
        """The nodes, sources first, bodies after what repeats them; those on and behind a cycle are missing."""
        return self.outline.order

    @cached_property
    def acyclic(self) -> bool:
        return len(self.order) == len(self.outline.nodes)

    def workflow_of(self, node: int) -> Workflow | None:
        """The workflow that a `subworkflow` runs, if the catalogue knows that version of it."""
        said = self.outline.nodes[node].with_
        if self.outline.behaviour(node) != "subworkflow" or said.get("environment") is not None:
            return None
        found = (self.catalogue.workflows or {}).get(str(said.get("workflow")))
        return found if found and said.get("version") in (None, found.version) else None

    @cached_property
    def ancestors(self) -> list[int]:
        """For each node the set of those upstream of it, as bits of an int.

        What is upstream of a map or a loop is so of its body too, and the node itself is not.
        """
        found = [0] * len(self.outline.nodes)
        for node in self.order:
            if (owner := self.outline.owner_of(node)) is not None:
                found[node] |= found[owner]
            upstream = found[node] | 1 << node
            for edge in self.outline.outgoing[node]:
                ends = self.outline.ends[edge]
                assert ends is not None
                found[ends[1]] |= upstream
        return found

    def at_site(self, code: str, site: Site, message: str, fix: str) -> Problem:
        """A problem of an expression. What is evaluated at the end of a body stands in the node that repeats it."""
        node = self.outline.areas[site.area].owner if site.node is None else site.node
        return Problem(code, message, site.path, None if node is None else self.outline.nodes[node].id, fix)

    def at_node(self, code: str, node: int, message: str, fix: str, *field: PathPart) -> Problem:
        """A problem in a field of a node, or in the node as a whole."""
        return Problem(code, message, (*self.outline.node_path(node), *field), self.outline.nodes[node].id, fix)

    def at_edge(self, code: str, edge: int, message: str, fix: str, *field: PathPart) -> Problem:
        """A problem in a field of an edge, or in the edge as a whole; it belongs to the edge's source."""
        return Problem(code, message, (*self.outline.edge_path(edge), *field), self.outline.edges[edge].from_, fix)


def did_you_mean(name: str, known: Iterable[str], otherwise: str) -> str:
    """How to mend a name that is not known."""
    close = get_close_matches(name, list(known), 1)
    return f"Did you mean `{close[0]}`?" if close else otherwise


def listed(names: Iterable[str]) -> str:
    """`a, b and c`."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
