"""How long one evaluation takes: guards over a small run and over one of a megabyte."""

import time
from dataclasses import dataclass

from interpreter.expressions import Scope, evaluate, parse
from interpreter.values import Json

GUARDS = {
    "three comparisons": "nodes.score.output.value > vars.threshold && input.region == 'eu' && nodes.list.output.count >= 3",
    "a list in it": "nodes.score.output.value > 0.8 && input.region in ['eu', 'us']",
    "over 20 rows": "nodes.list.output.rows.all(row, row.price > 0 && row.name != '')",
}
ROUNDS, EVALUATIONS = 50, 1000


@dataclass(frozen=True, slots=True)
class Evaluated:
    """Microseconds for one evaluation: the best of fifty rounds, which another process disturbs least."""

    guard: str
    scope: str
    microseconds: float


def evaluating() -> list[Evaluated]:
    """Each guard over each scope."""
    scopes = {"3 nodes": scope_of(1), "1 MB, 200 nodes": scope_of(198)}
    return [
        Evaluated(guard, name, round(best(source, scope), 2))
        for guard, source in GUARDS.items()
        for name, scope in scopes.items()
    ]


def scope_of(others: int) -> Scope:
    """What a guard sees: two nodes that it reads, and others with 5 kB of output each."""
    nodes: dict[str, Json] = {
        f"n{place}": {"status": "completed", "output": {"text": "x" * 5000}} for place in range(others)
    }
    nodes["score"] = {"status": "completed", "output": {"value": 0.9}}
    nodes["list"] = {"status": "completed", "output": {"count": 3, "rows": [{"name": "a", "price": 7}] * 20}}
    return Scope({"nodes": nodes, "vars": {"threshold": 0.8}, "input": {"region": "eu"}})


def best(source: str, scope: Scope) -> float:
    """Microseconds, when nothing else was in the way."""
    tree = parse(source)
    assert evaluate(tree, scope) is True
    seconds: list[float] = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(EVALUATIONS):
            evaluate(tree, scope)
        seconds.append(time.perf_counter() - began)
    return min(seconds) / EVALUATIONS * 1e6
