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
            fix = "Give one of them another id; bodies and what is around them share their ids."
            yield draft.at_node("duplicate_id", index, message, fix, "id")
    for area in draft.outline.areas:
        if not area.nodes:
            owner = None if area.owner is None else draft.outline.nodes[area.owner].id
            message = "The document has no nodes." if owner is None else f"The body of `{owner}` has no nodes."
            yield Problem("no_nodes", message, (*area.path, "nodes"), owner, "Add a node under `nodes`.")


def _edges(draft: Draft) -> Iterator[Problem]:
    for number, area in enumerate(draft.outline.areas):
        own = {draft.outline.nodes[node].id for node in area.nodes}
        seen: set[tuple[str, str]] = set()
        for index in area.edges:
            edge = draft.outline.edges[index]
            pair = source, target = edge.from_, edge.to
            if source not in own:
                yield _to_nothing(draft, index, number, "from", source, own)
            if target not in own:
                yield _to_nothing(draft, index, number, "to", target, own)
            if pair in seen and source != target:
                message = f"There are two edges from `{edge.from_}` to `{edge.to}`."
                fix = "Keep one, and list its outcomes: `on: [first, second]`."
                yield draft.at_edge("doubled_edge", index, message, fix)
            seen.add(pair)


def _to_nothing(draft: Draft, index: int, area: int, field: str, name: str, own: set[str]) -> Problem:
    """An edge that names no node of its graph: one of another graph, or none at all."""
    edge = draft.outline.edges[index]
    node = draft.outline.index_of.get(name)
    if node is None:
        message = f"The edge from `{edge.from_}` to `{edge.to}` names `{name}`, which is not a node."
        fix = did_you_mean(name, own, "Name a node of this document, or take the edge out.")
        return draft.at_edge("unknown_node", index, message, fix, field)
    owner = draft.outline.owner_in(area, node)
    where = "is outside of this body" if owner is None else f"is inside `{draft.outline.nodes[owner].id}`"
    message = f"The edge from `{edge.from_}` to `{edge.to}` leads out of its graph: `{name}` {where}."
    fix = "Let edges join nodes of one graph" + (
        "." if owner is None else f", here with `{draft.outline.nodes[owner].id}` itself."
    )
    return draft.at_edge("edge_leaves_graph", index, message, fix, field)


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
    for area in outline.areas:
        edges = outline.edges[area.edges.start : area.edges.stop]
        named = {edge.from_ for edge in edges} | {edge.to for edge in edges}
        for index in area.nodes if len(area.nodes) > 1 else ():
            if outline.nodes[index].id not in named:
                message = f"No edge leads to `{outline.nodes[index].id}` or from it."
                yield draft.at_node("isolated_node", index, message, "Connect it by an edge, or take it out.")
