"""Takes results of an earlier run over: where the same node was given the same, its record is copied.

A result is known by what the node does (as both plans have it) and by the hash of its resolved input, in
which a template that names a secret stands as it was written. Nothing runs, nothing is paid, nobody is asked.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from temporalio import activity

from activities.agents.opening import opened_with
from activities.heart import Heart
from activities.kind import NodeError
from activities.rows import change_of, edges_told, moment, node_event, node_row, result_of, timestamp
from activities.runs.gates import gate_id
from activities.services import Services
from activities.shell.attempt import Attempt, begin, find, names_for
from activities.shell.results import accepted, facts_of
from interpreter.document.model import duration_seconds, point_in_time
from interpreter.expressions import ExpressionError, Scope
from interpreter.messages import FactValue
from interpreter.plan.model import Plan
from interpreter.reuse import changes_of
from interpreter.shell.wire import REUSE, NodeResult, NodeTask, Reused, ReuseTask
from interpreter.state import FINAL_RUN, NodeStatus
from plait.agents import Uses
from plait.clock import now
from plait.errors import NotFound
from plait.store.changes import GateCopy
from plait.store.reuse import Result, Source, find_results
from plait.store.runs import read_target
from plait.store.tasks import RunFound
from plait.store.values import encode

SLACK = timedelta(seconds=1)
"""By how much two waits of the same length may differ on record."""


def reusing(services: Services) -> Callable[[ReuseTask], Awaitable[Reused]]:
    """The activity `plait.reuse`. Asked again it answers the same, from the rows that it wrote."""

    @activity.defn(name=REUSE)
    async def reuse(wanted: ReuseTask) -> Reused:
        with Heart():
            project, paths = wanted.tasks[0].project, [task.path for task in wanted.tasks]
            found = await find_results(services.pool, project, UUID(wanted.source), paths)
            if found is None:
                return Reused([None] * len(wanted.tasks))
            before = await services.plans.find(project, found.plan_hash)
            taken = (_take_over(services, wanted, task, found, before) for task in wanted.tasks)
            return Reused(list(await asyncio.gather(*taken)))

    return reuse


async def _take_over(
    services: Services, wanted: ReuseTask, task: NodeTask, source: Source, before: Plan
) -> NodeResult | None:
    """The node's result, on record now; None if it has to run."""
    if (result := source.results.get(task.path)) is None:
        return None
    attempt = await begin(services, task)
    found = await find(attempt)
    row = found.nodes.get(task.path)
    if row is not None and row.status == NodeStatus.COMPLETED and row.output is not None:
        facts = {key: tuple(value) for key, value in row.facts.items()}
        return NodeResult(row.output.size, row.output.sha256, row.outcome or "success", facts)
    if found.requested == "cancel" or found.status in FINAL_RUN or not _does_the_same(attempt, before):
        return None
    try:
        names = await names_for(attempt, found, attempt.wanted)
        if not await _was_given_the_same(attempt, found, source, names, wanted.keys.get(task.path)):
            return None
        facts = await _facts(attempt, result, names)
    except (ExpressionError, NodeError, NotFound):
        # Whatever is wrong with it, the node's own attempt finds and says it.
        return None
    return await _record(attempt, UUID(wanted.source), found, result, facts)


def _does_the_same(attempt: Attempt, before: Plan) -> bool:
    if before.hash == attempt.plan.hash:
        return True
    node = attempt.node
    return node.id in before.places and not changes_of(before.find(node.id), node)


async def _was_given_the_same(
    attempt: Attempt, found: RunFound, source: Source, names: dict[str, Any], key: str | None
) -> bool:
    """Whether the earlier run's node had the input that this one would have. `key` is what an event node waits for."""
    result = source.results[attempt.task.path]
    if attempt.node.behaviour == "event":
        # Without a key any event of this name would do, and the name is part of what the node does.
        return key is None or (result.input is not None and result.input.inline["key"] == key)
    parameters = attempt.parameters
    given = parameters.resolve(Scope(names))
    if attempt.node.behaviour == "wait":
        return _waited_as_long(result, given)
    shown = parameters.shown(given)
    if attempt.node.behaviour == "subworkflow":
        shown["version"] = await _version(attempt, given)
    if attempt.node.behaviour == "agent":
        shown = await opened_with(attempt, found.uses, given)
    if attempt.node.node.type == "llm" and _models_in(given, source.uses) != _models_in(given, found.uses):
        return False
    return result.input is not None and result.input.sha256 == hashlib.sha256(encode(shown)).hexdigest()


def _models_in(given: dict[str, Any], uses: Uses) -> list[str]:
    """The models that a node asks, behind their aliases."""
    return [uses.model(str(each)) for each in (given.get("model"), *(given.get("fallback") or ()))]


async def _version(attempt: Attempt, given: dict[str, Any]) -> int | None:
    """The version of the sub-workflow that would run now."""
    task = attempt.task
    environment = given.get("environment") or task.environment
    version = given.get("version")
    target = await read_target(attempt.services.pool, task.project, given["workflow"], version, environment)
    return target.version if target else None


def _waited_as_long(result: Result, given: dict[str, Any]) -> bool:
    until = (result.metadata or {}).get("until")
    if until is None or result.ready_at is None:
        return False
    if given.get("for") is None:
        return moment(until) == point_in_time(str(given["at"]))
    waited = moment(until) - result.ready_at
    return abs(waited - timedelta(seconds=duration_seconds(given["for"]))) <= SLACK


async def _facts(attempt: Attempt, result: Result, names: dict[str, Any]) -> dict[str, FactValue]:
    """The facts that this run's plan needs, once it was seen that it takes the output at all."""
    node = attempt.node
    if not node.facts and node.node.accept is None:
        return {}
    output = await attempt.services.payloads.value(attempt.task.project, result.output)
    if hashlib.sha256(encode(output)).hexdigest() != result.output.sha256:
        raise NotFound(f"the output of {result.path} is not what was recorded")
    accepted(node, output, names)
    entry = {"status": "completed", "outcome": result.outcome, "output": output, "meta": result.metadata or {}}
    return facts_of(attempt.plan, node, entry)


async def _record(
    attempt: Attempt, source: UUID, found: RunFound, result: Result, facts: dict[str, FactValue]
) -> NodeResult | None:
    """Copy the record; None if another end was there first."""
    task, at = attempt.task, now()
    begun = found.nodes.get(task.path)
    row = node_row(
        task,
        attempt.node,
        "completed",
        at,
        outcome=result.outcome,
        input=result.input,
        output=result.output,
        facts=facts,
        why={"reason": "reused", "run_id": str(result.done_by)},
        # What began to wait has said already since when and, for itself, until when.
        metadata=result.metadata if begun is None else None,
        ready_at=moment(task.ready_at) if begun is None else None,
        completed_at=at,
    )
    told = node_event(
        "reused",
        task,
        at,
        outcome=result.outcome,
        run_id=str(result.done_by),
        output_size=result.output.size,
        ready_at=timestamp(moment(task.ready_at)),
        edges=[] if begun else edges_told(task.edges),
    )
    id_ = gate_id(UUID(task.run_id), task.path, task.generation)
    copy = GateCopy(id_, source, task.path, task.generation) if attempt.node.behaviour == "gate" else None
    change = change_of(task, node=row, gate_copy=copy, flags=("reused",), events=(told,))
    written = await attempt.services.recorder.put(change)
    return result_of(written) if written.status == NodeStatus.COMPLETED else None
