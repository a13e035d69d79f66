"""The output of a region: of the run, of an item, of a lap. Builds and records those of items and laps."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.heart import Heart
from activities.patience import patiently
from activities.services import Services
from activities.shell.attempt import Attempt, begin, find, names_for, record, recorded_end
from activities.shell.errors import failure_of, to_raise
from activities.shell.names import EVERY_OUTPUT, Wanted, node_of, wanted_in
from activities.shell.results import fitting, normalised
from interpreter.expressions import ExpressionError, Prepared, Scope, prepare_value, resolve_value, templates_in
from interpreter.messages import FactValue
from interpreter.plan.model import Plan, Region
from interpreter.rules import facts_of_lap
from interpreter.shell.wire import MAKE_OUTPUT, NodeResult, OutputTask, Source
from interpreter.values import Json


@dataclass(frozen=True, slots=True)
class Output:
    """What a region gives. Without `prepared` that is what its terminal nodes gave, of a chain the last one's."""

    prepared: Prepared | None
    chained: bool
    wanted: Wanted

    def value(self, reads: Sequence[Source], names: dict[str, Any]) -> Json:
        """Its value. `reads` are the terminal nodes where nothing else is said. Raises ExpressionError."""
        if self.prepared is not None:
            return resolve_value(self.prepared, Scope(names))
        ended = [node_of(source.path) for source in reads if source.status == "completed"]
        outputs = {node: names["nodes"][node].get("output") for node in ended}
        return next(iter(outputs.values()), None) if self.chained else outputs


def output_of(plan: Plan, region: Region) -> Output:
    """That of a region of a plan, prepared once a process."""
    return _output(_Place(plan.hash, region.index, plan))


@dataclass(frozen=True, slots=True)
class _Place:
    """A region, known by its plan's hash and its number."""

    hash: str
    region: int
    plan: Plan = field(compare=False)


@lru_cache(maxsize=1024)
def _output(place: _Place) -> Output:
    plan, region = place.plan, place.plan.region(place.region)
    if region.owner is None:
        said = plan.document.output
    else:
        around, owner = region.owner
        said = plan.region(around).nodes[owner].node.with_.get("output")
    if said is None:
        return Output(None, region.chained, EVERY_OUTPUT)
    prepared = prepare_value(said)
    parts = [part for _, template in templates_in(prepared) for part in template.parts]
    return Output(prepared, region.chained, wanted_in(part for part in parts if not isinstance(part, str)))


def making_outputs(services: Services) -> Callable[[OutputTask], Awaitable[NodeResult]]:
    """The activity `plait.make_output`. Where it raises, nothing of the item or lap is on record."""

    @activity.defn(name=MAKE_OUTPUT)
    async def make_output(wanted: OutputTask) -> NodeResult:
        with Heart():
            attempt = await begin(services, wanted.task)
            try:
                return await _make(attempt)
            except ExpressionError as error:
                error.path = ("output", *error.path)
                raise _refusal(attempt, error) from error
            except Exception as error:
                raise _refusal(attempt, error) from error

    return make_output


async def _make(attempt: Attempt) -> NodeResult:
    services, task, plan = attempt.services, attempt.task, attempt.plan
    output = output_of(plan, body_of(attempt))
    found = await patiently(lambda: find(attempt, with_input="input" in output.wanted.names))
    if (recorded := recorded_end(task, found)) is not None:
        return recorded
    names = await patiently(lambda: names_for(attempt, found, output.wanted))
    value = normalised(output.value(task.reads, names))
    facts = _facts(attempt, value)
    stored = await patiently(lambda: services.payloads.store(task.project, value))
    return await record(attempt, stored, facts, worked=False)


def body_of(attempt: Attempt) -> Region:
    """What the attempt's map or loop repeats."""
    body = attempt.node.body
    assert body is not None, "only a map and a loop have items and laps"
    return attempt.plan.region(body)


def _facts(attempt: Attempt, value: Json) -> dict[str, FactValue]:
    """Of a lap those that the next one needs, and those over the loop: this may be its last lap."""
    plan, node = attempt.plan, attempt.node
    if node.behaviour != "loop":
        return {}
    lap, constants = attempt.task.instances[-1].key, {"vars": plan.document.vars}
    return fitting(lambda: facts_of_lap(body_of(attempt), node, lap, value, constants))


def _refusal(attempt: Attempt, error: Exception) -> ApplicationError:
    if isinstance(error, ApplicationError):
        return error
    failure = failure_of(error, attempt.node, attempt.number, attempt.services.secrets.values())
    return to_raise(replace(failure, attempt=None))
