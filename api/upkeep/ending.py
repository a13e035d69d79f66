"""Ending a run from outside, when its workflow is gone: its nodes and gates first, then itself."""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from api.resources import Resources
from plait.clock import now
from plait.store import reconcile as store
from plait.store.changes import Change, EventRow, GateEnd, NodeRow, RunRow


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ends; `error` is the type of its error, None for an end without one; `told` goes with its event."""

    status: str
    error: str | None
    message: str
    told: dict[str, Any] = field(default_factory=dict)


async def end_run(held: Resources, project: str, run_id: UUID, ending: Ending) -> bool:
    """Write the end. False if the run had ended: its own end is never overwritten."""
    at = now()
    why = {"reason": "run_terminated" if ending.status == "terminated" else "run_ended"}
    changes: list[Change] = []
    for node in await store.list_open_nodes(held.pool, run_id):
        path, generation = node["path"], node["generation"]
        row = NodeRow(
            path=path,
            generation=generation,
            node=node["node"],
            type=node["type"],
            name=node["name"],
            status="cancelled",
            at=at,
            why=why,
            completed_at=at,
        )
        kind = "workflow.node.cancelled"
        event = EventRow(f"{path}#{generation}:{kind}:1", kind, at, node["node"], path, data={"why": why})
        changes.append(Change(run_id, project, node=row, events=(event,)))
    for gate in await store.list_open_gates(held.pool, run_id):
        path, generation = gate["path"], gate["generation"]
        kind = "workflow.gate.cancelled"
        event = EventRow(f"{path}#{generation}:{kind}:1", kind, at, gate["node"], path, data={"outcome": "cancelled"})
        end = GateEnd(path, generation, "cancelled", at)
        changes.append(Change(run_id, project, gate_end=end, events=(event,)))
    await asyncio.gather(*(held.recorder.put(change) for change in changes))
    written = await held.recorder.put(ending_of(run_id, project, ending, at))
    return written.accepted


def ending_of(run_id: UUID, project: str, ending: Ending, at: Any) -> Change:
    """The run's own end."""
    error = None
    if ending.error is not None:
        error = {"type": ending.error, "category": "platform", "message": ending.message, "retryable": False}
    kind = f"workflow.run.{ending.status}"
    event = EventRow(f"run:{kind}:1", kind, at, data={"status": ending.status, "error": error, **ending.told})
    return Change(run_id, project, run=RunRow(ending.status, at, error=error), events=(event,))
