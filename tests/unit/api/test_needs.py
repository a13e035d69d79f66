"""What a version needs of an environment, where its document says so, and what of that is missing."""

from typing import Any

from api.environments.needs import There, missing, needs_of
from interpreter.plan.definition import definition_of
from tests.support.documents import CATALOGUE, a_document

CALL = {"type": "subworkflow", "with": {"workflow": "inner", "input": {}}}


def needs(graph: str = "a", environment: str = "prod", **said: Any) -> Any:
    document = a_document(graph, **said)
    return needs_of(definition_of(document, CATALOGUE).text, CATALOGUE, environment)


def there(**has: Any) -> There:
    nothing: dict[str, Any] = {"variables": {}, "secrets": frozenset(), "promoted": frozenset()}
    return There("prod", **{**nothing, **has})


def test_a_secret_is_needed_once_wherever_it_stands() -> None:
    request = {"headers": {"k": "{{ secrets.B }}"}, "url": "https://x/{{ secrets.A + secrets.B }}"}
    found = needs(nodes={"a": {"type": "http_request", "with": request}}).secrets
    assert [(need.name, need.node, need.path) for need in found] == [
        ("B", "a", ("nodes", 0, "with", "headers", "k")),
        ("A", "a", ("nodes", 0, "with", "url")),
    ]


def test_a_sub_workflow_is_needed_where_it_is_to_run_and_one_with_a_version_is_not() -> None:
    elsewhere = {"type": "subworkflow", "with": {**CALL["with"], "environment": "staging"}}
    fixed = {"type": "subworkflow", "with": {**CALL["with"], "version": 3}}
    found = needs("a; b; c", nodes={"a": CALL, "b": elsewhere, "c": fixed}).workflows
    assert [(need.node, need.environment) for need in found] == [("a", "prod"), ("b", "staging")]


def test_what_stands_in_the_body_of_a_map_is_needed_too() -> None:
    body = [{"id": "inner", "type": "http_request", "with": {"url": "{{ secrets.A }}"}}, {"id": "call", **CALL}]
    found = needs(nodes={"a": {"type": "map", "with": {"items": [1], "nodes": body}}})
    assert [need.name for need in (*found.secrets, *found.workflows)] == ["A", "inner"]


def test_nothing_is_missing_where_everything_is() -> None:
    request = {"url": "{{ secrets.A }}", "headers": {"k": "{{ secrets.B }}"}}
    nodes = {"a": {"type": "http_request", "with": request}, "b": CALL}
    found = needs("a -> b", nodes=nodes, env={"X": {}})
    full = there(variables={"X": "x"}, secrets=frozenset({"A", "PROD_B"}), promoted=frozenset({("prod", "inner")}))
    assert list(missing(found, full)) == []
    assert [problem.code for problem in missing(found, there())] == [
        "variable_not_set",
        "secret_not_set",
        "secret_not_set",
        "workflow_not_promoted",
    ]


def test_a_tool_that_went_is_missing() -> None:
    definition = definition_of(a_document("a", nodes={"a": {"with": {"tool": "gone"}}}), CATALOGUE).text
    assert [problem.code for problem in missing(needs_of(definition, CATALOGUE, "prod"), there())] == ["unknown_tool"]
