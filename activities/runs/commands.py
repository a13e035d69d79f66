"""Reads what people want of a run, and writes what became of it: who, and why, stands in the commands' rows."""

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from asyncpg import Record
from temporalio import activity

from activities.rows import moment, timestamp
from activities.services import Services
from interpreter.shell.wire import (
    LOAD_COMMANDS,
    CommandNote,
    FlushBatch,
    LoadCommands,
    LoadedCommand,
    LoadedCommands,
    PauseNote,
)
from plait.store.changes import Change, EventRow, RunRow, VoteMark
from plait.store.commands import find_commands, list_recorded


def loading_commands(services: Services) -> Callable[[LoadCommands], Awaitable[LoadedCommands]]:
    """The activity `plait.load_commands`."""

    @activity.defn(name=LOAD_COMMANDS)
    async def load_commands(wanted: LoadCommands) -> LoadedCommands:
        rows = await list_recorded(services.pool, wanted.project, UUID(wanted.run_id))
        return LoadedCommands([_loaded(row) for row in rows])

    return load_commands


def _loaded(row: Record) -> LoadedCommand:
    args = row["args"]
    return LoadedCommand(
        id=str(row["id"]),
        kind=row["kind"],
        path=args.get("path", ""),
        generation=args.get("generation", 1),
        given="input" in args,
        nodes=args.get("nodes", []),
        budget="over" in args,
    )


async def commands_of(services: Services, batch: FlushBatch) -> Mapping[UUID, Record]:
    """The commands that the pauses of a flush come from."""
    ids = [UUID(note.command) for note in batch.pauses if note.command is not None]
    return await find_commands(services.pool, batch.project, UUID(batch.run_id), ids) if ids else {}


def change_of_command(run: UUID, project: str, note: CommandNote) -> Change:
    """What became of a command."""
    return Change(run_id=run, project=project, commands=(VoteMark(UUID(note.id), note.status, note.reason),))


def change_of_pause(run: UUID, project: str, note: PauseNote, commands: Mapping[UUID, Record]) -> Change:
    """The run is paused, or goes on: with who wanted it and why, or the breakpoint or the limit that it reached."""
    at, row = moment(note.at), commands.get(UUID(note.command)) if note.command is not None else None
    told = {"by": row and row["by"], "reason": row and row["reason"], "breakpoint": note.breakpoint}
    status, kind = ("paused", "workflow.run.paused") if note.paused else ("running", "workflow.run.resumed")
    over = note.budget or (row and row["args"].get("over"))
    pause = {**told, "at": timestamp(at), "command": note.command, "cause": row and row["cause"], "budget": over}
    events = [EventRow(f"run:{kind}:{note.n}", kind, at, data={"status": status, **told})]
    if note.paused and over:
        exceeded = "workflow.run.budget_exceeded"
        events.append(EventRow(f"run:{exceeded}:{note.n}", exceeded, at, data={"status": status, **over}))
    return Change(
        run_id=run,
        project=project,
        run=RunRow(status, at, pause=pause if note.paused else None),
        events=tuple(events),
    )
