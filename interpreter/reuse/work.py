"""What a node does, as far as its result depends on it: the part of the reuse key that the document gives.

The other part is the hash of its resolved input. Limits, retries, joins and guards decide when and how
often a node runs, not what it gives, and so are no part of either.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from interpreter.catalogue import BODY
from interpreter.plan.model import PlannedNode
from interpreter.values import Json, canonical


def changes_of(before: PlannedNode, now: PlannedNode) -> tuple[str, ...]:
    """The fields by which what the node does differs, such as `with.prompt`; none if its result may be kept."""
    old, new = work_of(before), work_of(now)
    return tuple(name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name))


def work_of(node: PlannedNode) -> Mapping[str, str]:
    """What the node does: the canonical text of each field that counts, by the field's name."""
    return {name: canonical(value) for name, value in _fields(node)}


def _fields(node: PlannedNode) -> Iterator[tuple[str, Json]]:
    yield "type", node.kind.name
    for name, value in node.node.with_.items():
        if node.body is None or name not in BODY:
            yield f"with.{name}", value
    yield "output_schema", node.node.output_schema
    yield "accept", node.node.accept
    yield "type.parameters", _plain(node.kind.parameters)
    yield "type.output_schema", node.kind.output_schema
    if node.tool is not None:
        yield "tool.parameters", node.tool.parameters
        yield "tool.output_schema", node.tool.output_schema


def _plain(parameters: Mapping[str, Any]) -> Json:
    """The parameters as JSON, without what is said of them to people."""
    return {name: each.model_dump(mode="json", exclude={"description"}) for name, each in parameters.items()}
