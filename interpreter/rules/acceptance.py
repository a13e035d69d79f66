"""Whether an output is taken: by the node's `output_schema`, then by its `accept`.

The validator of JSON Schema is handed in, so that the worker and the simulator refuse the same with
the same words, and the core stays without one.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from interpreter.expressions import ExpressionError, Scope, evaluate, parse
from interpreter.messages import Failure
from interpreter.plan.model import PlannedNode
from interpreter.values import Json

Violations = Callable[[Mapping[str, Any], Json], Sequence[object]]
"""What is wrong with a value by a schema, each as a sentence without the value; nothing when it fits."""


def schema_refusal(node: PlannedNode, output: Json, violations: Violations) -> Failure | None:
    """Why the output does not fit `output_schema`, if it does not."""
    schema = node.node.output_schema
    if schema is False:
        return Failure("OutputInvalid", "`output_schema` is false: no output fits it", "external")
    if not isinstance(schema, dict) or not (found := [str(each) for each in violations(schema, output)]):
        return None
    message = "the output does not fit `output_schema`: " + "; ".join(found[:5])
    return Failure("OutputInvalid", message, "external", retryable=True, details={"problems": found})


def accept_refusal(node: PlannedNode, output: Json, names: Mapping[str, Json]) -> Failure | None:
    """Why `accept` refuses the output, if it does. `names` are those that the node may read."""
    accept = node.node.accept
    if accept is None:
        return None
    try:
        verdict = evaluate(parse(accept), Scope({**names, "output": output})) if isinstance(accept, str) else accept
    except ExpressionError as error:
        return Failure("ExpressionError", f"{error} in accept", "input")
    if not isinstance(verdict, bool):
        return Failure("ExpressionError", "`accept` must be true or false", "input")
    if verdict:
        return None
    return Failure("NotAccepted", "`accept` refused the output", "external", retryable=True, details={"output": output})
