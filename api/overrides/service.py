"""Overrides: recorded while the node is as the caller saw it, then told to the workflow, which decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from api.overrides.parameters import check_parameters, fixed
from api.overrides.schemas import OverrideNode, RetryItems
from api.resources import Resources
from api.runs.control import read_status, run_conflict
from api.runs.nodes import planned_at
from api.runs.waiting import wait_for
from interpreter.plan.model import Plan, PlannedNode
from interpreter.problems import Problem
from interpreter.rules.overridable import objection
from interpreter.state import FINAL_RUN, NodeStatus
from plait.auth import Caller
from plait.clock import now
from plait.errors import Invalid, NotFound
from plait.starts import files_in
from plait.store import nodes
from plait.store import runs as store
from plait.store.nodes import NewOverride
from plait.values.schema import compiled

SETTLE_SECONDS = 2.0
"""How long an answer waits for the read model to show what was asked for."""
COMPILE_SECONDS = 10.0
NOT_DECIDED: dict[str, Any] = {"status": "pending", "attempt": 0, "generation": 0}


Overriding = OverrideNode | RetryItems


@dataclass(frozen=True, slots=True)
class Overridden:
    """What became of an override within the time that an answer waits."""

    applied: bool


async def override_node(
    held: Resources, override: UUID, run_id: UUID, path: str, order: Overriding, caller: Caller
) -> Overridden:
    """Move a node by hand. What was recorded before under this id is answered as it stands, wherever the node is."""
    run = await read_status(held, run_id, caller)
    if await nodes.read_override(held.pool, override) is not None:
        # Whoever lost the answer may not have come to telling the workflow; it drops what it knows.
        held.deliveries.override(run_id, override)
        return Overridden(applied=await settle_override(held, run, override))
    plan = await held.plans.of(held.pool, caller.project, run["plan_hash"])
    node = planned_at(plan, path)
    if node is None:
        raise NotFound(f"This run has no node {path[:200]!r}.")
    found = await nodes.read_state(held.pool, run_id, path)
    row = NOT_DECIDED if found is None else dict(found)
    refuse_moved(run, node, row, order)
    new = NewOverride(
        id=override,
        project=caller.project,
        run_id=run_id,
        path=path,
        generation=row["generation"],
        status=order.expect.status,
        attempt=order.expect.attempt,
        action=order.action,
        output=checked_output(node, order),
        given=await checked_parameters(held, caller.project, plan, node, order),
        reason=order.reason,
        by=caller.actor.json(),
        at=now(),
        files=(*files_in(order.output), *files_in(order.with_)),
    )
    if not await nodes.insert_override(held.pool, new):
        raise run_conflict(run, "The node moved meanwhile, or another override of it is under way.")
    held.deliveries.override(run_id, new.id)
    return Overridden(applied=await settle_override(held, run, override))


def refuse_moved(run: Any, node: PlannedNode, row: Mapping[str, Any], order: Overriding) -> None:
    """Refuse an override that is not for a node which is there, or of one that is not as the caller saw it."""
    if run["status"] in FINAL_RUN:
        raise run_conflict(run, f"The run is {run['status']}; what has ended is mended by a rerun.")
    if (order.expect.status, order.expect.attempt) != (row["status"], row["attempt"]):
        raise run_conflict(run, f"The node is {row['status']} after attempt {row['attempt']}; look again.")
    if wrong := objection(node.behaviour, NodeStatus(row["status"]), order.action, given=order.with_ is not None):
        raise run_conflict(run, wrong)


def checked_output(node: PlannedNode, order: Overriding) -> Any:
    """The output that a node is to have succeeded with, once it fits what the node promises."""
    if order.action != "succeed":
        if "output" in order.model_fields_set:
            raise Invalid(f"An override that says {order.action} takes no output.")
        return None
    if node.behaviour == "wait" and order.output is not None:
        raise Invalid("A wait has no output to give; leave `output` out.")
    tool_schema = node.tool.output_schema if node.tool else node.kind.output_schema
    refuse_unsizable(order.output)
    for schema in (node.node.output_schema, tool_schema):
        if isinstance(schema, dict) and (violations := compiled(schema).violations(order.output)):
            problems = [Problem("output_invalid", each.message, ("output", *each.path)) for each in violations]
            message = f"The output does not match the node's schema: {violations[0]}."
            raise Invalid(message, code="output_invalid", problems=problems)
    return order.output


def refuse_unsizable(value: Any) -> None:
    """Refuse a number that no store takes."""
    try:
        orjson.dumps(value)
    except TypeError:
        raise Invalid(
            "The output has an integer of more than 64 bits; send it as text.", code="output_invalid"
        ) from None


async def checked_parameters(
    held: Resources, project: str, plan: Plan, node: PlannedNode, order: Overriding
) -> dict[str, Any] | None:
    """The parameters that a retry brings along, once the version compiles with them."""
    if order.with_ is None:
        return None
    if order.action != "retry":
        raise Invalid(f"An override that says {order.action} takes no `with`.")
    problems = tuple(fixed(node, order.with_))
    if not problems:
        definition = await store.read_definition(held.pool, project, plan.hash)
        assert definition is not None, "the plan was made of it"
        problems = await held.computer.compute(
            COMPILE_SECONDS, check_parameters, definition, node.id, dict(order.with_)
        )
    if problems:
        message = f"The node cannot have these parameters: {problems[0].message}"
        raise Invalid(message, code="workflow_invalid", problems=problems)
    return dict(order.with_)


async def settle_override(held: Resources, run: Any, override: UUID) -> bool:
    """Whether the workflow has applied the override by the time of the answer; refused is a conflict."""
    last: dict[str, Any] = {}

    async def is_settled() -> bool:
        row = await nodes.read_override(held.pool, override)
        last.update(dict(row) if row else {"status": "refused", "refusal": "the run was deleted"})
        return last["status"] != "recorded"

    await wait_for(held, run["id"], is_settled, SETTLE_SECONDS)
    if last["status"] == "refused":
        raise run_conflict(run, f"The override was refused: {REFUSALS.get(last['refusal'], last['refusal'])}.")
    return last["status"] == "applied"


REFUSALS = {
    "moved": "the node has moved meanwhile",
    "stopping": "what it stands in stops",
    "no_items": "its list was never made: retry the node itself",
}
"""What the workflow says, as people say it."""
