"""The type of an expression, from the types of what it names, and what is wrong on the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from interpreter.expressions import children, source_of
from interpreter.expressions.check import BOOLEAN, LIST, NUMBER, OBJECT
from interpreter.expressions.check import TEXT as SOME_TEXT
from interpreter.expressions.check import type_of as type_of_operation
from interpreter.expressions.tree import (
    Coalesce,
    Conditional,
    Constant,
    Expression,
    Index,
    ListLiteral,
    Macro,
    Member,
    Name,
    ObjectLiteral,
)
from interpreter.plan.draft import Draft, did_you_mean
from interpreter.plan.schemas import types_of
from interpreter.plan.shapes import (
    TEXT,
    UNKNOWN,
    Type,
    common,
    list_of,
    object_of,
    of_schema,
    of_value,
    simple,
    without_templates,
)
from interpreter.plan.sites import Site
from interpreter.problems import Problem

OPEN = frozenset({"anyOf", "oneOf", "allOf", "if", "patternProperties"})
"""With one of these in a schema, its `properties` are not all there may be."""

NAMED = {
    BOOLEAN: "boolean",
    NUMBER: "number",
    SOME_TEXT: "string",
    LIST: "array",
    OBJECT: "object",
}
"""What operators and functions give, in the words of JSON Schema."""

NOTHING_BOUND: Mapping[str, Type] = {}


class Known(Protocol):
    """What is known of a document's values."""

    def output(self, node: int) -> Type:
        """What a node gives."""
        ...

    def given(self, name: str, area: int) -> Type:
        """What a map or a loop gives to this body under this name."""
        ...


@dataclass(slots=True)
class Inference:
    """The types in one site. `found` is what is wrong there, `optional` the paths that need not be there."""

    draft: Draft
    known: Known
    site: Site
    found: list[Problem] = field(default_factory=list)
    optional: set[str] = field(default_factory=set)

    def problem(self, code: str, message: str, fix: str) -> None:
        """Note what is wrong in this site."""
        self.found.append(self.draft.at_site(code, self.site, message, fix))

    def type_of(self, expression: Expression, bound: Mapping[str, Type] = NOTHING_BOUND) -> Type:
        """The type; what is wrong on the way is kept."""
        match expression:
            case Member(of, name):
                return self._of_path(expression, of, name, bound)
            case Constant(value):
                return of_value(value, (), without_templates)
            case Name(name):
                return bound[name] if name in bound else self._of_root(name)
            case Index(of, Constant(str() as name)):
                return self._member(expression, self.type_of(of, bound), name)
            case Index(of, key):
                self.type_of(key, bound)
                return self._item(expression, self.type_of(of, bound))
            case Conditional(test, then, otherwise):
                self.type_of(test, bound)
                return common([self.type_of(then, bound), self.type_of(otherwise, bound)])
            case Coalesce(arguments):
                return common([self.type_of(argument, bound) for argument in arguments])
            case ListLiteral(items):
                return list_of(common([self.type_of(item, bound) for item in items]))
            case ObjectLiteral(entries):
                return self._object(entries, bound)
            case Macro():
                return self._macro(expression, bound)
        for part in children(expression):
            self.type_of(part, bound)
        return self._of_operation(expression)

    def _of_path(self, path: Member, of: Expression, name: str, bound: Mapping[str, Type]) -> Type:
        match of:
            case Member(Name("nodes"), node) if "nodes" not in bound:
                return self._of_node(node, name)
            case Name("env" | "run" as root) if root not in bound:
                return self._of_environment(root, name)
            case _:
                return self._member(path, self.type_of(of, bound), name)

    def _of_operation(self, expression: Expression) -> Type:
        """What an operator or a function gives whatever the data."""
        name = type_of_operation(expression)
        return simple(NAMED[name]) if name in NAMED else UNKNOWN

    def _object(self, entries: tuple[tuple[Expression, Expression], ...], bound: Mapping[str, Type]) -> Type:
        fields: dict[str, Type] = {}
        for key, value in entries:
            self.type_of(key, bound)
            found = self.type_of(value, bound)
            if not (isinstance(key, Constant) and isinstance(key.value, str)):
                return simple("object")
            fields[key.value] = found
        return object_of(fields)

    def _macro(self, macro: Macro, bound: Mapping[str, Type]) -> Type:
        over = self.type_of(macro.over, bound)
        inside = {**bound, macro.variable: self._item(macro.over, over)}
        if macro.filter is not None:
            self.type_of(macro.filter, inside)
        body = self.type_of(macro.body, inside)
        match macro.name:
            case "filter":
                return over if types_of(over.schema) == {"array"} else simple("array")
            case "map":
                return list_of(body)
            case _:
                return simple("boolean")

    def _of_root(self, name: str) -> Type:
        document = self.draft.outline.document
        if name in self.draft.outline.names_in[self.site.area]:
            return self.known.given(name, self.site.area)
        if name == "input" and isinstance(document.input, dict):
            return of_schema(document.input)
        if name == "output" and self.site.node is not None:
            return self.known.output(self.site.node)
        return UNKNOWN

    def _of_environment(self, root: str, name: str) -> Type:
        variable = self.draft.outline.document.env.get(name)
        if root == "run" or variable is None:
            return TEXT
        return simple(variable.type)

    def _of_node(self, node: str, name: str) -> Type:
        index = self.draft.outline.index_of.get(node)
        if index is not None and name == "output":
            return self.known.output(index)
        return TEXT if name in {"status", "outcome"} else UNKNOWN

    def _item(self, expression: Expression, of: Type) -> Type:
        types = types_of(of.schema)
        if types and not types & {"array", "object"}:
            self.problem(
                "wrong_type", f"`{source_of(expression)}` reads inside {named(types)}.", "Read the value itself."
            )
        if types != {"array"}:
            return UNKNOWN
        return of.part(of.schema.get("items"))

    def _member(self, expression: Expression, of: Type, name: str) -> Type:
        if not of.schema:
            return UNKNOWN
        types = types_of(of.schema)
        if types and "object" not in types:
            fix = "Read the value itself." if "array" not in types else "Read one of its items, as in `[0]`."
            self.problem("wrong_type", f"`{source_of(expression)}` reads a field of {named(types)}.", fix)
            return UNKNOWN
        properties = of.schema.get("properties")
        if not isinstance(properties, dict) or OPEN & of.schema.keys():
            return UNKNOWN
        if name not in properties:
            return self._undeclared(expression, of, name, properties)
        found = of.part(properties[name])
        required = of.schema.get("required")
        if not (isinstance(required, list) and name in required) and "default" not in found.schema:
            self.optional.add(source_of(expression))
        return found

    def _undeclared(self, expression: Expression, of: Type, name: str, properties: Mapping[str, Any]) -> Type:
        others = of.schema.get("additionalProperties")
        if others is True or isinstance(others, dict):
            return of.part(others)
        message = f"`{source_of(expression)}` is not declared: there is no `{name}` in its schema."
        fix = did_you_mean(name, properties, "Declare it under `properties`, or read a field that is there.")
        self.problem("unknown_field", message, fix)
        return UNKNOWN


def named(types: frozenset[str]) -> str:
    """Types as messages name them."""
    return " or ".join(sorted(types))
