"""Where the nodes and names of a document are in its plan: regions, and numbers inside each of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from interpreter.plan.facts import Source
from interpreter.plan.model import INPUT, Outer
from interpreter.plan.outline import Outline, item_names


@dataclass(frozen=True)
class Places:
    """The numbers of a plan. A region has the number of its area; its nodes are in plan order."""

    outline: Outline

    @property
    def order(self) -> list[list[int]]:
        """For each region its nodes, as they are numbered in the outline."""
        return self.outline.order_in

    @cached_property
    def number(self) -> list[int]:
        """The index in its region of each node of the outline."""
        found = [0] * len(self.outline.nodes)
        for order in self.order:
            for index, listed in enumerate(order):
                found[listed] = index
        return found

    @cached_property
    def of_id(self) -> dict[str, Source]:
        """Region and index of each node, by its id."""
        nodes = self.outline.nodes
        return {
            nodes[listed].id: (region, index)
            for region, order in enumerate(self.order)
            for index, listed in enumerate(order)
        }

    @cached_property
    def given(self) -> list[dict[str, Source]]:
        """For each region the names of what it is given, and of what those around it are."""
        found: list[dict[str, Source]] = []
        for region, area in enumerate(self.outline.areas):
            if area.owner is None:
                found.append({"input": (0, INPUT)})
                continue
            around = found[self.outline.area_of[area.owner]]
            kind = self.outline.behaviour(area.owner)
            name = "prev" if kind == "loop" else item_names(self.outline, region)[0]
            found.append({**around, name: (region, INPUT)})
        return found

    def seen_from(self, region: int, ids: Iterable[str]) -> tuple[tuple[int, ...], tuple[Outer, ...]]:
        """The nodes of these ids: indexes of those of the region itself, and where the others are."""
        places = {self.of_id[name] for name in ids if name in self.of_id}
        own = tuple(sorted(index for where, index in places if where == region))
        if len(own) == len(places):
            return own, ()
        up = {where: levels for levels, (where, _) in enumerate(self.outline.around(region), 1)}
        return own, tuple(sorted((up[where], index) for where, index in places if where in up))
