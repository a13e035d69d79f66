"""Sub-workflows: starts the run of one, reads how it ended, and asks for its end."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from asyncpg import Record
from temporalio import activity
from temporalio.client import Client
from temporalio.service import RPCError

from activities.heart import Heart
from activities.kind import NodeError
from activities.runs.child_run import child_in, child_of
from activities.services import Services
from activities.shell.attempt import Attempt, begin, earlier_end, find, record, record_failure, recorded_end
from activities.shell.errors import failure_of
from activities.shell.results import facts_of
from interpreter.messages import Failure
from interpreter.shell.wire import CANCEL_CHILD, LOAD_CHILD, START_CHILD, CancelChild, ChildState, ChildTask
from interpreter.state import FINAL_RUN, RunStatus
from plait.auth import Actor
from plait.clock import now
from plait.delivery import cancel_run_workflow, signal_child, start_run_workflow
from plait.store.changes import StoredValue
from plait.store.children import find_waiting_parent
from plait.store.delivery import list_orders
from plait.store.runs import cancel_run
from plait.store.values import value_in

MESSAGE = 1_000
"""Characters of a child's error that its parent's repeats."""
ENDS = {
    RunStatus.FAILED: ("ChildFailed", "failed"),
    RunStatus.CANCELLED: ("ChildCancelled", "was cancelled"),
    RunStatus.TERMINATED: ("ChildTerminated", "was terminated"),
}
"""What a node's failure is called whose child ended so, and how it is said."""

STOPPED = "the run above stopped"
STOPPED_BY = {
    "lost_race": "the run above needs it no longer",
    "deadline": "its time in the run above is over",
    "override": "somebody moved its node in the run above",
}
"""Why a child is cancelled, as people are told, by why its node stops."""

logger = logging.getLogger("plait.children")


def starting_children(services: Services, client: Client) -> Callable[[ChildTask], Awaitable[ChildState]]:
    """The activity `plait.start_child`. Asked again it is about the same run."""

    @activity.defn(name=START_CHILD)
    async def start_child(wanted: ChildTask) -> ChildState:
        with Heart():
            attempt = await begin(services, wanted.task)
            found = await find(attempt)
            if (recorded := earlier_end(wanted.task, found)) is not None:
                return ChildState(await _id_of_child(attempt), recorded)
            try:
                child = await child_of(attempt, found)
            except Exception as error:
                raise await record_failure(attempt, error) from error
            for order in await list_orders(services.pool, [child["id"]]):
                await _tell(start_run_workflow(client, order, open_mode=wanted.open_mode, at=now()))
            return await _detached(attempt, child) or await _state(attempt, child)

    return start_child


def loading_children(services: Services) -> Callable[[ChildTask], Awaitable[ChildState]]:
    """The activity `plait.load_child`. It records a success; what becomes of a failure the workflow decides."""

    @activity.defn(name=LOAD_CHILD)
    async def load_child(wanted: ChildTask) -> ChildState:
        with Heart():
            attempt = await begin(services, wanted.task)
            found = await find(attempt)
            if (recorded := recorded_end(wanted.task, found)) is not None:
                return ChildState(await _id_of_child(attempt), recorded)
            child = await child_in(services, wanted.task)
            if child is None:
                message = "The run of the sub-workflow is not there any more."
                return ChildState("", failure=Failure("ChildLost", message, "platform", wanted.task.node))
            return await _state(attempt, child)

    return load_child


def cancelling_children(services: Services, client: Client) -> Callable[[CancelChild], Awaitable[bool]]:
    """The activity `plait.cancel_child`; whether there is a run."""

    @activity.defn(name=CANCEL_CHILD)
    async def cancel_child(wanted: CancelChild) -> bool:
        task = wanted.task
        child = await child_in(services, task)
        if child is None:
            return False
        by = Actor("run", task.run_id, task.node).json()
        await cancel_run(services.pool, task.project, child["id"], now(), STOPPED_BY.get(wanted.reason, STOPPED), by)
        if child["status"] not in FINAL_RUN:
            await _tell(cancel_run_workflow(client, child["id"]))
        return True

    return cancel_child


async def tell_parent(services: Services, client: Client, run_id: UUID) -> None:
    """Tell the run above that this one has ended, if there is one."""
    parent = await find_waiting_parent(services.pool, run_id, now())
    if parent is not None:
        await _tell(signal_child(client, parent.run_id, parent.path, parent.generation))


async def _tell(call: Awaitable[None]) -> None:
    """What Temporal does not hear now, the sweeper tells it."""
    try:
        await call
    except RPCError as error:
        logger.warning("temporal was not told, the sweeper will: %s", error)


async def _id_of_child(attempt: Attempt) -> str:
    child = await child_in(attempt.services, attempt.task)
    return str(child["id"]) if child else ""


async def _detached(attempt: Attempt, child: Record) -> ChildState | None:
    """The node's end where it does not wait for its child's."""
    if attempt.node.node.with_.get("mode") != "detach":
        return None
    return await _succeed(attempt, child, {"run_id": str(child["id"])})


async def _state(attempt: Attempt, child: Record) -> ChildState:
    """How the child stands; once it has completed, so has the node."""
    run_id, status = str(child["id"]), child["status"]
    if status not in FINAL_RUN:
        return ChildState(run_id)
    if status != RunStatus.COMPLETED:
        return ChildState(run_id, failure=_failure(attempt, child))
    services, project = attempt.services, attempt.task.project
    stored = value_in(dict(child), "output")
    output = None if stored is None else await services.payloads.value(project, stored)
    return await _succeed(attempt, child, output, stored)


async def _succeed(attempt: Attempt, child: Record, output: Any, stored: StoredValue | None = None) -> ChildState:
    """Record the node's success, with a reference to the child's output where that is large."""
    run_id = str(child["id"])
    attempt.meta = {"run_id": run_id}
    try:
        entry = {"status": "completed", "outcome": "success", "output": output, "meta": attempt.meta}
        facts = facts_of(attempt.plan, attempt.node, entry)
    except NodeError as error:
        return ChildState(run_id, failure=_told(attempt, error))
    stored = stored or await attempt.services.payloads.store(attempt.task.project, output)
    return ChildState(run_id, await record(attempt, stored, facts, worked=False))


def _failure(attempt: Attempt, child: Record) -> Failure:
    """The child's own error goes along, as far as people need it."""
    (kind, ended), error = ENDS[child["status"]], child["error"]
    message, details = f"the sub-workflow {child['slug']} {ended}", {"run_id": str(child["id"]), "error": None}
    if error is None:
        return _told(attempt, NodeError(kind, message, category="platform", details=details))
    said = error["message"][:MESSAGE]
    details["error"] = {"type": error["type"], "message": said, "node": error.get("node")}
    return _told(attempt, NodeError(kind, f"{message}: {said}", category=error["category"], details=details))


def _told(attempt: Attempt, error: NodeError) -> Failure:
    """No attempt of the node itself has failed."""
    failure = failure_of(error, attempt.node, attempt.number, attempt.services.secrets.values())
    return replace(failure, attempt=None)
