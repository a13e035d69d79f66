"""The most a document may hold. What an expression may is checked where it is parsed."""

from collections.abc import Iterator

from interpreter.plan.outline import Outline
from interpreter.problems import Problem

NODES, EDGES, DEPTH = 10_000, 50_000, 8


def check_limits(outline: Outline) -> Iterator[Problem]:
    """More nodes or edges than a version may have, or bodies too deep in each other. Nothing else is looked at then."""
    for field, count, limit in (("nodes", len(outline.nodes), NODES), ("edges", len(outline.edges), EDGES)):
        if count > limit:
            message = f"The document has {count} {field}; at most {limit} are allowed."
            yield Problem(f"too_many_{field}", message, (field,), None, "Split it into several workflows.")
    for area in outline.areas:
        if area.owner is not None and area.depth == DEPTH + 1:
            message = f"Bodies stand at most {DEPTH} deep in each other, and this is one more."
            fix = "Let a sub-workflow do what is innermost."
            yield Problem("too_deep_bodies", message, area.path, outline.nodes[area.owner].id, fix)
