"""Evaluates a node of the language's own where all values are at hand: transform, join, end."""

from collections.abc import Awaitable, Callable
from typing import Any

from temporalio import activity

from activities.attempt import begin, earlier_end, find, names_for, note_start, record, record_failure
from activities.results import facts_of, normalised
from activities.services import Services
from interpreter.expressions import Scope, resolve_value
from interpreter.plan.model import PlannedNode
from interpreter.plan.sites import MERGES
from interpreter.rules.inline import parameter
from interpreter.shell.wire import EVALUATE, NodeResult, NodeTask
from interpreter.values import Json

EVERYTHING = frozenset({("*", "output"), ("*", "input")})


def evaluating(services: Services) -> Callable[[NodeTask], Awaitable[NodeResult]]:
    """The activity `plait.evaluate`."""

    @activity.defn(name=EVALUATE)
    async def evaluate(task: NodeTask) -> NodeResult:
        attempt = await begin(services, task)
        found = await find(attempt)
        if (recorded := earlier_end(task, found)) is not None:
            return recorded
        try:
            names = await names_for(attempt, found, EVERYTHING)
            output = normalised(_value(attempt.node, names))
            entry = {"status": "completed", "outcome": "success", "output": output}
            facts = facts_of(attempt.plan, attempt.node, entry)
            stored = await services.payloads.store(task.project, output)
            note_start(attempt, None)
        except Exception as error:
            raise await record_failure(attempt, error) from error
        return await record(attempt, stored, facts)

    return evaluate


def _value(node: PlannedNode, names: dict[str, Any]) -> Json:
    if isinstance(node.value, str) and node.value in MERGES:
        return _merged(node.value, names["arrived"])
    assert node.value is not None
    assert not isinstance(node.value, str)
    wanted = parameter(node.value, "output") if node.behaviour == "end" else node.value
    return resolve_value(wanted, Scope(names))


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
