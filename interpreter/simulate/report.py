"""What a simulated run came to, for people: the path it took, what it left out, where it waited."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from interpreter.expressions import ExpressionError
from interpreter.messages import Failure, FinishRun
from interpreter.plan.model import Plan
from interpreter.rules.acceptance import Violations
from interpreter.simulate.script import Script
from interpreter.simulate.steps import Step
from interpreter.simulate.world import World, nothing_wrong
from interpreter.state import RunState
from interpreter.values import Json

STARTED_AT = "2026-01-01T00:00:00+00:00"


@dataclass(frozen=True, slots=True)
class Wait:
    """A gate, a timer or an external event that was waited for, and until when (None: it still is)."""

    node: str
    path: str
    kind: str
    since: float
    until: float | None


@dataclass(frozen=True, slots=True)
class Simulation:
    """`status` is the run's end, or `waiting` when only people or events could go on.

    `output_known` is False when the output reads a node for which nothing was scripted. `skipped` are
    paths, `taken` the edges that were taken, by the ids of both nodes: of bodies, those that the nodes
    behind them tell of, which a `parallel` does not.
    """

    status: str
    path: tuple[Step, ...]
    skipped: tuple[str, ...]
    waits: tuple[Wait, ...]
    seconds: float
    output: Json = None
    output_known: bool = False
    error: Failure | None = None
    flags: tuple[str, ...] = ()
    events: list[dict[str, Any]] = field(default_factory=list)
    taken: frozenset[tuple[str, str]] = frozenset()


def simulate(
    plan: Plan,
    run_input: Json = None,
    script: Script | None = None,
    *,
    run: dict[str, Any] | None = None,
    env: dict[str, Any] | None = None,
    violations: Violations = nothing_wrong,
) -> Simulation:
    """Run the plan on the script. `violations` holds what is scripted against `output_schema`.

    Raises FactTooLarge when the input is too large for a guard.
    """
    known = {"id": "simulation", "started_at": STARTED_AT, "environment": "dev"} | (run or {})
    state = RunState.begin(plan, run=known, env=env or {})
    world = World(plan, script or Script(), run_input, state, violations=violations)
    world.begin()
    world.run()
    return _report(world)


def _report(world: World) -> Simulation:
    state, finished, ended = world.state, world.finished, world.steps.ended
    result = _Result("waiting", state.failure) if finished is None else _result(world, finished)
    for scope in (state, *state.scopes.values()):
        world.steps.crossed(scope)
    standing = () if finished is not None else world.steps.standing(world.now)
    return Simulation(
        status=result.status,
        path=(*ended.values(), *standing),
        skipped=tuple(step.path for step in ended.values() if step.status == "skipped"),
        waits=tuple(_waits(world)),
        seconds=world.now,
        output=result.output,
        output_known=result.known,
        error=result.error,
        flags=finished.flags if finished else (),
        events=[{"at": one.at, "type": one.event, "node": one.node, "path": one.path} for one in world.steps.log],
        taken=frozenset(world.steps.taken),
    )


def _waits(world: World) -> Iterator[Wait]:
    for entry in world.steps.log:
        if entry.event == "waiting":
            end = world.steps.ended.get(entry.path)
            kind = world.plan.find(entry.node).behaviour
            yield Wait(entry.node, entry.path, kind, entry.at, None if end is None else end.at)


@dataclass(frozen=True, slots=True)
class _Result:
    status: str
    error: Failure | None = None
    output: Json = None
    known: bool = False


def _result(world: World, finished: FinishRun) -> _Result:
    if finished.status != "completed":
        return _Result(finished.status, finished.failure)
    outputs = world.values.outputs
    if finished.end is not None:
        end = world.plan.nodes[finished.end].id
        return _Result("completed", None, outputs.get(end), end in outputs)
    if world.values.unknown(world.state):
        return _Result("completed")
    try:
        return _Result("completed", None, world.values.output_of(world.state), known=True)
    except ExpressionError as error:
        return _Result("failed", Failure("OutputError", str(error), "input"))
