"""The values of nodes that need no activity while all that they read is at hand."""

from typing import Any

from interpreter.expressions import ExpressionError, Prepared, resolve_value
from interpreter.expressions.templates import PlainValue, PreparedObject
from interpreter.messages import Failure, Result
from interpreter.plan.model import FactSpec, PlannedNode
from interpreter.rules.evaluate import View, expression_failure, facts_of, scope_of
from interpreter.rules.facts import FactTooLarge, facts_over
from interpreter.state import NodeStatus
from interpreter.values import Json, canonical, digest

NOTHING = PlainValue(None)
SMALL = 4096
"""Bytes of a value that the workflow may make and record by itself; a larger one is an activity's."""


def at_hand(view: View) -> bool:
    """Whether the workflow holds all that the node's value reads."""
    planned = view.plan.nodes[view.node]
    if not planned.inline:
        return False
    held = facts_of(view.state, planned.reads, planned.value_facts)
    missing = {fact for fact in planned.value_facts if fact not in held}
    return not missing or not _left_out(view, planned, missing)


def _left_out(view: View, planned: PlannedNode, missing: set[int]) -> bool:
    """Whether a fact is missing whose source has a value: it did not fit."""
    sources: list[tuple[FactSpec, ...]] = [
        view.plan.nodes[node].facts for node in planned.reads if view.state.nodes[node].has_output
    ]
    return any(spec.id in missing for specs in (view.plan.input_facts, *sources) for spec in specs)


def value_of(view: View) -> Json | Failure:
    """The node's value, or the ExpressionError that it fails with."""
    planned = view.plan.nodes[view.node]
    if isinstance(planned.value, str):
        return _merged(view, planned)
    return resolved(view, planned.value or NOTHING)


def resolved(view: View, prepared: Prepared) -> Json | Failure:
    """A prepared value of the node, or the ExpressionError that it fails with."""
    planned = view.plan.nodes[view.node]
    try:
        return resolve_value(prepared, scope_of(view, planned.reads, planned.value_facts), view.fuel)
    except ExpressionError as error:
        return expression_failure(error.message, ".".join(map(str, error.path)) or planned.id)


def parameter(prepared: Prepared | str | None, name: str) -> Prepared:
    """One parameter out of a node's prepared `with`; null if it is not there."""
    if isinstance(prepared, PreparedObject):
        return dict(prepared.entries).get(name, NOTHING)
    assert isinstance(prepared, PlainValue)
    assert isinstance(prepared.value, dict), "`with` is an object"
    return PlainValue(prepared.value.get(name))


def _merged(view: View, planned: PlannedNode) -> Json:
    """The outputs that arrived, as an object by id, as a list in order, or the first alone."""
    outputs = _arrived_outputs(view, planned)
    match planned.value:
        case "object":
            return outputs
        case "list":
            return list(outputs.values())
        case _:
            return next(iter(outputs.values()), None)


def _arrived_outputs(view: View, planned: PlannedNode) -> dict[str, Any]:
    plan, state = view.plan, view.state
    outputs: dict[str, Any] = {}
    for edge in state.nodes[view.node].arrived:
        source = plan.edges[edge].source
        known = state.nodes[source]
        if known.status is NodeStatus.COMPLETED:
            wanted = {
                spec.id for spec in plan.nodes[source].facts if spec.text == f"nodes.{plan.nodes[source].id}.output"
            }
            outputs[plan.nodes[source].id] = next(
                known.facts[fact][1] for fact in planned.value_facts if fact in wanted
            )
    return outputs


def result_of(view: View, value: Json) -> Result | Failure | None:
    """What is held of a value that the workflow made; None if it is too large to be made here."""
    text = canonical(value)
    size = len(text.encode())
    if size > SMALL:
        return None
    plan, planned = view.plan, view.plan.nodes[view.node]
    names = {"vars": plan.document.vars, "nodes": {planned.id: {"output": value}}}
    try:
        return Result(size, digest(text), facts_over(planned.facts, names))
    except FactTooLarge as error:
        return Failure("FactTooLarge", str(error), "input", details={"expression": error.text})
