"""What changed from one document to another: nodes and edges by what they are, the rest by name."""

from collections.abc import Mapping
from typing import Any

from api.http.models import JsonObject, View
from interpreter.values import canonical


class NodeChange(View):
    """A node that both have, with the fields that differ."""

    id: str
    fields: list[str]
    before: JsonObject
    after: JsonObject


class NodeChanges(View):
    """What became of the nodes."""

    added: list[str]
    removed: list[str]
    changed: list[NodeChange]
    moved: bool


class EdgeChanges(View):
    """Edges that only one of the two has. A changed edge is one that went and one that came."""

    added: list[JsonObject]
    removed: list[JsonObject]


class FieldChange(View):
    """A field of the document itself."""

    field: str
    before: Any
    after: Any


class Difference(View):
    """What changed between two versions; empty lists where nothing did."""

    before: int
    after: int
    nodes: NodeChanges
    edges: EdgeChanges
    fields: list[FieldChange]


def compare(before: JsonObject, after: JsonObject, numbers: tuple[int, int]) -> Difference:
    """The difference of two documents."""
    apart = {"nodes", "edges", "chain"}
    return Difference(
        before=numbers[0],
        after=numbers[1],
        nodes=compare_nodes(nodes_of(before), nodes_of(after)),
        edges=compare_edges(before.get("edges", []), after.get("edges", [])),
        fields=[
            FieldChange(field=name, before=before.get(name), after=after.get(name))
            for name in differing(before, after)
            if name not in apart
        ],
    )


def nodes_of(document: JsonObject) -> dict[str, JsonObject]:
    """The nodes by id, in document order."""
    return {node["id"]: node for node in document.get("chain") or document.get("nodes", [])}


def compare_nodes(before: dict[str, JsonObject], after: dict[str, JsonObject]) -> NodeChanges:
    """Nodes by id; `moved` says that those they share stand in another order."""
    both = [name for name in before if name in after]
    changed = [name for name in both if canonical(before[name]) != canonical(after[name])]
    return NodeChanges(
        added=[name for name in after if name not in before],
        removed=[name for name in before if name not in after],
        changed=[
            NodeChange(id=name, fields=differing(before[name], after[name]), before=before[name], after=after[name])
            for name in changed
        ],
        moved=both != [name for name in after if name in before],
    )


def compare_edges(before: list[JsonObject], after: list[JsonObject]) -> EdgeChanges:
    """Edges by all they say."""
    old, new = ({canonical(edge): edge for edge in edges} for edges in (before, after))
    return EdgeChanges(
        added=[edge for text, edge in new.items() if text not in old],
        removed=[edge for text, edge in old.items() if text not in new],
    )


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The names whose values differ, in the order in which they are met."""
    old, new = ({name: canonical(value) for name, value in each.items()} for each in (before, after))
    return [name for name in dict.fromkeys((*before, *after)) if old.get(name) != new.get(name)]
