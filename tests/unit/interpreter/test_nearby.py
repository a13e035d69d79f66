"""Which nodes may run in the worker that has the workflow, and what follows when one fails there."""

from datetime import timedelta
from typing import Any

import pytest
from temporalio.exceptions import ActivityError, ApplicationError, RetryState, TimeoutError, TimeoutType  # noqa: A004

from activities.catalogue import NODE_TYPES
from interpreter.catalogue import Catalogue, Tool
from interpreter.document.model import Document
from interpreter.plan.definition import definition_of, load_plan
from interpreter.plan.model import PlannedNode
from interpreter.shell.nearby import NOT_HERE, OVERRUNS, Again, Nearby

SHORT = Tool(name="short", idempotent=True, bound=0.5)


def a_node(tool: Tool = SHORT, **fields: Any) -> PlannedNode:
    node = {"id": "a", "type": "tool_call", "with": {"tool": tool.name}, **fields}
    document = Document.model_validate({"plait": 1, "slug": "x", "nodes": [node]})
    catalogue = Catalogue(node_types=dict(NODE_TYPES), tools={tool.name: tool})
    text, plan_hash, _ = definition_of(document, catalogue)
    return load_plan(text, plan_hash).nodes[0]


def of_activity(cause: Exception, state: RetryState = RetryState.NON_RETRYABLE_FAILURE) -> ActivityError:
    error = ActivityError(
        "failed",
        scheduled_event_id=1,
        started_event_id=2,
        identity="",
        activity_type="tool_call",
        activity_id="1",
        retry_state=state,
    )
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "node",
    [
        a_node(SHORT.model_copy(update={"bound": None})),
        a_node(SHORT.model_copy(update={"bound": 1.5})),
        a_node(SHORT.model_copy(update={"idempotent": False})),
        a_node(timeout=0.2),
        a_node(deadline=60),
        a_node(compensate={"type": "tool_call", "with": {"tool": "short"}}),
    ],
)
def test_only_what_is_short_and_may_be_repeated_runs_here(node: PlannedNode) -> None:
    assert Nearby(allowed=True).bound_of(node) is None
    assert Nearby(allowed=True).bound_of(a_node()) == 0.5


def test_a_run_whose_workers_are_apart_and_a_node_that_was_tried_run_elsewhere() -> None:
    assert not Nearby(allowed=False).takes(a_node(), 0)
    assert not Nearby(allowed=True).takes(a_node(), 1)


@pytest.mark.parametrize("wrapped", [True, False])
def test_a_promise_that_was_broken_too_often_counts_no_more(*, wrapped: bool) -> None:
    nearby, node = Nearby(allowed=True), a_node()
    timeout = TimeoutError("", type=TimeoutType.START_TO_CLOSE, last_heartbeat_details=[])
    for _ in range(OVERRUNS):
        assert nearby.bound_of(node) == 0.5
        assert nearby.after(node, of_activity(timeout) if wrapped else timeout) == Again(tried=1, delay=0.0)
    assert nearby.bound_of(node) is None


def test_where_no_tool_runs_no_other_is_tried() -> None:
    nearby, node = Nearby(allowed=True), a_node()
    assert nearby.after(node, ApplicationError("", type=NOT_HERE)) == Again(tried=0, delay=0.0)
    assert not nearby.takes(node, 0)


@pytest.mark.parametrize(
    ("cause", "fields", "again"),
    [
        (ApplicationError("", type="Flaky"), {}, Again(1, 1.0)),
        (ApplicationError("", type="Flaky", next_retry_delay=timedelta(seconds=9)), {}, Again(1, 9.0)),
        (ApplicationError("", type="Flaky", non_retryable=True), {}, None),
        (ApplicationError("", type="Flaky"), {"retry": {"max_attempts": 1}}, None),
        (ApplicationError("", type="Flaky"), {"retry": {"max_attempts": 3, "non_retryable_errors": ["Flaky"]}}, None),
        (RuntimeError("cancelled"), {}, None),
    ],
)
def test_another_attempt_comes_as_the_node_says(cause: Exception, fields: dict[str, Any], again: Again | None) -> None:
    assert Nearby(allowed=True).after(a_node(**fields), of_activity(cause)) == again
