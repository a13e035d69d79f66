"""The graphs that are measured, as documents and as the levels that a hand-written workflow runs."""

from dataclasses import dataclass, field
from typing import Any

from activities.catalogue import NODE_TYPES
from activities.tools.registry import ToolRegistry
from interpreter.catalogue import Catalogue
from interpreter.document.model import Document
from interpreter.plan.definition import definition_of

TOOLS = ToolRegistry.load("benchmarks.noop")
CATALOGUE = Catalogue(node_types=dict(NODE_TYPES), tools=TOOLS.catalogue())


NOOP: dict[str, Any] = {"type": "tool_call", "with": {"tool": "noop", "args": {}}}


@dataclass(frozen=True, slots=True)
class Shape:
    """One graph. All nodes of a level may run at once, after all of the level before.

    `parents` says what a node waits for; one that is not named waits for the whole level before.
    """

    name: str
    levels: tuple[tuple[str, ...], ...]
    parents: dict[str, tuple[str, ...]] = field(default_factory=dict)
    work: dict[str, Any] = field(default_factory=lambda: NOOP)
    """What every node does."""

    @property
    def nodes(self) -> int:
        """How many nodes it has."""
        return sum(map(len, self.levels))

    def document(self) -> Document:
        """The graph as a workflow."""
        nodes: list[dict[str, Any]] = [
            {
                "id": name,
                **self.work,
                **({"join": {"mode": "all"}} if self.parents.get(name, n) else {}),
            }
            for n, level in enumerate(self.levels)
            for name in level
        ]
        edges = [
            {"from": source, "to": target}
            for before, after in zip(((), *self.levels), self.levels, strict=False)
            for target in after
            for source in self.parents.get(target, before)
        ]
        return Document.model_validate({"plait": 1, "slug": self.name, "nodes": nodes, "edges": edges})

    def definition(self) -> tuple[str, str]:
        """Text and hash of what a run of it starts with."""
        found = definition_of(self.document(), CATALOGUE)
        return found.text, found.hash


def chain(length: int) -> Shape:
    """One after another."""
    return Shape(f"chain-{length}", tuple((f"n{i}",) for i in range(length)))


def fan_out(width: int) -> Shape:
    """All at once, then a join."""
    return Shape(f"fan-out-{width}", (tuple(f"n{i}" for i in range(width)), ("joined",)))


def grid(rows: int, columns: int) -> Shape:
    """Rows of nodes, each waiting for the whole row before."""
    return Shape(f"grid-{rows}x{columns}", tuple(tuple(f"n{r}_{c}" for c in range(columns)) for r in range(rows)))


def diamonds(rows: int, columns: int) -> Shape:
    """Rows of nodes, each waiting for two of the row before."""
    levels = tuple(tuple(f"n{r}_{c}" for c in range(columns)) for r in range(rows))
    parents = {
        f"n{r}_{c}": (f"n{r - 1}_{c}", f"n{r - 1}_{(c + 1) % columns}") for r in range(1, rows) for c in range(columns)
    }
    return Shape(f"diamonds-{rows}x{columns}", levels, parents)


def mosaic(tiles: int) -> Shape:
    """The workflow by which astronomers put pictures together (Montage): each tile is projected and compared
    with its neighbours, one model corrects them all, and the corrected tiles become one picture.
    """
    project = tuple(f"project{t}" for t in range(tiles))
    pairs = [(t, t + step) for t in range(tiles) for step in (1, 2) if t + step < tiles]
    compare = {f"compare{a}_{b}": (f"project{a}", f"project{b}") for a, b in pairs}
    correct = {f"correct{t}": ("model", f"project{t}") for t in range(tiles)}
    levels = (project, tuple(compare), ("fits",), ("model",), tuple(correct), ("table",), ("add",), ("shrink",))
    return Shape(f"mosaic-{sum(map(len, levels))}", levels, compare | correct)


def genomes(chromosomes: int, parts: int) -> Shape:
    """The analysis of the 1000 Genomes project: for each chromosome parts that are merged, a sifting, and then
    two statistics for each of seven populations.
    """
    numbered = range(chromosomes)
    individuals = tuple(f"part{c}_{p}" for c in numbered for p in range(parts))
    merges = {f"merge{c}": tuple(f"part{c}_{p}" for p in range(parts)) for c in numbered}
    sifts = {f"sift{c}": () for c in numbered}
    statistics = {
        f"{kind}{c}_{population}": (f"merge{c}", f"sift{c}")
        for c in numbered
        for kind in ("overlap", "frequency")
        for population in range(7)
    }
    levels = (individuals, (*merges, *sifts), tuple(statistics))
    return Shape(f"genomes-{sum(map(len, levels))}", levels, merges | sifts | statistics)
