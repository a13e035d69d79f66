"""What is wrong with the shape of a document, in plain sentences."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from interpreter.document.builder import Path
from interpreter.document.model import REPEATING, Document, Graph, Node
from interpreter.problems import PathPart, Problem

TYPES = {
    "string_type": "text",
    "int_type": "an integer",
    "int_from_float": "an integer",
    "int_parsing": "an integer",
    "float_type": "a number",
    "float_parsing": "a number",
    "number_type": "a number",
    "bool_type": "true or false",
    "dict_type": "an object",
    "mapping_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "list_type": "a list",
    "tuple_type": "a list",
}
"""Pydantic's words for a wrong type, and ours."""


def check_shape(value: Any) -> list[Problem]:
    """What concerns a graph as a whole: its steps stand in `nodes` and `edges`, or in `chain`."""
    found: list[Problem] = []
    graphs: list[tuple[Any, Path, str | None]] = [(value, (), None)]
    for graph, path, owner in graphs:
        if isinstance(graph, Mapping):
            found += _check_graph(graph, path, owner)
            graphs += _bodies_in(graph, path)
    return found


def _check_graph(graph: Mapping[str, Any], path: Path, owner: str | None) -> Iterator[Problem]:
    if "chain" in graph and ("nodes" in graph or "edges" in graph):
        fix = "Keep `chain`, or `nodes` and `edges`."
        message = "`chain` takes the place of `nodes` and `edges`"
        yield Problem("chain_and_nodes", message, (*path, "chain"), owner, fix)
    elif not graph.get("chain") and not graph.get("nodes"):
        what = "a body" if path else "a workflow"
        missing = f"`nodes` is missing: {what} has at least one node"
        yield Problem("missing_field", missing, (*path, "nodes"), owner, "Add `nodes` and `edges`, or a `chain`.")


def _bodies_in(graph: Mapping[str, Any], path: Path) -> Iterator[tuple[Any, Path, str | None]]:
    """What the nodes of a graph repeat: it, its path, and whose it is."""
    for field in ("nodes", "chain"):
        nodes = graph.get(field)
        for place, node in enumerate(nodes if isinstance(nodes, list) else ()):
            if isinstance(node, Mapping) and str(node.get("type")) in REPEATING:
                yield node.get("with", {}), (*path, field, place, "with"), _id_of(node)


def problems_of(error: ValidationError, value: Any, model: type[BaseModel] = Document) -> list[Problem]:
    """Every error as a problem. Where several types were tried for one field, they make one sentence.

    `model` is what the value was held against.
    """
    if not isinstance(value, Mapping):
        return [Problem("wrong_type", "a workflow is an object", fix="Begin with `plait: 1`.")]
    found: dict[tuple[str, Path], Problem] = {}
    expected: dict[Path, list[str]] = {}
    for details in error.errors(include_url=False, include_input=False):
        path = _path(details, value)
        if details["type"] in TYPES:
            expected.setdefault(path, []).append(TYPES[details["type"]])
            problem = _wrong_type(path, expected[path])
        else:
            problem = _problem(details, path, model)
        found[problem.code, path] = _with_node(problem, value)
    return list(found.values())


def _path(details: ErrorDetails, value: Any) -> Path:
    """The way through the document; pydantic's also names the types it tried."""
    path: Path = ()
    part: Any
    for part in details["loc"]:
        if (isinstance(value, Mapping) and part in value) or (
            isinstance(value, list) and isinstance(part, int) and part < len(value)
        ):
            value = value[part]
        else:
            return (*path, part) if details["type"] == "missing" else path
        path = (*path, part)
    return path


def _with_node(problem: Problem, value: Mapping[str, Any]) -> Problem:
    """The problem with the innermost node that it stands in."""
    part: Any = value
    field: PathPart | None = None
    found: str | None = None
    for step in problem.path:
        is_inside = (isinstance(part, Mapping) and step in part) or (isinstance(part, list) and isinstance(step, int))
        if not is_inside:
            break
        part = part[step]  # pyright: ignore[reportArgumentType, reportCallIssue]  # a key of an object or a place in a list
        if field in ("nodes", "chain") and isinstance(part, Mapping):
            found = _id_of(part)
        field = step
    return problem if found is None else replace(problem, node=found)


def _id_of(node: Mapping[str, Any]) -> str | None:
    return node["id"] if isinstance(node.get("id"), str) else None


def _wrong_type(path: Path, expected: list[str]) -> Problem:
    return Problem("wrong_type", f"{_named(path)} must be {' or '.join(dict.fromkeys(expected))}", path)


def _named(path: Path) -> str:
    names = [part for part in path if isinstance(part, str)]
    return f"`{names[-1]}`" if path[-1] == names[-1] else f"an item of `{names[-1]}`"


def _problem(details: ErrorDetails, path: Path, model: type[BaseModel]) -> Problem:
    context = details.get("ctx", {})
    match details["type"]:
        case "missing":
            return Problem("missing_field", f"{_named(path)} is missing", path, fix=f"Add `{path[-1]}`.")
        case "extra_forbidden":
            return _unknown(path, model)
        case "literal_error":
            return Problem("invalid_value", f"{_named(path)} must be {context['expected']}", path)
        case "invalid_duration" | "invalid_id" | "reserved_id" | "invalid_slug" as code:
            return Problem(code, f"{_named(path)}: {details['msg']}", path, fix=context["fix"])
        case "greater_than_equal":
            return Problem("invalid_value", f"{_named(path)} must be at least {context['ge']}", path)
        case "less_than_equal":
            return Problem("invalid_value", f"{_named(path)} must be at most {context['le']}", path)
        case _:
            return Problem("invalid_value", f"{_named(path)}: {details['msg'][:1].lower()}{details['msg'][1:]}", path)


def _unknown(path: Path, model: type[BaseModel]) -> Problem:
    name = str(path[-1])
    if name == "true" and path[-3:-2] == ("edges",):
        return Problem("on_is_boolean", "your YAML tool read `on` as a boolean: quote it", path, fix='Write `"on":`.')
    fields = _fields_at(path[:-1], model)
    close = get_close_matches(name, fields, 1)
    fix = f"Did you mean `{close[0]}`?" if close else f"These are known here: {', '.join(sorted(fields))}."
    return Problem("unknown_field", f"there is no field `{name}` here", path, fix=fix)


def _fields_at(path: Path, model: type[BaseModel]) -> list[str]:
    """The names of the fields that may stand where the path leads."""
    for part in path:
        fields = _fields(model)
        if part == "with" and model is Node:
            model = Graph
        elif part in fields:
            model = _model_in(fields[part]) or model
    return [str(name) for name in _fields(model)]


def _fields(model: type[BaseModel]) -> dict[PathPart, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that an annotation such as `tuple[Node, ...] | None` is about."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _model_in(part))), None)
