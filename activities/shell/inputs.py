"""A node's parameters: what its expressions read, and the values that they come to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from activities.shell.names import wanted_in
from interpreter.catalogue import NodeType, Parameter
from interpreter.expressions import (
    Expression,
    ExpressionError,
    Fuel,
    Prepared,
    Scope,
    evaluate,
    parse,
    prepare_value,
    render,
    resolve_value,
    templates_in,
    walk,
)
from interpreter.expressions.tree import Name
from interpreter.plan.model import Plan, PlannedNode
from interpreter.values import Json

ANY = Parameter()
OPENING = ("items", "initial")
"""The parameters of a map and a loop that are evaluated before the first item or lap."""


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter: its value with templates parsed, or the expression that it is."""

    name: str
    value: Prepared | None
    expression: Expression | None
    as_text: bool


class Parameters:
    """The prepared `with` of one node, and what it reads."""

    def __init__(self, kind: NodeType, said: Mapping[str, Any]) -> None:
        self.said = said
        given = ((kind.parameters.get(name, ANY), name, value) for name, value in said.items())
        # Where null is no value of the parameter's type, to write it says that there is none.
        self.fields = tuple(_field(*one) for one in given if one[2] is not None or one[0].type == "any")
        self.wanted = wanted_in(self._trees())
        self.secret = any(_names_secret(tree) for tree in self._trees())

    def resolve(self, scope: Scope) -> dict[str, Any]:
        """The values. Raises ExpressionError with the path of the text that has none."""
        fuel = Fuel()
        return {field.name: _resolve(field, scope, fuel) for field in self.fields}

    def shown(self, resolved: Mapping[str, Any]) -> dict[str, Any]:
        """The same for people: a template that names a secret is shown as it was written."""
        if not self.secret:
            return dict(resolved)
        return {name: _hidden(self.said[name], value) for name, value in resolved.items()}

    def _trees(self) -> Iterator[Expression]:
        for one in self.fields:
            if one.expression is not None:
                yield one.expression
            if one.value is not None:
                for _, template in templates_in(one.value):
                    yield from (part for part in template.parts if not isinstance(part, str))


def parameters_of(plan: Plan, node: PlannedNode, override: str | None = None) -> Parameters:
    """The prepared parameters of a node, prepared once a process. Of a map and a loop, those that
    are evaluated before their bodies begin. `override` names the one that the node has others by.
    """
    return _parameters(_Place(plan.hash, node.id, node.undo is not None, override, node))


def with_given(node: PlannedNode, given: Mapping[str, Any]) -> PlannedNode:
    """The node with these parameters in place of those of the same name."""
    wanted = Parameters(node.kind, given).wanted
    with_ = {**node.node.with_, **given}
    reads_input = node.reads_input or "input" in wanted.names
    return replace(node, node=node.node.model_copy(update={"with_": with_}), reads_input=reads_input)


@lru_cache(maxsize=4096)
def _parameters(place: "_Place") -> Parameters:
    said = place.node.node.with_
    if place.node.behaviour in {"map", "loop"}:
        said = {name: said[name] for name in OPENING if name in said}
    return Parameters(place.node.kind, said)


@dataclass(frozen=True, slots=True)
class _Place:
    """A node of a plan, known by the plan's hash and its id. What can be undone goes by the id of two:
    of what it does, and of its undoing, which cannot be undone.
    """

    hash: str
    id: str
    undoable: bool
    override: str | None
    node: PlannedNode = field(compare=False)


def error_text(error: ExpressionError) -> str:
    """What is wrong and where, never a value."""
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.path).removeprefix(".")
    return f"{error} in with.{place}" if place else str(error)


def _field(parameter: Parameter, name: str, value: Any) -> Field:
    if parameter.type == "expression" and isinstance(value, str) and not parameter.literal:
        return Field(name, None, parse(value), as_text=False)
    literal = parameter.literal or parameter.type == "expression"
    return Field(name, prepare_value(value, literal), None, as_text=parameter.type == "string")


def _resolve(field: Field, scope: Scope, fuel: Fuel) -> Json:
    try:
        if field.value is None:
            assert field.expression is not None
            return evaluate(field.expression, scope, fuel)
        value = resolve_value(field.value, scope, fuel)
        return render(value) if field.as_text and not isinstance(value, str) else value
    except ExpressionError as error:
        error.path = (field.name, *error.path)
        raise


def _names_secret(tree: Expression) -> bool:
    return any(isinstance(part, Name) and part.name == "secrets" for part in walk(tree))


def _hidden(said: Any, resolved: Any) -> Any:
    """The resolved value with the source in place of each text that names a secret."""
    if isinstance(said, str):
        trees = (part for _, template in templates_in(said) for part in template.parts if not isinstance(part, str))
        return said if any(_names_secret(tree) for tree in trees) else resolved
    if isinstance(said, Mapping):
        return {key: _hidden(value, resolved[key]) for key, value in said.items()}
    if isinstance(said, list | tuple):
        return [_hidden(value, part) for value, part in zip(said, resolved, strict=True)]
    return resolved
