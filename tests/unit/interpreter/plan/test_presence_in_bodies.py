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
    """The document from the inside out. `g2` of a body is about its own item or lap."""
    expression = f"{{{{ nodes.{'abc'[read[0]]}{read[1]}.output }}}}"
    inner, maps = None, []
    for depth, level in enumerate(levels[:-1]):
        maps.append(level["nodes"][level["owner"]]["kind"] == "task")
    for depth in reversed(range(len(levels))):
        level, prefix = levels[depth], "abc"[depth]
        local = "input.g2"
        if depth:
            name = "row" if any(maps[: depth - 1]) else "item"
            local = f"{name}.g" if maps[depth - 1] else "lap > 1"
        bodies = {
            at: {
                "type": "loop",
                "with": {"max_iterations": 2, "until": "false", "output": 1, "chain": [a_task(f"{prefix}{at}x")]},
            }
            for at, node in enumerate(level["nodes"])
            if node["kind"] == "loop"
        }
        if inner is not None:
            repeats = {"items": "input.rows", "as": "row" if any(maps[:depth]) else "item"}
            loops = {"max_iterations": 3, "until": "false", "output": 1}
            bodies[level["owner"]] = {
                "type": "map" if maps[depth] else "loop",
                "with": (repeats if maps[depth] else loops) | inner,
            }
        inner = graph_json(
            level["nodes"], level["edges"], prefix=prefix, guards=("input.g0", "input.g1", local), bodies=bodies
        )
        if level is levels[-1] and reader == END:
            inner["output"] = expression
        elif level is levels[-1]:
            inner["nodes"][reader] |= {"type": "tool_call", "with": {"tool": "work", "args": {"x": expression}}}
    return Document.model_validate({"plait": 1, "slug": "example", **inner})


def a_task(name):
    return {"id": name, "type": "tool_call", "with": {"tool": "work"}}


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
