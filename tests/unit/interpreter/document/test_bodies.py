"""The shape of what maps and loops repeat."""

from typing import Any

import pytest

from interpreter.document.dump import document_json
from interpreter.document.model import Document, Node
from interpreter.document.read import read_document
from interpreter.problems import Problem

TASK = {"id": "a", "type": "tool_call"}


def reading(said: dict[str, Any], kind: str = "map") -> tuple[Problem, ...]:
    """What is wrong with a document whose one node repeats this."""
    document = {"plait": 1, "slug": "x", "nodes": [{"id": "each", "type": kind, "with": said}]}
    return read_document(repr(document), "application/yaml").problems


def places(said: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    return [(one.code, one.dotted, one.node) for one in reading(said)]


def nested(depth: int) -> dict[str, Any]:
    said: dict[str, Any] = {"chain": [TASK]}
    for level in range(depth):
        said = {"items": [1], "nodes": [{"id": f"each{level}", "type": "map", "with": said}]}
    return said


def test_a_body_is_read_as_nodes_and_edges() -> None:
    said = {"nodes": [TASK, {"id": "b", "type": "wait"}], "edges": [{"from": "a", "to": "b", "on": "error"}]}
    document = Document.model_validate(
        {"plait": 1, "slug": "x", "nodes": [{"id": "each", "type": "map", "with": {"items": "input", **said}}]}
    )
    body = document.nodes[0].body
    assert body is not None
    assert [node.id for node in body.nodes] == ["a", "b"]
    assert body.edges[0].on == ("error",)
    assert [node.id for node in document.every()] == ["each", "a", "b"]


def test_only_what_repeats_has_a_body() -> None:
    assert Node.model_validate({"id": "a", "type": "tool_call", "with": {"nodes": [1]}}).body is None


@pytest.mark.parametrize("depth", [0, 1, 5])
def test_a_document_with_bodies_dumps_what_it_said(depth: int) -> None:
    node = {"id": "each", "type": "loop", "with": nested(depth)}
    said = {"plait": 1, "slug": "x", "nodes": [node]}
    document = Document.model_validate(said)
    assert document_json(document) == said
    assert Document.model_validate(document_json(document)) == document


def test_a_body_has_nodes_or_a_chain() -> None:
    assert places({"items": [1]}) == [("missing_field", "nodes[0].with.nodes", "each")]
    assert places({"chain": [TASK], "edges": []}) == [("chain_and_nodes", "nodes[0].with.chain", "each")]
    assert places({"chain": [TASK]}) == []


def test_an_unknown_field_in_a_body_names_the_one_that_was_meant_and_the_innermost_node() -> None:
    inner = {"id": "each2", "type": "map", "with": {"chain": [{**TASK, "wehn": 1}]}}
    (problem,) = reading({"nodes": [inner]})
    assert (problem.code, problem.dotted, problem.node) == (
        "unknown_field",
        "nodes[0].with.nodes[0].with.chain[0].wehn",
        "a",
    )
    assert problem.fix == "Did you mean `when`?"
    assert problem.line is not None


def test_an_edge_in_a_body_whose_on_was_read_as_a_boolean_is_told() -> None:
    (problem,) = reading({"nodes": [TASK], "edges": [{"from": "a", "to": "a", "true": "x"}]})
    assert (problem.code, problem.dotted, problem.node) == ("on_is_boolean", "nodes[0].with.edges[0].true", "each")


def test_all_that_is_wrong_in_all_bodies_is_told_at_once() -> None:
    said = {"nodes": [{"id": "A", "type": "x"}, {**TASK, "timeout": "soon"}, 5], "edges": [{"from": "a"}]}
    assert places(said) == [
        ("invalid_id", "nodes[0].with.nodes[0].id", "A"),
        ("invalid_duration", "nodes[0].with.nodes[1].timeout", "a"),
        ("wrong_type", "nodes[0].with.nodes[2]", "each"),
        ("missing_field", "nodes[0].with.edges[0].to", "each"),
    ]


def test_a_body_that_is_no_object_is_told_once() -> None:
    document = "plait: 1\nslug: x\nnodes: [{id: each, type: map, with: 5}, {type: loop}]"
    found = read_document(document, "application/yaml").problems
    assert [(one.code, one.dotted, one.node) for one in found] == [
        ("missing_field", "nodes[1].with.nodes", None),
        ("wrong_type", "nodes[0].with", "each"),
        ("missing_field", "nodes[1].id", None),
    ]
