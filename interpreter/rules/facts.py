"""Facts over a value, computed where the value was produced: by an activity, or by the rules."""

from collections.abc import Mapping, Sequence

from interpreter.expressions import ExpressionError, Fuel, FuelExhausted, Scope, Unresolved, evaluate
from interpreter.messages import FactValue
from interpreter.plan.model import FactSpec, PlannedNode, Region
from interpreter.values import Json, canonical

LIMIT = 4096
"""Bytes of one fact, and of all those of a value together that may be left out."""


class FactTooLarge(Exception):
    """A guard reads more of a value than the workflow can hold: the node that produced it fails."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(text)

    def __str__(self) -> str:
        return f"what `{self.text}` comes to is over {LIMIT} bytes: compare a part of it, or its size()"


def facts_over(specs: Sequence[FactSpec], names: Mapping[str, Json]) -> dict[int, FactValue]:
    """The facts of one source. `names` has `vars`, and the source under `input` or `nodes.<id>`.

    Those that are not required are left out where they do not fit. Raises FactTooLarge.
    """
    scope, room = Scope(names), LIMIT
    facts: dict[int, FactValue] = {}
    for spec in specs:
        fact = _fact(spec, scope)
        size = _size(fact[1])
        if spec.required and size > LIMIT:
            raise FactTooLarge(spec.text)
        if not spec.required:
            if size > room:
                continue
            room -= size
        facts[spec.id] = fact
    return facts


def facts_of_lap(
    body: Region, loop: PlannedNode, lap: int, output: Json, constants: Mapping[str, Json]
) -> dict[int, FactValue]:
    """Of a lap's output the facts that the next lap needs, and those over the loop itself: it may be its last lap.

    `constants` has `vars`. Raises FactTooLarge.
    """
    entry = {"output": output, "meta": {"laps": lap}}
    given = facts_over(body.given, {**constants, "prev": output})
    return given | facts_over(loop.facts, {**constants, "nodes": {loop.id: entry}})


def _fact(spec: FactSpec, scope: Scope) -> FactValue:
    try:
        return "value", evaluate(spec.expression, scope)
    except Unresolved as error:
        return "absent", error.message
    except ExpressionError as error:
        return "error", error.message


def _size(value: Json) -> int:
    """Bytes as JSON, or simply too many: a large value is not written out to learn that."""
    try:
        Fuel(size=17 * LIMIT).measure(value)
    except FuelExhausted:
        return 2 * LIMIT
    return len(canonical(value).encode())
