"""Checks of what expressions read against the types of where it comes from.

Each node is looked at after those that it may read, so that what it gives is known by then.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from interpreter.expressions.check import BOOLEAN, check
from interpreter.expressions.tree import Expression
from interpreter.plan.draft import Draft
from interpreter.plan.inference import Inference, named
from interpreter.plan.outputs import Outputs
from interpreter.plan.schemas import resolved, types_of
from interpreter.plan.sites import Path, Role, Site, tool_of
from interpreter.problems import Problem

NUMBERS = {"integer": "number", "number": "integer"}
"""7.0 is an integer, and every integer a number."""

BOOLEAN_ROLES: frozenset[Role] = frozenset({"guard", "edge", "case", "accept", "until"})


@dataclass(frozen=True, slots=True)
class Typed:
    """What types tell: problems, and for each site (by its path) the paths that need not be there."""

    problems: tuple[Problem, ...]
    optional: Mapping[Path, frozenset[str]]


def type_sites(draft: Draft) -> Typed:
    """Operators on the wrong types, guards that are not boolean, fields that a schema does not have."""
    checking = _Checking(draft)
    for site in _in_order(draft):
        checking.check(site)
    if laps := set(checking.outputs.laps_with_a_type()):
        for site in draft.sites:
            if "prev" in site.reads.roots and draft.outline.names_in[site.area].get("prev") in laps:
                checking.check(site)
    return Typed(tuple(dict.fromkeys(checking.problems)), checking.optional)


def _in_order(draft: Draft) -> Iterator[Site]:
    """All sites: those that make values after those that these values are made of."""
    ordered = frozenset(draft.order)
    yield from _values_of(draft, 0)
    for node in range(len(draft.outline.nodes)):
        if node not in ordered:
            yield from draft.sites.of_decision(node)
            yield from _end_of_body(draft, node)
        yield from draft.sites.of_afterwards(node)
    yield from (site for site in draft.sites.edges if site)
    yield from draft.sites.of_end(0)
    yield from draft.sites.run


def _values_of(draft: Draft, area: int) -> Iterator[Site]:
    for node in draft.outline.order_in[area]:
        yield from draft.sites.of_decision(node)
        if (body := draft.outline.bodies.get(node)) is not None:
            yield from _values_of(draft, body)
            yield from _end_of_body(draft, node)


def _end_of_body(draft: Draft, node: int) -> Iterator[Site]:
    body = draft.outline.bodies.get(node)
    return draft.sites.of_end(body) if body is not None else iter(())


class _Checking:
    """What was found in a document."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.outputs = Outputs(draft)
        self.problems: list[Problem] = []
        self.optional: dict[Path, frozenset[str]] = {}

    def check(self, site: Site) -> None:
        """Look at all expressions of a site, and keep the type of what it gives."""
        inference = Inference(self.draft, self.outputs, site)
        for expression in site.expressions:
            self._check(inference, site, expression)
        self.problems += inference.found
        if inference.optional:
            self.optional[site.path] = frozenset(inference.optional)

    def _check(self, inference: Inference, site: Site, expression: Expression) -> None:
        """Look at a whole expression; one that decides something must be true or false."""
        expected = BOOLEAN if site.role in BOOLEAN_ROLES else None
        # A path has no operators, and nothing but its own type to be wrong.
        for problem in () if site.reads.paths else check(expression, expected):
            message = f"In `{site.text}` {problem.message}."
            inference.problem("wrong_type", message, problem.fix or "Look at the types of what it reads.")
        found = inference.type_of(expression)
        types = types_of(found.schema)
        if expected and types and "boolean" not in types and not inference.found:
            inference.problem("wrong_type", f"`{site.text}` must be true or false.", "Compare it with something.")
        if site.sole:
            self.outputs.note(site, found)
            self._check_whole(inference, site, types)

    def _check_whole(self, inference: Inference, site: Site, types: frozenset[str]) -> None:
        """What is a whole parameter or argument keeps its type, and so must have the one that is wanted."""
        behaviour = None if site.node is None else self.draft.outline.behaviour(site.node)
        if behaviour == "map" and site.path[-1] == "items" and types and "array" not in types:
            message = f"`items` must be a list, and `{site.text}` gives {named(types)}."
            inference.problem("wrong_type", message, "Read a list; of an object, `entries(x)` is one.")
        wanted = self._wanted(site) if types else frozenset()
        if wanted and not wanted & (types | {NUMBERS[name] for name in types & NUMBERS.keys()}):
            whose = "the tool" if site.path[-2] == "args" else "the workflow"
            message = f"`{site.path[-1]}` of {whose} takes {named(wanted)}, and this is {named(types)}."
            inference.problem("wrong_type", message, "Read another field, or convert it, as in `{{ string(…) }}`.")

    def _wanted(self, site: Site) -> frozenset[str]:
        """The types that an argument may have; none if the site is no argument, or may be anything."""
        area = self.draft.outline.areas[site.area]
        if site.node is None or site.role != "parameter" or len(site.path) != len(area.path) + 5:
            return frozenset()
        node = self.draft.outline.nodes[site.node]
        if site.path[-2] == "args":
            tool = tool_of(node.type, node.with_, self.draft.catalogue)
            schema = tool and tool.parameters
        elif site.path[-2] == "input":
            workflow = self.draft.workflow_of(site.node)
            schema = workflow and workflow.input_schema
        else:
            return frozenset()
        properties = schema.get("properties") if isinstance(schema, dict) else None
        known = properties.get(site.path[-1]) if isinstance(properties, dict) else None
        return types_of(resolved(known, schema))
