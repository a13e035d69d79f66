"""Input that a person gives a node by hand, in place of what its expressions come to."""

from collections.abc import Iterator
from typing import Any, cast

import orjson

from interpreter.catalogue import Parameter
from interpreter.plan.model import PlannedNode
from interpreter.problems import Problem
from plait.errors import Invalid
from plait.language.parameters import parameter_schema
from plait.values.schema import compiled


def checked_input(node: PlannedNode, row: Any, given: dict[str, Any]) -> dict[str, Any]:
    """What is to stand in the node's `with`, by parameter: without those that are as they are shown, and so stay,
    secrets among them. Raises Invalid where the type has no such parameter, or another kind of value.
    """
    if node.behaviour != "activity":
        message = f"A `{node.kind.name}` takes its input from the workflow; only that of a node that does work is given by hand."
        raise Invalid(message, problems=[Problem("wrong_value", message, ("input",), fix="Leave out `input`.")])
    shown = orjson.loads(row["input_text"]) if row["input_text"] else row["input"] or {}
    changed = {name: value for name, value in given.items() if name not in shown or shown[name] != value}
    if problems := list(_problems(node, changed)):
        raise Invalid(problems[0].message, code="input_invalid", problems=problems)
    return {name: _literally(node.kind.parameters[name], value) for name, value in changed.items()}


def _literally(parameter: Parameter, value: Any) -> Any:
    """The value as a document has it: data is never evaluated, whatever it looks like."""
    if parameter.literal:
        return value
    if parameter.type == "expression" and isinstance(value, str):
        return orjson.dumps(value).decode()
    return _escaped(value)


def _escaped(value: Any) -> Any:
    match value:
        case str():
            return value.replace("{{", "{{ '{{' }}")
        case list():
            return [_escaped(each) for each in cast("list[Any]", value)]
        case dict():
            return {name: _escaped(each) for name, each in cast("dict[str, Any]", value).items()}
        case _:
            return value


def _problems(node: PlannedNode, given: dict[str, Any]) -> Iterator[Problem]:
    for name, value in given.items():
        if name not in node.kind.parameters:
            known = ", ".join(f"`{each}`" for each in node.kind.parameters)
            message = f"A `{node.kind.name}` has no parameter `{name}`."
            yield Problem("unknown_field", message, ("input", name), fix=f"It has {known}.")
            continue
        schema = parameter_schema(node.kind, name, node.kind.parameters[name])
        if name == "args" and node.tool is not None:
            schema = node.tool.parameters
        for violation in compiled(schema).violations(value):
            yield Problem("wrong_value", violation.message, ("input", name, *violation.path))
