"""The graphs that are measured, as documents and as the levels that a hand-written workflow runs."""

from dataclasses import dataclass
from typing import Any

from activities.catalogue import NODE_TYPES
from activities.tools.registry import ToolRegistry
from interpreter.catalogue import Catalogue
from interpreter.document.model import Document
from interpreter.plan.definition import definition_of

TOOLS = ToolRegistry.load("benchmarks.noop")
CATALOGUE = Catalogue(node_types=dict(NODE_TYPES), tools=TOOLS.catalogue())


@dataclass(frozen=True, slots=True)
class Shape:
    """One graph. All nodes of a level run at once, after all of the level before."""

    name: str
    levels: tuple[tuple[str, ...], ...]

    @property
    def nodes(self) -> int:
        """How many nodes it has."""
        return sum(map(len, self.levels))

    def document(self) -> Document:
        """The graph as a workflow: each node waits for all nodes of the level before."""
        nodes: list[dict[str, Any]] = [
            {
                "id": name,
                "type": "tool_call",
                "with": {"tool": "noop", "args": {}},
                **({"join": {"mode": "all"}} if n else {}),
            }
            for n, level in enumerate(self.levels)
            for name in level
        ]
        edges = [
            {"from": source, "to": target}
            for before, after in zip(self.levels, self.levels[1:], strict=False)
            for source in before
            for target in after
        ]
        return Document.model_validate({"plait": 1, "slug": self.name, "nodes": nodes, "edges": edges})

    def definition(self) -> tuple[str, str]:
        """Text and hash of what a run of it starts with."""
        return definition_of(self.document(), CATALOGUE)


def chain(length: int) -> Shape:
    """One after another."""
    return Shape(f"chain-{length}", tuple((f"n{i}",) for i in range(length)))


def fan_out(width: int) -> Shape:
    """All at once, then a join."""
    return Shape(f"fan-out-{width}", (tuple(f"n{i}" for i in range(width)), ("joined",)))


def grid(rows: int, columns: int) -> Shape:
    """Rows of nodes, each waiting for the whole row before."""
    return Shape(f"grid-{rows}x{columns}", tuple(tuple(f"n{r}_{c}" for c in range(columns)) for r in range(rows)))
