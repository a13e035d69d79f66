"""Checks of a node against its type: the type itself, the node's fields, its parameters, its tool."""

from collections.abc import Iterator
from typing import Any

from interpreter.catalogue import TASK_FIELDS, NodeType, Parameter
from interpreter.document.model import Node, duration_seconds
from interpreter.plan.draft import Draft, did_you_mean, listed
from interpreter.plan.schemas import is_of, misfits
from interpreter.problems import PathPart, Problem

JSON_NAMES = {"list": "array"}


def check_fields(draft: Draft) -> Iterator[Problem]:
    """Unknown types and tools, fields the type does not take, parameters that are missing or wrong."""
    refused = {
        name: frozenset(TASK_FIELDS).difference(kind.fields) for name, kind in draft.catalogue.node_types.items()
    }
    for index, node in enumerate(draft.outline.nodes):
        kind = draft.outline.kinds[index]
        if kind is None:
            yield _unknown_type(draft, index, node.type, "type")
            continue
        for field in TASK_FIELDS if node.model_fields_set & refused[node.type] else ():
            if field in refused[node.type] and getattr(node, field) is not None:
                message = f"A `{kind.name}` takes no `{field}`."
                fix = f"Take it out. It takes {listed(kind.fields)}." if kind.fields else "Take it out."
                yield draft.at_node("unknown_field", index, message, fix, field)
        yield from _parameters(draft, index, kind, node.with_, ("with",))
        if node.compensate and "compensate" in kind.fields:
            yield from _compensation(draft, index, node)


def _unknown_type(draft: Draft, index: int, name: str, *field: PathPart) -> Problem:
    known = draft.catalogue.node_types
    fix = did_you_mean(name, known, f"Known types are {listed(sorted(known))}." if known else "No type is known.")
    return draft.at_node("unknown_type", index, f"There is no node type `{name}`.", fix, *field)


def _compensation(draft: Draft, index: int, node: Node) -> Iterator[Problem]:
    assert node.compensate is not None
    undo = draft.catalogue.node_types.get(node.compensate.type)
    if undo is None:
        yield _unknown_type(draft, index, node.compensate.type, "compensate", "type")
    elif undo.behaviour != "activity":
        message = f"A `{undo.name}` cannot undo anything."
        yield draft.at_node(
            "wrong_value", index, message, "Undo with a type that runs as an activity.", "compensate", "type"
        )
    else:
        yield from _parameters(draft, index, undo, node.compensate.with_, ("compensate", "with"))


def _parameters(
    draft: Draft, index: int, kind: NodeType, said: dict[str, Any], path: tuple[PathPart, ...]
) -> Iterator[Problem]:
    for name, parameter in kind.parameters.items():
        if parameter.required and said.get(name) is None and name != "approvers":  # check_gates says it better
            message = f"`{name}` of a `{kind.name}` is missing."
            yield draft.at_node("missing_parameter", index, message, f"Add `{name}` under `with`.", *path)
    given = [name for name in kind.one_of if said.get(name) is not None]
    if kind.one_of and len(given) != 1:
        alternatives = " or ".join(f"`{name}`" for name in kind.one_of)
        message = (
            f"A `{kind.name}` takes {alternatives}, not both." if given else f"A `{kind.name}` needs {alternatives}."
        )
        code = "wrong_parameter" if given else "missing_parameter"
        yield draft.at_node(code, index, message, f"Keep one of {alternatives} under `with`.", *path)
    for name, value in said.items():
        parameter = kind.parameters.get(name)
        if parameter is None:
            message = f"A `{kind.name}` has no parameter `{name}`."
            otherwise = f"It has {listed(kind.parameters)}." if kind.parameters else "It has none: take it out."
            yield draft.at_node(
                "unknown_parameter", index, message, did_you_mean(name, kind.parameters, otherwise), *path, name
            )
        elif value is not None and (wrong := wrong_value(parameter, value)):
            fix = f"Write {_wanted(parameter)}."
            yield draft.at_node("wrong_parameter", index, f"`{name}` {wrong}", fix, *path, name)
    if kind.name == "tool_call":
        yield from _tool(draft, index, said, path)


def wrong_value(parameter: Parameter, value: Any) -> str | None:
    """What is wrong with a parameter's value; None if nothing is that can be seen before a run."""
    if isinstance(value, str) and "{{" in value and not parameter.literal:
        whole = value.strip().startswith("{{") and value.strip().endswith("}}")
        is_text = parameter.type in {"any", "string", "expression"}
        return None if whole or is_text else f"must be {_wanted(parameter)}, and this is text."
    if parameter.enum is not None and value not in parameter.enum:
        return f"cannot be `{value}`."
    if parameter.type == "duration":
        return None if _is_duration(value) else "is not a duration."
    if parameter.type not in {"any", "expression"}:
        name = JSON_NAMES.get(parameter.type, parameter.type)
        if not is_of(value, name):
            return f"must be {_wanted(parameter)}."
    return None


def _is_duration(value: Any) -> bool:
    try:
        duration_seconds(value)
    except ValueError:
        return False
    return True


def _wanted(parameter: Parameter) -> str:
    if parameter.enum is not None:
        return " or ".join(f"`{one}`" for one in parameter.enum)
    if parameter.type == "duration":
        return "a duration such as 90s, 5m, 72h or 3d"
    return f"{'an' if parameter.type[0] in 'aoi' else 'a'} {parameter.type}"


def _tool(draft: Draft, index: int, said: dict[str, Any], path: tuple[PathPart, ...]) -> Iterator[Problem]:
    name, args = said.get("tool"), said.get("args")
    if not isinstance(name, str):
        return
    tool = draft.catalogue.tools.get(name)
    if name.startswith("workflow:"):
        fix = f"Write `type: subworkflow` and `with: {{workflow: {name.removeprefix('workflow:')}}}`."
        yield draft.at_node("unknown_tool", index, "A workflow is run by a node of its own.", fix, *path, "tool")
    elif tool is None:
        fix = did_you_mean(name, draft.catalogue.tools, "Store it, or register it with `@tool` and start a worker.")
        yield draft.at_node("unknown_tool", index, f"There is no tool `{name}` here.", fix, *path, "tool")
    elif (args or tool.parameters.get("required")) and (args is None or isinstance(args, dict)):
        for misfit in misfits(args or {}, tool.parameters):
            yield draft.at_node(
                misfit.code, index, f"`{name}`: {misfit.message}", misfit.fix, *path, "args", *misfit.path
            )
