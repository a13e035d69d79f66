"""The nodes of a run in plan order: those with a row as it says, the others as pending."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from api.http.paging import PageOrder, write_cursor
from api.http.security import may_not_read_data
from api.resources import Resources
from api.runs.purged import refuse_purged
from api.runs.schemas import Items, NodePage, NodeRun
from api.runs.views import node_of, override_of
from interpreter.paths import region_at
from interpreter.plan.model import Plan, PlannedNode
from plait.auth import Caller
from plait.errors import NotFound
from plait.store import nodes as store
from plait.store import runs

MOST_INCLUDED = 1_000
"""How many nodes `?include=nodes` brings along; a larger run is read by pages."""


async def every_node(held: Resources, plan: Plan, run_id: UUID, *, redacted: bool) -> list[NodeRun]:
    """The nodes that a read of the run brings along."""
    found, _ = await some_nodes(held, plan, run_id, (0, ""), MOST_INCLUDED, redacted=redacted)
    return await with_overrides(held, run_id, found)


async def page_of_nodes(held: Resources, run_id: UUID, paging: PageOrder, caller: Caller) -> NodePage:
    """A page of nodes in plan order, each followed by what lies below it."""
    run = await runs.read_status(held.pool, caller.project, run_id)
    if run is None:
        raise NotFound("There is no such run.")
    refuse_purged(run)
    plan = await held.plans.of(held.pool, caller.project, run["plan_hash"])
    place = paging.after("nodes", by_place) or (0, "")
    redacted = may_not_read_data(caller)
    items, behind = await some_nodes(held, plan, run_id, place, paging.limit, redacted=redacted)
    total = len(shown_nodes(plan)) + await store.count_below(held.pool, run_id) if paging.total else None
    items = await with_overrides(held, run_id, items)
    next_cursor = None if behind is None else write_cursor(behind, "nodes")
    return NodePage(items=items, next_cursor=next_cursor, last_seq=run["last_seq"], **paging.totals(total))


async def read_node(held: Resources, run_id: UUID, path: str, caller: Caller) -> NodeRun:
    """One node run, with its values to 64 KiB."""
    run = await runs.read_status(held.pool, caller.project, run_id)
    if run is None:
        raise NotFound("There is no such run.")
    refuse_purged(run)
    redacted = may_not_read_data(caller)
    row = await store.read_node(held.pool, run_id, path)
    if row is not None:
        (shown,) = await with_overrides(held, run_id, [await shown_node(held, run_id, row, redacted=redacted)])
        return shown
    plan = await held.plans.of(held.pool, caller.project, run["plan_hash"])
    planned = planned_at(plan, path)
    if planned is None:
        raise NotFound(f"This run has no node {path[:200]!r}.")
    (shown,) = await with_overrides(held, run_id, [pending_node(planned, path, redacted=redacted)])
    return shown


Place = tuple[int, str]
"""Where a page begins: the node of the root, and the sort key below it, empty for the node itself."""


async def some_nodes(
    held: Resources, plan: Plan, run_id: UUID, place: Place, limit: int, *, redacted: bool
) -> tuple[list[NodeRun], Place | None]:
    """At most `limit` node runs from a place on, and where the next page begins."""
    planned = shown_nodes(plan)
    start, key = place
    rows = await store.list_nodes(held.pool, run_id, [node.id for node in planned[start : start + limit]])
    by_path = {row["path"]: row for row in rows}
    shown: list[NodeRun] = []
    for index in range(start, len(planned)):
        if len(shown) == limit:
            return shown, (index, "")
        node = planned[index]
        row = by_path.get(node.id)
        if not key:
            pending = pending_node(node, node.id, redacted=redacted)
            shown.append(pending if row is None else await shown_node(held, run_id, row, redacted=redacted))
        if row is not None and may_have_below(node):
            below = await store.list_below(held.pool, run_id, node.id, key, limit - len(shown) + 1)
            room = limit - len(shown)
            shown += [await shown_node(held, run_id, each, redacted=redacted) for each in below[:room]]
            if len(below) > room:
                return shown, (index, below[room - 1]["sort_key"] if room else key)
        key = ""
    return shown, None


async def with_overrides(held: Resources, run_id: UUID, shown: list[NodeRun]) -> list[NodeRun]:
    """The same nodes, each with what a person did with it last by hand."""
    found = await store.list_overrides(held.pool, run_id, [node.path for node in shown])
    return [
        node if node.path not in found else node.model_copy(update={"override": override_of(found[node.path], node)})
        for node in shown
    ]


async def shown_node(held: Resources, run_id: UUID, row: Any, *, redacted: bool) -> NodeRun:
    """A node run as its row says; of a map with how its items stand."""
    found = node_of(row, redacted=redacted)
    if row["type"] != "map" or not is_owner(row) or row["input"] is None:
        return found
    counts = await store.count_items(held.pool, run_id, row["path"], row["node"], row["generation"])
    total, ended = row["input"]["items"], counts["completed"] + counts["failed"] + counts["skipped"]
    runs_still = row["status"] == "running"
    items = Items(
        total=total,
        running=max(counts["begun"] - ended, 0) if runs_still else 0,
        completed=counts["completed"],
        failed=counts["failed"],
        skipped=counts["skipped"],
    )
    return found.model_copy(update={"items": items, "progress": ended / total if total and runs_still else None})


def is_owner(row: Any) -> bool:
    """Whether the row is the map itself, not one of its items."""
    return row["path"].rpartition(".")[2] == row["node"]


def may_have_below(node: PlannedNode) -> bool:
    """Whether other rows may lie below the node's own."""
    return node.body is not None or node.undo is not None


def planned_at(plan: Plan, path: str) -> PlannedNode | None:
    """The node that a path names an instance of, even if that never begins."""
    around, _, name = path.rpartition(".")
    region = region_at(plan, around)
    return region.nodes[region.index_of[name]] if region is not None and name in region.index_of else None


def shown_nodes(plan: Plan) -> list[PlannedNode]:
    """All nodes but those that only mark a fork in the drawing."""
    return [node for node in plan.nodes if node.behaviour != "parallel"]


def pending_node(node: PlannedNode, path: str, *, redacted: bool) -> NodeRun:
    """A node that the run has not come to."""
    return NodeRun(path=path, node=node.id, type=node.kind.name, name=node.name, status="pending", redacted=redacted)


def by_place(parts: Sequence[Any]) -> Place:
    """The place in the plan's order, and below it."""
    index, key = parts
    return int(index), str(key)
