"""What the workflow may evaluate itself, without an activity, while all that it reads is small."""

from dataclasses import dataclass
from typing import Any

from interpreter.catalogue import NodeType
from interpreter.document.model import Node
from interpreter.expressions import Prepared, prepare_value, rebuild_value
from interpreter.expressions.tree import Expression, Member, Name
from interpreter.plan.facts import Facts, facts_in
from interpreter.plan.sites import MERGES, is_bare, names


@dataclass(slots=True)
class Value:
    """A prepared value, the facts that it reads, and whether it reads nothing but what facts can hold."""

    prepared: Prepared | str | None = None
    facts: tuple[int, ...] = ()
    inline: bool = False


def value_of(node: Node, kind: NodeType, sources: list[str], facts: Facts) -> Value:
    """The value of a transform, of a join's merge, or all parameters of a wait or an end.

    A join that merges by a keyword keeps that as its value, with the outputs of `sources` as facts.
    """
    match kind.behaviour:
        case "transform":
            return _prepared(node.with_.get("value"), facts)
        case "join":
            return _merge(node, kind, sources, facts)
        case "wait" | "end":
            return _prepared(node.with_, facts)
        case _:
            return Value()


def _merge(node: Node, kind: NodeType, sources: list[str], facts: Facts) -> Value:
    merge = node.with_.get("merge")
    if isinstance(merge, str) and merge in MERGES:
        outputs = [facts.place(Member(Member(Name("nodes"), source), "output"), required=False) for source in sources]
        return Value(merge, tuple(sorted(fact for output in outputs for fact in facts_in(output))), inline=True)
    if is_bare(kind, "merge", merge):
        return _prepared(f"{{{{ {merge} }}}}", facts)
    return _prepared(merge, facts)


def _prepared(value: Any, facts: Facts) -> Value:
    found: list[int] = []
    inline = True

    def place(expression: Expression) -> Expression:
        nonlocal inline
        inline = inline and not names(expression, "arrived")
        placed = facts.place(expression, required=False)
        found.extend(facts_in(placed))
        return placed

    prepared = rebuild_value(prepare_value(value), place)
    return Value(prepared, tuple(sorted(set(found))), inline)
