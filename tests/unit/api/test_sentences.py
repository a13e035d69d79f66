"""What people read of a run, and what they may do with it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.gates.approvers import approves_own, approving_names, groups_of
from api.runs.schemas import WaitingFor
from api.runs.sentences import length_of, people_of, run_sentence
from api.runs.views import allowed_actions, progress_of
from plait.auth import ALL_SCOPES, Actor, Caller, local_caller

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)  # a Wednesday


def a_row(status: str, **said: Any) -> dict[str, Any]:
    return {
        "status": status, "requested": None, "requested_reason": None, "stopping_as": None, "error": None,
        "pause": None, "steppable": False, "paused_at": None, "budget": None, "own_cost_usd": None,
        "start_after": NOON, "has_worker": True, "completed_nodes": 1, "total_nodes": 3, "waiting_total": 1,
        "created_at": NOON, "started_at": NOON, "completed_at": NOON + timedelta(seconds=3.21),
    } | said  # fmt: skip


LIVE = ["cancel", "pause", "breakpoints", "terminate"]
A_PAUSE = {"by": {"type": "user", "id": "ana", "name": "Ana"}, "at": "2026-11-18T09:12:00.000000Z", "breakpoint": None}

OVER = {"limit": "cost_usd", "amount": "1.5", "spent": "1.2", "reserved": "0.2", "of": "run", "run_id": "r1"}


def a_gate(**said: Any) -> WaitingFor:
    known = {"kind": "gate", "path": "sign_off", "since": NOON - timedelta(hours=2, minutes=48), "until": None}
    return WaitingFor.model_validate(known | {"who": ["group:legal"], "gate_id": None} | said)


@pytest.mark.parametrize(
    ("row", "waiting", "sentence"),
    [
        (a_row("pending", start_after=None), [], "Created, and waiting to be started."),
        (a_row("pending"), [], "Starting."),
        (a_row("pending", has_worker=False), [], "Waiting for a worker: none is running."),
        (a_row("running"), [], "Running: 1 of 3 nodes done."),
        (a_row("running", requested="cancel"), [], "Cancelling."),
        (a_row("pending", requested="pause"), [], "It will start paused."),
        (a_row("running", requested="pause"), [], "Pausing: what runs goes on, nothing new begins."),
        (
            a_row("paused", pause=A_PAUSE | {"reason": "waiting for the bank"}),
            [a_gate()],
            "Paused by Ana since 09:12: waiting for the bank.",
        ),
        (a_row("paused", pause=A_PAUSE | {"reason": None}), [], "Paused by Ana since 09:12."),
        (
            a_row("paused", pause=A_PAUSE | {"breakpoint": "each.3.score"}),
            [],
            "Paused before each.3.score since 09:12.",
        ),
        (
            a_row("paused", pause=A_PAUSE | {"budget": OVER}),
            [],
            (
                "Paused since 09:12: the budget, 1.5 US dollars, is reached, with 1.2 spent and 0.2 reserved; "
                "raise it with plait runs budget r1 --cost-usd N, or POST /workflow_runs/r1/budget."
            ),
        ),
        (
            a_row("paused", pause=A_PAUSE | {"budget": OVER | {"of": "project", "run_id": None, "limit": "tokens"}}),
            [],
            (
                "Paused since 09:12: the project's budget of this month, 1.5 tokens, is reached, with 1.2 spent and 0.2 "
                "reserved; raise it with plait budget --tokens N."
            ),
        ),
        (a_row("paused", pause=A_PAUSE, requested="resume"), [], "Running: 1 of 3 nodes done."),
        (a_row("terminated", error={"message": "Terminated by Ana: stuck"}), [], "Terminated by Ana: stuck."),
        (a_row("running"), [a_gate()], "Waiting for legal: Sign off since 09:12."),
        (
            a_row("running"),
            [a_gate(until=NOON + timedelta(days=2))],
            "Waiting for legal: Sign off since 09:12, due Friday.",
        ),
        (a_row("running", waiting_total=3), [a_gate()], "Waiting for legal: Sign off since 09:12, and 2 more."),
        (a_row("running"), [a_gate(kind="incident")], "Held at Sign off since 09:12: it failed and needs a person."),
        (
            a_row("running"),
            [a_gate(kind="inbound_event", until=NOON + timedelta(days=2))],
            "Waiting for an event at Sign off since 09:12, due Friday.",
        ),
        (a_row("running"), [a_gate(kind="retry")], "Waiting to try Sign off again since 09:12."),
        (a_row("stopping", stopping_as="failed"), [], "Stopping; it will end as failed."),
        (a_row("completed"), [], "Completed in 3.2 s."),
        (a_row("failed", error={"node": "pay", "message": "card refused"}), [], "Failed at pay: card refused."),
        (a_row("cancelled", requested_reason="a mistake"), [], "Cancelled: a mistake."),
        (a_row("terminated"), [], "Terminated, without clean-up."),
    ],
)
def test_a_run_is_told_in_one_sentence(row: dict[str, Any], waiting: list[WaitingFor], sentence: str) -> None:
    assert run_sentence(row, waiting, {"sign_off": "Sign off"}, NOON) == sentence


def test_people_come_before_whatever_else_a_run_waits_for() -> None:
    waiting = [a_gate(kind="timer", path="pause"), a_gate()]
    assert run_sentence(a_row("running"), waiting, {}, NOON).startswith("Waiting for legal")


def test_lengths_are_told_in_the_two_largest_units() -> None:
    told = [length_of(timedelta(seconds=s)) for s in (0, 59.94, 250, 7500, 273_600)]
    assert told == ["0.0 s", "59.9 s", "4 min 10 s", "2 h 5 min", "3 d 4 h"]


def test_many_people_are_counted() -> None:
    assert people_of(["user:ana", "group:legal", "role:admin", "bo"]) == "ana, legal or 2 others"


def test_progress_is_a_hundred_only_when_completed() -> None:
    assert [progress_of(s, 3, 3) for s in ("running", "failed", "completed")] == [99, 99, 100]
    assert progress_of("completed", 0, 0) == 100


def test_what_may_be_done_follows_from_the_state() -> None:
    assert allowed_actions(a_row("pending", start_after=None)) == ["start", *LIVE]
    assert allowed_actions(a_row("running"), ["incident"]) == [*LIVE, "override"]
    assert allowed_actions(a_row("running", requested="cancel")) == ["terminate"]
    assert allowed_actions(a_row("failed")) == ["rerun", "delete"]


def test_a_named_person_alone_answers_to_their_name() -> None:
    names = ["user:ana", "group:legal"]
    assert approving_names(names, local_caller()) == names
    assert approving_names(names, local_caller("ana")) == names
    assert approving_names(names, local_caller("bo")) == ["group:legal"]


def test_a_quorum_may_name_a_group_either_way() -> None:
    assert groups_of(["user:ana", "group:legal", "finance"]) == ["group:legal", "finance", "legal"]


def test_a_person_may_not_approve_their_own_run() -> None:
    ana = Caller(Actor("user", "ana", "Ana"), "default", ALL_SCOPES)
    assert approves_own("ana", ana, allowed=False)
    assert not approves_own("ana", ana, allowed=True)
    assert not approves_own("bo", ana, allowed=False)
    assert not approves_own("ana", local_caller("ana"), allowed=False)
