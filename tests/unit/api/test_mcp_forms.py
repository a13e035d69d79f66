"""Gates as questions to the user of a client, and their answers as decisions."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from api.gates.schemas import Decide, Gate, MyPart, Shown
from api.http.models import Reference
from api.mcp.forms import decision_in, question_of
from plait.errors import Invalid

ID = UUID("019f52b3-7a90-7b3c-8f11-5f0f6c2d9e02")
FLAT = {"type": "object", "properties": {"note": {"type": "string"}, "urgent": {"type": "boolean"}}}
DEEP = {"type": "object", "properties": {"lines": {"type": "array"}}}


def gate(form: dict[str, Any] | None) -> Gate:
    """A gate that shows an amount."""
    return Gate(
        id=ID, run_id=ID, workflow=Reference(id=ID, slug="s", name="S"), environment="dev", node="sign", path="sign",
        kind="human", title="Sign it?", outcomes=["approved", "rejected"], approvers=["group:legal"], quorum=1,
        reject="any", needed=1, status="open", my=MyPart(can_decide=True, because="you may", vote=None),
        opened_at=datetime(2026, 11, 21, tzinfo=UTC), due_at=None, decided_at=None, instructions="Look well.",
        show=[Shown(label="Lines", value=[1, 2])], form_schema=form, prefill=None, votes=[], comments=[],
    )  # fmt: skip


def fields_of(form: dict[str, Any] | None) -> dict[str, Any]:
    return question_of(gate(form))["params"]["requestedSchema"]["properties"]


def accepted(**content: Any) -> dict[str, Any]:
    return {"action": "accept", "content": content}


def test_the_question_says_what_the_gate_shows() -> None:
    question = question_of(gate(None))
    assert question["method"] == "elicitation/create"
    assert question["params"]["message"] == "Sign it?\nLook well.\nLines: [1,2]"
    assert question["params"]["requestedSchema"]["required"] == ["decision"]


def test_a_flat_form_is_asked_field_by_field_and_another_as_one_text() -> None:
    assert list(fields_of(None)) == ["decision", "comment"]
    assert list(fields_of(FLAT)) == ["decision", "form.note", "form.urgent", "comment"]
    assert fields_of(DEEP)["form"]["type"] == "string"


def test_an_answer_is_a_decision_with_its_form() -> None:
    said = accepted(**{"decision": "approved", "form.note": "fine", "comment": "quick"})
    assert decision_in(said, gate(FLAT)) == Decide(decision="approved", form={"note": "fine"}, comment="quick")
    said = accepted(decision="approved", form='{"lines": [1]}')
    assert decision_in(said, gate(DEEP)) == Decide(decision="approved", form={"lines": [1]})
    assert decision_in(accepted(decision="rejected"), gate(None)) == Decide(decision="rejected")


@pytest.mark.parametrize("silent", [None, "approved", {}, {"action": "decline"}, {"action": "cancel"}])
def test_no_answer_is_no_decision(silent: Any) -> None:
    assert decision_in(silent, gate(None)) is None


@pytest.mark.parametrize(
    "answer", [accepted(), {"action": "accept"}, accepted(decision=1), accepted(decision="approved", form="{"),
               accepted(decision="approved", form=7)],
)  # fmt: skip
def test_an_answer_that_cannot_be_read_is_told_which_field(answer: Any) -> None:
    with pytest.raises(Invalid, match=r"The field `(decision|form)` cannot be read"):
        decision_in(answer, gate(DEEP))
