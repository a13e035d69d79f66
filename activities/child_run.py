"""The run of a sub-workflow: written once for its node, as the API writes one, and durable from then on."""

from typing import Any
from uuid import UUID

from asyncpg import Record

from activities.attempt import Attempt, names_for, open_row, patiently
from activities.inputs import parameters_of
from activities.kind import NodeError
from activities.services import Services
from interpreter.expressions import Scope
from interpreter.plan.model import Plan
from interpreter.shell.wire import NodeTask
from interpreter.values import Json
from plait.auth import Actor
from plait.clock import new_id, now
from plait.errors import Conflict, Invalid, NotFound
from plait.inputs import complete_input
from plait.starts import HEAD_START, INPUT_LIMIT, TRIES, default_variables, files_in, input_facts, startable
from plait.store import runs as store
from plait.store.children import find_child, read_above
from plait.store.runs import NewRun, Parent, Target
from plait.store.tasks import RunFound
from plait.store.values import encode

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
    parameters = parameters_of(attempt.plan, attempt.node)
    given = parameters.resolve(Scope(await patiently(lambda: names_for(attempt, found, parameters.wanted))))
    child = child or await patiently(lambda: _write(attempt, given))
    shown = {**given, "version": child["version"]}
    await open_row(
        attempt, await patiently(lambda: services.payloads.store(task.project, shown)), run_id=str(child["id"])
    )
    return child


async def _write(attempt: Attempt, given: dict[str, Any]) -> Record:
    """Write the run. It is due in a moment, for the sweeper, should this process die before Temporal has it."""
    services, task = attempt.services, attempt.task
    above = await _above(services, task)
    for _ in range(TRIES):
        target = await store.read_target(services.pool, task.project, given["workflow"], given.get("version"))
        target = _startable(target, given, given.get("environment") or task.environment)
        plan = await services.plans.find(task.project, target.plan_hash or "")
        await store.insert_run(services.pool, await _new_run(attempt, above, target, plan, given))
        if (child := await child_in(services, task)) is not None:
            return child
    message = f"the workflow {given['workflow']} keeps changing while its run is to start"
    raise NodeError("VersionMoved", message, category="platform", retryable=True)


async def _above(services: Services, task: NodeTask) -> Record:
    above = await read_above(services.pool, task.project, UUID(task.run_id))
    if above is None:
        raise NodeError("RunDeleted", "the run was deleted", category="platform")
    if above["depth"] >= DEPTH:
        raise NodeError(
            "TooDeep", f"there are {DEPTH} runs above this sub-workflow's, and no more may be", category="input"
        )
    return above


def _startable(target: Target | None, given: dict[str, Any], environment: str) -> Target:
    """The version to run, or what a person has to mend before there is one."""
    if target is None:
        raise NodeError("WorkflowNotFound", f"there is no workflow {given['workflow']}", category="input")
    try:
        startable(target, version=given.get("version"), environment=environment)
    except NotFound as error:
        raise NodeError("WorkflowNotFound", str(error), category="input") from None
    except Conflict as error:
        raise NodeError(error.code.title().replace("_", ""), str(error), category="input") from None
    return target


async def _new_run(attempt: Attempt, above: Record, target: Target, plan: Plan, given: dict[str, Any]) -> NewRun:
    services, task, at = attempt.services, attempt.task, now()
    value, facts = _checked_input(plan, given)
    return NewRun(
        id=new_id(),
        project=task.project,
        target=target,
        follows_newest=given.get("version") is None,
        environment=given.get("environment") or task.environment,
        key=None,
        idempotency_key=None,
        request_hash=None,
        input=await services.payloads.store(task.project, value),
        input_facts=facts,
        env=default_variables(plan),
        tags=[],
        metadata={},
        priority=above["priority"] or plan.document.priority,
        origin={"kind": "subworkflow", "run_id": task.run_id, "node": task.path, "id": None},
        started_by=Actor("run", task.run_id, above["slug"]).json(),
        start_after=at + HEAD_START,
        traceparent=above["traceparent"],
        created_at=at,
        files=files_in(value),
        parent=Parent(UUID(task.run_id), task.path, task.generation, above["depth"], above["owner"]),
    )


def _checked_input(plan: Plan, given: dict[str, Any]) -> tuple[Json, dict[str, Any]]:
    """The input with its defaults, held against the sub-workflow's schema, and its facts."""
    try:
        value = complete_input(plan, given.get("input", {}))
        facts = input_facts(plan, value)
    except Invalid as error:
        problems = [problem.message for problem in error.problems]
        raise NodeError("InputInvalid", str(error), category="input", details={"problems": problems}) from None
    if len(encode(value)) > INPUT_LIMIT:
        raise NodeError("InputInvalid", "with its defaults the input is larger than 1 MiB", category="input")
    return value, dict(facts)
