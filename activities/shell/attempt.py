"""One attempt of one node, from the look-up to what is on record of it in the end."""

import asyncio
import logging
import os
import socket
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.kind import NodeError
from activities.patience import NotYetRecorded, patiently
from activities.rows import change_of, edges_told, error_body, moment, node_event, node_row, result_of, timestamp
from activities.services import Services
from activities.shell.errors import failure_of, to_raise
from activities.shell.inputs import Parameters, parameters_of, with_given
from activities.shell.names import View, Wanted, names_of, wanted_in
from activities.shell.spending import BudgetReached
from interpreter.expressions import parse
from interpreter.messages import Failure
from interpreter.plan.model import Plan, PlannedNode
from interpreter.rules.undo import UNFINISHED
from interpreter.shell.wire import BUDGET_MET, RUN_CANCELLED, NodeResult, NodeTask
from interpreter.state import FINAL_NODE, FINAL_RUN, NodeStatus
from plait.clock import now
from plait.store.changes import StoredValue, Written
from plait.store.tasks import NodeFound, RunFound, find_overrides, has_unfinished_attempt, look_up

WORKER = f"{os.getpid()}@{socket.gethostname()}"
"""This process, as Temporal names it too."""

logger = logging.getLogger("plait.node")


@dataclass(slots=True)
class Attempt:
    """What the attempt is about, and when it began."""

    services: Services
    task: NodeTask
    plan: Plan
    node: PlannedNode
    number: int
    started_at: datetime
    meta: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    """What attempts before this one have left on record of their `meta`."""
    told: int = 0
    """How often it has said how far it is."""
    logged: int = 0
    """How many lines it has logged."""
    once: bool = False
    """Whether it is the last one, whatever the retry policy says."""

    @property
    def parameters(self) -> Parameters:
        """The node's, or those that a person gave it."""
        return parameters_of(self.plan, self.node, self.task.override)

    @property
    def wanted(self) -> Wanted:
        """What the node reads, for its parameters and to accept its output."""
        if self.task.step is not None:
            # A turn is given what is on record; its answer is held against what the document's node accepts.
            wanted, accept = Wanted(), self.plan.find(self.task.node).node.accept if self.task.step == "turn" else None
        else:
            wanted, accept = self.parameters.wanted, self.node.node.accept
        return wanted | wanted_in([parse(accept)]) if isinstance(accept, str) else wanted


async def begin(services: Services, task: NodeTask) -> Attempt:
    """An attempt that has begun just now."""
    plan = await patiently(lambda: services.plans.find(task.project, task.hash))
    node = plan.find(task.node, task.step)
    if task.override is not None:
        override = UUID(task.override)
        rows = await patiently(lambda: find_overrides(services.pool, task.project, UUID(task.run_id), [override]))
        node = with_given(node, rows[override]["given"])
    return Attempt(services, task, plan, node, task.tried + activity.info().attempt, now())


async def find(attempt: Attempt, *, with_input: bool | None = None) -> RunFound:
    """The run, the row at the task's path and the rows that it reads: one query. The run's input only
    if the node reads it, unless that is said. Raises NotYetRecorded.
    """
    task, node = attempt.task, attempt.node
    rows = [(task.path, task.generation), *View.of(task).rows()]
    wanted = node.reads_input if with_input is None else with_input
    found = await look_up(attempt.services.pool, task.project, UUID(task.run_id), rows, with_input=wanted)
    if found is None:
        raise ApplicationError("the run was deleted", type="RunDeleted", non_retryable=True)
    if (missing := View.of(task).missing_in(found)) is not None:
        raise NotYetRecorded(missing)
    return found


def earlier_end(task: NodeTask, found: RunFound) -> NodeResult | None:
    """What is recorded of this node already. Raises where it must not start any more."""
    recorded = recorded_end(task, found)
    if recorded is None and found.requested == "cancel" and not task.always:
        raise ApplicationError("the run is to be cancelled", type=RUN_CANCELLED, non_retryable=True)
    return recorded


def recorded_end(task: NodeTask, found: RunFound) -> NodeResult | None:
    """The same for what has no effect, and so may start in a run that is to be cancelled."""
    row = found.nodes.get(task.path)
    if row is not None and row.status == NodeStatus.COMPLETED:
        return _result_in(row)
    if row is not None and row.status in FINAL_NODE:
        raise node_ended(row.status)
    if found.status in FINAL_RUN:
        raise ApplicationError(f"the run is {found.status} already", type="RunEnded", non_retryable=True)
    return None


def kept_in(task: NodeTask, found: RunFound) -> dict[str, Any]:
    """The `meta` that attempts before this one have left."""
    row = found.nodes.get(task.path)
    return {} if row is None else row.metadata or {}


def node_ended(status: str | None) -> ApplicationError:
    """What is said where another end of the node was there first."""
    return ApplicationError(f"the node is {status} already", type="NodeEnded", non_retryable=True)


def _result_in(row: NodeFound) -> NodeResult:
    size, sha256 = (row.output.size, row.output.sha256) if row.output else (0, None)
    return result_of(Written(True, row.status, row.outcome, size, sha256, row.facts))


async def names_for(attempt: Attempt, found: RunFound, wanted: Wanted) -> dict[str, Any]:
    """What the node's expressions see; only what is `wanted` is loaded."""
    return await names_of(attempt.services, attempt.plan, found, View.of(attempt.task), wanted)


def note_start(attempt: Attempt, shown: StoredValue | None) -> None:
    """Queued, not awaited: the end that follows is written after it, in the same order."""
    task, number, at = attempt.task, attempt.number, attempt.started_at
    row = node_row(
        task,
        attempt.node,
        "running",
        at,
        attempt=number,
        input=shown,
        ready_at=moment(task.ready_at),
        started_at=at if number == 1 else None,
        attempt_log={"attempt": number, "status": "running", "started_at": timestamp(at), "worker": WORKER},
    )
    told = node_event(
        "started",
        task,
        at,
        n=number,
        attempt=number,
        ready_at=timestamp(moment(task.ready_at)),
        edges=edges_told(task.edges),
    )
    _forget(attempt.services.recorder.note(change_of(task, node=row, events=(told,))))


async def open_row(attempt: Attempt, shown: StoredValue, **said: Any) -> None:
    """Put on record that a node has begun which itself runs nothing: it has no attempts. `said` goes
    with its event.
    """
    task, at = attempt.task, attempt.started_at
    ready = moment(task.ready_at)
    row = node_row(task, attempt.node, "running", at, input=shown, ready_at=ready, started_at=at)
    told = node_event("started", task, at, ready_at=timestamp(ready), edges=edges_told(task.edges), **said)
    written = await attempt.services.recorder.put(change_of(task, node=row, events=(told,)))
    if written.status != NodeStatus.RUNNING:
        raise node_ended(written.status)


def note_progress(attempt: Attempt, progress: float | None, message: str | None) -> None:
    """Put on record how far the node is; never awaited."""
    at = now()
    row = node_row(
        attempt.task, attempt.node, "running", at, attempt=attempt.number, progress=progress, message=message
    )
    attempt.told += 1
    told = node_event(
        "progress",
        attempt.task,
        at,
        n=f"{attempt.number}.{attempt.told}",
        attempt=attempt.number,
        progress=progress,
        message=message,
    )
    _forget(attempt.services.recorder.note(change_of(attempt.task, node=row, events=(told,))))


async def keep_meta(attempt: Attempt) -> None:
    """Put on record what the attempt says of its work so far: the next one finds it, should this one die."""
    row = node_row(attempt.task, attempt.node, "running", now(), attempt=attempt.number, metadata=dict(attempt.meta))
    await attempt.services.recorder.put(change_of(attempt.task, node=row))


def note_log(attempt: Attempt, level: str, message: str) -> None:
    """Put a line into the run's log; never awaited."""
    attempt.logged += 1
    number = attempt.number
    told = node_event(
        "log", attempt.task, now(), n=f"{number}.{attempt.logged}", attempt=number, level=level, message=message
    )
    _forget(attempt.services.recorder.note(change_of(attempt.task, events=(told,))))


async def record(attempt: Attempt, stored: StoredValue, facts: dict[str, Any], *, worked: bool = True) -> NodeResult:
    """Write the node's success, unless another end was there first; that one counts then.

    What has not `worked` itself, but had others do it, has no attempts.
    """
    task, at = attempt.task, now()
    number = attempt.number if worked else 0
    row = node_row(
        task,
        attempt.node,
        "completed",
        at,
        attempt=number,
        outcome="success",
        output=stored,
        facts=facts,
        metadata=attempt.meta or None,
        completed_at=at,
        attempt_log=_log(attempt, "completed", at) if worked else None,
    )
    told = node_event(
        "completed", task, at, **({"attempt": number} if worked else {}), outcome="success", output_size=stored.size
    )
    written = await attempt.services.recorder.put(change_of(task, node=row, events=(told,)))
    if written.status == NodeStatus.COMPLETED:
        return result_of(written)
    raise node_ended(written.status)


async def record_failure(attempt: Attempt, error: Exception) -> ApplicationError:
    """Put the failed attempt on record. What becomes of the node, the workflow decides."""
    if isinstance(error, ApplicationError):
        return error
    services, task, number, at = attempt.services, attempt.task, attempt.number, now()
    failure = failure_of(error, attempt.node, number, services.secrets.values())
    if attempt.node.undo is not None and number > 1 and await patiently(lambda: _has_unfinished(attempt)):
        failure = replace(failure, details={**failure.details, UNFINISHED: True})
    again = _is_tried_again(attempt, failure)
    row = node_row(
        task,
        attempt.node,
        "retrying" if again else "running",
        at,
        attempt=number,
        error=error_body(failure),
        ready_at=moment(task.ready_at),
        attempt_log=_log(attempt, "failed", at, failure),
    )
    told = node_event("retrying", task, at, n=number, attempt=number, error=error_body(failure))
    await services.recorder.put(change_of(task, node=row, events=(told,) if again else ()))
    retry_after = error.retry_after if isinstance(error, NodeError) else None
    return to_raise(failure, final=attempt.once, retry_after=retry_after)


async def put_back(attempt: Attempt, short: BudgetReached) -> ApplicationError:
    """There is no money for the attempt: as if it had not begun, the node is to run once there is."""
    task, number, at = attempt.task, attempt.number, now()
    log = {"attempt": number, "status": "waiting", "started_at": timestamp(attempt.started_at)}
    row = node_row(task, attempt.node, "pending", at, attempt=number, attempt_log=log)
    await attempt.services.recorder.put(change_of(task, node=row))
    failure = failure_of(short, attempt.node, number)
    told = {"tried": number - 1, "over": {**short.over.json(), "path": task.path}}
    return ApplicationError(
        failure.message,
        error_body(failure),
        told,
        type=BUDGET_MET,
        non_retryable=True,
        category=ApplicationErrorCategory.BENIGN,
    )


async def _has_unfinished(attempt: Attempt) -> bool:
    """Whether an earlier attempt may have done its work: then the node is compensated though this one failed."""
    task = attempt.task
    return await has_unfinished_attempt(
        attempt.services.pool, UUID(task.run_id), task.path, task.generation, attempt.number
    )


def _is_tried_again(attempt: Attempt, failure: Failure) -> bool:
    dispatch = attempt.node.dispatch
    return (
        dispatch is not None
        and not attempt.once
        and failure.retryable
        and failure.type not in dispatch.non_retryable_errors
        and attempt.number < dispatch.max_attempts
    )


def _log(attempt: Attempt, status: str, at: datetime, failure: Failure | None = None) -> dict[str, Any]:
    return {
        "attempt": attempt.number,
        "status": status,
        "started_at": timestamp(attempt.started_at),
        "completed_at": timestamp(at),
        "error": error_body(failure) if failure else None,
        "worker": WORKER,
    }


def _forget(answer: "asyncio.Future[Written]") -> None:
    """Nobody waits for this; if it fails, the log says so."""
    answer.add_done_callback(_report)


def _report(answer: "asyncio.Future[Written]") -> None:
    if not answer.cancelled() and (error := answer.exception()) is not None:
        logger.warning("a node's progress was not recorded: %s", error)
