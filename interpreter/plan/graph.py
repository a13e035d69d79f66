"""Checks of the graph itself: ids, edges to nothing, doubled edges, cycles, nodes without an edge."""

from collections.abc import Iterator

from interpreter.plan.draft import Draft, did_you_mean
from interpreter.plan.order import cycles
from interpreter.problems import Problem


def check_graph(draft: Draft) -> Iterator[Problem]:
    """What is wrong with the ids and edges, whatever the nodes are."""
    yield from _ids(draft)
    yield from _edges(draft)
    yield from _cycles(draft)
    yield from _isolated(draft)


def _ids(draft: Draft) -> Iterator[Problem]:
    first = draft.outline.index_of
    for index, node in enumerate(draft.outline.nodes):
        if first[node.id] != index:
            message = f"Two nodes have the id `{node.id}`."
            yield draft.at_node("duplicate_id", index, message, "Give one of them another id.", "id")
    if not draft.outline.nodes:
        yield Problem("no_nodes", "The document has no nodes.", ("nodes",), None, "Add a node under `nodes`.")


def _edges(draft: Draft) -> Iterator[Problem]:
    outline = draft.outline
    seen: set[tuple[str, str]] = set()
    for index, edge in enumerate(outline.edges):
        for field, name in (("from", edge.from_), ("to", edge.to)):
            if name not in outline.index_of:
                message = f"The edge from `{edge.from_}` to `{edge.to}` names `{name}`, which is not a node."
                fix = did_you_mean(name, outline.index_of, "Name a node of this document, or take the edge out.")
                yield draft.at_edge("unknown_node", index, message, fix, field)
        if (edge.from_, edge.to) in seen and edge.from_ != edge.to:
            message = f"There are two edges from `{edge.from_}` to `{edge.to}`."
            fix = "Keep one, and list its outcomes: `on: [first, second]`."
            yield draft.at_edge("doubled_edge", index, message, fix)
        seen.add((edge.from_, edge.to))


def _cycles(draft: Draft) -> Iterator[Problem]:
    if draft.acyclic:
        return
    nodes = draft.outline.nodes
    for cycle in cycles(len(nodes), draft.ends):
        way = " -> ".join(nodes[node].id for node in (*cycle, cycle[0]))
        edge = draft.outline.ends.index((cycle[-1], cycle[0]))
        message = f"The nodes wait for each other in a circle: {way}."
        yield draft.at_edge(
            "cycle", edge, message, f"Take out one of these edges, such as the one to `{nodes[cycle[0]].id}`."
        )


def _isolated(draft: Draft) -> Iterator[Problem]:
    outline = draft.outline
    if len(outline.nodes) < 2:
        return
    named = {name for edge in outline.edges for name in (edge.from_, edge.to)}
    for index, node in enumerate(outline.nodes):
        if node.id not in named:
            message = f"No edge leads to `{node.id}` or from it."
            yield draft.at_node("isolated_node", index, message, "Connect it by an edge, or take it out.")
