"""The whole schema: the models, and for each node type what it takes."""

from collections.abc import Iterator

import orjson

from interpreter.catalogue import TASK_FIELDS, Catalogue, NodeType
from interpreter.document.model import REPEATING
from plait.language.models import model_schemas
from plait.language.parameters import parameters_schema
from plait.language.tools import arguments_schema
from plait.language.values import TEMPLATE, JsonSchema

DRAFT = "https://json-schema.org/draft/2020-12/schema"
MEDIA_TYPE = "application/schema+json"
GRAPH: JsonSchema = {
    "if": {"required": ["chain"]},
    "then": {"properties": {"chain": {"minItems": 1}, "nodes": False, "edges": False}},
    "else": {"required": ["nodes"], "properties": {"nodes": {"minItems": 1}}},
}
"""`chain`, or `nodes` with `edges`."""


def workflow_schema(catalogue: Catalogue) -> JsonSchema:
    """The schema of documents that name what is in the catalogue; of tools any, where it has none."""
    parts = model_schemas()
    document = parts.pop("Document")
    kinds = [catalogue.node_types[name] for name in sorted(catalogue.node_types)]
    parts["Node"] = node_schema(parts["Node"], kinds)
    parts["Compensation"] = compensation_schema(parts["Compensation"], kinds)
    parts |= {f"with.{kind.name}": with_schema(kind, parts["Node"], catalogue) for kind in kinds}
    parts |= {
        f"args.{name}": arguments_schema(tool, f"#/$defs/args.{name}") for name, tool in sorted(catalogue.tools.items())
    }
    return {
        "$schema": DRAFT,
        "title": "Plait workflow",
        "description": "A workflow of Plait: a graph of steps, stored as one document.",
        **document,
        **GRAPH,
        "$defs": parts,
    }


def schema_text(catalogue: Catalogue) -> bytes:
    """The schema as it is stored and sent."""
    return orjson.dumps(workflow_schema(catalogue), option=orjson.OPT_INDENT_2) + b"\n"


def node_schema(node: JsonSchema, kinds: list[NodeType]) -> JsonSchema:
    """A node: what all have, and by its type its parameters and the fields that it does not take."""
    properties = {**node["properties"], "type": named(kinds, node["properties"]["type"]["description"])}
    return {**node, "properties": properties, "allOf": [{"if": of_type(kind), "then": taken(kind)} for kind in kinds]}


def compensation_schema(compensation: JsonSchema, kinds: list[NodeType]) -> JsonSchema:
    """What undoes: a type that runs as an activity, with its parameters."""
    undoing = [kind for kind in kinds if kind.behaviour == "activity"]
    properties = {
        **compensation["properties"],
        "type": named(undoing, compensation["properties"]["type"]["description"]),
    }
    return {
        **compensation,
        "properties": properties,
        "allOf": [{"if": of_type(kind), "then": with_of(kind)} for kind in undoing],
    }


def named(kinds: list[NodeType], description: str) -> JsonSchema:
    """One of these types; editors show what each does."""
    return {
        "type": "string",
        "enum": [kind.name for kind in kinds],
        "enumDescriptions": [kind.description for kind in kinds],
        "description": description,
    }


def of_type(kind: NodeType) -> JsonSchema:
    """What is of this type."""
    return {"properties": {"type": {"const": kind.name}}, "required": ["type"]}


def taken(kind: NodeType) -> JsonSchema:
    """What a node of this type has besides what all have."""
    found = with_of(kind)
    refused = {
        field: {"type": "null", "errorMessage": f"A {kind.name} takes no {field}.", "doNotSuggest": True}
        for field in TASK_FIELDS
        if field not in kind.fields
    }
    return {**found, "properties": {**found["properties"], **refused}}


def with_of(kind: NodeType) -> JsonSchema:
    """The parameters of this type; `with` may be left out where none is required."""
    required = any(parameter.required for parameter in kind.parameters.values()) or kind.name in REPEATING
    parameters = {"$ref": f"#/$defs/with.{kind.name}"}
    return {"properties": {"with": parameters}, **({"required": ["with"]} if required else {})}


def with_schema(kind: NodeType, node: JsonSchema, catalogue: Catalogue) -> JsonSchema:
    """The parameters of a type; a body holds nodes and edges, arguments fit the tool that is called."""
    schema = {"description": node["properties"]["with"]["description"], **parameters_schema(kind)}
    if kind.name in REPEATING:
        steps = {"type": "array", "items": {"$ref": "#/$defs/Node"}}
        body = {"nodes": steps, "chain": steps, "edges": {"type": "array", "items": {"$ref": "#/$defs/Edge"}}}
        told = {name: {**part, "description": kind.parameters[name].description} for name, part in body.items()}
        return {**schema, "properties": {**schema["properties"], **told}, **GRAPH}
    if kind.name == "wait":
        return {**schema, "minProperties": 1}
    if kind.name == "tool_call" and catalogue.tools:
        return {
            **schema,
            "allOf": list(calls(catalogue)),
            "properties": {**schema["properties"], "tool": tools(catalogue)},
        }
    return schema


def tools(catalogue: Catalogue) -> JsonSchema:
    """The name of a tool; editors show what each does."""
    names = sorted(catalogue.tools)
    return {
        "type": "string",
        "enum": names,
        "enumDescriptions": [catalogue.tools[name].description for name in names],
        "description": "The tool's name.",
    }


def calls(catalogue: Catalogue) -> Iterator[JsonSchema]:
    """For each tool, what its call says."""
    for name, tool in sorted(catalogue.tools.items()):
        required = {"required": ["args"]} if tool.parameters.get("required") else {}
        yield {
            "if": {"properties": {"tool": {"const": name}}, "required": ["tool"]},
            "then": {"properties": {"args": {"anyOf": [{"$ref": f"#/$defs/args.{name}"}, TEMPLATE]}}, **required},
        }
