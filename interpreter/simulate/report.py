"""What a simulated run came to, for people: the path it took, what it left out, where it waited."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from interpreter.expressions import ExpressionError, Scope, prepare_value, resolve_value
from interpreter.messages import Failure, FinishRun
from interpreter.plan.model import Plan
from interpreter.rules import region
from interpreter.simulate.script import Script
from interpreter.simulate.world import World
from interpreter.state import FINAL_NODE, NodeStatus, RunState, in_edges_of, why_of
from interpreter.values import Json

STARTED_AT = "2026-01-01T00:00:00+00:00"


@dataclass(frozen=True, slots=True)
class Step:
    """One node that ended, or (with a status that is not final) where the run stands still.

    `at` are seconds since the start. `output` is null when it is not known.
    """

    node: str
    status: str
    outcome: str | None
    at: float
    attempts: int
    why: dict[str, Any]
    edges: list[dict[str, Any]]
    output: Json = None
    error: Failure | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """A gate or a timer: when it opened, and when it was over (None: it still waits)."""

    node: str
    kind: str
    since: float
    until: float | None


@dataclass(frozen=True, slots=True)
class Simulation:
    """`status` is the run's end, or `waiting` when only people could go on.

    `output_known` is False when the output reads a node for which nothing was scripted.
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


def simulate(
    plan: Plan,
    run_input: Json = None,
    script: Script | None = None,
    *,
    run: dict[str, Any] | None = None,
    env: dict[str, Any] | None = None,
) -> Simulation:
    """Run the plan on the script. Raises FactTooLarge when the input is too large for a guard."""
    known = {"id": "simulation", "started_at": STARTED_AT, "environment": "dev"} | (run or {})
    world = World(plan, script or Script(), run_input, RunState.begin(plan, run=known, env=env or {}))
    world.begin()
    world.run()
    return _report(world)


def _report(world: World) -> Simulation:
    state, finished = world.state, world.finished
    ended = {entry.node: entry.at for entry in world.log if state.nodes[entry.node].status in FINAL_NODE}
    # A node that was moved by hand has several entries; its end is the last, its place that of the end.
    last = {entry.node: place for place, entry in enumerate(world.log)}
    order = sorted(ended, key=lambda node: last[node])
    open_nodes = [node for node, known in enumerate(state.nodes) if known.status in region.ACTIVE | {NodeStatus.HELD}]
    skipped = (node for node in order if state.nodes[node].status is NodeStatus.SKIPPED)
    result = _Result("waiting", state.failure) if finished is None else _result(world, finished)
    return Simulation(
        status=result.status,
        path=tuple(_step(world, node, ended.get(node, world.now)) for node in (*order, *open_nodes)),
        skipped=tuple(world.plan.nodes[node].id for node in skipped),
        waits=tuple(_waits(world, ended)),
        seconds=world.now,
        output=result.output,
        output_known=result.known,
        error=result.error,
        flags=finished.flags if finished else (),
        events=[{"at": one.at, "type": one.event, "node": world.plan.nodes[one.node].id} for one in world.log],
    )


def _waits(world: World, ended: dict[int, float]) -> Iterator[Wait]:
    for entry in world.log:
        if entry.event == "waiting":
            planned = world.plan.nodes[entry.node]
            yield Wait(planned.id, planned.behaviour, entry.at, ended.get(entry.node))


@dataclass(frozen=True, slots=True)
class _Result:
    status: str
    error: Failure | None = None
    output: Json = None
    known: bool = False


def _result(world: World, finished: FinishRun) -> _Result:
    if finished.status != "completed":
        return _Result(finished.status, finished.failure)
    if finished.end is not None:
        return _Result("completed", None, world.values.get(finished.end), finished.end in world.values)
    unknown = any(world.state.nodes[node].has_output and node not in world.values for node in world.plan.output_reads)
    if unknown:
        return _Result("completed")
    try:
        return _Result("completed", None, _output(world), known=True)
    except ExpressionError as error:
        return _Result("failed", Failure("OutputError", str(error), "input"))


def _output(world: World) -> Json:
    """The run's output: as the document says, else those of the terminal nodes, of a chain the last one's."""
    document = world.plan.document
    if document.output is not None:
        return resolve_value(prepare_value(document.output), Scope(world.names()))
    outputs = {
        world.plan.nodes[node].id: world.values[node]
        for node in world.plan.output_reads
        if world.state.nodes[node].status is NodeStatus.COMPLETED
    }
    return next(iter(outputs.values()), None) if document.chain is not None else outputs


def _step(world: World, node: int, at: float) -> Step:
    known = world.state.nodes[node]
    edges = in_edges_of(world.plan, world.state, node)
    return Step(
        node=world.plan.nodes[node].id,
        status=str(known.status),
        outcome=known.outcome,
        at=at,
        attempts=world.attempts.get(node, 0),
        why=why_of(world.plan, world.state, node),
        edges=[{"id": source, "state": str(state), "outcome": outcome} for source, state, outcome in edges],
        output=world.values.get(node) if known.has_output else None,
        error=known.failure,
    )
