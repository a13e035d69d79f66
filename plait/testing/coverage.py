"""Which edges, cases and outcomes of a workflow its cases took, and by name those that none did."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from interpreter.catalogue import Behaviour
from interpreter.plan.model import Plan, PlannedEdge
from interpreter.rules.outcomes import UNHANDLED
from interpreter.simulate import Simulation

UNTAKEN = {failure: outcome for outcome, failure in UNHANDLED.items()}
"""The outcome of a node that failed because no edge takes it."""
OF_TIME = frozenset({"expired", "timeout"})
DECIDING: frozenset[Behaviour] = frozenset({"condition", "gate", "event", "loop"})
"""What ends in one of several outcomes, each of which wants a case."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What one workflow has to try, and what of it nobody tried; names as people read them."""

    workflow: str
    total: int
    missed: tuple[str, ...]

    @property
    def taken(self) -> int:
        """How many were tried."""
        return self.total - len(self.missed)

    @property
    def percent(self) -> float:
        """Of a workflow in which nothing is to be tried, everything was."""
        return 100.0 * self.taken / self.total if self.total else 100.0


def coverage_of(workflow: str, plan: Plan, simulations: Iterable[Simulation]) -> Coverage:
    """What all these runs of one workflow took together."""
    possible = {**dict(edges_in(plan)), **dict(outcomes_in(plan))}
    taken = {key for found in simulations for key in taken_by(found)}
    taken |= set(through_forks(plan, taken))
    return Coverage(workflow, len(possible), tuple(name for key, name in possible.items() if key not in taken))


def edges_in(plan: Plan) -> Iterator[tuple[tuple[str, str, str], str]]:
    """Every edge: between two nodes there is at most one."""
    for region in plan.regions:
        for edge in region.edges:
            source, target = region.nodes[edge.source].id, region.nodes[edge.target].id
            yield ("edge", source, target), f"edge {source} → {target}{_label(edge)}"


def outcomes_in(plan: Plan) -> Iterator[tuple[tuple[str, str, str], str]]:
    """Every case of a condition, every outcome of a gate, an event or a loop; those of time only where it is limited.

    What an agent does inside is its model's to decide, and nothing that a document says.
    """
    written = (node for region in plan.regions for node in region.nodes if node.step is None)
    for node in (node for node in written if node.behaviour in DECIDING):
        kind = "case" if node.behaviour == "condition" else "outcome"
        for outcome in node.outcomes:
            if outcome not in OF_TIME or node.node.timeout is not None:
                yield ("outcome", node.id, outcome), f"{kind} {node.id}: {outcome}"


def taken_by(found: Simulation) -> Iterator[tuple[str, str, str]]:
    """What one run took."""
    for source, target in found.taken:
        yield "edge", source, target
    for step in found.path:
        outcome = UNTAKEN.get(step.error.type) if step.error else step.outcome
        if outcome is not None:
            yield "outcome", step.node, outcome


def through_forks(plan: Plan, taken: set[tuple[str, str, str]]) -> Iterator[tuple[str, str, str]]:
    """A `parallel` in a body tells nothing of itself: where one was left, what leads into it was taken."""
    left = {source for kind, source, _ in taken if kind == "edge"}
    for region in plan.regions:
        for edge in region.edges:
            target = region.nodes[edge.target]
            if target.behaviour == "parallel" and target.id in left:
                yield "edge", region.nodes[edge.source].id, target.id


def _label(edge: PlannedEdge) -> str:
    on = " ".join(sorted(edge.on))
    return "" if on == "success" else f" ({on})"
