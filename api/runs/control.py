"""Moving runs by hand: cancel them, override what is held. A row first, then Temporal."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from api.resources import Resources
from api.runs.schemas import OverrideNode
from api.runs.views import allowed_actions
from api.runs.waiting import wait_for
from interpreter.plan.model import Plan
from interpreter.problems import Problem
from interpreter.state import FINAL_RUN
from plait.auth import Caller
from plait.clock import new_id, now
from plait.errors import Conflict, Invalid, NotFound
from plait.schema import compiled
from plait.starts import files_in
from plait.store import nodes
from plait.store import runs as store
from plait.store.nodes import NewOverride

SETTLE_SECONDS = 2.0
"""How long an answer waits for the read model to show what was asked for."""


async def cancel_run(held: Resources, run_id: UUID, caller: Caller, reason: str | None) -> bool:
    """Ask for the run's end. False if that was so already. A run that Temporal has not begun ends here."""
    while True:
        row = await read_status(held, run_id, caller)
        status, requested = row["status"], row["requested"]
        if status == "cancelled" or (status not in FINAL_RUN and requested == "cancel"):
            return False
        if status == "stopping" and row["stopping_as"] == "cancelled":
            return False
        if status in FINAL_RUN or status == "stopping":
            raise run_conflict(row, f"The run is {status}; it cannot be cancelled.")
        if await store.cancel_run(held.pool, caller.project, run_id, now(), reason, caller.actor.json()):
            held.deliveries.cancel(run_id)
            return True


async def read_status(held: Resources, run_id: UUID, caller: Caller) -> Any:
    """How the run stands, or that there is none."""
    row = await store.read_status(held.pool, caller.project, run_id)
    if row is None:
        raise NotFound("There is no such run.")
    return row


def run_conflict(row: Any, message: str) -> Conflict:
    """What is asked contradicts the run's state; the answer says what may be done instead."""
    actions = allowed_actions(row["status"], row["requested"], starts_later=row["start_after"] is None, kinds=())
    return Conflict(message, run_status=row["status"], allowed_actions=actions)


@dataclass(frozen=True, slots=True)
class Overridden:
    """What became of an override within the time that an answer waits."""

    applied: bool


async def override_node(held: Resources, run_id: UUID, path: str, order: OverrideNode, caller: Caller) -> Overridden:
    """Move a held node by hand: recorded while it is as the caller saw it, then told to the workflow."""
    run = await read_status(held, run_id, caller)
    plan = await held.plans.of(held.pool, caller.project, run["plan_hash"])
    node = await nodes.read_node(held.pool, run_id, path)
    if node is None:
        raise NotFound("This run has no such node, or it has not come to it yet.")
    refuse_moved(run, node, order)
    new = NewOverride(
        id=new_id(),
        project=caller.project,
        run_id=run_id,
        path=path,
        generation=node["generation"],
        attempt=order.expect.attempt,
        action=order.action,
        output=checked_output(plan, node["node"], order),
        reason=order.reason,
        by=caller.actor.json(),
        at=now(),
        files=files_in(order.output),
    )
    if not await nodes.insert_override(held.pool, new):
        raise run_conflict(run, "The node moved meanwhile, or another override of it is under way.")
    held.deliveries.override(run_id, new.id)
    return Overridden(applied=await settle_override(held, run, new))


def refuse_moved(run: Any, node: Any, order: OverrideNode) -> None:
    """Refuse an override of a node that is not held, or not as the caller saw it."""
    if run["status"] in FINAL_RUN:
        raise run_conflict(run, f"The run is {run['status']}; an ended run takes no override.")
    if node["status"] != "held":
        raise run_conflict(run, f"The node is {node['status']}; only a held node can be overridden.")
    if (order.expect.status, order.expect.attempt) != (node["status"], node["attempt"]):
        raise run_conflict(run, f"The node is {node['status']} after attempt {node['attempt']}; look again.")


def checked_output(plan: Plan, node_id: str, order: OverrideNode) -> Any:
    """The output that a node is to have succeeded with, once it fits what the node promises."""
    if order.action != "succeed":
        if "output" in order.model_fields_set:
            raise Invalid(f"An override that says {order.action} takes no output.")
        return None
    node = plan.find(node_id)
    tool_schema = node.tool.output_schema if node.tool else node.kind.output_schema
    refuse_unsizable(order.output)
    for schema in (node.node.output_schema, tool_schema):
        if isinstance(schema, dict) and (violations := compiled(schema).violations(order.output)):
            problems = [Problem("output_invalid", each.message, ("output", *each.path)) for each in violations]
            message = f"The output does not match the node's schema: {violations[0]}."
            raise Invalid(message, code="output_invalid", problems=problems)
    return order.output


def refuse_unsizable(output: Any) -> None:
    """Refuse a number that no store takes."""
    try:
        orjson.dumps(output)
    except TypeError:
        raise Invalid(
            "The output has an integer of more than 64 bits; send it as text.", code="output_invalid"
        ) from None


async def settle_override(held: Resources, run: Any, new: NewOverride) -> bool:
    """Whether the workflow has applied the override by the time of the answer; refused is a conflict."""
    last: dict[str, Any] = {}

    async def is_settled() -> bool:
        row = await nodes.read_override(held.pool, new.id)
        last.update(dict(row) if row else {"status": "refused", "refusal": "the run was deleted"})
        return last["status"] != "recorded"

    await wait_for(held, new.run_id, is_settled, SETTLE_SECONDS)
    if last["status"] == "refused":
        raise run_conflict(run, f"The override was refused: {last['refusal'] or 'the node has moved'}.")
    return last["status"] == "applied"
