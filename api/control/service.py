"""Controlling runs by hand. What a workflow is to do is a row first, and a signal then; to end it at once needs Temporal."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

from api.control.inputs import checked_input
from api.control.schemas import RaiseBudget
from api.resources import Resources
from api.runs.control import read_status, run_conflict
from api.runs.standing import Standing, Verb, answer
from api.upkeep.ending import Ending, end_run
from interpreter.problems import Problem
from interpreter.state import FINAL_RUN
from plait.auth import Actor, Caller
from plait.clock import new_id, now
from plait.delivery import terminate_run_workflow
from plait.errors import Invalid, NotFound
from plait.starts import breakpoints_in
from plait.store.children import list_open_children
from plait.store.commands import (
    Kind,
    NewCommand,
    insert_command,
    list_paused_before,
    locked_run,
    write_budget,
    write_request,
)

REFUSALS: dict[Verb, str] = {
    "pause": "it cannot be paused",
    "resume": "it does not go on from there",
    "continue": "it does not go on from there",
    "step": "it shows no node that it is paused before",
    "breakpoints": "it stops nowhere any more",
    "budget": "it spends nothing any more, or has no budget",
    "terminate": "it has ended already",
}
REQUESTS: dict[Kind, str] = {"pause": "pause", "resume": "resume", "continue": "resume"}
"""What is asked of a run while it has not answered."""


async def pause_run(held: Resources, run_id: UUID, caller: Caller, reason: str | None) -> bool:
    """Have nothing new begin. False if that is so already."""
    return await _command(held, run_id, caller, "pause", reason)


async def resume_run(held: Resources, run_id: UUID, caller: Caller, reason: str | None) -> bool:
    """Have a paused run go on. False if it is not paused."""
    return await _command(held, run_id, caller, "resume", reason)


async def continue_run(held: Resources, run_id: UUID, caller: Caller, reason: str | None) -> bool:
    """Have a paused run go on to its next breakpoint. False if it is not paused."""
    return await _command(held, run_id, caller, "continue", reason)


async def step_run(
    held: Resources, run_id: UUID, caller: Caller, path: str, given: dict[str, Any] | None, reason: str | None
) -> None:
    """Have one node begin that the run is paused before."""
    run = await read_status(held, run_id, caller)
    _refuse("step", run)
    due = await list_paused_before(held.pool, run_id)
    row = next((each for each in due if each["path"] == path), None)
    if row is None:
        paths = ", ".join(each["path"] for each in due)
        raise run_conflict(run, f"The run is not paused before {path!r}, but before {paths}.")
    args = {"path": path, "generation": row["generation"]}
    if given is not None:
        plan = await held.plans.of(held.pool, caller.project, run["plan_hash"])
        args["input"] = checked_input(plan.find(row["node"]), row, given)
    await _command(held, run_id, caller, "step", reason, args)


async def set_breakpoints(held: Resources, run_id: UUID, caller: Caller, nodes: list[str], reason: str | None) -> bool:
    """Have the run stop before these nodes from now on. False if it does so already."""
    run = await read_status(held, run_id, caller)
    _refuse("breakpoints", run)
    plan = await held.plans.of(held.pool, caller.project, run["plan_hash"])
    chosen = list(breakpoints_in(plan, nodes, "nodes"))
    return await _command(held, run_id, caller, "breakpoints", reason, {"nodes": chosen})


async def raise_budget(held: Resources, run_id: UUID, caller: Caller, raised: RaiseBudget) -> bool:
    """Raise limits, and have a run go on that waits for that. False if they are so high already."""
    async with locked_run(held.pool, caller.project, run_id) as (db, run):
        if run is None:
            raise NotFound("There is no such run.")
        _refuse("budget", run)
        limits, given = run["budget"], raised.limits()
        if problems := list(_not_raised(limits, given)):
            raise Invalid(problems[0].message, problems=problems)
        if all(Decimal(str(value)) == Decimal(str(limits[name])) for name, value in given.items()):
            return False
        await write_budget(db, run_id, {**limits, **given})
        new = NewCommand(
            new_id(), caller.project, run_id, "budget", caller.actor.json(), now(), reason=raised.reason, args=given
        )
        await insert_command(db, new)
    held.deliveries.command(run_id, new.id)
    return True


def _not_raised(limits: dict[str, Any], given: dict[str, Any]) -> Iterator[Problem]:
    for name, value in given.items():
        if name not in limits:
            message = f"The run has no limit of `{name}`."
            yield Problem("wrong_value", message, (name,), fix="Leave it out: what has no limit needs none raised.")
        elif Decimal(str(value)) < Decimal(str(limits[name])):
            message = f"The limit of `{name}` is {limits[name]} already; a budget is raised, never lowered."
            yield Problem("wrong_value", message, (name,), fix="Say more than that, or cancel the run.")


async def terminate_run(held: Resources, run_id: UUID, caller: Caller, reason: str | None) -> bool:
    """End the run at once, without clean-up, and the sub-workflows that it waits for. False if that was so already.

    Temporal comes first: should this process die, the reconciler ends the row.
    """
    run = await read_status(held, run_id, caller)
    if not _refuse("terminate", run):
        return False
    await _end_at_once(held, caller.project, run_id, caller.actor, reason)
    return True


async def _end_at_once(held: Resources, project: str, run_id: UUID, by: Actor, reason: str | None) -> None:
    message = f"Terminated by {by.name}" + (f": {reason}" if reason else "")
    await terminate_run_workflow(await held.temporal.client(), run_id, message)
    told = {"by": by.json(), "reason": reason}
    await end_run(held, project, run_id, Ending("terminated", "Terminated", message, told))
    for child in await list_open_children(held.pool, run_id):
        await _end_at_once(held, project, child, by, "the run above it was terminated")


async def _command(
    held: Resources,
    run_id: UUID,
    caller: Caller,
    kind: Kind,
    reason: str | None,
    args: dict[str, Any] | None = None,
) -> bool:
    """Write the command down, in the order of the run's commands, and tell the workflow. False if it holds already."""
    command = NewCommand(
        new_id(), caller.project, run_id, kind, caller.actor.json(), now(), reason=reason, args=args or {}
    )
    if not await write_command(held, command):
        return False
    held.deliveries.command(run_id, command.id)
    return True


async def write_command(held: Resources, command: NewCommand) -> bool:
    """Write it, if it changes anything of the run as that stands now. Raises what says that it contradicts."""
    async with locked_run(held.pool, command.project, command.run_id) as (db, run):
        if run is None:
            raise NotFound("There is no such run.")
        if not _refuse(command.kind, run) or command.args.get("nodes") == run["breakpoints"]:
            return False
        await insert_command(db, command)
        requested = REQUESTS.get(command.kind, run["requested"])
        await write_request(db, command.run_id, requested, command.args.get("nodes"))
    return True


def _refuse(verb: Verb, run: Any) -> bool:
    """Whether there is something to do. Raises what says that it contradicts."""
    match answer(verb, Standing.of(run)):
        case "does":
            return True
        case "holds":
            return False
        case "contradicts":
            state = (
                "being cancelled" if run["requested"] == "cancel" and run["status"] not in FINAL_RUN else run["status"]
            )
            raise run_conflict(run, f"The run is {state}; {REFUSALS[verb]}.")
