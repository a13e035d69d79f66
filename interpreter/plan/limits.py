"""The most a document may hold. What an expression may is checked where it is parsed."""

from collections.abc import Iterator

from interpreter.plan.outline import Outline
from interpreter.problems import Problem

NODES, EDGES = 10_000, 50_000


def check_limits(outline: Outline) -> Iterator[Problem]:
    """More nodes or edges than a version may have. Nothing else is looked at then."""
    for field, count, limit in (("nodes", len(outline.nodes), NODES), ("edges", len(outline.edges), EDGES)):
        if count > limit:
            message = f"The document has {count} {field}; at most {limit} are allowed."
            yield Problem(f"too_many_{field}", message, (field,), None, "Split it into several workflows.")
