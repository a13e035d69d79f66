"""A gate's row as it is shown to one caller."""

from typing import Any

from api.gates.approvers import approves_own, approving_names
from api.gates.schemas import Gate, GateSummary, MyPart, Shown, VoteView
from api.http.models import Reference
from plait.auth import Caller


def summary_of(row: Any, caller: Caller) -> GateSummary:
    """The gate as lists have it, with what this caller may do."""
    return GateSummary(**about(row, caller))


def gate_of(row: Any, caller: Caller) -> Gate:
    """The whole gate, with what this caller may do."""
    return Gate(
        **about(row, caller),
        instructions=row["instructions"],
        show=[Shown(**each) for each in row["show"]],
        form_schema=row["form_schema"],
        prefill=row["prefill"],
        votes=[vote_of(each) for each in row["votes"]],
        comments=[],
    )


def about(row: Any, caller: Caller) -> dict[str, Any]:
    """What both have."""
    quorum = row["quorum"]
    told = ("id", "run_id", "environment", "node", "path", "kind", "title", "outcomes", "approvers", "quorum", "reject")
    return {
        **{name: row[name] for name in (*told, "status", "opened_at", "due_at", "decided_at")},
        "workflow": Reference(id=row["workflow_id"], slug=row["slug"], name=row["workflow_name"]),
        "needed": quorum if isinstance(quorum, int) else sum(quorum.values()),
        "my": my_part(row, caller),
    }


def vote_of(vote: dict[str, Any]) -> VoteView:
    """A vote as rows keep it."""
    return VoteView.model_validate(vote)


def my_part(row: Any, caller: Caller) -> MyPart:
    """What the caller may do, and why."""
    actor = caller.actor
    mine = next(
        (
            vote_of(vote)
            for vote in reversed(row["votes"])
            if (vote["by"]["type"], vote["by"]["id"]) == (actor.type, actor.id) and vote["status"] != "refused"
        ),
        None,
    )
    names = approving_names(row["approvers"], caller)
    if row["status"] != "open":
        return MyPart(can_decide=False, because=f"the gate is {row['status']}", vote=mine)
    if mine is not None:
        return MyPart(can_decide=False, because="you have decided", vote=mine)
    if not names:
        return MyPart(can_decide=False, because="you are not among the approvers", vote=None)
    if approves_own(row["started_by"]["id"], caller, allowed=row["allow_self_approval"]):
        return MyPart(can_decide=False, because="you started this run", vote=None)
    return MyPart(can_decide=True, because=f"you answer to {names[0]}", vote=None)
