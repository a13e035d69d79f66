"""What an endpoint is told: ids and a summary, never a value."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from plait.endpoints.notice import TYPES, body_of, body_of_test, sentence_of
from plait.store.feed import is_fed

RUN = UUID("01990000-0000-7000-8000-000000000000")


def an_event(kind: str, **data: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "time": datetime(2026, 11, 21, 9, 12, tzinfo=UTC),
        "position": 7,
        "run_id": RUN,
        "seq": 3,
        "workflow_id": UUID(int=1),
        "slug": "order",
        "workflow_name": "Order",
        "environment": "prod",
        "key": "order-7",
        "path": "approve" if ".gate." in kind else None,
        "data": data,
    }


def test_of_an_error_its_type_is_told_and_its_text_is_not() -> None:
    error = {"type": "ToolError", "message": "card 4111 was refused", "details": {"card": "4111"}}
    body = body_of(an_event("workflow.run.failed", status="failed", error=error))
    assert body["data"]["error_type"] == "ToolError"
    assert "4111" not in str(body)


def test_a_body_says_which_run_of_which_workflow_and_when() -> None:
    body = body_of(an_event("workflow.run.completed", status="completed", flags=["late"]))
    assert (body["type"], body["timestamp"]) == ("workflow.run.completed", "2026-11-21T09:12:00.000000Z")
    told = {name: body["data"][name] for name in ("run_id", "seq", "position", "environment", "key", "status", "flags")}
    assert told == {
        "run_id": str(RUN),
        "seq": 3,
        "position": 7,
        "environment": "prod",
        "key": "order-7",
        "status": "completed",
        "flags": ["late"],
    }
    assert body["data"]["workflow"]["slug"] == "order"


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (an_event("workflow.run.completed", status="completed"), f"Order: run completed (run {RUN})."),
        (an_event("workflow.run.failed", error={"type": "Timeout"}), f"Order: run failed with Timeout (run {RUN})."),
        (an_event("workflow.run.budget_exceeded"), f"Order: run budget exceeded (run {RUN})."),
        (
            an_event("workflow.run.budget_alert", share="0.8"),
            f"Order: 80% of the project's budget of the month is spent (run {RUN}).",
        ),
        (an_event("workflow.gate.opened", title="Pay?"), f'Order: gate "Pay?" at approve opened (run {RUN}).'),
        (an_event("workflow.gate.decided", outcome="no"), f"Order: gate at approve decided: no (run {RUN})."),
    ],
)
def test_people_read_one_sentence(event: dict[str, Any], sentence: str) -> None:
    assert sentence_of(body_of(event)) == sentence


def test_a_test_says_that_it_is_one() -> None:
    assert "test" in sentence_of(body_of_test("2026-11-21T09:12:00.000000Z"))


def test_what_an_endpoint_may_ask_for_comes_into_the_feed() -> None:
    assert all(is_fed(kind) for kind in TYPES)
    assert not is_fed("workflow.node.completed")
