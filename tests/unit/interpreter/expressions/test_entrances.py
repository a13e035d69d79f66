"""Every place of a document that takes an expression takes the same language, and no other."""

from collections.abc import Callable
from typing import Any

import pytest

from interpreter.document.model import Document
from interpreter.expressions import ExpressionProblem, parse, parse_template
from interpreter.plan.compile import compile_document
from interpreter.problems import Problem
from tests.support.documents import CATALOGUE, a_document_json
from tests.unit.interpreter.expressions.corpus import BLOW_UPS, ESCAPES

Body = dict[str, Any]


def of_node(said: Body) -> Body:
    return a_document_json("a", nodes={"a": said})


def of_edge(source: str) -> Body:
    drawn = a_document_json("a -> b")
    drawn["edges"][0]["when"] = source
    return drawn


def of_case(source: str) -> Body:
    nodes = {"a": {"type": "condition", "with": {"cases": [{"name": "yes", "when": source}], "default": "no"}}}
    return a_document_json("a -[yes, no]-> b", nodes=nodes)


def of_map(items: str, output: str = "done") -> Body:
    return of_node({"type": "map", "with": {"items": items, "output": output, "nodes": [inner()], "edges": []}})


def of_loop(until: str, initial: str = "begin") -> Body:
    said = {"until": until, "initial": initial, "max_iterations": 2, "output": 1, "nodes": [inner()], "edges": []}
    return of_node({"type": "loop", "with": said})


def inner() -> Body:
    return {"id": "inner", "type": "transform", "with": {"value": 1}}


BARE: dict[str, tuple[str, Callable[[str], Body]]] = {
    "a node's guard": ("nodes[0].when", lambda source: of_node({"when": source})),
    "an edge's guard": ("edges[0].when", of_edge),
    "a case": ("nodes[0].with.cases[0].when", of_case),
    "accept": ("nodes[0].accept", lambda source: of_node({"accept": source})),
    "items": ("nodes[0].with.items", of_map),
    "until": ("nodes[0].with.until", of_loop),
    "an event's key": ("nodes[0].with.key", lambda source: of_node({"type": "event", "with": {"name": "e", "key": source}})),
    "a queue's key": ("concurrency.key", lambda source: a_document_json("a", concurrency={"key": source, "limit": 1})),
}  # fmt: skip
"""Where an expression stands bare, with the path that its problems have."""
TEMPLATES: dict[str, tuple[str, Callable[[str], Body]]] = {
    "a value": ("nodes[0].with.value", lambda text: of_node({"type": "transform", "with": {"value": text}})),
    "a part of a value": ("nodes[0].with.value.x[1]", lambda text: of_node({"type": "transform", "with": {"value": {"x": [1, text]}}})),
    "a tool's argument": ("nodes[0].with.args.x", lambda text: of_node({"with": {"tool": "work", "args": {"x": text}}})),
    "a URL": ("nodes[0].with.url", lambda text: of_node({"type": "http_request", "with": {"url": text}})),
    "a header": ("nodes[0].with.headers.X", lambda text: of_node({"type": "http_request", "with": {"url": "https://example.org", "headers": {"X": text}}})),
    "a gate's title": ("nodes[0].with.title", lambda text: of_node({"type": "human_gate", "with": {"title": text, "approvers": ["user:ann"]}})),
    "a timer": ("nodes[0].with.for", lambda text: of_node({"type": "wait", "with": {"for": text}})),
    "merge": ("nodes[0].with.merge", lambda text: of_node({"type": "join", "with": {"merge": text}})),
    "a compensation": ("nodes[0].compensate.with.args.x", lambda text: of_node({"compensate": {"type": "tool_call", "with": {"tool": "work", "args": {"x": text}}}})),
    "an item's output": ("nodes[0].with.output", lambda text: of_map("[1]", text)),
    "the first lap": ("nodes[0].with.initial", lambda text: of_loop("true", text)),
    "the output": ("output.x", lambda text: a_document_json("a", output={"x": text})),
}  # fmt: skip
"""Where text may hold templates, likewise."""


def problems(body: Body) -> tuple[Problem, ...]:
    return compile_document(Document.model_validate(body), CATALOGUE).problems


def unreadable(source: str, read: Callable[[str], object] = parse) -> bool:
    try:
        read(source)
    except ExpressionProblem:
        return True
    return False


@pytest.mark.parametrize("entrance", BARE)
def test_what_is_no_expression_is_refused_wherever_an_expression_may_stand(entrance: str) -> None:
    path, body = BARE[entrance]
    for source in filter(unreadable, ESCAPES):
        assert ("expression", path) in [(found.code, found.dotted) for found in problems(body(source))], source


@pytest.mark.parametrize("entrance", TEMPLATES)
def test_what_is_no_expression_is_refused_wherever_a_template_may_stand(entrance: str) -> None:
    path, body = TEMPLATES[entrance]
    for template in ("{{ %s }}", "so: {{ %s }}"):
        for text in (template % source for source in ESCAPES):
            if unreadable(text, parse_template):
                assert ("expression", path) in [(found.code, found.dotted) for found in problems(body(text))], text


@pytest.mark.parametrize(
    ("entrance", "template"), [*((name, "%s") for name in BARE), *((name, "{{ %s }}") for name in TEMPLATES)]
)
def test_what_can_be_read_is_checked_without_being_evaluated(entrance: str, template: str) -> None:
    """Every problem is of the document; nothing is raised, and a blow-up costs no more than its text."""
    _, body = (BARE | TEMPLATES)[entrance]
    for source in (*BLOW_UPS, *ESCAPES):
        for found in problems(body(template % source)):
            assert found.message


@pytest.mark.parametrize("text", ["{{ 9**9 }}", "{{ input.x", "${7*7}", "{% for %}"])
def test_text_that_is_no_place_for_expressions_stays_text(text: str) -> None:
    named = a_document_json("a", nodes={"a": {"name": text, "description": text}}, name=text, tags=[text])
    form = {
        "title": "Sign",
        "approvers": ["user:ann"],
        "form": {"type": "object", "properties": {"x": {"default": text}}},
    }
    assert problems(named) == ()
    assert problems(of_node({"type": "human_gate", "with": form})) == ()
