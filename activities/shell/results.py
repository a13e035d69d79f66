"""What a node made, before anybody relies on it: JSON that Postgres keeps, of the promised shape."""

import json
import re
from collections.abc import Callable
from typing import Any

from activities.kind import NodeError
from interpreter.messages import FactValue, Failure
from interpreter.plan.model import Plan, PlannedNode
from interpreter.rules import FactTooLarge, facts_over
from interpreter.rules.acceptance import accept_refusal, schema_refusal
from interpreter.values import Json, canonical
from plait.values.schema import compiled

INTEGERS = range(-(2**63), 2**64)
DEPTH = 128

_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_LONG_NUMBER = re.compile(r"\d{19}")


def normalised(value: Any) -> Json:
    """The value as JSON has it, so that it reads back as it was. Raises NodeError for what JSON or
    Postgres does not have: NaN, lone surrogates, the character U+0000, integers over 64 bits.
    """
    try:
        text = canonical(value)
        text.encode()
    except UnicodeEncodeError:
        raise _refused("text with half a surrogate pair in it") from None
    except RecursionError:
        raise _refused(f"lists or objects more than {DEPTH} levels deep") from None
    except ValueError as error:
        raise _refused("itself" if "Circular" in str(error) else "NaN or an infinite number") from None
    except TypeError as error:
        raise _refused(f"something that JSON does not have ({error})") from None
    if "\\u0000" in text and _NUL.search(text):
        raise _refused("the character U+0000")
    result = json.loads(text)
    if _LONG_NUMBER.search(text) or text.count("[") + text.count("{") > DEPTH:
        _check(result)
    return result


def fits_schema(node: PlannedNode, output: Json) -> None:
    """Hold the output against `output_schema`. Raises NodeError."""
    _raise(schema_refusal(node, output, lambda schema, value: compiled(schema).violations(value)))


def accepted(node: PlannedNode, output: Json, names: dict[str, Any]) -> None:
    """Ask `accept` about the output. Raises NodeError."""
    _raise(accept_refusal(node, output, names))


def facts_of(plan: Plan, node: PlannedNode, entry: dict[str, Any]) -> dict[str, FactValue]:
    """The facts over what the node came to. Raises NodeError when a guard reads too much of it."""
    return fitting(lambda: facts_over(node.facts, {"vars": plan.document.vars, "nodes": {node.id: entry}}))


def fitting(computed: Callable[[], dict[int, FactValue]]) -> dict[str, FactValue]:
    """Facts by the text of their ids. Raises NodeError like `facts_of`."""
    try:
        return {str(fact): value for fact, value in computed().items()}
    except FactTooLarge as error:
        details = {"expression": error.text}
        raise NodeError("FactTooLarge", str(error), category="input", details=details) from None


def _raise(refusal: Failure | None) -> None:
    if refusal is not None:
        raise NodeError(
            refusal.type,
            refusal.message,
            category=refusal.category,
            retryable=refusal.retryable,
            details=refusal.details,
        )


def _check(value: Json, depth: int = 0) -> None:
    if depth > DEPTH:
        raise _refused(f"lists or objects more than {DEPTH} levels deep")
    if isinstance(value, dict):
        for part in value.values():
            _check(part, depth + 1)
    elif isinstance(value, list):
        for part in value:
            _check(part, depth + 1)
    elif isinstance(value, int) and value not in INTEGERS:
        raise _refused("an integer over 64 bits")


def _refused(what: str) -> NodeError:
    return NodeError("OutputInvalid", f"the output holds {what}, which cannot be stored", category="external")
