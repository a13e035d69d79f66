"""From text to a document."""

import json
import time
from typing import Any

import pytest

from interpreter.document.dump import document_json
from interpreter.document.model import Document
from interpreter.document.read import LIMIT_BYTES, Reading, read_document
from interpreter.problems import Problem

EXAMPLE = """\
# An example
plait: 1
slug: invoice-approval
name: Invoice approval
tags: [finance]
input: {type: object, properties: {amount: {type: number}}}
vars: {limit: 0.8}
env: {OUT: {type: string, default: out}}
deadline: 14d
budget: {cost_usd: 2.5, tokens: 1000, seconds: 60}
defaults: {timeout: 90s, retry: {max_attempts: 4, initial_interval: 100ms}, on_error: hold}
nodes:
  - id: load
    type: tool_call
    with: {tool: read_csv, args: {path: "{{ input.path }}"}}
    timeout: 1.5m
    output_schema: true
  - id: route
    type: condition
    with:
      cases:
        - {name: good, when: nodes.load.output.ok}
    when: true
edges:
  - {from: load, to: route, on: [success, skipped]}
  - from: route
    to: load
    on: good
output: {text: "{{ nodes.load.output }}"}
"""


def read_yaml(text: str) -> Reading:
    return read_document(text, "application/yaml")


def read_json(value: Any) -> Reading:
    return read_document(value if isinstance(value, str | bytes) else json.dumps(value), "application/json")


def minimal(**more: Any) -> dict[str, Any]:
    return {"plait": 1, "slug": "x", "nodes": [{"id": "a", "type": "transform"}], **more}


def test_a_document_reads_the_same_from_yaml_and_json() -> None:
    reading = read_yaml(EXAMPLE)
    assert reading.problems == ()
    assert reading.document is not None
    assert read_json(json.dumps(document_json(reading.document))).document == reading.document
    assert reading.document.deadline == 14 * 86400
    assert reading.document.nodes[0].timeout == 90
    assert reading.document.edges[1].on == ("good",)


def test_a_document_dumps_only_what_it_said_and_durations_in_seconds() -> None:
    document = Document.model_validate(minimal(deadline="2h", expect="0.5s", chain=None))
    dumped = document_json(document)
    assert dumped == minimal(deadline=7200, expect=0.5, chain=None)
    assert isinstance(dumped["deadline"], int)
    assert Document.model_validate(dumped) == document


def test_an_edge_may_write_on_without_quotes() -> None:
    reading = read_yaml(
        "plait: 1\nslug: x\nnodes: [{id: a, type: t}, {id: b, type: t}]\nedges: [{from: a, to: b, on: error}]"
    )
    assert reading.document is not None
    assert reading.document.edges[0].on == ("error",)


def test_bytes_may_begin_with_a_byte_order_mark() -> None:
    assert read_json(b"\xef\xbb\xbf" + json.dumps(minimal()).encode()).document is not None
    assert read_json("\ufeff" + json.dumps(minimal())).document is not None


def test_text_that_is_no_utf_8_is_a_problem_with_its_line() -> None:
    assert read_json(b'{\n"a": "\xff"}').problems == (
        Problem("invalid_encoding", "this is not UTF-8", fix="Save the file as UTF-8.", line=2),
    )


@pytest.mark.parametrize("source", ["x" * (LIMIT_BYTES + 1), b"x" * (LIMIT_BYTES + 1), "é" * (LIMIT_BYTES // 2 + 1)])
def test_a_document_over_4_mib_is_a_problem(source: str | bytes) -> None:
    assert [problem.code for problem in read_json(source).problems] == ["document_too_large"]


def shape_problems(reading: Reading) -> set[tuple[str, str, str | None]]:
    return {(problem.code, problem.dotted, problem.node) for problem in reading.problems}


def test_all_problems_of_shape_come_at_once_with_node_and_place() -> None:
    text = """\
plait: 2
slug: Not A Slug
nodez: []
nodes:
  - id: Draft 1
    type: x
    tiemout: 5s
    timeout: 5 parsecs
    retry: {max_attempts: 0, backoff_coefficient: "2"}
  - id: in
  - 5
edges:
  - {from: a}
  - {from: a, to: b, "true": error}
env: {A: {typ: string}}
tags: legal
priority: 9
on_failure: 5
output_schema: {}
"""
    reading = read_yaml(text)
    assert reading.document is None
    assert shape_problems(reading) == {
        ("invalid_value", "plait", None),
        ("invalid_slug", "slug", None),
        ("unknown_field", "nodez", None),
        ("invalid_id", "nodes[0].id", "Draft 1"),
        ("unknown_field", "nodes[0].tiemout", "Draft 1"),
        ("invalid_duration", "nodes[0].timeout", "Draft 1"),
        ("invalid_value", "nodes[0].retry.max_attempts", "Draft 1"),
        ("wrong_type", "nodes[0].retry.backoff_coefficient", "Draft 1"),
        ("reserved_id", "nodes[1].id", "in"),
        ("missing_field", "nodes[1].type", "in"),
        ("wrong_type", "nodes[2]", None),
        ("missing_field", "edges[0].to", None),
        ("on_is_boolean", "edges[1].true", None),
        ("unknown_field", "env.A.typ", None),
        ("wrong_type", "tags", None),
        ("invalid_value", "priority", None),
        ("wrong_type", "on_failure", None),
        ("unknown_field", "output_schema", None),
    }
    lines = {problem.dotted: problem.line for problem in reading.problems}
    assert (lines["nodes[0].tiemout"], lines["nodes[1].type"], lines["nodes[2]"], lines["edges[1].true"]) == (
        7,
        10,
        11,
        14,
    )
    fixes = {problem.dotted: problem.fix for problem in reading.problems}
    assert fixes["nodez"] == "Did you mean `nodes`?"
    assert fixes["nodes[0].tiemout"] == "Did you mean `timeout`?"
    assert fixes["env.A.typ"] == "Did you mean `type`?"
    messages = {problem.dotted: problem.message for problem in reading.problems}
    assert messages["edges[1].true"] == "your YAML tool read `on` as a boolean: quote it"
    assert messages["tags"] == "`tags` must be a list"
    assert messages["nodes[2]"] == "an item of `nodes` must be an object"
    assert messages["plait"] == "`plait` must be 1"
    assert messages["nodes[0].retry.max_attempts"] == "`max_attempts` must be at least 1"


@pytest.mark.parametrize(
    ("more", "code", "path"),
    [
        ({"chain": [{"id": "b", "type": "t"}]}, "chain_and_nodes", "chain"),
        ({"nodes": []}, "missing_field", "nodes"),
        ({"slug": "x" * 101}, "invalid_slug", "slug"),
        ({"slug": "-x"}, "invalid_slug", "slug"),
        ({"deadline": -1}, "invalid_duration", "deadline"),
        ({"deadline": True}, "invalid_duration", "deadline"),
        ({"deadline": "9" * 400 + "d"}, "invalid_duration", "deadline"),
        ({"deadline": "101000d"}, "invalid_duration", "deadline"),
        ({"deadline": 0}, "invalid_value", "deadline"),
        ({"nodes": [{"id": "a", "type": "t", "timeout": 0}]}, "invalid_value", "nodes[0].timeout"),
        ({"nodes": [{"id": "a", "type": "t", "deadline": "0s"}]}, "invalid_value", "nodes[0].deadline"),
        ({"defaults": {"timeout": 1e-9}}, "invalid_value", "defaults.timeout"),
        ({"defaults": {"retry": {"initial_interval": 0}}}, "invalid_value", "defaults.retry.initial_interval"),
        ({"priority": "3"}, "wrong_type", "priority"),
        ({"priority": 1.5}, "wrong_type", "priority"),
        ({"expose": {"mcp": "yes"}}, "wrong_type", "expose.mcp"),
        ({"input": 5}, "wrong_type", "input"),
        ({"nodes": [{"id": "a", "type": "t", "with_": {}}]}, "unknown_field", "nodes[0].with_"),
        ({"nodes": [{"id": 5, "type": "t"}]}, "wrong_type", "nodes[0].id"),
        ({"edges": [{"from": "a", "to": "b", "on": []}]}, "invalid_value", "edges[0].on"),
        ({"edges": [{"from": "a", "to": "b", "on": 5}]}, "wrong_type", "edges[0].on"),
        ({"concurrency": {}}, "missing_field", "concurrency.limit"),
    ],
)
def test_one_mistake_is_one_problem(more: dict[str, Any], code: str, path: str) -> None:
    assert [(problem.code, problem.dotted) for problem in read_json(minimal(**more)).problems] == [(code, path)]


def test_types_that_a_field_may_have_are_said_in_one_sentence() -> None:
    assert read_json(minimal(input=5)).problems[0].message == "`input` must be an object or true or false"


def test_a_document_without_nodes_is_told_what_to_add() -> None:
    problems = read_json({"plait": 1, "slug": "x"}).problems
    assert [problem.fix for problem in problems] == ["Add `nodes` and `edges`, or a `chain`."]
    assert read_json({"plait": 1, "slug": "x", "chain": [{"id": "a", "type": "t"}]}).problems == ()


@pytest.mark.parametrize("text", ["[]", "5", "null", '"text"'])
def test_a_document_is_an_object(text: str) -> None:
    assert [(problem.code, problem.message) for problem in read_json(text).problems] == [
        ("wrong_type", "a workflow is an object")
    ]


def test_an_unknown_field_without_a_likeness_is_told_what_there_is() -> None:
    problem = read_json(minimal(edges=[{"from": "a", "to": "b", "zzz": 1}])).problems[0]
    assert problem.fix == "These are known here: from, on, to, when."


def test_places_are_found_for_whoever_checks_more() -> None:
    for reading in (
        read_yaml(EXAMPLE),
        read_json('{"plait": 1, "slug": "x",\n "nodes": [\n {"id": "a", "type": "t"}]}'),
    ):
        node = reading.positions.locate(Problem("x", "y", ("nodes", 0, "with", "missing", 3)))
        assert node.line == {True: 15, False: 3}[len(reading.document.nodes) == 2 if reading.document else False]
        assert reading.positions.locate(Problem("x", "y", ())).line is not None
        assert reading.positions.locate(Problem("x", "y", (), line=99)).line == 99


def test_a_thousand_nodes_are_read_in_milliseconds() -> None:
    node = {
        "type": "tool_call",
        "with": {"tool": "x", "args": {"a": "{{ nodes.b.output }}", "b": [1, 2]}},
        "timeout": "60s",
    }
    source = json.dumps(minimal(nodes=[{"id": f"n{n}", **node} for n in range(1000)]))
    best = 1.0
    for _ in range(5):
        began = time.process_time()
        assert read_json(source).problems == ()
        best = min(best, time.process_time() - began)
    assert best < 0.25, "8 ms on a quiet machine"
