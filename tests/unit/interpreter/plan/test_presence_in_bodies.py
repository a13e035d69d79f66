"""Presence in bodies against brute force: every choice of every graph on the way to a reader is played through."""

# pyright: reportArgumentType=false, reportMissingParameterType=false, reportOptionalMemberAccess=false, reportAttributeAccessIssue=false

from itertools import product

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from interpreter.document.model import Document
from interpreter.plan.compile import compile_document
from tests.support.documents import CATALOGUE
from tests.unit.interpreter.plan.playing import choices, graph_json, graphs, play, upstream_of

END = "end"
"""The reader that stands at the end of a graph."""


@st.composite
def nests(draw):
    """Graphs inside each other, and a reader in the innermost of a node of any of them.

    Each but the innermost names the node that repeats the next, and whether that is a map or a loop.
    """
    levels = []
    for depth in range(draw(st.integers(1, 3))):
        nodes, edges = draw(graphs(least=1 if depth else 2, most=4, texts=3, kinds=("task", "loop", "condition")))
        levels.append({"nodes": nodes, "edges": edges, "owner": None})
        owners = [at for at, node in enumerate(nodes) if node["kind"] != "condition" and node["mode"] != "always"]
        if not owners:
            break
        levels[-1]["owner"] = draw(st.sampled_from(owners))
    innermost = levels[-1]
    readers = [at for at, node in enumerate(innermost["nodes"]) if node["kind"] == "task" and node["mode"] != "always"]
    reader = draw(st.sampled_from([*readers, END]))
    seen = [
        (depth, node)
        for depth, level in enumerate(levels)
        for node in sorted(visible(level, reader if level is innermost else level["owner"]))
    ]
    return levels, reader, draw(st.sampled_from(seen)) if seen else None


def visible(level, reader):
    return range(len(level["nodes"])) if reader == END else upstream_of(level["edges"], reader)


def document(levels, reader, read):
    """The document, from the inside out."""
    expression = f"{{{{ nodes.{'abc'[read[0]]}{read[1]}.output }}}}"
    maps = [level["nodes"][level["owner"]]["kind"] == "task" for level in levels[:-1]]
    graph = {}
    for depth in reversed(range(len(levels))):
        nodes, edges, owner = levels[depth].values()
        prefix = "abc"[depth]
        bodies = {at: a_loop(f"{prefix}{at}x") for at, node in enumerate(nodes) if node["kind"] == "loop"}
        if graph:
            bodies[owner] = repeating(graph, name_of_items(maps, depth + 1), is_map=maps[depth])
        guards = ("input.g0", "input.g1", own_guard(maps, depth))
        graph = graph_json(nodes, edges, prefix=prefix, guards=guards, bodies=bodies)
        if depth == len(levels) - 1 and reader == END:
            graph["output"] = expression
        elif depth == len(levels) - 1:
            graph["nodes"][reader] |= {"type": "tool_call", "with": {"tool": "work", "args": {"x": expression}}}
    return Document.model_validate({"plait": 1, "slug": "example", **graph})


def own_guard(maps, depth):
    """What tells items or laps apart at this depth. Loops inside each other say it by the same text."""
    if not depth:
        return "input.g2"
    return f"{name_of_items(maps, depth)}.g" if maps[depth - 1] else "lap > 1"


def name_of_items(maps, depth):
    return "row" if any(maps[: depth - 1]) else "item"


def repeating(graph, name, *, is_map):
    said = {"items": "input.rows", "as": name} if is_map else {"max_iterations": 3, "until": "false", "output": 1}
    return {"type": "map" if is_map else "loop", "with": said | graph}


def a_loop(name):
    """A loop of its own, which nobody looks into."""
    return repeating({"chain": [{"id": name, "type": "tool_call", "with": {"tool": "work"}}]}, "", is_map=False)


def always_there(levels, reader, read):
    """Whether what is read is there whenever the reader is come to.

    The graphs share two guards, and each has one of its own; all else is decided in each by itself.
    """
    for shared in product((False, True), repeat=2):
        may_be_absent = all(
            any(
                comes_to(
                    level,
                    shared,
                    own,
                    reader if level is levels[-1] else level["owner"],
                    read[1] if depth == read[0] else None,
                )
                for own in (False, True)
            )
            for depth, level in enumerate(levels)
        )
        if may_be_absent:
            return False
    return True


def comes_to(level, shared, own, reader, absent):
    """Whether there is a way through the graph that comes to the reader, while `absent` is not there."""
    ways, winners = choices(level["nodes"], level["edges"])
    for fails in product(*ways):
        for first in product(*winners):
            state, seen, ran = play(level["nodes"], level["edges"], (*shared, own), fails, first)
            reached = None not in state.values() if reader == END else ran[reader]
            there = absent is not None and state[absent] == "completed" and (reader == END or absent in seen[reader])
            if reached and not there:
                return True
    return False


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(nests())
def test_a_reference_in_a_body_is_safe_exactly_if_it_is_there_for_every_item_and_lap(nest):
    levels, reader, read = nest
    if read is None:
        return
    problems = compile_document(document(levels, reader, read), CATALOGUE).problems
    note((levels, reader, read, [one.message for one in problems]))
    assert {one.code for one in problems} <= {
        "may_be_absent",
        "unreachable_node",
        "join_never_fires",
        "case_without_edge",
    }
    assert any(one.code == "may_be_absent" for one in problems) != always_there(levels, reader, read)
