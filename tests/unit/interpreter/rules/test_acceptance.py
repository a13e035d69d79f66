"""What an output is refused for, the same at work and in a simulation."""

from collections.abc import Mapping
from typing import Any

from interpreter.plan.model import PlannedNode
from interpreter.rules.acceptance import accept_refusal, schema_refusal
from tests.support.documents import a_plan


def a_node(**said: Any) -> PlannedNode:
    return a_plan("a", nodes={"a": said}).nodes[0]


def texts_alone(_: Mapping[str, Any], value: object) -> list[str]:
    return [] if isinstance(value, str) else ["is no text"]


def test_a_node_without_a_schema_or_accept_takes_everything() -> None:
    assert schema_refusal(a_node(), 7, texts_alone) is None
    assert schema_refusal(a_node(output_schema=True), 7, texts_alone) is None
    assert accept_refusal(a_node(), 7, {}) is None


def test_an_output_that_does_not_fit_the_schema_is_refused_and_tried_again() -> None:
    node = a_node(output_schema={"type": "string"})
    assert schema_refusal(node, "x", texts_alone) is None
    refused = schema_refusal(node, 7, texts_alone)
    assert refused is not None
    assert (refused.type, refused.retryable, refused.details) == ("OutputInvalid", True, {"problems": ["is no text"]})


def test_a_schema_that_is_false_takes_nothing() -> None:
    refused = schema_refusal(a_node(output_schema=False), "x", texts_alone)
    assert refused is not None
    assert (refused.type, refused.retryable) == ("OutputInvalid", False)


def test_accept_decides_by_the_output_and_what_the_node_reads() -> None:
    node = a_node(accept="output.value > vars.least")
    assert accept_refusal(node, {"value": 2}, {"vars": {"least": 1}}) is None
    refused = accept_refusal(node, {"value": 1}, {"vars": {"least": 1}})
    assert refused is not None
    assert (refused.type, refused.retryable, refused.details) == ("NotAccepted", True, {"output": {"value": 1}})


def test_an_accept_without_a_verdict_is_an_expression_error() -> None:
    for accept, output in (("output.value > 1", {}), ("output.value", {"value": "yes"}), (1, {})):
        refused = accept_refusal(a_node(accept=accept), output, {})
        assert refused is not None
        assert (refused.type, refused.category, refused.retryable) == ("ExpressionError", "input", False)


def test_an_accept_that_is_plainly_true_or_false_is_its_own_verdict() -> None:
    assert accept_refusal(a_node(accept=True), 1, {}) is None
    assert accept_refusal(a_node(accept=False), 1, {}) is not None
