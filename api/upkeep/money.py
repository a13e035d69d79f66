"""What becomes of runs that wait for money, and of money that was set aside by attempts that are no more."""

from dataclasses import replace
from uuid import UUID, uuid5

from asyncpg import Record

from api.resources import Resources
from plait.auth import Actor
from plait.clock import now
from plait.store.changes import Change
from plait.store.commands import Kind, NewCommand, insert_command, list_short, locked_run
from plait.store.money import list_orphans

ORPHANS_SECONDS = 10.0
SWEEPER = Actor("system", "sweeper", "sweeper")


async def follow_budgets(held: Resources) -> list[tuple[UUID, UUID]]:
    """Have runs go on for which there is money by now, and pause those whose sub-workflow has met their limit:
    (run, command) of what was written. Each is written once, whoever looks.
    """
    commands = [command for row in await list_short(held.pool) if (command := _command(row)) is not None]
    return [(command.run_id, command.id) for command in commands if await _is_written(held, command)]


def _command(row: Record) -> NewCommand | None:
    if row["has_room"]:
        return _new(row, row["id"], "budget", "there is room in the budget again")
    if row["payer"] not in (None, row["id"]) and row["payer_goes_on"]:
        return _new(row, row["payer"], "pause", "a sub-workflow has met the budget")
    return None


def _new(row: Record, run_id: UUID, kind: Kind, reason: str) -> NewCommand:
    command_id = uuid5(row["id"], f"{kind}:{run_id}:{row['since']}")
    args = {"over": row["over"]} if kind == "pause" else {}
    return NewCommand(command_id, row["project"], run_id, kind, SWEEPER.json(), now(), reason=reason, args=args)


async def _is_written(held: Resources, command: NewCommand) -> bool:
    """Written under the run's lock, so that all commands of a run have one order."""
    async with locked_run(held.pool, command.project, command.run_id) as (db, run):
        return run is not None and await insert_command(db, command)


async def assume_orphans(held: Resources) -> None:
    """Count as spent what was reserved by attempts that are over and never said what it came to."""
    at = now()
    for entry in await list_orphans(held.pool, at):
        assumed = replace(entry, status="assumed", settled_at=at)
        await held.recorder.put(Change(entry.run_id, entry.project, entry=assumed))
