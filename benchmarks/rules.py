"""How many nodes the rules decide in a second, alone and in a simulation; and whether that holds for large runs."""

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.shapes import CATALOGUE, Shape, chain, diamonds, fan_out
from interpreter.document.model import Document
from interpreter.plan.build import build_plan
from interpreter.plan.model import Plan
from interpreter.simulate import simulate
from tests.support.driving import drive

ROUNDS = 5
SMALL, LARGE = 100, 10_000


@dataclass(frozen=True, slots=True)
class Decided:
    """Nodes a second of processor time, the best of five; `to_small` is the cost of a node to that in the small run."""

    case: str
    nodes: int
    rules: int
    simulation: int
    to_small: float | None
    longest_call_ms: float


def deciding() -> Iterator[Decided]:
    """Chains, fan-outs and diamonds of a hundred and of ten thousand nodes; maps over as many items."""
    shapes: list[tuple[str, Callable[[int], Plan]]] = [
        ("chain", lambda size: _plan(chain(size))),
        ("fan-out", lambda size: _plan(fan_out(size - 1))),
        ("diamonds", lambda size: _plan(diamonds(size // 10, 10) if size == SMALL else diamonds(size // 100, 100))),
        ("map", lambda _: _map()),
    ]
    for name, of in shapes:
        small = None
        for size in (SMALL, LARGE):
            plan, items = of(size), size if name == "map" else 0
            rules, longest = _decided(plan, items)
            to_small = None if small is None else round(small / rules, 2)
            small = small or rules
            yield Decided(name, size, round(rules), round(size / _simulated(plan, items)), to_small, round(longest, 1))


def _decided(plan: Plan, items: int) -> tuple[float, float]:
    rounds = ROUNDS if items or len(plan.nodes) > SMALL else 20 * ROUNDS
    runs = [drive(plan, items=items) for _ in range(rounds)]
    best = max(runs, key=lambda run: run.started / run.seconds)
    return best.started / best.seconds, 1_000 * statistics.median(run.longest for run in runs)


def _simulated(plan: Plan, items: int) -> float:
    seconds: list[float] = []
    for _ in range(ROUNDS):
        began = time.process_time()
        simulate(plan, {"items": [0] * items})
        seconds.append(time.process_time() - began)
    return min(seconds)


def _plan(shape: Shape) -> Plan:
    return build_plan(shape.document(), CATALOGUE, "")


def _map() -> Plan:
    work = {"id": "work", "type": "tool_call", "with": {"tool": "noop", "args": {}}}
    each = {"id": "each", "type": "map", "with": {"items": "input.items", "nodes": [work], "edges": []}}
    document = {"plait": 1, "slug": "map", "nodes": [each], "edges": []}
    return build_plan(Document.model_validate(document), CATALOGUE, "")
