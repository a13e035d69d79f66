"""The parameters of a node type as JSON Schema."""

from interpreter.catalogue import NodeType, Parameter, ParameterType
from plait.language.values import DURATION, EXPRESSION, OUTCOME, TEMPLATE, JsonSchema, or_null
from plait.language.words import PARAMETERS

JSON_TYPES: dict[ParameterType, JsonSchema] = {
    "any": {},
    "string": {"type": "string"},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "object": {"type": "object"},
    "list": {"type": "array"},
    "duration": DURATION,
    "expression": EXPRESSION,
}
INSIDE: dict[tuple[str, str], JsonSchema] = {
    ("condition", "cases"): {
        "minItems": 1,
        "items": {
            "type": "object",
            "required": ["name", "when"],
            "properties": {
                "name": {**OUTCOME, "description": "The outcome when the case is the first that is true."},
                "when": {**EXPRESSION, "description": "An expression that is true or false."},
            },
            "additionalProperties": False,
        },
    },
    ("condition", "default"): OUTCOME,
    ("human_gate", "show"): {
        "items": {
            "properties": {
                "label": {"description": "What stands before the value."},
                "value": {"description": "What is shown: text with `{{ … }}` in it."},
                "format": {"description": "How it is shown: text, markdown, json, table, link."},
            }
        }
    },
    ("human_gate", "outcomes"): {"items": OUTCOME},
    ("human_gate", "approvers"): {
        "type": ["array", "string"],
        "items": {"type": "string", "pattern": r"\{\{|^(user|group|role):."},
    },
    ("human_gate", "quorum"): {
        "type": ["integer", "object"],
        "minimum": 1,
        "minProperties": 1,
        "additionalProperties": {"type": "integer", "minimum": 1},
    },
    ("human_gate", "escalate"): {
        "items": {
            "properties": {
                "after": {"description": "After how long: 1d."},
                "to": {"description": "Whom: user:…, group:… or role:…."},
            }
        }
    },
    ("join", "merge"): {"examples": ["object", "list", "first"]},
    ("wait", "for"): DURATION,
    ("wait", "at"): {"type": "string", "examples": ["2026-01-31T09:00:00Z"]},
    ("loop", "max_iterations"): {"minimum": 1},
}
"""What the language itself knows of what stands inside of a parameter."""


def parameters_schema(kind: NodeType) -> JsonSchema:
    """The `with` of a type."""
    return {
        "type": "object",
        "required": [name for name, parameter in kind.parameters.items() if parameter.required],
        "properties": {name: parameter_schema(kind, name, parameter) for name, parameter in kind.parameters.items()},
        "additionalProperties": False,
    }


def parameter_schema(kind: NodeType, name: str, parameter: Parameter) -> JsonSchema:
    """One parameter. Where templates may stand, one is right whatever the type."""
    schema: JsonSchema = {**JSON_TYPES[parameter.type], **INSIDE.get((kind.name, name), {})}
    if parameter.enum:
        schema["enum"] = list(parameter.enum)
    if not parameter.literal and not takes_any_text(schema):
        schema = {"anyOf": [schema, TEMPLATE]}
    if description := PARAMETERS.get((kind.name, name), parameter.description):
        schema["description"] = description
    if parameter.secret:
        schema["x-secret"] = True
    return schema if parameter.required else or_null(schema)


def takes_any_text(schema: JsonSchema) -> bool:
    """Whether a text is right whatever it says, and so a template too."""
    return "string" in schema.get("type", "string") and not schema.keys() & {"pattern", "enum"}
