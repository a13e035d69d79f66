"""How long it takes to check and plan a document, and to load one that was checked before."""

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count, pairwise

from benchmarks.shapes import CATALOGUE, chain, grid
from interpreter.document.model import Document
from interpreter.plan.compile import compile_document
from interpreter.plan.definition import definition_of, load_plan


@dataclass(frozen=True, slots=True)
class Compiled:
    """Milliseconds of processor time to compile and to load, the medians of five."""

    case: str
    nodes: int
    milliseconds: float
    loading: float


def compiling() -> list[Compiled]:
    """Chains and grids of 1,000 and 10,000 nodes, and chains whose nodes have three expressions each."""
    rows: list[Compiled] = []
    for name, document in _documents():
        definition = definition_of(document, CATALOGUE).text
        compiled = _milliseconds(lambda: _compiled(document))  # noqa: B023 - called at once
        # Each time by a hash of its own: the plans of those used last are kept.
        hashes = map(str, count())
        loading = _milliseconds(lambda: load_plan(definition, f"{name} {next(hashes)}"))  # noqa: B023 - called at once
        rows.append(Compiled(name, len(document.nodes), compiled, loading))
    return rows


def _documents() -> Iterator[tuple[str, Document]]:
    for shape in (chain(1000), chain(10_000), grid(250, 4), grid(2500, 4)):
        yield shape.name, shape.document()
    for length in (1000, 10_000):
        yield f"reading-{length}", _reading(length)


def _reading(length: int) -> Document:
    """A chain of requests, each of which reads those before it."""
    ids = [f"n{index}" for index in range(length)]
    nodes = [{"id": "n0", "type": "http_request", "with": {"url": "https://example.org"}}]
    for index in range(1, length):
        before, earlier = ids[index - 1], ids[max(0, index - 7)]
        said = {
            "text": f"{{{{ nodes.{before}.output.body.text }}}}",
            "count": f"{{{{ coalesce(nodes.{before}.output.body.count, input.count, 3) + 1 }}}}",
            "note": f"see {{{{ nodes.{earlier}.output.status }}}} and {{{{ vars.limit }}}}",
        }
        nodes.append({"id": ids[index], "type": "http_request", "with": {"url": "https://example.org", "json": said}})
    edges = [{"from": one, "to": other} for one, other in pairwise(ids)]
    return Document.model_validate(
        {"plait": 1, "slug": "reading", "vars": {"limit": 1}, "nodes": nodes, "edges": edges}
    )


def _compiled(document: Document) -> None:
    done = compile_document(document, CATALOGUE)
    assert not done.problems, done.problems[0]


def _milliseconds(work: Callable[[], object]) -> float:
    taken: list[float] = []
    for _ in range(5):
        began = time.process_time()
        work()
        taken.append((time.process_time() - began) * 1000)
    return round(statistics.median(taken), 1)
