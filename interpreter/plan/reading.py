"""Who reads what: the nodes that each node names, and the facts that it needs until it has ended."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from interpreter.plan.facts import Facts
from interpreter.plan.model import Outer
from interpreter.plan.places import Places
from interpreter.plan.reads import names_in
from interpreter.plan.sites import Site, Sites
from interpreter.records import record


@record
class Named:
    """The nodes that some expressions name: of their own region, of those around it, and whether the run's input."""

    reads: tuple[int, ...]
    outer: tuple[Outer, ...]
    input: bool


NOTHING = Named((), (), input=False)


@dataclass(frozen=True)
class Reading:
    """What the nodes of a document read, by their numbers in the outline.

    The parameters of an activity are evaluated where it runs, so here their texts tell enough.
    """

    places: Places
    sites: Sites

    def named_in(self, region: int, sites: Iterable[Site]) -> Named:
        """The nodes that these sites of a region name."""
        names: list[str] = []
        reads_input = False
        for site in sites:
            names += site.reads.ids
            reads_input = reads_input or "input" in site.reads.roots
        return Named(*self.places.seen_from(region, names), reads_input)

    def named_by_texts(self, listed: int, *values: Any) -> Named:
        """The nodes that the templates in these values name. `arrived` names all with an edge into the node."""
        found = _names_in(*values)
        if not found:
            return NOTHING
        ids = [node for name, node in found if node is not None]
        if ("arrived", None) in found:
            ids += self._sources(listed)
        seen = self.places.seen_from(self.places.outline.area_of[listed], ids)
        return Named(*seen, ("input", None) in found)

    def parameters_of(self, listed: int) -> Named:
        """What the node's parameters and `accept` name. A keyword of `merge` names all nodes with an edge into this one."""
        outline, sites = self.places.outline, self.sites.nodes[listed]
        node = outline.nodes[listed]
        if outline.behaviour(listed) == "activity":
            accept = () if node.accept is None else (_braced(node.accept),)
            return self.named_by_texts(listed, node.with_, *accept)
        read = sites.parameters if sites.accept is None else (*sites.parameters, sites.accept)
        if not read and "merge" not in node.with_:
            return NOTHING
        region = outline.area_of[listed]
        named = self.named_in(region, read)
        if "merge" in node.with_ or any("arrived" in site.reads.roots for site in read):
            own, _ = self.places.seen_from(region, self._sources(listed))
            return Named(tuple(sorted({*named.reads, *own})), named.outer, named.input)
        return named

    def _sources(self, listed: int) -> list[str]:
        outline = self.places.outline
        return [outline.edges[edge].from_ for edge in outline.incoming[listed]]

    def _ids_in_bodies(self) -> Iterator[tuple[int, str]]:
        """Each body, with every node that is named in it."""
        outline = self.places.outline
        for site in self.sites:
            if site.area:
                yield from ((site.area, name) for name in site.reads.ids)
        for area in range(1, len(outline.areas)):
            for listed in outline.areas[area].nodes:
                node = outline.nodes[listed]
                undo = node.compensate.with_ if node.compensate else None
                for value in (
                    (node.with_, _braced(node.accept), undo) if outline.behaviour(listed) == "activity" else (undo,)
                ):
                    yield from ((area, name) for _, name in _names_in(value) if name is not None)

    @cached_property
    def by_bodies(self) -> dict[int, frozenset[int]]:
        """For each node with a body, the nodes of its own region that the body names anywhere."""
        found: dict[int, set[int]] = {}
        for area, name in self._ids_in_bodies():
            self._note(found, area, self.places.outline.index_of.get(name))
        return {owner: frozenset(nodes) for owner, nodes in found.items()}

    def _note(self, found: dict[int, set[int]], area: int, listed: int | None) -> None:
        outline = self.places.outline
        if listed is None or outline.area_of[listed] == area:
            return
        for _, owner in outline.around(area):
            if outline.area_of[owner] == outline.area_of[listed]:
                found.setdefault(owner, set()).add(self.places.number[listed])

    def needed(self, facts: Facts, own: Mapping[int, AbstractSet[int]], ends: list[set[int]]) -> dict[int, set[int]]:
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


def _braced(expression: Any) -> Any:
    """A field that is an expression by nature, as a text with a template."""
    return f"{{{{ {expression} }}}}" if isinstance(expression, str) else None


def _names_in(*values: Any) -> set[tuple[str, str | None]]:
    """The names in all texts of some JSON values, without recursion."""
    found: set[tuple[str, str | None]] = set()
    waiting = list(values)
    for part in waiting:
        if isinstance(part, str):
            if "{{" in part:
                found.update(names_in(part))
        elif isinstance(part, dict):
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
    return found
