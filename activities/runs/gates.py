"""Gates: opens them with their templates resolved, reads votes, closes them with what people said."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid5

from asyncpg import Record
from temporalio import activity

from activities.kind import NodeError
from activities.rows import (
    change_of,
    edge_events,
    error_body,
    event,
    moment,
    node_event,
    node_row,
    result_of,
    timestamp,
)
from activities.services import Services
from activities.shell.attempt import Attempt, begin, find, record_failure
from activities.shell.errors import to_raise
from activities.shell.given import given_to
from activities.shell.results import facts_of
from interpreter.messages import Failure
from interpreter.plan.model import PlannedNode
from interpreter.shell.wire import (
    CLOSE_GATE,
    LOAD_VOTE,
    OPEN_GATE,
    CloseGateTask,
    GateRule,
    LoadedVote,
    LoadVote,
    NodeResult,
    NodeTask,
)
from interpreter.values import canonical
from plait.clock import now
from plait.ids import uuid_of
from plait.starts import files_in
from plait.store.changes import Change, EventRow, GateEnd, GateRow, StoredValue, VoteMark
from plait.store.tasks import find_open_gate, find_vote, find_votes, insert_vote_by_hand

BY_HAND = {"type": "system", "id": "temporal", "name": "temporal"}
"""The actor of a decision that was sent in Temporal's Web UI."""


def gate_id(run_id: UUID, path: str, generation: int) -> UUID:
    """The same for every attempt to open it."""
    return uuid5(run_id, f"{path}#{generation}")


def vote_id(gate: UUID, voter: str, body: Any) -> UUID:
    """The same for the identical vote."""
    return uuid5(gate, f"{voter}\n{canonical(body)}")


def opening(services: Services) -> Callable[[NodeTask], Awaitable[GateRule]]:
    """The activity `plait.open_gate`."""

    @activity.defn(name=OPEN_GATE)
    async def open_gate(task: NodeTask) -> GateRule:
        attempt = await begin(services, task)
        found = await find(attempt)
        try:
            given, seen = await given_to(attempt, found)
            row = _gate_row(attempt, given)
            shown = await services.payloads.store(task.project, seen)
        except Exception as error:
            raise await record_failure(attempt, error) from error
        await services.recorder.put(_opened(attempt, row, shown))
        return GateRule(row.outcomes, row.quorum, row.reject, row.approvers)

    return open_gate


def loading_votes(services: Services) -> Callable[[LoadVote], Awaitable[LoadedVote]]:
    """The activity `plait.load_vote`."""

    @activity.defn(name=LOAD_VOTE)
    async def load_vote(wanted: LoadVote) -> LoadedVote:
        run_id = UUID(wanted.run_id)
        vote = uuid_of(wanted.id) if wanted.id is not None else await _vote_by_hand(services, wanted)
        row = await find_vote(services.pool, wanted.project, run_id, vote) if vote is not None else None
        if row is None:
            return LoadedVote(found=False)
        return LoadedVote(
            found=True,
            id=str(row["id"]),
            path=row["path"],
            generation=row["generation"],
            decision=row["decision"],
            by=f"{row['by']['type']}:{row['by']['id']}",
            groups=row["groups"],
        )

    return load_vote


def closing(services: Services) -> Callable[[CloseGateTask], Awaitable[NodeResult]]:
    """The activity `plait.close_gate`."""

    @activity.defn(name=CLOSE_GATE)
    async def close_gate(task: CloseGateTask) -> NodeResult:
        plan = await services.plans.find(task.project, task.hash)
        node, run_id = plan.find(task.node, task.step), UUID(task.run_id)
        votes = await find_votes(services.pool, task.project, run_id, [UUID(vote) for vote in task.applied])
        output = _output(task, votes)
        entry = {"status": "completed", "outcome": task.outcome, "output": output}
        failure, facts = task.failure, {}
        try:
            facts = facts_of(plan, node, entry)
        except NodeError as error:
            failure = failure or Failure(error.type, error.message, error.category, node=node.id)
        stored = await services.payloads.store(task.project, output)
        written = await services.recorder.put(_closed(task, node, votes, stored, facts, failure))
        if failure is not task.failure and failure is not None:
            raise to_raise(failure)
        return result_of(written)

    return close_gate


async def _vote_by_hand(services: Services, wanted: LoadVote) -> UUID | None:
    """Write the row of a decision that came as a signal; None if no gate is open there."""
    assert wanted.path is not None
    assert wanted.decision is not None
    run_id = UUID(wanted.run_id)
    gate = await find_open_gate(services.pool, wanted.project, run_id, wanted.path)
    if gate is None:
        return None
    vote = vote_id(gate, BY_HAND["id"], {"decision": wanted.decision, "form": wanted.form})
    await insert_vote_by_hand(
        services.pool,
        wanted.project,
        run_id,
        wanted.path,
        vote=vote,
        decision=wanted.decision,
        form=wanted.form,
        by=BY_HAND,
        at=now(),
        files=files_in(wanted.form),
    )
    return vote


def _gate_row(attempt: Attempt, given: dict[str, Any]) -> GateRow:
    task, node = attempt.task, attempt.node
    approvers = given["approvers"]
    approvers = [approvers] if isinstance(approvers, str) else approvers
    if not isinstance(approvers, list) or not all(isinstance(who, str) for who in approvers):
        raise NodeError("ApproversInvalid", "`approvers` has to come to a list of texts", category="input")
    if not approvers:
        raise NodeError("NoApprovers", "nobody may decide this gate: `approvers` came to an empty list")
    return GateRow(
        id=gate_id(UUID(task.run_id), task.path, task.generation),
        path=task.path,
        generation=task.generation,
        node=node.id,
        title=given["title"],
        instructions=given.get("instructions"),
        show=given.get("show") or [],
        form_schema=given.get("form"),
        prefill=given.get("prefill"),
        outcomes=["approved", "rejected", *(given.get("outcomes") or [])],
        approvers=approvers,
        quorum=given.get("quorum") or 1,
        reject=given.get("reject") or "any",
        allow_self_approval=bool(given.get("allow_self_approval")),
        opened_at=moment(task.ready_at),
        due_at=moment(task.due_at) if task.due_at else None,
        kind="human" if task.step is None else "tool_approval",
    )


def _opened(attempt: Attempt, gate: GateRow, shown: StoredValue) -> Change:
    task, at = attempt.task, gate.opened_at
    row = node_row(task, attempt.node, "waiting", at, input=shown, ready_at=at, started_at=at)
    told = [
        *edge_events(task.edges, task, at),
        node_event("ready", task, at, ready_at=timestamp(at)),
        node_event("waiting", task, at, kind="gate", gate_id=str(gate.id), until=timestamp(gate.due_at)),
        event("workflow.gate.opened", task, at, gate_id=str(gate.id), title=gate.title, until=timestamp(gate.due_at)),
    ]
    return change_of(task, node=row, gate=gate, events=tuple(told))


def _output(task: CloseGateTask, votes: list[Record]) -> dict[str, Any]:
    """`by` and `form` are those of the vote that decided: the last of its kind."""
    deciding = next((vote for vote in reversed(votes) if vote["decision"] == task.outcome), None)
    return {
        "outcome": task.outcome,
        "form": deciding["form"] if deciding else None,
        "by": deciding["by"] if deciding else None,
        "at": timestamp(deciding["at"] if deciding else moment(task.at)),
        "votes": [
            {
                "by": vote["by"],
                "decision": vote["decision"],
                "form": vote["form"],
                "comment": vote["comment"],
                "at": timestamp(vote["at"]),
            }
            for vote in votes
        ],
    }


def _closed(
    task: CloseGateTask,
    node: PlannedNode,
    votes: list[Record],
    output: StoredValue,
    facts: dict[str, Any],
    failure: Failure | None,
) -> Change:
    at, error = moment(task.at), error_body(failure) if failure else None
    status = "failed" if failure else "cancelled" if task.outcome == "cancelled" else "completed"
    row = node_row(
        task,
        node,
        status,
        at,
        outcome=None if status == "cancelled" else task.outcome,
        output=output if status == "completed" else None,
        facts=facts if status == "completed" else None,
        error=error,
        why=task.why,
        completed_at=at,
    )
    return change_of(
        task,
        node=row,
        gate_end=GateEnd(task.path, task.generation, task.outcome, at),
        votes=tuple(VoteMark(vote["id"], "applied") for vote in votes),
        events=tuple(_closing_events(task, votes, status, output, error)),
    )


def _closing_events(
    task: CloseGateTask, votes: list[Record], status: str, output: StoredValue, error: dict[str, Any] | None
) -> list[EventRow]:
    at = moment(task.at)
    told = [
        event("workflow.gate.voted", task, at, n=str(vote["id"]), vote=str(vote["id"]), status="applied", reason=None)
        for vote in votes
    ]
    kind = task.outcome if task.outcome in {"expired", "cancelled"} else "decided"
    told.append(event(f"workflow.gate.{kind}", task, at, outcome=task.outcome))
    if status == "completed":
        told.append(node_event("completed", task, at, outcome=task.outcome, output_size=output.size))
    elif status == "failed":
        told.append(node_event("failed", task, at, outcome=task.outcome, error=error))
    else:
        told.append(node_event("cancelled", task, at, why=task.why))
    return told
