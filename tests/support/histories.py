"""Histories of real runs, kept so that every later interpreter is held against them."""

import json
import os
import re
from pathlib import Path
from typing import Any

from temporalio.client import Client, WorkflowHandle, WorkflowHistory
from temporalio.worker import Replayer

from interpreter.shell.schedule import ScheduleWorkflow
from interpreter.shell.wire import INTERP_VERSION
from interpreter.shell.workflow import RunWorkflow
from plait.temporal import DATA_CONVERTER
from worker.build import workflow_runner

HOME = Path(__file__).parents[1] / "replay" / "histories"
KEEP = "PLAIT_KEEP_HISTORIES"
"""Set this to have the scenarios write the histories that are not stored yet."""
MACHINE = {"stackTrace", "identity"}
STICKY_QUEUE = re.compile(r"^\d+@.*-([0-9a-f]{32})$")


async def replay(history: WorkflowHistory, *, sandboxed: bool = False) -> None:
    """Raises if the workflow would now do something else than it did."""
    replayer = Replayer(
        workflows=[RunWorkflow, ScheduleWorkflow],
        data_converter=DATA_CONVERTER,
        workflow_runner=workflow_runner(sandboxed=sandboxed),
    )
    await replayer.replay_workflow(history)


async def replayed(handle: WorkflowHandle[Any, Any], case: str) -> int:
    """Replay what this run did; the number of events in its history. Kept as `case` where that is asked for.

    A stored history is never written over: it stands for the runs that began with the code of its day.
    """
    history = await handle.fetch_history()
    await replay(history)
    file = HOME / f"v{INTERP_VERSION}" / f"{case}.json"
    if os.environ.get(KEEP) and not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        told = without_machine(json.loads(history.to_json()))
        file.write_text(json.dumps({"workflow_id": handle.id, **told}, separators=(",", ":")) + "\n", encoding="utf-8")
    return len(history.events)


async def executions(handle: WorkflowHandle[Any, Any], temporal: Client) -> list[WorkflowHandle[Any, Any]]:
    """The executions of a run that moved to fresh histories, the first one first."""
    found: list[WorkflowHandle[Any, Any]] = []
    run_id: str | None = (await handle.describe()).run_id
    while run_id:
        found.insert(0, temporal.get_workflow_handle(handle.id, run_id=run_id))
        begun = (await found[0].fetch_history()).events[0].workflow_execution_started_event_attributes
        run_id = begun.continued_execution_run_id
    return found


def without_machine(told: Any) -> Any:
    """The same without what only says where it ran: stack traces, and the names of hosts and processes."""
    match told:
        case dict():
            return {name: without_machine(value) for name, value in told.items() if name not in MACHINE}
        case list():
            return [without_machine(value) for value in told]
        case str():
            return STICKY_QUEUE.sub(r"sticky-\1", told)
        case _:
            return told


def stored() -> list[Path]:
    """Every history kept, of all versions."""
    return sorted(HOME.glob("v*/*.json"))


def read(file: Path) -> WorkflowHistory:
    """A stored history."""
    told = json.loads(file.read_text(encoding="utf-8"))
    return WorkflowHistory.from_json(told.pop("workflow_id"), told)
