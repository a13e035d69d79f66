"""Which instances of nodes a rerun runs anew whatever they read: those it was asked for, and all behind them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from interpreter.plan.model import Plan, Region
from interpreter.steps import Step, steps_of


class UnknownPath(Exception):
    """The plan has no node, item or lap of this path."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(path)

    def __str__(self) -> str:
        return f"there is no node, item or lap {self.path!r}"


@dataclass(slots=True)
class Fresh:
    """The instances that run anew. Made by `of`."""

    plan: Plan
    chosen: Sequence[tuple[Step, ...]]
    _behind: dict[tuple[int, int], frozenset[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan, paths: Iterable[str]) -> "Fresh":
        """Those of these paths, and what follows from them. Raises UnknownPath."""
        chosen: list[tuple[Step, ...]] = []
        for path in paths:
            steps = steps_of(plan, path)
            if not steps:
                raise UnknownPath(path)
            chosen.append(steps)
        return cls(plan, chosen)

    def covers(self, path: str) -> bool:
        """Whether the node, item or lap of this path runs anew. A map or a loop does so only as a whole."""
        steps = steps_of(self.plan, path) if self.chosen else None
        return steps is not None and any(self._follows(one, steps) for one in self.chosen)

    def _follows(self, chosen: Sequence[Step], steps: Sequence[Step]) -> bool:
        """Whether the steps lead to what was chosen, into it, or to what comes after it."""
        for wish, step in zip(chosen, steps, strict=False):
            region = self.plan.region(wish.region)
            if step.node in self._nodes_behind(region, wish.node):
                return True
            if step.node != wish.node or step.key is None:
                return wish.key is None and step.node == wish.node
            if wish.key is None:
                return True
            if step.key != wish.key:
                return region.nodes[wish.node].behaviour == "loop" and step.key > wish.key
        return len(steps) >= len(chosen)

    def _nodes_behind(self, region: Region, node: int) -> frozenset[int]:
        """The nodes of the region to which edges lead from this one."""
        place = (region.index, node)
        if place not in self._behind:
            found: set[int] = set()
            waiting = [node]
            while waiting:
                for edge in region.nodes[waiting.pop()].outgoing:
                    target = region.edges[edge].target
                    if target not in found:
                        found.add(target)
                        waiting.append(target)
            self._behind[place] = frozenset(found)
        return self._behind[place]
