"""What the workflow evaluates itself: guards, and the values of nodes that need no activity.

It holds no values: what an expression reads of one stands in it as a fact.
"""

from dataclasses import dataclass, field
from typing import Any

from interpreter.expressions import ExpressionError, Fuel, Scope, evaluate
from interpreter.messages import FactValue, Failure
from interpreter.plan.model import Guard, Plan
from interpreter.state import FINAL_NODE, NodeState, RunState

STEPS = 100_000
"""The steps that the expressions of one node may take together."""


@dataclass(slots=True)
class View:
    """What the expressions of one node may see, and the budget that they share.

    `failure` is one that the node is about to have, for the guards of its error edges.
    """

    plan: Plan
    state: RunState
    node: int
    failure: Failure | None = None
    budget: int = STEPS
    fuel: Fuel = field(init=False)

    def __post_init__(self) -> None:
        self.fuel = Fuel(self.budget)

    @property
    def spent(self) -> int:
        """The steps taken."""
        return self.budget - self.fuel.steps


def holds(guard: Guard, view: View) -> bool | Failure:
    """Whether a guard is true, or the ExpressionError that it fails with."""
    try:
        found = evaluate(guard.tree, scope_of(view, guard.nodes, guard.facts), view.fuel)
    except ExpressionError as error:
        return expression_failure(str(error), guard.source)
    if isinstance(found, bool):
        return found
    return expression_failure("a guard must be true or false", guard.source)


def expression_failure(message: str, source: str) -> Failure:
    """An expression that has no value for this data. The value itself is never told."""
    return Failure("ExpressionError", f"{message}: {source}", "input", details={"expression": source})


def scope_of(view: View, nodes: tuple[int, ...], facts: tuple[int, ...]) -> Scope:
    """The names an expression may use. What had not settled is absent, and so are all values."""
    plan, state = view.plan, view.state
    named = {plan.nodes[index].id: entry for index in nodes if (entry := _entry_of(view, index))}
    arrived = [
        {"id": plan.nodes[source].id, "outcome": state.nodes[source].outcome}
        for source in (plan.edges[edge].source for edge in state.nodes[view.node].arrived)
    ]
    names = {"vars": plan.document.vars, "env": state.env, "run": state.run, "nodes": named, "arrived": arrived}
    return Scope(names, facts_of(state, nodes, facts))


def facts_of(state: RunState, nodes: tuple[int, ...], facts: tuple[int, ...]) -> dict[int, FactValue]:
    """Those of the facts that are held. The others' sources did not come to a value."""
    held: dict[int, FactValue] = {}
    wanted = frozenset(facts)
    for known in (state.input_facts, *(state.nodes[index].facts for index in nodes)):
        # The shorter of both is gone through: one source may have a fact for each of many readers.
        few = known if len(known) < len(wanted) else facts
        for fact in few:
            if fact in wanted and fact in known:
                held[fact] = known[fact]
    return held


def _entry_of(view: View, node: int) -> dict[str, Any] | None:
    known = view.state.nodes[node]
    if node == view.node and view.failure is not None:
        return {"status": "failed", "outcome": "error", "error": error_of(view.failure)}
    return entry_of(known) if known.status in FINAL_NODE else None


def entry_of(known: NodeState) -> dict[str, Any]:
    """What `nodes.<id>` says of a node that ended, without its values."""
    entry: dict[str, Any] = {"status": str(known.status)}
    if known.outcome is not None:
        entry["outcome"] = known.outcome
    if known.failure is not None:
        entry["error"] = error_of(known.failure)
    return entry


def error_of(failure: Failure) -> dict[str, Any]:
    """What `nodes.<id>.error` is; its details may also be named directly, as `error.limit`."""
    return {
        **failure.details,
        "type": failure.type,
        "message": failure.message,
        "category": failure.category,
        "node": failure.node,
        "attempt": failure.attempt,
        "retryable": failure.retryable,
        "details": failure.details,
    }
