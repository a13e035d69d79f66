"""Who reads what: the nodes that each node names, and the facts that it needs until it has ended."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from interpreter.plan.facts import Facts
from interpreter.plan.model import Outer
from interpreter.plan.places import Places
from interpreter.plan.sites import Site, Sites


@dataclass(frozen=True, slots=True)
class Named:
    """The nodes that some sites name: of their own region, of those around it, and whether the run's input."""

    reads: tuple[int, ...]
    outer: tuple[Outer, ...]
    input: bool


@dataclass(frozen=True)
class Reading:
    """What the nodes of a document read, by their numbers in the outline."""

    places: Places
    sites: Sites

    def named_in(self, region: int, sites: Iterable[Site], also: Iterable[str] = ()) -> Named:
        """The nodes that these sites of a region name, besides others."""
        names = list(also)
        reads_input = False
        for site in sites:
            names += site.reads.ids
            reads_input = reads_input or "input" in site.reads.roots
        return Named(*self.places.seen_from(region, names), reads_input)

    def parameters_of(self, listed: int) -> Named:
        """What the node's parameters and `accept` name.

        `arrived` and a keyword of `merge` name all nodes with an edge into this one.
        """
        outline, sites = self.places.outline, self.sites.nodes[listed]
        read = (*sites.parameters, *((sites.accept,) if sites.accept else ()))
        arrived = "merge" in outline.nodes[listed].with_ or any("arrived" in site.reads.roots for site in read)
        sources = [outline.edges[edge].from_ for edge in outline.incoming[listed]] if arrived else []
        return self.named_in(outline.area_of[listed], read, sources)

    @cached_property
    def by_bodies(self) -> dict[int, frozenset[int]]:
        """For each node with a body, the nodes of its own region that the body names anywhere."""
        outline = self.places.outline
        found: dict[int, set[int]] = {}
        for site in self.sites:
            for name in site.reads.ids if site.area else ():
                self._note(found, site.area, outline.index_of.get(name))
        return {owner: frozenset(nodes) for owner, nodes in found.items()}

    def _note(self, found: dict[int, set[int]], area: int, listed: int | None) -> None:
        outline = self.places.outline
        if listed is None or outline.area_of[listed] == area:
            return
        for _, owner in outline.around(area):
            if outline.area_of[owner] == outline.area_of[listed]:
                found.setdefault(owner, set()).add(self.places.number[listed])

    def needed(self, facts: Facts, own: dict[int, set[int]], ends: list[set[int]]) -> dict[int, set[int]]:
        """For each node the facts of its own region that must be held until it has ended.

        `own` are those that a node's expressions read, `ends` those of each region's end. What a body
        reads of a region around it is needed until the node in that region has ended that repeats it.
        """
        outline = self.places.outline
        found: dict[int, set[int]] = {}
        readers = [(outline.area_of[listed], listed, read) for listed, read in own.items() if read]
        readers += [(area, None, read) for area, read in enumerate(ends) if read]
        for area, listed, read in readers:
            holders = {area: listed, **dict(outline.around(area))}
            for fact in read:
                holder = holders[facts.found[fact].region]
                if holder is not None:
                    found.setdefault(holder, set()).add(fact)
        return found
