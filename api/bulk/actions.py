"""What may be done with many runs: who may do it, to which runs it applies, and how one of them is done."""

from collections.abc import Mapping
from typing import Any, Literal, assert_never
from uuid import UUID

from api.control.service import pause_run, resume_run, terminate_run
from api.operations.work import NotYet, Work
from api.overrides.schemas import Expected, OverrideNode
from api.overrides.service import override_node
from api.reruns.schemas import RerunOrder
from api.reruns.service import rerun
from api.resources import Resources
from api.runs import read
from api.runs.control import cancel_run, read_status
from interpreter.state import FINAL_RUN
from plait.archive import Archiver
from plait.auth import Caller, Scope
from plait.clock import new_id
from plait.errors import Invalid, NotFound
from plait.store import nodes
from plait.store.lists import RunFilter
from plait.store.operations import Item, Kind

Action = Literal["cancel", "terminate", "pause", "resume", "rerun", "retry_held", "delete", "archive", "restore"]
SCOPES: Mapping[Action, Scope] = {
    "cancel": "runs:control",
    "terminate": "runs:control",
    "pause": "runs:control",
    "resume": "runs:control",
    "rerun": "runs:start",
    "retry_held": "runs:override",
    "delete": "runs:delete",
    "archive": "runs:delete",
    "restore": "runs:delete",
}


def kind_of(action: Action) -> Kind:
    """The kind of the operation that does it."""
    return action if action in ("archive", "restore") else "bulk"


def narrow(chosen: RunFilter, action: Action) -> None:
    """Only the runs that the action applies to."""
    match action:
        case "cancel":
            chosen.add("status", ["pending", "running", "paused"])
        case "terminate":
            chosen.add("status", ["pending", "running", "paused", "stopping"])
        case "pause":
            chosen.add("status", ["pending", "running"])
        case "resume":
            chosen.add("status", ["paused"])
        case "retry_held":
            chosen.add("waiting_for", "incident")
        case "rerun" | "delete":
            chosen.add("status", sorted(FINAL_RUN))
        case "archive":
            chosen.add("status", sorted(FINAL_RUN))
            chosen.add("purged", value=False)
        case "restore":
            chosen.add("purged", value=True)
        case _:
            assert_never(action)


async def act_on_run(held: Resources, work: Work, item: Item) -> Any:
    """Do the action to one run. Done again, it finds the run as it wants it."""
    run_id, caller = UUID(item.subject["run_id"]), work.caller
    action: Action = work.arguments["action"]
    reason: str | None = work.arguments["reason"]
    match action:
        case "cancel":
            await cancel_run(held, run_id, caller, reason)
        case "terminate":
            await terminate_run(held, run_id, caller, reason)
        case "pause":
            await pause_run(held, run_id, caller, reason)
        case "resume":
            await resume_run(held, run_id, caller, reason)
        case "retry_held":
            return {"retried": await retry_held(held, run_id, caller, reason)}
        case "rerun":
            order = RerunOrder.model_validate(work.arguments["rerun"])
            started = await rerun(held, run_id, order, caller, str(item.key))
            return {"run_id": str(started.run_id)}
        case "delete":
            await delete_run(held, run_id, caller)
        case "archive":
            if not await archiver_of(held).archive_run(caller.project, run_id):
                raise NotYet
        case "restore":
            await archiver_of(held).restore_run(caller.project, run_id)
        case _:
            assert_never(action)
    return None


async def retry_held(held: Resources, run_id: UUID, caller: Caller, reason: str | None) -> list[str]:
    """Try every held node of the run again; their paths. What moved meanwhile needs no help."""
    await read_status(held, run_id, caller)
    rows = await nodes.list_held(held.pool, run_id)
    for row in rows:
        expected = Expected(status="held", attempt=row["attempt"])
        order = OverrideNode(action="retry", expect=expected, reason=reason or "retried with others like it")
        await override_node(held, new_id(), run_id, row["path"], order, caller)
    return [row["path"] for row in rows]


def archiver_of(held: Resources) -> Archiver:
    """Where archives are; raises Invalid where there is no such place."""
    if held.archiver is None:
        raise Invalid("There is no archive: set PLAIT_ARCHIVE to a folder or to s3://bucket/prefix.")
    return held.archiver


async def delete_run(held: Resources, run_id: UUID, caller: Caller) -> None:
    """Delete an ended run. One that is gone is as it should be."""
    try:
        await read.delete_run(held, run_id, caller)
    except NotFound:
        return
