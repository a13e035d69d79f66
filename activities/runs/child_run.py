"""The run of a sub-workflow: written once for its node, as the API writes one, and durable from then on."""

from typing import Any
from uuid import UUID

from asyncpg import Record

from activities.kind import NodeError
from activities.patience import patiently
from activities.services import Services
from activities.shell.attempt import Attempt, open_row
from activities.shell.given import given_to
from interpreter.shell.wire import NodeTask
from plait.auth import Actor
from plait.errors import Conflict, Invalid, NotFound
from plait.starts import Wanted, write_run
from plait.store.children import find_child, read_above
from plait.store.runs import Parent
from plait.store.tasks import RunFound

DEPTH = 8
"""How many runs there may be above one."""


async def child_in(services: Services, task: NodeTask) -> Record | None:
    """The run that the node has started, if it has."""
    return await find_child(services.pool, task.project, UUID(task.run_id), task.path, task.generation)


async def child_of(attempt: Attempt, found: RunFound) -> Record:
    """The node's child, written now if it was not before; then the node's own row says so."""
    services, task = attempt.services, attempt.task
    child, row = await patiently(lambda: child_in(services, task)), found.nodes.get(task.path)
    if child is not None and row is not None and row.has_input:
        return child
    given, _ = await given_to(attempt, found)
    child = child or await patiently(lambda: _write(attempt, given))
    shown = {**given, "version": child["version"]}
    await open_row(
        attempt, await patiently(lambda: services.payloads.store(task.project, shown)), run_id=str(child["id"])
    )
    return child


async def _write(attempt: Attempt, given: dict[str, Any]) -> Record:
    """Write the run. It is due in a moment, for the sweeper, should this process die before Temporal has it."""
    services, task = attempt.services, attempt.task
    pays = attempt.node.node.with_.get("mode") != "detach"
    wanted = _wanted(task, await _above(services, task), given, pays=pays)
    try:
        await write_run(services, wanted)
    except NotFound as error:
        raise NodeError("WorkflowNotFound", str(error), category="input") from None
    except Invalid as error:
        problems = [problem.message for problem in error.problems]
        raise NodeError("InputInvalid", str(error), category="input", details={"problems": problems}) from None
    except Conflict as error:
        moved = error.code == "version_moved"
        kind, category = error.code.title().replace("_", ""), "platform" if moved else "input"
        raise NodeError(kind, str(error), category=category, retryable=moved) from None
    child = await child_in(services, task)
    assert child is not None
    return child


def _wanted(task: NodeTask, above: Record, given: dict[str, Any], *, pays: bool) -> Wanted:
    """The run of the sub-workflow, as its node names it."""
    return Wanted(
        project=task.project,
        workflow=given["workflow"],
        input=given.get("input", {}),
        by=Actor("run", task.run_id, above["slug"]),
        origin={"kind": "subworkflow", "run_id": task.run_id, "node": task.path, "id": None},
        version=given.get("version"),
        environment=given.get("environment") or task.environment,
        priority=above["priority"],
        traceparent=above["traceparent"],
        parent=Parent(UUID(task.run_id), task.path, task.generation, above["depth"], above["owner"], pays),
    )


async def _above(services: Services, task: NodeTask) -> Record:
    above = await read_above(services.pool, task.project, UUID(task.run_id))
    if above is None:
        raise NodeError("RunDeleted", "the run was deleted", category="platform")
    if above["depth"] >= DEPTH:
        raise NodeError(
            "TooDeep", f"there are {DEPTH} runs above this sub-workflow's, and no more may be", category="input"
        )
    return above
