"""What people want of runs that go on: written in the order in which it is to be carried out, told to the
workflow until it has answered.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID, uuid5

from asyncpg import Record

from plait.store.pool import Pool
from plait.store.runs import Database
from plait.store.sql import load

queries = load("commands")
BATCH = 50

Kind = Literal["pause", "resume", "step", "continue", "breakpoints", "budget"]


@dataclass(frozen=True, slots=True)
class NewCommand:
    """A command to be written. `args` are `{path, generation, input?}` of a step, `{nodes}` of breakpoints, the new
    limits of a budget, and `{over}` of a pause that lasts until there is money; `cause` is the command to the run above that this one follows from.
    """

    id: UUID
    project: str
    run_id: UUID
    kind: Kind
    by: dict[str, str]
    at: datetime
    reason: str | None = None
    args: dict[str, Any] = field(default_factory=dict)
    cause: UUID | None = None


@dataclass(frozen=True, slots=True)
class Follower:
    """A sub-workflow that is to be paused or resumed as `cause` says of the run above it."""

    run_id: UUID
    project: str
    cause: UUID
    above: UUID
    slug: str

    def command_id(self, kind: Kind) -> UUID:
        """The same whoever writes the command."""
        return uuid5(self.cause, f"{kind}:{self.run_id}")


@asynccontextmanager
async def locked_run(pool: Pool, project: str, run_id: UUID) -> AsyncIterator[tuple[Database, Record | None]]:
    """A transaction in which nobody else says what the run is to do, and the run as it stands; None if there is
    no such run.
    """
    async with pool.acquire() as connection, connection.transaction():
        yield connection, await connection.fetchrow(queries.lock_run, project, run_id)


async def insert_command(db: Database, new: NewCommand) -> bool:
    """Write a command. False if it was written before."""
    return None is not await db.fetchval(
        queries.insert_command,
        new.id,
        new.project,
        new.run_id,
        new.kind,
        new.args,
        new.reason,
        new.by,
        new.cause,
        new.at,
    )


async def write_request(
    db: Database, run_id: UUID, requested: str | None, breakpoints: Sequence[str] | None = None
) -> None:
    """What is asked of the run now; its breakpoints stay unless there are new ones."""
    await db.execute(queries.write_request, run_id, requested, None if breakpoints is None else list(breakpoints))


async def write_budget(db: Database, run_id: UUID, budget: dict[str, Any]) -> None:
    """What the run may spend from now on."""
    await db.execute(queries.write_budget, run_id, budget)


async def list_short(db: Database) -> list[Record]:
    """Runs that wait for money: `id`, `project`, `since`, what they met (`over`), the run whose limit that is (`payer`),
    whether that goes on, and whether it `has_room` by now.
    """
    return await db.fetch(queries.list_short)


async def list_recorded(db: Database, project: str, run_id: UUID) -> list[Record]:
    """`id`, `kind` and `args` of what the workflow has not answered, in order."""
    return await db.fetch(queries.list_recorded, project, run_id)


async def list_paused_before(db: Database, run_id: UUID) -> list[Record]:
    """`path`, `generation`, `node`, `message` and the input of what the run is paused before, at most a hundred."""
    return await db.fetch(queries.list_paused_before, run_id)


async def find_commands(db: Database, project: str, run_id: UUID, commands: Sequence[UUID]) -> dict[UUID, Record]:
    """These commands by id: what was wanted, by whom and why."""
    rows = await db.fetch(queries.find_commands, project, run_id, list(commands))
    return {UUID(str(row["id"])): row for row in rows}


async def read_command(db: Database, command: UUID) -> Record | None:
    """`status` and `refusal` of a command."""
    return await db.fetchrow(queries.read_command, command)


async def claim_commands(db: Database, at: datetime) -> list[tuple[UUID, UUID]]:
    """(command, run) of commands that the workflow has not answered for some seconds."""
    return [(row["id"], row["run_id"]) for row in await db.fetch(queries.claim_commands, at, BATCH)]


async def refuse_commands_of_ended(db: Database, at: datetime) -> None:
    """Refuse what nobody is left to answer."""
    await db.execute(queries.refuse_commands_of_ended, at)


async def list_to_pause(db: Database) -> list[Follower]:
    """Sub-workflows that have not followed the pause of the run above."""
    rows = await db.fetch(queries.list_to_pause, BATCH)
    return [
        Follower(row["id"], row["project"], UUID(row["pause"]["command"]), row["above"], row["slug"]) for row in rows
    ]


async def list_to_resume(db: Database) -> list[Follower]:
    """Sub-workflows that were paused with a run which goes on."""
    rows = await db.fetch(queries.list_to_resume, BATCH)
    return [Follower(row["id"], row["project"], row["cause"], row["above"], row["slug"]) for row in rows]
