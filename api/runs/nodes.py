"""The nodes of a run in plan order: those with a row as it says, the others as pending."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from api.http.paging import PageOrder, write_cursor
from api.resources import Resources
from api.runs.schemas import NodePage, NodeRun
from api.runs.views import node_of
from interpreter.plan.model import Plan, PlannedNode
from plait.auth import Caller
from plait.errors import NotFound
from plait.store import nodes as store
from plait.store import runs

MOST_INCLUDED = 1_000
"""How many nodes `?include=nodes` brings along; a larger run is read by pages."""


async def every_node(held: Resources, plan: Plan, run_id: UUID, *, redacted: bool) -> list[NodeRun]:
    """The nodes that a read of the run brings along."""
    return await some_nodes(held, run_id, shown_nodes(plan)[:MOST_INCLUDED], redacted=redacted)


async def page_of_nodes(held: Resources, run_id: UUID, paging: PageOrder, caller: Caller) -> NodePage:
    """A page of nodes, so many of the plan's with all paths below each."""
    run = await runs.read_status(held.pool, caller.project, run_id)
    if run is None:
        raise NotFound("There is no such run.")
    plan = await held.plans.of(held.pool, caller.project, run["plan_hash"])
    shown = shown_nodes(plan)
    (start,) = paging.after("nodes", by_index) or (0,)
    redacted = "runs:read_data" not in caller.scopes
    items = await some_nodes(held, run_id, shown[start : start + paging.limit], redacted=redacted)
    behind = start + paging.limit
    next_cursor = write_cursor((behind,), "nodes") if behind < len(shown) else None
    counted = paging.totals(len(shown) if paging.total else None)
    return NodePage(items=items, next_cursor=next_cursor, last_seq=run["last_seq"], **counted)


async def read_node(held: Resources, run_id: UUID, path: str, caller: Caller) -> NodeRun:
    """One node run, with its values to 64 KiB."""
    run = await runs.read_status(held.pool, caller.project, run_id)
    if run is None:
        raise NotFound("There is no such run.")
    redacted = "runs:read_data" not in caller.scopes
    row = await store.read_node(held.pool, run_id, path)
    if row is not None:
        return node_of(row, redacted=redacted)
    plan = await held.plans.of(held.pool, caller.project, run["plan_hash"])
    if path not in plan.index_of:
        raise NotFound(f"This run has no node {path[:200]!r}.")
    return pending_node(plan.nodes[plan.index_of[path]], redacted=redacted)


async def some_nodes(held: Resources, run_id: UUID, planned: Sequence[PlannedNode], *, redacted: bool) -> list[NodeRun]:
    """These nodes, each with what lies below it."""
    rows: defaultdict[str, list[Any]] = defaultdict(list)
    for row in await store.list_nodes(held.pool, run_id, [node.id for node in planned]):
        rows[row["node"]].append(row)
    shown: list[NodeRun] = []
    for node in planned:
        found = rows[node.id]
        shown += (
            [node_of(row, redacted=redacted) for row in found] if found else [pending_node(node, redacted=redacted)]
        )
    return shown


def shown_nodes(plan: Plan) -> list[PlannedNode]:
    """All nodes but those that only mark a fork in the drawing."""
    return [node for node in plan.nodes if node.behaviour != "parallel"]


def pending_node(node: PlannedNode, *, redacted: bool) -> NodeRun:
    """A node that the run has not come to."""
    return NodeRun(path=node.id, node=node.id, type=node.kind.name, name=node.name, status="pending", redacted=redacted)


def by_index(parts: Sequence[Any]) -> tuple[int]:
    """The place of a node in the plan's order."""
    (index,) = parts
    return (int(index),)
