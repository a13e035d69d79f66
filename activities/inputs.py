"""A node's parameters: what its expressions read, and the values that they come to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from activities.services import Services
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
from interpreter.expressions.tree import Member, Name
from interpreter.plan.model import Plan, PlannedNode
from interpreter.rules.evaluate import error_of
from interpreter.shell.wire import Source
from interpreter.values import Json
from plait.store.tasks import NodeFound, RunFound

ANY = Parameter()


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter: its value with templates parsed, or the expression that it is."""

    name: str
    value: Prepared | None
    expression: Expression | None
    as_text: bool


class Parameters:
    """The prepared `with` of one node, and which values of other nodes it reads."""

    def __init__(self, kind: NodeType, said: Mapping[str, Any]) -> None:
        self.said = said
        given = ((kind.parameters.get(name, ANY), name, value) for name, value in said.items())
        # Where null is no value of the parameter's type, to write it says that there is none.
        self.fields = tuple(_field(*one) for one in given if one[2] is not None or one[0].type == "any")
        self.reads = frozenset(read for tree in self._trees() for read in reads_in(tree))
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
        for field in self.fields:
            if field.expression is not None:
                yield field.expression
            if field.value is not None:
                for _, template in templates_in(field.value):
                    yield from (part for part in template.parts if not isinstance(part, str))


def parameters_of(plan: Plan, node: PlannedNode) -> Parameters:
    """The prepared parameters of a node, prepared once a process."""
    return _parameters(_Place(plan.hash, node.index, plan))


@lru_cache(maxsize=4096)
def _parameters(place: "_Place") -> Parameters:
    node = place.plan.nodes[place.node]
    return Parameters(node.kind, node.node.with_)


@dataclass(frozen=True)
class _Place:
    """A node of a plan, compared by hash and index."""

    hash: str
    node: int
    plan: Plan

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Place) and (self.hash, self.node) == (other.hash, other.node)

    def __hash__(self) -> int:
        return hash((self.hash, self.node))


def reads_in(tree: Expression) -> Iterator[tuple[str, str]]:
    """The values of nodes that an expression reads: `("score", "output")`."""
    for part in walk(tree):
        match part:
            case Member(Member(Name("nodes"), node), value):
                yield node, value
            case Name("arrived"):
                yield "*", "output"


async def scope_for(
    services: Services,
    plan: Plan,
    found: RunFound,
    *,
    project: str,
    run: Mapping[str, Any],
    env: Mapping[str, Any],
    reads: list[Source],
    arrived: list[str],
    wanted: frozenset[tuple[str, str]],
) -> dict[str, Any]:
    """The names that expressions see. Values are loaded only where they are read."""
    nodes = {
        source.path: await _entry(services, project, source, found.nodes.get(source.path), wanted) for source in reads
    }
    names: dict[str, Any] = {
        "vars": plan.document.vars,
        "env": env,
        "run": run,
        "nodes": nodes,
        "arrived": [_arrival(name, nodes.get(name, {})) for name in arrived],
        "secrets": services.secrets,
    }
    if found.input is not None:
        names["input"] = await services.payloads.value(project, found.input)
    return names


def error_text(error: ExpressionError) -> str:
    """What is wrong and where, never a value."""
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.path).removeprefix(".")
    return f"{error} in with.{place}" if place else str(error)


async def _entry(
    services: Services, project: str, source: Source, row: NodeFound | None, wanted: frozenset[tuple[str, str]]
) -> dict[str, Any]:
    entry: dict[str, Any] = {"status": source.status}
    if source.outcome is not None:
        entry["outcome"] = source.outcome
    if source.failure is not None:
        entry["error"] = error_of(source.failure)
    if row is None:
        return entry

    def reads(value: str) -> bool:
        return (source.path, value) in wanted or ("*", value) in wanted

    if source.has_output and row.output is not None and reads("output"):
        entry["output"] = await services.payloads.value(project, row.output)
    if row.input is not None and reads("input"):
        entry["input"] = await services.payloads.value(project, row.input)
    if row.metadata is not None:
        entry["meta"] = row.metadata
    return entry


def _arrival(name: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": name, **{key: entry[key] for key in ("outcome", "output") if key in entry}}


def _field(parameter: Parameter, name: str, value: Any) -> Field:
    if parameter.type == "expression" and isinstance(value, str) and not parameter.literal:
        return Field(name, None, parse(value), as_text=False)
    return Field(name, prepare_value(value, parameter.literal), None, as_text=parameter.type == "string")


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
