"""Every code of a problem: a document that has only that, all of them at once, and the page that lists them."""

# pyright: reportMissingParameterType=false

import json
import re
from itertools import chain
from pathlib import Path

import pytest

from interpreter.catalogue import TASK_FIELDS, Agent, ModelProvider, Models, Workflow
from interpreter.document.model import Document
from interpreter.plan.compile import compile_document
from tests.support.documents import CATALOGUE, a_document_json, a_node
from tests.unit.interpreter.plan.checking import a_loop, a_map, asks, body, calls, gate, transform

KNOWN = CATALOGUE.model_copy(
    update={
        "workflows": {
            "again": Workflow(version=1, uses=("example",)),
            **{f"w{i}": Workflow(version=1, uses=(f"w{i + 1}",)) for i in range(9)},
            "w9": Workflow(version=1),
        },
        "agents": {"researcher": Agent()},
        "models": Models(providers={"openai": ModelProvider(kind="openai")}, aliases={"fast": "openai:gpt"}),
    }
)
SENDS = {"with": {"tool": "send"}}


def sub(slug):
    return {"type": "subworkflow", "with": {"workflow": slug}}


def agent(name):
    return {"type": "agent_call", "with": {"agent": name, "task": "Find it."}}


def llm(model):
    return {"type": "llm", "with": {"model": model, "prompt": "Hello"}}


def deep():
    said = a_map("a")
    for depth in range(8):
        said = a_map(nodes={f"in{depth}": said}, called=f"row{depth}")
    return said


def leading(*edges):
    """A map of one node with these edges."""
    return {"type": "map", "with": {"items": [1], **body("a"), "edges": list(edges)}}


DOCUMENTS = {
    "arrived_output": ("a -> b", {"b": {"when": "arrived[0].output == 1"}}),
    "bad_reference": ("a", {"a": calls(x="{{ nodes }}")}),
    "case_without_edge": ("a -[x]-> b", {"a": asks("x", "y")}),
    "condition_in_chain": (
        "",
        {"each": {"type": "map", "with": {"items": [1], "chain": [a_node("r", **asks("x")), a_node("b")]}}},
    ),
    "cycle": ("a -> b -> a", {}),
    "doubled_edge": ("a -> b; a -[error]-> b", {}),
    "duplicate_id": ("a -> each", {"each": a_map("a")}),
    "duplicate_outcome": ("a -[x]-> b", {"a": asks("x", "x")}),
    "edge_after_end": ("a -> b", {"a": {"type": "end", "with": {}}}),
    "edge_leaves_graph": ("b -> each", {"each": leading({"from": "a", "to": "b"})}),
    "end_in_body": ("each", {"each": a_map("e", nodes={"e": {"type": "end", "with": {}}})}),
    "expression": ("a", {"a": {"when": "input.x >"}}),
    "gate_without_approvers": ("g", {"g": gate(approvers=[])}),
    "inside_body": ("each -> b", {"each": a_map("a"), "b": calls(x="{{ nodes.a.output }}")}),
    "invalid_outcome": ("a -[Yes]-> b", {"a": asks("Yes")}),
    "invalid_schema": ("a", {"a": {"output_schema": {"type": "txt"}}}),
    "isolated_node": ("a -> b", {"c": {}}),
    "join_never_fires": ("a -> b", {"b": {"join": {"mode": "quorum", "n": 2}}}),
    "may_be_absent": ("a -[x]-> b -> d; a -[y]-> d", {"a": asks("x", "y"), "d": calls(x="{{ nodes.b.output }}")}),
    "missing_argument": ("a", {"a": {"with": {"tool": "score"}}}),
    "missing_cancel_rest": ("a -> (b, c)", {"b": {"type": "end", "with": {}}}),
    "missing_field": ("a -> b", {"b": {"join": {"mode": "quorum"}}}),
    "missing_on": ("g -> b", {"g": gate()}),
    "missing_parameter": ("a", {"a": a_loop("b", max_iterations=None)}),
    "no_nodes": ("each", {"each": a_map()}),
    "not_upstream": ("a -> (b, c)", {"c": calls(x="{{ nodes.b.output }}")}),
    "outcome_without_edge": ("g -[approved]-> b", {"g": gate(outcomes=["later"])}),
    "quorum_too_high": ("g", {"g": gate(approvers=["user:ann"], quorum=2)}),
    "recursion": ("a", {"a": sub("again")}),
    "secret_not_allowed": ("a", {"a": calls(x="{{ secrets.KEY }}")}),
    "shadowed_name": ("each", {"each": a_map("inner", nodes={"inner": a_map("a")})}),
    "too_deep_bodies": ("each", {"each": deep()}),
    "too_deep_workflows": ("a", {"a": sub("w1")}),
    "too_many_nodes": (" -> ".join(f"n{i}" for i in range(10_001)), {}),
    "unknown_argument": ("a", {"a": {"with": {"tool": "score", "args": {"text": "x", "txt": "y"}}}}),
    "unknown_field": ("t", {"t": {**transform(1), "timeout": 1}}),
    "unknown_name": ("a", {"a": {"when": "imput.x == 1"}}),
    "unknown_node": ("each", {"each": leading({"from": "a", "to": "z"})}),
    "unknown_outcome": ("a -[late]-> b", {}),
    "unknown_parameter": ("a", {"a": {"with": {"tool": "work", "arg": 1}}}),
    "unknown_reference": ("a", {"a": calls(x="{{ nodes.zz.output }}")}),
    "unknown_agent": ("a", {"a": agent("reseracher")}),
    "unknown_model": ("a", {"a": llm("fsat")}),
    "unknown_tool": ("a", {"a": {"with": {"tool": "wrk"}}}),
    "unknown_type": ("a", {"a": {"type": "transfrm"}}),
    "unknown_workflow": ("a", {"a": sub("agian")}),
    "unreachable_node": ("a", {"a": {"when": "false"}}),
    "wrong_parameter": ("a", {"a": a_loop("b", max_iterations=0)}),
    "wrong_type": ("a", {"a": {"when": "1 + 1"}}),
    "wrong_value": ("a", {"a": {"compensate": {"type": "wait"}}}),
    "loser_not_undone": ("(a, b) -> c", {"a": SENDS, "c": {"join": {"mode": "any", "cancel_rest": True}}}),
    "not_in_effect": ("g", {"g": gate(remind_after="1d")}),
    "unread_node": ("t -> a", {"t": transform(1)}),
    "when_closes_more": ("a -> b", {"a": {"when": "input.x"}}),
}
"""For each code that the compiler gives, the graph and the nodes of a document that has only this problem."""

OF_THE_TEXT_AND_SHAPE = frozenset(
    [
        "chain_and_nodes",
        "document_too_large",
        "duplicate_key",
        "invalid_character",
        "invalid_code",
        "invalid_duration",
        "invalid_encoding",
        "invalid_id",
        "invalid_json",
        "invalid_slug",
        "invalid_value",
        "invalid_yaml",
        "node_type_not_running",
        "not_a_number",
        "number_too_large",
        "number_type",
        "on_is_boolean",
        "price_unknown",
        "reserved_id",
        "too_deep",
        "too_many_edges",
        "too_many_keys",
        "tool_not_running",
        "yaml_anchor",
        "yaml_documents",
        "yaml_key",
        "yaml_tag",
    ]
)
"""Codes of those who read the text, and of those who know programs and workers: they are tried there."""

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "problems.md"


def document(graph, nodes):
    return Document.model_validate(a_document_json(graph, nodes=nodes))


@pytest.mark.parametrize("code", DOCUMENTS)
def test_a_document_with_one_problem_has_that_alone(code):
    found = compile_document(document(*DOCUMENTS[code]), KNOWN)
    assert {one.code for one in (*found.problems, *found.warnings)} == {code}
    assert all(one.message and one.fix and one.path for one in (*found.problems, *found.warnings))


def test_the_page_of_problems_lists_each_code_and_no_other():
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    assert set(chain.from_iterable(re.findall(r"`([a-z_]+)`", row.split("|")[1]) for row in rows)) == (
        DOCUMENTS.keys() | OF_THE_TEXT_AND_SHAPE
    )


ALONE = frozenset(
    # What breaks the graph, so that nothing is said of presence, and what is of presence or a warning.
    [
        "condition_in_chain",
        "cycle",
        "doubled_edge",
        "edge_after_end",
        "edge_leaves_graph",
        "end_in_body",
        "expression",
        "missing_on",
        "no_nodes",
        "unknown_node",
        "unknown_outcome",
        "loser_not_undone",
        "may_be_absent",
        "missing_cancel_rest",
        "not_in_effect",
        "unreachable_node",
        "unread_node",
        "when_closes_more",
        "duplicate_id",
        "not_upstream",
        "too_deep_bodies",
        "too_many_nodes",
    ]
)


def renamed(number, graph):
    """The graph with ids of its own."""
    text = json.dumps(graph)
    text = re.sub(r'"(id|from|to)": "(\w+)"', rf'"\1": "m{number}_\2"', text)
    return json.loads(re.sub(r"nodes\.(\w+)", rf"nodes.m{number}_\1", text))


def test_all_problems_of_all_kinds_are_told_at_once():
    together = DOCUMENTS.keys() - ALONE
    loops = {}
    for number, code in enumerate(sorted(together)):
        graph, nodes = DOCUMENTS[code]
        inner = renamed(number, body(graph, nodes=nodes))
        loops[f"m{number}"] = {"type": "loop", "with": {"max_iterations": 1, "until": "true", "output": 1, **inner}}
    found = compile_document(document(" -> ".join(loops), loops), KNOWN).problems
    assert {one.code for one in found} == together


WORKING = ("tool_call", "http_request", "agent_call", "llm")
TABLE = {
    "timeout": (*WORKING, "human_gate", "event"),
    "deadline": (*WORKING, "map", "loop", "subworkflow"),
    "retry": WORKING,
    "output_schema": (*WORKING, "transform", "condition", "parallel", "join", "end", "event"),
    "accept": WORKING,
    "on_error": (*WORKING, "transform", "join", "map", "loop", "subworkflow"),
    "compensate": (*WORKING, "map", "loop", "subworkflow"),
}
"""Which types take which field."""

SAID = {
    "timeout": 5,
    "deadline": 5,
    "retry": {"max_attempts": 2},
    "output_schema": {"type": "object"},
    "accept": "true",
    "on_error": "continue",
    "compensate": {"type": "tool_call", "with": {"tool": "work"}},
}
TYPES = {
    "tool_call": {},
    "http_request": {"with": {"url": "https://example.org"}},
    "transform": transform({}),
    "condition": asks("x"),
    "parallel": {"with": {}},
    "join": {"with": {}},
    "end": {"with": {}},
    "human_gate": gate(),
    "event": {"with": {"name": "paid"}},
    "wait": {"with": {"for": "1s"}},
    "map": a_map("a"),
    "loop": a_loop("a"),
    "subworkflow": sub("w9"),
    "agent_call": agent("researcher"),
    "llm": llm("fast"),
}


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("field", TASK_FIELDS)
def test_a_type_takes_the_fields_of_the_table_and_no_others(kind, field):
    node = {**TYPES[kind], "type": kind, field: SAID[field]}
    found = compile_document(document("x" if kind != "condition" else "x -[x]-> y", {"x": node}), KNOWN).problems
    expected = [] if kind in TABLE[field] else [("unknown_field", f"nodes[0].{field}")]
    assert [(one.code, one.dotted) for one in found] == expected


def test_the_table_has_every_type_and_every_field():
    assert TYPES.keys() == CATALOGUE.node_types.keys()
    assert TABLE.keys() == set(TASK_FIELDS)
