"""How long it takes to check and plan a document."""

import statistics
import time
from dataclasses import dataclass

from benchmarks.shapes import CATALOGUE, chain, grid
from interpreter.plan.compile import compile_document


@dataclass(frozen=True, slots=True)
class Compiled:
    """Milliseconds to compile, the median of five."""

    case: str
    nodes: int
    milliseconds: float


def compiling() -> list[Compiled]:
    """Chains and grids of 1,000 and 10,000 nodes."""
    rows: list[Compiled] = []
    for shape in (chain(1000), chain(10_000), grid(250, 4), grid(2500, 4)):
        document = shape.document()
        taken: list[float] = []
        for _ in range(5):
            began = time.perf_counter()
            done = compile_document(document, CATALOGUE)
            taken.append((time.perf_counter() - began) * 1000)
            assert not done.problems, done.problems[0]
        rows.append(Compiled(shape.name, shape.nodes, round(statistics.median(taken), 1)))
    return rows
