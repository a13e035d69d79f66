"""Evaluates a node of the language's own where all values are at hand: transform, join, end, and a map's output."""

from collections.abc import Awaitable, Callable
from typing import Any

from temporalio import activity

from activities.agents.opening import concluded
from activities.heart import Heart
from activities.runs.collection import collect, count_in
from activities.services import Services
from activities.shell.attempt import Attempt, begin, earlier_end, find, names_for, note_start, record, record_failure
from activities.shell.names import EVERY_OUTPUT, Wanted, wanted_in
from activities.shell.results import facts_of, normalised
from interpreter.expressions import Scope, resolve_value, templates_in
from interpreter.plan.model import PlannedNode
from interpreter.rules.inline import parameter
from interpreter.shell.wire import EVALUATE, NodeResult, NodeTask
from interpreter.values import Json
from plait.store.tasks import RunFound


def evaluating(services: Services) -> Callable[[NodeTask], Awaitable[NodeResult]]:
    """The activity `plait.evaluate`."""

    @activity.defn(name=EVALUATE)
    async def evaluate(task: NodeTask) -> NodeResult:
        with Heart():
            attempt = await begin(services, task)
            found = await find(attempt)
            if (recorded := earlier_end(task, found)) is not None:
                return recorded
            itself = attempt.node.body is None
            try:
                output = await _output(attempt, found)
                entry = {"status": "completed", "outcome": "success", "output": output, "meta": attempt.meta}
                facts = facts_of(attempt.plan, attempt.node, entry)
                stored = await services.payloads.store(task.project, output)
                if itself:
                    note_start(attempt, None)
            except Exception as error:
                raise await record_failure(attempt, error) from error
            return await record(attempt, stored, facts, worked=itself)

    return evaluate


async def _output(attempt: Attempt, found: RunFound) -> Json:
    """A node's value; what a map's items or an agent's turns came to."""
    match attempt.node.behaviour:
        case "map":
            return await _collected(attempt, found)
        case "agent":
            return await concluded(attempt)
        case _:
            return await _evaluated(attempt, found)


async def _collected(attempt: Attempt, found: RunFound) -> Json:
    return await collect(attempt, count_in(found.nodes.get(attempt.task.path)))


async def _evaluated(attempt: Attempt, found: RunFound) -> Json:
    names = await names_for(attempt, found, _wanted(attempt.node))
    return normalised(_value(attempt.node, names))


def _wanted(node: PlannedNode) -> Wanted:
    """What the node's value reads. A keyword reads whatever arrived."""
    prepared = node.value.prepared
    if prepared is None or isinstance(prepared, str):
        return EVERY_OUTPUT
    parts = (part for _, template in templates_in(prepared) for part in template.parts)
    return wanted_in(part for part in parts if not isinstance(part, str))


def _value(node: PlannedNode, names: dict[str, Any]) -> Json:
    prepared = node.value.prepared
    if isinstance(prepared, str):
        return _merged(prepared, names["arrived"])
    assert prepared is not None
    return resolve_value(parameter(prepared, "output") if node.behaviour == "end" else prepared, Scope(names))


def _merged(how: str, arrived: list[dict[str, Any]]) -> Json:
    """The outputs that arrived, as an object by id, as a list in order, or the first alone."""
    outputs = {entry["id"]: entry["output"] for entry in arrived if "output" in entry}
    match how:
        case "object":
            return outputs
        case "list":
            return list(outputs.values())
        case _:
            return next(iter(outputs.values()), None)
