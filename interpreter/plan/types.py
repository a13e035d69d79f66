"""Checks of what expressions read against the schemas of where it comes from.

A type is a JSON Schema with the schema that its `$ref`s point into; what is not known is `{}`, and
compiles.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from interpreter.expressions import children, source_of
from interpreter.expressions.check import BOOLEAN, check
from interpreter.expressions.tree import (
    Conditional,
    Constant,
    Expression,
    Index,
    Macro,
    Member,
    Name,
)
from interpreter.plan.draft import Draft, did_you_mean
from interpreter.plan.narrowing import reference_of
from interpreter.plan.outputs import output_of
from interpreter.plan.schemas import resolved, types_of
from interpreter.plan.sites import Path, Role, Site, tool_of
from interpreter.problems import Problem

NUMBERS = {"integer": "number", "number": "integer"}
"""7.0 is an integer, and every integer a number."""

BOOLEAN_ROLES: frozenset[Role] = frozenset({"guard", "edge", "case", "accept"})


@dataclass(frozen=True, slots=True)
class Type:
    """A schema without `$ref`, and the schema that references inside it point into."""

    schema: Mapping[str, Any]
    root: Any


UNKNOWN = Type({}, {})
TEXT = Type({"type": "string"}, {})


@dataclass(frozen=True, slots=True)
class Typed:
    """What types tell: problems, and for each site (by its path) the paths that need not be there."""

    problems: tuple[Problem, ...]
    optional: Mapping[Path, frozenset[str]]


def type_sites(draft: Draft) -> Typed:
    """Operators on the wrong types, guards that are not boolean, fields that a schema does not have."""
    problems: list[Problem] = []
    optional: dict[Path, frozenset[str]] = {}
    for site in draft.sites:
        typing = _Typing(draft, site)
        for expression in site.expressions:
            typing.check(expression)
        problems += dict.fromkeys(typing.found)
        if typing.optional:
            optional[site.path] = frozenset(typing.optional)
    return Typed(tuple(problems), optional)


@dataclass(slots=True)
class _Typing:
    """The types in one site, and what is wrong there."""

    draft: Draft
    site: Site
    found: list[Problem] = field(default_factory=list)
    optional: set[str] = field(default_factory=set)

    def problem(self, code: str, message: str, fix: str) -> None:
        node = None if self.site.node is None else self.draft.outline.nodes[self.site.node].id
        self.found.append(Problem(code, message, self.site.path, node, fix))

    def check(self, expression: Expression) -> None:
        """Look at a whole expression; one that decides something must be true or false."""
        expected = BOOLEAN if self.site.role in BOOLEAN_ROLES else None
        for problem in check(expression, expected):
            message = f"In `{self.site.text}` {problem.message}."
            self.problem("wrong_type", message, problem.fix or "Look at the types of what it reads.")
        types = types_of(self.type_of(expression).schema)
        if expected and types and "boolean" not in types:
            self.problem("wrong_type", f"`{self.site.text}` must be true or false.", "Compare it with something.")
        if types and self.is_argument(expression):
            self._argument(types)

    def is_argument(self, expression: Expression) -> bool:
        """Whether the expression alone is an argument of a tool, so that its value keeps its type."""
        template = self.draft.sites.templates.get(self.site.text)
        sole = template is not None and template.sole is expression
        return sole and self.site.role == "parameter" and len(self.site.path) == 5 and self.site.path[3] == "args"

    def _argument(self, types: frozenset[str]) -> None:
        assert self.site.node is not None
        node = self.draft.outline.nodes[self.site.node]
        tool = tool_of(node.type, node.with_, self.draft.catalogue)
        properties = tool.parameters.get("properties", {}) if tool else {}
        wanted = types_of(resolved(properties.get(self.site.path[4]), tool and tool.parameters))
        if wanted and not wanted & (types | {NUMBERS[name] for name in types & NUMBERS.keys()}):
            message = f"`{self.site.path[4]}` of the tool takes {_named(wanted)}, and this is {_named(types)}."
            self.problem("wrong_type", message, "Read another field, or convert it, as in `{{ string(…) }}`.")

    def type_of(self, expression: Expression, bound: Mapping[str, Type] | None = None) -> Type:
        """The type; what is wrong on the way is kept."""
        bound = bound or {}
        reference = reference_of(expression)
        if reference and "nodes" not in bound:
            return self._of_node(*reference)
        match expression:
            case Name(name):
                return bound[name] if name in bound else self._of_root(name)
            case Member(Name("env" | "run" as root), name) if root not in bound:
                return self._of_environment(root, name)
            case Member(of, name) | Index(of, Constant(str() as name)):
                return self._member(expression, self.type_of(of, bound), name)
            case Index(of, key):
                self.type_of(key, bound)
                return self._item(expression, self.type_of(of, bound))
            case Conditional(test, then, otherwise):
                self.type_of(test, bound)
                one = self.type_of(then, bound)
                other = self.type_of(otherwise, bound)
                return one if one == other else UNKNOWN
            case Macro():
                return self._macro(expression, bound)
        for part in children(expression):
            self.type_of(part, bound)
        return UNKNOWN

    def _macro(self, macro: Macro, bound: Mapping[str, Type]) -> Type:
        over = self.type_of(macro.over, bound)
        inside = {**bound, macro.variable: self._item(macro.over, over)}
        for part in children(macro):
            if part is not macro.over:
                self.type_of(part, inside)
        return over if macro.name == "filter" else UNKNOWN

    def _of_root(self, name: str) -> Type:
        document = self.draft.outline.document
        if name == "input" and isinstance(document.input, dict):
            return Type(resolved(document.input, document.input), document.input)
        if name == "output" and self.site.node is not None:
            return self._output(self.site.node)
        return UNKNOWN

    def _of_environment(self, root: str, name: str) -> Type:
        variable = self.draft.outline.document.env.get(name)
        if root == "run" or variable is None:
            return TEXT
        return Type({"type": variable.type}, {})

    def _of_node(self, node: str, name: str) -> Type:
        index = self.draft.outline.index_of.get(node)
        if index is not None and name == "output":
            return self._output(index)
        return TEXT if name in {"status", "outcome"} else UNKNOWN

    def _output(self, index: int) -> Type:
        schema = output_of(self.draft, index)
        return Type(resolved(schema, schema), schema)

    def _item(self, expression: Expression, of: Type) -> Type:
        types = types_of(of.schema)
        if types and not types & {"array", "object"}:
            self.problem(
                "wrong_type", f"`{source_of(expression)}` reads inside {_named(types)}.", "Read the value itself."
            )
        if types != {"array"}:
            return UNKNOWN
        return Type(resolved(of.schema.get("items"), of.root), of.root)

    def _member(self, expression: Expression, of: Type, name: str) -> Type:
        types = types_of(of.schema)
        if types and "object" not in types:
            fix = "Read the value itself." if "array" not in types else "Read one of its items, as in `[0]`."
            self.problem("wrong_type", f"`{source_of(expression)}` reads a field of {_named(types)}.", fix)
            return UNKNOWN
        properties = of.schema.get("properties")
        if not isinstance(properties, dict) or OPEN & of.schema.keys():
            return UNKNOWN
        if name not in properties:
            return self._undeclared(expression, of, name, properties)
        found = Type(resolved(properties[name], of.root), of.root)
        required = of.schema.get("required")
        if not (isinstance(required, list) and name in required) and "default" not in found.schema:
            self.optional.add(source_of(expression))
        return found

    def _undeclared(self, expression: Expression, of: Type, name: str, properties: Mapping[str, Any]) -> Type:
        others = of.schema.get("additionalProperties")
        if others is True or isinstance(others, dict):
            return Type(resolved(others, of.root), of.root)
        message = f"`{source_of(expression)}` is not declared: there is no `{name}` in its schema."
        fix = did_you_mean(name, properties, "Declare it under `properties`, or read a field that is there.")
        self.problem("unknown_field", message, fix)
        return UNKNOWN


OPEN = frozenset({"anyOf", "oneOf", "allOf", "if", "patternProperties"})
"""With one of these in a schema, its `properties` are not all there may be."""


def _named(types: frozenset[str]) -> str:
    return " or ".join(sorted(types))
