"""What the workflow may evaluate itself, without an activity, while all that it reads is small."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from interpreter.catalogue import NodeType
from interpreter.document.model import Node
from interpreter.expressions import Prepared, prepare_value, rebuild_value
from interpreter.expressions.tree import Expression, Member, Name, Template
from interpreter.plan.facts import Facts, facts_in
from interpreter.plan.sites import MERGES, is_bare, names


@dataclass(frozen=True, slots=True)
class Value:
    """A prepared value, the facts that it reads, and whether it reads nothing but what facts can hold."""

    prepared: Prepared | str | None = None
    facts: tuple[int, ...] = ()
    inline: bool = False


NONE = Value()


@dataclass(frozen=True, slots=True)
class Values:
    """Prepares the values of a plan's nodes. `templates` are the texts that were parsed already."""

    facts: Facts
    templates: Mapping[str, Template]

    def value_of(self, node: Node, kind: NodeType, sources: list[str]) -> Value:
        """The value of a transform, of a join's merge, or all parameters of a wait or an end.

        A join that merges by a keyword keeps that as its value, with the outputs of `sources` as facts.
        """
        match kind.behaviour:
            case "transform":
                return self._prepared(node.with_.get("value"))
            case "join":
                return self._merge(node, kind, sources)
            case "wait":
                return self._prepared(node.with_, required=True)
            case "end":
                return self._prepared(node.with_)
            case _:
                return NONE

    def _merge(self, node: Node, kind: NodeType, sources: list[str]) -> Value:
        merge = node.with_.get("merge")
        if isinstance(merge, str) and merge in MERGES:
            outputs = [
                self.facts.place(Member(Member(Name("nodes"), source), "output"), required=False) for source in sources
            ]
            return Value(merge, tuple(sorted(fact for output in outputs for fact in facts_in(output))), inline=True)
        if is_bare(kind, "merge", merge):
            return self._prepared(f"{{{{ {merge} }}}}")
        return self._prepared(merge)

    def _prepared(self, value: Any, *, required: bool = False) -> Value:
        found: list[int] = []
        inline = True

        def place(expression: Expression) -> Expression:
            nonlocal inline
            inline = inline and not names(expression, "arrived")
            placed = self.facts.place(expression, required=required)
            found.extend(facts_in(placed))
            return placed

        prepared = rebuild_value(prepare_value(value, parsed=self.templates), place)
        return Value(prepared, tuple(sorted(set(found))), inline)
