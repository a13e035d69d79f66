"""Opens maps and loops: their items or their `initial` go on record before the first body begins."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from temporalio import activity

from activities.agents.opening import opened_with
from activities.heart import Heart
from activities.kind import NodeError
from activities.patience import patiently
from activities.runs.collection import count_in, items_of
from activities.runs.outputs import body_of
from activities.services import Services
from activities.shell.attempt import Attempt, begin, earlier_end, find, names_for, node_ended, open_row, record_failure
from activities.shell.given import given_to
from activities.shell.results import fitting, normalised
from interpreter.expressions import Scope
from interpreter.messages import FactValue
from interpreter.rules import facts_over
from interpreter.shell.wire import OPEN_REGION, OpenedRegion, OpenRegionTask
from interpreter.values import Json, canonical
from plait.store.tasks import NodeFound, RunFound, look_up

WINDOW = 200
"""Items of whose facts one answer tells at most."""
ANSWER_BYTES = 128 * 1024
"""About how large an answer may be."""


def opening_regions(services: Services) -> Callable[[OpenRegionTask], Awaitable[OpenedRegion]]:
    """The activity `plait.open_region`."""

    @activity.defn(name=OPEN_REGION)
    async def open_region(wanted: OpenRegionTask) -> OpenedRegion:
        with Heart():
            attempt = await begin(services, wanted.node)
            found = await patiently(lambda: find(attempt))
            if earlier_end(wanted.node, found) is not None:
                raise node_ended("completed")
            try:
                return await _open(attempt, found, wanted)
            except Exception as error:
                raise await record_failure(attempt, error) from error

    return open_region


async def _open(attempt: Attempt, found: RunFound, wanted: OpenRegionTask) -> OpenedRegion:
    row = found.nodes.get(attempt.task.path)
    opened = row if row is not None and row.has_input else None
    if attempt.node.behaviour == "agent":
        return OpenedRegion(await _open_agent(attempt, found, opened))
    if attempt.node.behaviour == "map":
        if opened is not None:
            count = count_in(opened)
        else:
            count = await (_store_items(attempt, found) if wanted.kept is None else _keep_items(attempt, wanted.kept))
        return OpenedRegion(count, wanted.first, await _facts_of_items(attempt, wanted.first, count))
    initial = await _store_initial(attempt, found) if opened is None else await _initial_in(attempt, opened)
    given = body_of(attempt).given
    return OpenedRegion(1, 0, [_facts(attempt, "prev", initial)] if given else [])


async def _open_agent(attempt: Attempt, found: RunFound, opened: NodeFound | None) -> int:
    """Put on record what the agent goes by; how many turns it may have."""
    if opened is None:
        given, _ = await given_to(attempt, found)
        shown = await opened_with(attempt, found.uses, given)
        await _open_row(attempt, shown)
    else:
        assert opened.input is not None
        stored = opened.input
        shown = await patiently(lambda: attempt.services.payloads.value(attempt.task.project, stored))
    return shown["max_turns"]


async def _store_items(attempt: Attempt, found: RunFound) -> int:
    """Keep the items; the row that says how many there are comes last."""
    items = (await _resolved(attempt, found))["items"]
    if not isinstance(items, list):
        kind = "an object; entries(…) makes a list of it" if isinstance(items, dict) else "something else"
        raise NodeError("ItemsNotAList", f"`items` has to come to a list, and came to {kind}", category="input")
    await patiently(lambda: attempt.services.items.store(items_of(attempt), items))
    await _open_row(attempt, {"items": len(items)})
    return len(items)


async def _keep_items(attempt: Attempt, kept: int) -> int:
    """Say that the map goes on with the items of an earlier generation."""
    services, task = attempt.services, attempt.task
    path, run_id = task.path, UUID(task.run_id)
    before = await patiently(lambda: look_up(services.pool, task.project, run_id, [(path, kept)], with_input=False))
    count = count_in(before.nodes.get(path) if before else None)
    await _open_row(attempt, {"items": count})
    return count


async def _store_initial(attempt: Attempt, found: RunFound) -> Json:
    initial = normalised((await _resolved(attempt, found)).get("initial"))
    await _open_row(attempt, {"initial": initial})
    return initial


async def _resolved(attempt: Attempt, found: RunFound) -> dict[str, Any]:
    parameters = attempt.parameters
    return parameters.resolve(Scope(await patiently(lambda: names_for(attempt, found, parameters.wanted))))


async def _open_row(attempt: Attempt, shown: dict[str, Any]) -> None:
    payloads, project = attempt.services.payloads, attempt.task.project
    await open_row(attempt, await patiently(lambda: payloads.store(project, shown)))


async def _initial_in(attempt: Attempt, row: NodeFound) -> Json:
    stored = row.input
    assert stored is not None
    return (await patiently(lambda: attempt.services.payloads.value(attempt.task.project, stored)))["initial"]


async def _facts_of_items(attempt: Attempt, first: int, count: int) -> list[dict[str, FactValue]]:
    """The facts over as many items as one answer holds, at least one; none if the body needs none."""
    body, stop = body_of(attempt), min(first + WINDOW, count)
    if not body.given or first >= count:
        return []
    items = await patiently(lambda: attempt.services.items.load(items_of(attempt), first, stop))
    told: list[dict[str, FactValue]] = []
    size = 0
    for item in items:
        facts = _facts(attempt, body.names[0], item)
        size += len(canonical(facts))
        if told and size > ANSWER_BYTES:
            break
        told.append(facts)
    return told


def _facts(attempt: Attempt, name: str, value: Json) -> dict[str, FactValue]:
    return fitting(lambda: facts_over(body_of(attempt).given, {"vars": attempt.plan.document.vars, name: value}))
