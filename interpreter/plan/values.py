"""What the workflow may evaluate itself, without an activity, while all that it reads is small."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from interpreter.catalogue import NodeType
from interpreter.document.model import Node
from interpreter.expressions import prepare_value, rebuild_value
from interpreter.expressions.tree import Expression, Member, Name, Template
from interpreter.plan.facts import Facts, facts_in
from interpreter.plan.model import NO_VALUE, Value
from interpreter.plan.sites import MERGES, is_bare, roots_of


@dataclass(frozen=True, slots=True)
class Values:
    """Prepares the values of a plan's nodes. `templates` are the texts that were parsed already."""

    facts: Facts
    templates: Mapping[str, Template]

    def value_of(self, node: Node, kind: NodeType, sources: list[str], region: int) -> Value:
        """The value of a transform, of a join's merge, or all parameters of a wait or an end.

        A join that merges by a keyword keeps that as its value, with the outputs of `sources` as facts.
        """
        match kind.behaviour:
            case "transform":
                return self.prepared(node.with_.get("value"), region)
            case "join":
                return self._merge(node, kind, sources, region)
            case "wait":
                return self.prepared(node.with_, region, required=True)
            case "end":
                return self.prepared(node.with_, region)
            case _:
                return NO_VALUE

    def outputs_of(self, keyword: str, nodes: Iterable[str], region: int) -> Value:
        """The outputs of these nodes put together as the keyword says."""
        outputs = [
            self.facts.place(Member(Member(Name("nodes"), node), "output"), region, required=False) for node in nodes
        ]
        return Value(keyword, tuple(sorted(fact for output in outputs for fact in facts_in(output))), inline=True)

    def _merge(self, node: Node, kind: NodeType, sources: list[str], region: int) -> Value:
        merge = node.with_.get("merge")
        if isinstance(merge, str) and merge in MERGES:
            return self.outputs_of(merge, sources, region)
        if is_bare(kind, "merge", merge):
            return self.prepared(f"{{{{ {merge} }}}}", region)
        return self.prepared(merge, region)

    def prepared(self, value: Any, region: int, *, required: bool = False) -> Value:
        """A value with its facts in place."""
        found: list[int] = []
        inline = True

        def place(expression: Expression) -> Expression:
            nonlocal inline
            inline = inline and "arrived" not in roots_of(expression)
            placed = self.facts.place(expression, region, required=required)
            found.extend(facts_in(placed))
            return placed

        prepared = rebuild_value(prepare_value(value, parsed=self.templates), place)
        return Value(prepared, tuple(sorted(set(found))), inline)
