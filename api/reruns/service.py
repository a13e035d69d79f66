"""Begins reruns: a new run of the same workflow, which takes over what the source has and what is still good."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from asyncpg import Record

from api.overrides.schemas import Expected, OverrideNode
from api.overrides.service import checked_output, checked_parameters
from api.reruns.forecast import Before, Changes, Forecast
from api.reruns.schemas import NodeOverride, Preview, RerunOrder
from api.resources import Resources
from api.runs.control import cancel_run, read_status, run_conflict
from api.runs.nodes import planned_at
from api.runs.start import REPLACE_SECONDS, Started, begin, current_trace
from api.runs.waiting import wait_for_end
from interpreter.plan.model import Plan
from interpreter.problems import Problem
from interpreter.reuse import Fresh, UnknownPath
from interpreter.rules.overridable import objection
from interpreter.state import FINAL_RUN, NodeStatus
from interpreter.values import canonical, digest
from plait.agents import Uses
from plait.auth import Caller
from plait.clock import new_id
from plait.errors import Conflict, Invalid, NotFound
from plait.starts import KeyTaken, Replayed, Wanted, files_in, startable, variables_of, write_run
from plait.starts.uses import find_uses
from plait.store import reuse as store
from plait.store.runs import Override, Rerun, read_target
from plait.store.values import encode, value_in
from plait.values.inputs import complete_input


@dataclass(frozen=True, slots=True)
class Intended:
    """A rerun that may be begun: what it executes, what it is given, what it takes over."""

    source: Record
    version: int
    plan: Plan
    fresh: Fresh
    env: dict[str, Any]
    input: Any
    rerun: Rerun


async def rerun(
    held: Resources, run_id: UUID, order: RerunOrder, caller: Caller, idempotency_key: str | None = None
) -> Started:
    """Write a rerun and have it begun. Nothing of the source is touched, but for the cancel that was asked for."""
    await settle_source(held, run_id, order, caller)
    intended = await intend(held, run_id, order, caller)
    if order.preview_hash is not None and order.preview_hash != (await foresee(held, intended, order)).preview_hash:
        raise Conflict("What the rerun would do has changed since its preview; look again.", code="preview_changed")
    source = intended.source
    wanted = Wanted(
        project=caller.project,
        workflow=str(source["workflow_id"]),
        input=intended.input,
        by=caller.actor,
        origin={"kind": "rerun", "run_id": str(run_id), "node": None, "id": None},
        version=intended.version,
        environment=source["environment"],
        key=source["key"],
        idempotency_key=idempotency_key,
        request_hash=digest(canonical([str(run_id), order.model_dump(mode="json", by_alias=True, exclude_unset=True)])),
        tags=source["tags"],
        metadata=source["metadata"],
        priority=source["priority"],
        traceparent=current_trace(),
        rerun=intended.rerun,
    )
    match await write_run(held, wanted):
        case Replayed(earlier):
            return Started(earlier, replayed=True)
        case KeyTaken(taken, status):
            message = f"An open run has the key {source['key']!r} already."
            raise Conflict(message, code="key_conflict", run_id=taken, run_status=status)
        case run:
            begin(held, run)
            return Started(run.id)


async def preview(held: Resources, run_id: UUID, order: RerunOrder, caller: Caller) -> Preview:
    """What the rerun would do."""
    if not order.cancel_source:
        await settle_source(held, run_id, order, caller)
    return await foresee(held, await intend(held, run_id, order, caller), order)


async def settle_source(held: Resources, run_id: UUID, order: RerunOrder, caller: Caller) -> None:
    """A source has ended before anything is taken from it: a live one is refused, or cancelled first."""
    row = await read_status(held, run_id, caller)
    if row["status"] in FINAL_RUN:
        return
    if not order.cancel_source:
        raise run_conflict(row, f"The run is {row['status']}; `cancel_source` cancels it before the rerun begins.")
    if row["status"] != "stopping":
        await cancel_run(held, run_id, caller, "it is rerun")
    if not await wait_for_end(held, caller.project, run_id, REPLACE_SECONDS):
        row = await read_status(held, run_id, caller)
        raise run_conflict(row, "The run is still being cancelled; try again in a moment.")


async def intend(held: Resources, run_id: UUID, order: RerunOrder, caller: Caller) -> Intended:
    """All that can be checked of a rerun before it is written."""
    source = await store.read_rerun_source(held.pool, caller.project, run_id)
    if source is None:
        raise NotFound("There is no such run.")
    if source["purged_at"] is not None and not (order.from_ == "start" and "input" in order.model_fields_set):
        raise store.purged()
    version = order.version or source["version"]
    target = await read_target(held.pool, caller.project, str(source["workflow_id"]), version, source["environment"])
    if target is None:
        raise NotFound("The workflow of this run is gone.")
    definition = startable(target, version=version, environment=source["environment"])
    plan = await held.plans.load(definition, target.plan_hash or "")
    begins = tuple(order.from_) if isinstance(order.from_, list) else order.from_
    overrides = [
        await checked_override(held, caller.project, plan, path, said) for path, said in order.overrides.items()
    ]
    return Intended(
        source=source,
        version=version,
        plan=plan,
        fresh=checked_paths(plan, begins if isinstance(begins, tuple) else ()),
        env=variables_of(plan, target),
        input=order.input if "input" in order.model_fields_set else await input_of(held, caller.project, source),
        rerun=Rerun(run_id, begins, tuple(overrides)),
    )


def checked_paths(plan: Plan, paths: Sequence[str]) -> Fresh:
    """The nodes from which the rerun begins; a path that names none is the caller's mistake."""
    try:
        return Fresh.of(plan, paths)
    except UnknownPath as error:
        message = f"The version to run has no node, item or lap {error.path!r}."
        problem = Problem("unknown_node", message, ("from", paths.index(error.path)))
        raise Invalid(message, problems=[problem]) from None


async def checked_override(held: Resources, project: str, plan: Plan, path: str, said: NodeOverride) -> Override:
    """What becomes of one node, once its version takes it; problems are placed in the request."""
    node = planned_at(plan, path)
    if node is None:
        message = f"The version to run has no node {path!r}."
        raise Invalid(message, problems=[Problem("unknown_node", message, ("overrides", path))])
    action = "skip" if said.skip else "retry" if said.with_ is not None else "succeed"
    given = {"with": said.with_} if action == "retry" else {"output": said.output} if action == "succeed" else {}
    expected = Expected(status="pending", attempt=0)
    order = OverrideNode.model_validate({"action": action, "expect": expected, "reason": "", **given})
    if wrong := objection(node.behaviour, NodeStatus.PENDING, action, given=action == "retry"):
        raise Invalid(wrong, problems=[Problem("request_invalid", wrong, ("overrides", path))])
    try:
        output, parameters = checked_output(node, order), await checked_parameters(held, project, plan, node, order)
    except Invalid as error:
        placed = [replace(problem, path=("overrides", path, *problem.path)) for problem in error.problems]
        raise Invalid(str(error), code=error.code, problems=placed) from None
    return Override(new_id(), path, action, output, parameters, (*files_in(output), *files_in(parameters)))


async def input_of(held: Resources, project: str, source: Record) -> Any:
    """The source's own input. Raises Conflict `results_purged`."""
    stored = value_in(dict(source), "input")
    try:
        return None if stored is None else await held.payloads.value(project, stored)
    except NotFound:
        raise store.purged() from None


async def foresee(held: Resources, intended: Intended, order: RerunOrder) -> Preview:
    """What becomes of each node, and a hash that is other when that, or the source, is."""
    source, plan = intended.source, intended.plan
    before = await held.plans.of(held.pool, source["project"], source["plan_hash"])
    was = Uses.read(source["uses"])
    uses = await find_uses(held.pool, source["project"], held.models.defaults, plan)
    changes = Changes(
        from_start=intended.rerun.begins == "start",
        input=is_other_input(intended),
        env=intended.env != source["env"],
        vars=canonical(plan.document.vars) != canonical(before.document.vars),
        overrides={path: next(iter(said.model_fields_set)).rstrip("_") for path, said in order.overrides.items()},
        aliases=frozenset(name for name, model in uses.models.items() if was.models.get(name) != model),
        agents=frozenset(name for name, used in uses.agents.items() if was.agents.get(name) != used),
    )
    ended, undone = await store.read_ends(held.pool, source["id"])
    nodes = Forecast(plan, Before(before, ended, undone), changes, intended.fresh).nodes()
    counted = [node.action for node in nodes]
    said = order.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude={"preview_hash", "cancel_source"})
    facts = [source["last_seq"], plan.hash, said, [node.model_dump(mode="json") for node in nodes]]
    return Preview(
        run_id=source["id"],
        version=intended.version,
        nodes=nodes,
        reused=counted.count("reused"),
        runs=counted.count("runs"),
        depends=counted.count("depends"),
        preview_hash=digest(canonical(facts)),
    )


def is_other_input(intended: Intended) -> bool:
    """Whether the rerun is given something else than the source, with the defaults of its version."""
    value = complete_input(intended.plan, intended.input)
    stored = value_in(dict(intended.source), "input")
    return stored is None or digest(encode(value).decode()) != stored.sha256
