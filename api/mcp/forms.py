"""A gate as a question to a client's user, and the user's answer as a decision. Forms of clients are flat: a gate's
form is asked field by field where it is flat too, and else as one text of JSON.
"""

from typing import Any

import orjson

from api.gates.schemas import Decide, Gate
from interpreter.problems import Problem
from plait.errors import Invalid

FLAT = ("string", "number", "integer", "boolean")
FIELD = "form."
WHOLE = "form"


def question_of(gate: Gate) -> dict[str, Any]:
    """The gate as `elicitation/create`."""
    said = [gate.title, gate.instructions or "", *(f"{each.label}: {text_of(each.value)}" for each in gate.show)]
    fields: dict[str, Any] = {"decision": {"type": "string", "title": "Decision", "enum": gate.outcomes}}
    fields |= fields_of(gate) | {"comment": {"type": "string", "title": "Comment"}}
    schema = {"type": "object", "properties": fields, "required": ["decision"]}
    message = "\n".join(line for line in said if line)
    return {"method": "elicitation/create", "params": {"mode": "form", "message": message, "requestedSchema": schema}}


def text_of(value: Any) -> str:
    """A value as a person reads it."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def fields_of(gate: Gate) -> dict[str, Any]:
    """What the gate's form asks, as flat fields."""
    if gate.form_schema is None:
        return {}
    if not is_flat(gate.form_schema):
        told = f"JSON of this schema: {text_of(gate.form_schema)}"
        return {WHOLE: {"type": "string", "title": "Form", "description": told}}
    return {f"{FIELD}{name}": schema for name, schema in gate.form_schema["properties"].items()}


def is_flat(schema: dict[str, Any]) -> bool:
    """Whether a form has nothing but texts, numbers and yes or no."""
    fields = schema.get("properties", {}).values()
    return bool(fields) and all(isinstance(each, dict) and each.get("type") in FLAT for each in fields)


def decision_in(response: Any, gate: Gate) -> Decide | None:
    """The decision that an answer is; None for no answer. Raises Invalid for one that cannot be read."""
    if not isinstance(response, dict) or response.get("action") != "accept":
        return None
    content = response.get("content")
    if not isinstance(content, dict) or not isinstance(content.get("decision"), str):
        raise unreadable("decision", f"Say one of {', '.join(gate.outcomes)}.")
    comment = content.get("comment")
    return Decide(
        decision=content["decision"][:100] or "?",
        form=form_in(content, gate),
        comment=comment[:4000] if isinstance(comment, str) else None,
    )


def form_in(content: dict[str, Any], gate: Gate) -> Any:
    """What was answered to the gate's form."""
    if gate.form_schema is None:
        return None
    if is_flat(gate.form_schema):
        return {name.removeprefix(FIELD): each for name, each in content.items() if name.startswith(FIELD)}
    try:
        return orjson.loads(content.get(WHOLE) or "{}")
    except (orjson.JSONDecodeError, TypeError):
        raise unreadable(WHOLE, "Answer the form with JSON.") from None


def unreadable(field: str, mend: str) -> Invalid:
    """An answer that is no decision."""
    message = f"The field `{field}` cannot be read."
    return Invalid(
        f"{message} {mend}", code="form_invalid", problems=[Problem("form_invalid", message, (field,), fix=mend)]
    )
