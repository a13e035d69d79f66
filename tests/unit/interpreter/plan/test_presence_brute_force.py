"""Presence against brute force: every choice of a small random document is played through."""

# pyright: reportArgumentType=false, reportMissingParameterType=false, reportOptionalMemberAccess=false, reportAttributeAccessIssue=false

from itertools import product

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from interpreter.document.model import Document
from interpreter.plan.compile import compile_document
from tests.support.documents import CATALOGUE
from tests.unit.interpreter.plan.playing import choices, graph_json, graphs, play, upstream_of


def document(nodes, edges, reader, read):
    graph = graph_json(nodes, edges)
    graph["nodes"][reader]["with"] = {"tool": "work", "args": {"x": f"{{{{ nodes.n{read}.output }}}}"}}
    return Document.model_validate({"plait": 1, "slug": "example", **graph})


def always_there(nodes, edges, reader, read):
    """Whether the output of `read` is there in every run in which the reader runs."""
    ways, winners = choices(nodes, edges)
    for guards in product((False, True), repeat=2):
        for fails in product(*ways):
            for first in product(*winners):
                state, seen, ran = play(nodes, edges, guards, fails, first)
                if ran[reader] and not (state[read] == "completed" and read in seen[reader]):
                    return False
    return True


@settings(max_examples=250, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(graphs(), st.data())
def test_a_reference_is_safe_exactly_if_it_is_there_in_every_run(graph, data):
    nodes, edges = graph
    readers = [
        index for index, node in enumerate(nodes) if index and node["kind"] == "task" and node["mode"] != "always"
    ]
    if not readers:
        return
    reader = data.draw(st.sampled_from(readers))
    read = data.draw(st.sampled_from(sorted(upstream_of(edges, reader))))
    problems = compile_document(document(nodes, edges, reader, read), CATALOGUE).problems
    alarmed = any(one.code == "may_be_absent" and one.node == f"n{reader}" for one in problems)
    note((nodes, edges, reader, read, [one.message for one in problems]))
    assert alarmed != always_there(nodes, edges, reader, read)


def test_a_guard_that_fails_is_not_passed_over_by_on_error_continue():
    """What follows a node that goes on after failures ran behind its guard, also if a race follows too."""
    plain = {"kind": "task", "test": 0, "when": None, "mode": "settled", "continue": True}
    nodes = [{**plain, "when": 1}, plain, plain, {**plain, "mode": "any"}]
    edges = [(0, 1, ["success"], None), (0, 2, ["error"], 1), (0, 3, ["success"], None)]
    assert always_there(nodes, edges, 1, 0)
    assert compile_document(document(nodes, edges, 1, 0), CATALOGUE).problems == ()
