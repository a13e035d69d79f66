"""The values of nodes, items and laps that need no activity while all that they read is at hand."""

from collections.abc import Iterable, Sequence
from typing import Any

from interpreter.expressions import ExpressionError, Prepared, resolve_value
from interpreter.expressions.templates import PlainValue, PreparedObject
from interpreter.messages import FactValue, Failure, Result
from interpreter.plan.model import FactSpec, Outer, Region, Value
from interpreter.rules.evaluate import View, expression_failure, facts_of, scope_of
from interpreter.rules.facts import FactTooLarge, facts_of_lap, facts_over
from interpreter.state import NodeStatus, Scope
from interpreter.values import Json, canonical, digest

NOTHING = PlainValue(None)
SMALL = 4096
"""Bytes of a value that the workflow may make and record by itself; a larger one is an activity's."""


def at_hand(view: View) -> bool:
    """Whether the workflow holds all that the value reads, of a node or at the end of a scope."""
    value, reads, outer, _ = _asked(view)
    if not value.inline:
        return False
    held = facts_of(view.turn, reads, value.facts, outer)
    missing = {fact for fact in value.facts if fact not in held}
    return not missing or not any(spec.id in missing for spec in _with_values(view, reads, outer))


def _asked(view: View) -> tuple[Value, tuple[int, ...], tuple[Outer, ...], str]:
    """The value that the view is for, the nodes that it reads, and how people know it."""
    if view.node is None:
        region = view.plan
        return region.output, region.output_reads, region.output_outer, "output"
    planned = view.plan.nodes[view.node]
    return planned.value, planned.reads, planned.outer, planned.id


def _with_values(view: View, reads: Iterable[int], outer: Iterable[Outer]) -> Iterable[FactSpec]:
    """The facts whose source has a value: one that is missing did not fit."""
    run, whole = view.turn.run, view.turn.whole
    chain = list(run.around(view.state))
    for scope in chain:
        yield from whole.region(scope.region).given
    places = [(chain[0], index) for index in reads] + [(chain[up], index) for up, index in outer]
    for scope, index in places:
        if scope.nodes[index].has_output:
            yield from whole.region(scope.region).nodes[index].facts


def value_of(view: View) -> Json | Failure:
    """The value, or the ExpressionError that it fails with."""
    value, reads, _, _ = _asked(view)
    if not isinstance(value.prepared, str):
        return resolved(view, value.prepared or NOTHING)
    sources = reads if view.node is None else arrived(view.plan, view.state, view.node)
    return merged(value.prepared, _outputs(view, value, sources))


def resolved(view: View, prepared: Prepared) -> Json | Failure:
    """A prepared value, or the ExpressionError that it fails with."""
    value, reads, outer, name = _asked(view)
    try:
        return resolve_value(prepared, scope_of(view, reads, value.facts, outer), view.fuel)
    except ExpressionError as error:
        return expression_failure(error.message, ".".join(map(str, error.path)) or name)


def parameter(prepared: Prepared | str | None, name: str) -> Prepared:
    """One parameter out of a node's prepared `with`; null if it is not there."""
    if isinstance(prepared, PreparedObject):
        return dict(prepared.entries).get(name, NOTHING)
    assert isinstance(prepared, PlainValue)
    assert isinstance(prepared.value, dict), "`with` is an object"
    return PlainValue(prepared.value.get(name))


def arrived(plan: Region, state: Scope, node: int) -> Sequence[int]:
    """The nodes whose edges into this one were taken when it was decided, in the order in which they came."""
    return [plan.edges[edge].source for edge in state.nodes[node].arrived]


def merged(keyword: str, outputs: dict[str, Json]) -> Json:
    """Outputs as an object by id, as a list in order, or the first alone."""
    match keyword:
        case "object":
            return outputs
        case "list":
            return list(outputs.values())
        case _:
            return next(iter(outputs.values()), None)


def _outputs(view: View, value: Value, sources: Iterable[int]) -> dict[str, Any]:
    """The outputs of those nodes that completed, by id."""
    plan, state = view.plan, view.state
    outputs: dict[str, Any] = {}
    for source in sources:
        known, planned = state.nodes[source], plan.nodes[source]
        if known.status is NodeStatus.COMPLETED:
            wanted = {spec.id for spec in planned.facts if spec.text == f"nodes.{planned.id}.output"}
            outputs[planned.id] = next(known.facts[fact][1] for fact in value.facts if fact in wanted)
    return outputs


def result_of(view: View, value: Json) -> Result | Failure | None:
    """What is held of a value that the workflow made; None if it is too large to be made here."""
    text = canonical(value)
    size = len(text.encode())
    if size > SMALL:
        return None
    try:
        return Result(size, digest(text), _facts_of(view, value))
    except FactTooLarge as error:
        return Failure("FactTooLarge", str(error), "input", details={"expression": error.text})


def _facts_of(view: View, value: Json) -> dict[int, FactValue]:
    """Those that somebody needs of it: of a node's value, or of a lap's; of an item's nobody needs any."""
    turn, plan, constants = view.turn, view.plan, {"vars": view.turn.whole.document.vars}
    if view.node is not None:
        planned = plan.nodes[view.node]
        return facts_over(planned.facts, {**constants, "nodes": {planned.id: {"output": value}}})
    if plan.until is None:
        return {}
    return facts_of_lap(plan, turn.outside().plan.nodes[view.state.owner], view.state.key, value, constants)
