"""What a document may name, as far as it can be known on this machine."""

from collections.abc import Iterator
from difflib import get_close_matches

from interpreter.catalogue import TASK_FIELDS, Catalogue, NodeType, Parameter, Tool
from interpreter.document.model import Document, Graph, Node
from interpreter.problems import PathPart, Problem
from plait.settings import Settings

Path = tuple[PathPart, ...]
ASK = "Check it against a server that has it, or name the tool's module in PLAIT_TOOLS."


def local_catalogue() -> Catalogue:
    """What a worker started here would offer: Plait's types, and tools that are installed or in PLAIT_TOOLS.

    Raises NotReady when a module of PLAIT_TOOLS cannot be imported.
    """
    from activities.catalogue import NODE_TYPES
    from activities.tools.registry import ToolRegistry

    return Catalogue(node_types=dict(NODE_TYPES), tools=ToolRegistry.load(Settings().tools).catalogue())


def with_assumed(catalogue: Catalogue, document: Document) -> tuple[Catalogue, tuple[Problem, ...]]:
    """The catalogue with what only a server can know of taken for granted, and a note on each.

    A type that reads like a known one is not assumed: that is a mistake in typing.
    """
    tools: dict[str, Tool] = {}
    types: dict[str, NodeType] = {}
    notes: list[Problem] = []
    for path, node, kind, said in uses_in(document):
        if kind not in catalogue.node_types and not get_close_matches(kind, catalogue.node_types, 1):
            if kind not in types:
                notes.append(note(f"the type `{kind}`", (*path, "type"), node))
            known = types[kind].parameters if kind in types else {}
            types[kind] = custom_type(kind, {**known, **dict.fromkeys(said, Parameter(secret=True))})
        tool = said.get("tool")
        if kind == "tool_call" and isinstance(tool, str) and tool not in catalogue.tools | tools:
            tools[tool] = Tool(name=tool, idempotent=True)
            notes.append(note(f"the tool `{tool}`", (*path, "with", "tool"), node))
    node_types = {**catalogue.node_types, **types}
    return Catalogue(node_types=node_types, tools={**catalogue.tools, **tools}), tuple(notes)


def custom_type(name: str, parameters: dict[str, Parameter]) -> NodeType:
    """A type of somebody's own, of which nothing is known but what is said to it."""
    return NodeType(name=name, behaviour="activity", fields=TASK_FIELDS, parameters=parameters)


def note(what: str, path: Path, node: Node) -> Problem:
    """That something was not checked; told where it is named first."""
    return Problem("not_checked", f"Whether there is {what} only a server can tell.", path, node.id, ASK)


def uses_in(document: Document) -> Iterator[tuple[Path, Node, str, dict[str, object]]]:
    """Each naming of a type at any depth: where, by which node, the type, and what stands in its `with`."""
    for path, node in nodes_in(document, ()):
        yield path, node, node.type, node.with_
        if node.compensate:
            yield (*path, "compensate"), node, node.compensate.type, node.compensate.with_


def nodes_in(graph: Graph, path: Path) -> Iterator[tuple[Path, Node]]:
    """Each node of a graph and of the bodies in it, and where it stands."""
    field, nodes = ("nodes", graph.nodes) if graph.chain is None else ("chain", graph.chain)
    for place, node in enumerate(nodes):
        here = (*path, field, place)
        yield here, node
        if node.body is not None:
            yield from nodes_in(node.body, (*here, "with"))
