"""The executed version drawn with the state of every node and edge, now or as it was at an event."""

from collections.abc import Mapping
from typing import Any, Literal, cast
from uuid import UUID

from api.resources import Resources
from api.runs.purged import refuse_purged
from api.runs.schemas import Graph, GraphEdge, GraphNode, RunWorkflow
from interpreter.paths import region_at
from interpreter.plan.model import PlannedEdge, Region
from interpreter.state import FINAL_NODE
from plait.auth import Caller
from plait.errors import NotFound
from plait.store import events, nodes
from plait.store import runs as store

EdgeStateName = Literal["open", "taken", "dead", "failed"]
STATUS_OF = {
    "ready": "ready",
    "started": "running",
    "retrying": "retrying",
    "waiting": "waiting",
    "held": "held",
    "completed": "completed",
    "reused": "completed",
    "failed": "failed",
    "skipped": "skipped",
    "cancelled": "cancelled",
}
"""What a node is after its last event of a kind."""


async def read_graph(held: Resources, run_id: UUID, caller: Caller, at_seq: int | None, path: str) -> Graph:
    """The graph of a run, or that of an item or a lap; with `at_seq` as its events told of it up to there."""
    row = await store.read_run(held.pool, caller.project, run_id)
    if row is None:
        raise NotFound("There is no such run.")
    refuse_purged(row)
    seq = row["last_seq"] if at_seq is None else min(at_seq, row["last_seq"])
    executed = await version_then(held, row, seq)
    plan = await held.plans.of(held.pool, caller.project, executed["plan_hash"])
    region = region_at(plan, path)
    if region is None:
        raise NotFound(f"This run has no item or lap {path[:200]!r}.")
    before = f"{path}." if path else ""
    paths = [f"{before}{node.id}" for node in region.nodes]
    if at_seq is None:
        states = {each["node"]: dict(each) for each in await nodes.list_states_of(held.pool, run_id, paths)}
    else:
        found = await events.list_states_at(held.pool, run_id, seq, paths)
        states = {each["node"]: state_then(dict(each)) for each in found}
    told = edges_told(await events.list_edges(held.pool, run_id, seq, paths))
    return Graph(
        run_id=run_id,
        workflow=RunWorkflow(
            id=row["workflow_id"], slug=row["slug"], name=row["workflow_name"], version=executed["version"]
        ),
        status=row["status"],
        path=path,
        nodes=nodes_of(region, states, before),
        edges=[edge_of(region, edge, states, told) for edge in region.edges],
        at_seq=seq,
        last_seq=row["last_seq"],
    )


async def version_then(held: Resources, row: Any, seq: int) -> Any:
    """`version` and `plan_hash` under which the run went on after an event: that from which it was migrated next."""
    if seq == row["last_seq"]:
        return row
    left = await events.find_migration_after(held.pool, row["id"], seq)
    return row if left is None else left


def state_then(event: Mapping[str, Any]) -> dict[str, Any]:
    """A node's state as its last event tells of it."""
    data, kind = event["data"], event["type"].rpartition(".")[2]
    # A paused run shows what is not decided yet.
    status = "pending" if data.get("status") == "pending" else STATUS_OF.get(kind, "running")
    return {
        "path": event["path"],
        "status": status,
        "outcome": data.get("outcome"),
        "attempt": event["attempt"] or 0,
        "error_type": (data.get("error") or {}).get("type"),
        "why": data.get("why"),
        "ready_at": data.get("ready_at"),
        "started_at": data.get("started_at"),
        "completed_at": event["time"] if status in FINAL_NODE else None,
    }


def edges_told(rows: list[Any]) -> dict[tuple[str, str], tuple[str, str | None]]:
    """(source, target) of every edge that an event told of, with its state and outcome."""
    told: dict[tuple[str, str], tuple[str, str | None]] = {}
    for row in rows:
        for edge in row["edges"] or ():
            told[edge["id"], row["node"]] = (edge["state"], edge.get("outcome"))
    return told


def nodes_of(region: Region, states: Mapping[str, Mapping[str, Any]], before: str) -> list[GraphNode]:
    """Every node of the region with its state; one without a row is pending."""
    level_of = {index: level for level, indexes in enumerate(region.levels) for index in indexes}
    pending: dict[str, Any] = {}
    return [
        GraphNode(
            id=node.id,
            path=f"{before}{node.id}",
            name=node.name,
            type=node.kind.name,
            has_body=node.body is not None and node.behaviour != "agent",
            status=(state := states.get(node.id, pending)).get("status", "pending"),
            outcome=state.get("outcome"),
            attempt=state.get("attempt", 0),
            error_type=state.get("error_type"),
            why=state.get("why"),
            level=level_of.get(node.index, 0),
            ready_at=state.get("ready_at"),
            started_at=state.get("started_at"),
            completed_at=state.get("completed_at"),
        )
        for node in region.nodes
    ]


def edge_of(
    region: Region,
    edge: PlannedEdge,
    states: Mapping[str, Mapping[str, Any]],
    told: Mapping[tuple[str, str], tuple[str, str | None]],
) -> GraphEdge:
    """An edge as it was told of, else as its source's end alone decides it."""
    source, target = region.nodes[edge.source].id, region.nodes[edge.target].id
    state, outcome = told.get((source, target)) or settled_alone(edge, states.get(source))
    return GraphEdge(
        from_=source,
        to=target,
        on=sorted(edge.on),
        when=edge.when.source if edge.when else None,
        state=cast("EdgeStateName", state),
        outcome=outcome,
    )


def settled_alone(edge: PlannedEdge, source: Mapping[str, Any] | None) -> tuple[EdgeStateName, str | None]:
    """The state of an edge into a node that is still undecided, which no event has told of yet.

    Where a guard or the handling of a failure decides, it stays open until it is told.
    """
    if source is None or source["status"] not in FINAL_NODE:
        return "open", None
    outcome = source.get("outcome")
    if source["status"] in ("completed", "skipped"):
        on = outcome or ("success" if source["status"] == "completed" else "skipped")
        if on not in edge.on and not ("ended" in edge.on and source["status"] == "completed"):
            return "dead", None
        return ("open", None) if edge.when else ("taken", on)
    return "open", None
