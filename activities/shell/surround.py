"""Surrounds every node: looks up, resolves, runs, checks, records; a result is recorded exactly once."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from temporalio import activity

from activities.heart import Heart
from activities.kind import NodeContext, NodeKind, Prepared
from activities.patience import patiently
from activities.services import Services
from activities.shell.attempt import (
    Attempt,
    begin,
    earlier_end,
    find,
    keep_meta,
    kept_in,
    names_for,
    note_log,
    note_progress,
    note_start,
    put_back,
    record,
    record_failure,
)
from activities.shell.log import NodeLog
from activities.shell.progress import Progress
from activities.shell.results import accepted, facts_of, fits_schema, normalised
from activities.shell.spending import BudgetReached
from activities.shell.streaming import Stream
from interpreter.expressions import Scope
from interpreter.shell.wire import NodeResult, NodeTask
from interpreter.values import Json
from plait.agents import Uses


def surround(kind: NodeKind, services: Services) -> Callable[[NodeTask], Awaitable[NodeResult]]:
    """The Temporal activity of a kind of node."""

    @activity.defn(name=kind.name)
    async def run_node(task: NodeTask) -> NodeResult:
        with Heart():
            return await run_attempt(kind, await begin(services, task))

    return run_node


async def run_attempt(kind: NodeKind, attempt: Attempt) -> NodeResult:
    """What the attempt comes to, on record. Raises what Temporal is to be told of its failure."""
    services, task = attempt.services, attempt.task
    found = await patiently(lambda: find(attempt))
    if (recorded := earlier_end(task, found)) is not None:
        return recorded
    attempt.kept = kept_in(attempt.task, found)
    if found.over is not None and not task.always:
        raise await put_back(attempt, BudgetReached(found.over))
    try:
        names = await patiently(lambda: names_for(attempt, found, attempt.wanted))
        output = normalised(await _execute(attempt, kind, names, found.uses))
        fits_schema(attempt.node, output)
        accepted(attempt.node, output, names)
        entry = {"status": "completed", "outcome": "success", "output": output, "meta": attempt.meta}
        facts = facts_of(attempt.plan, attempt.node, entry)
        stored = await patiently(lambda: services.payloads.store(task.project, output))
    except BudgetReached as short:
        raise await put_back(attempt, short) from short
    except Exception as error:
        raise await record_failure(attempt, error) from error
    return await record(attempt, stored, facts)


async def _execute(attempt: Attempt, kind: NodeKind, names: dict[str, Any], uses: Uses) -> Json:
    """Resolve the parameters, say that the node has started, and run it."""
    prepared = await (kind.prepare(attempt, names, uses) if kind.prepare else _prepared(attempt, kind, names))
    shown = await patiently(lambda: attempt.services.payloads.store(attempt.task.project, prepared.shown))
    note_start(attempt, shown)
    stream = attempt.services.streams.open(attempt.task, attempt.number)
    with Progress(partial(note_progress, attempt)) as progress, stream:
        context = _context(attempt, progress, stream, uses)
        try:
            return await prepared.run(context)
        finally:
            context.purse.close()


async def _prepared(attempt: Attempt, kind: NodeKind, names: dict[str, Any]) -> Prepared:
    parameters = attempt.parameters
    given = parameters.resolve(Scope(names))
    return Prepared(parameters.shown(given), lambda context: kind.run(context, given))


def _context(attempt: Attempt, progress: Progress, stream: Stream, uses: Uses) -> NodeContext:
    task = attempt.task
    return NodeContext(
        run_id=task.run_id,
        path=task.path,
        node=attempt.node,
        generation=task.generation,
        attempt=attempt.number,
        idempotency_key=f"{task.run_id}/{task.path}/{task.generation}",
        task=task,
        services=attempt.services,
        heartbeat=progress.say,
        log=NodeLog(partial(note_log, attempt), attempt.services.secrets.values()).say,
        cancelled=activity.is_cancelled,
        meta=attempt.meta,
        keep=partial(keep_meta, attempt),
        kept=attempt.kept,
        stream=stream,
        uses=uses,
    )
