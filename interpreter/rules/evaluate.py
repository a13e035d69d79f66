"""What the workflow evaluates itself: guards, and the values of nodes that need no activity.

It holds no values: what an expression reads of one stands in it as a fact.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from interpreter.expressions import ExpressionError, Fuel, Scope, evaluate
from interpreter.messages import FactValue, Failure
from interpreter.plan.model import Guard, Outer, Region
from interpreter.rules.turn import Turn
from interpreter.state import FINAL_NODE, NodeState
from interpreter.state import Scope as Instance
from interpreter.values import Json

STEPS = 100_000
"""The steps that the expressions of one node may take together."""
NOTHING: tuple[Outer, ...] = ()


@dataclass(slots=True)
class View:
    """What the expressions of one node may see, and the budget that they share.

    `node` None is the view of a scope at its end. `failure` is one that the node is about to have, for
    the guards of its error edges.
    """

    turn: Turn
    node: int | None
    failure: Failure | None = None
    budget: int = STEPS
    _fuel: Fuel | None = None

    @property
    def fuel(self) -> Fuel:
        """What is left of the budget; most nodes have nothing to evaluate, and need none."""
        if self._fuel is None:
            self._fuel = Fuel(self.budget)
        return self._fuel

    @property
    def plan(self) -> Region:
        return self.turn.plan

    @property
    def state(self) -> Instance:
        return self.turn.state

    @property
    def spent(self) -> int:
        """The steps taken."""
        return 0 if self._fuel is None else self.budget - self._fuel.steps


def holds(guard: Guard, view: View) -> bool | Failure:
    """Whether a guard is true, or the ExpressionError that it fails with."""
    found = value_of_guard(guard, view)
    if isinstance(found, bool | Failure):
        return found
    return expression_failure("a guard must be true or false", guard.source)


def value_of_guard(guard: Guard, view: View) -> Json | Failure:
    """What an expression that decides something comes to, or the ExpressionError that it fails with."""
    try:
        return evaluate(guard.tree, scope_of(view, guard.nodes, guard.facts, guard.outer), view.fuel)
    except ExpressionError as error:
        return expression_failure(str(error), guard.source)


def expression_failure(message: str, source: str) -> Failure:
    """An expression that has no value for this data. The value itself is never told."""
    return Failure("ExpressionError", f"{message}: {source}", "input", details={"expression": source})


def scope_of(view: View, nodes: Iterable[int], facts: tuple[int, ...], outer: tuple[Outer, ...] = NOTHING) -> Scope:
    """The names an expression may use. What had not settled is absent, and so are all values."""
    turn, plan, state = view.turn, view.plan, view.state
    named = {plan.nodes[index].id: entry for index in nodes if (entry := _entry_of(view, index))}
    named |= {region.nodes[index].id: entry_of(known) for region, index, known in _outer(turn, outer)}
    names = {"vars": turn.whole.document.vars, "env": turn.run.env, "run": turn.run.run, "nodes": named, **state.names}
    if view.node is not None:
        names["arrived"] = [
            {"id": plan.nodes[source].id, "outcome": state.nodes[source].outcome}
            for source in (plan.edges[edge].source for edge in state.nodes[view.node].arrived)
        ]
    return Scope(names, facts_of(turn, nodes, facts, outer))


def facts_of(
    turn: Turn, nodes: Iterable[int], facts: tuple[int, ...], outer: tuple[Outer, ...] = NOTHING
) -> dict[int, FactValue]:
    """Those of the facts that are held. The others' sources did not come to a value."""
    held: dict[int, FactValue] = {}
    if not facts:
        return held
    wanted = frozenset(facts)
    sources = [turn.state.facts, *(turn.state.nodes[index].facts for index in nodes)]
    if turn.state.id:
        sources += (around.facts for around in turn.run.around(turn.state))
        sources += (known.facts for _, _, known in _outer(turn, outer))
    for known in sources:
        # The shorter of both is gone through: one source may have a fact for each of many readers.
        few = known if len(known) < len(wanted) else facts
        for fact in few:
            if fact in wanted and fact in known:
                held[fact] = known[fact]
    return held


def _outer(turn: Turn, outer: tuple[Outer, ...]) -> Iterable[tuple[Region, int, NodeState]]:
    """Those nodes of the scopes around this one that had ended when what repeats this one was decided."""
    if not outer:
        return
    chain = list(turn.run.around(turn.state))
    for up, index in outer:
        around = chain[up]
        if index not in around.nodes[chain[up - 1].owner].unseen:
            yield turn.whole.region(around.region), index, around.nodes[index]


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
