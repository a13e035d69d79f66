"""Gates and votes, as the API reads and records them. Opening and closing is the workflow's."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from plait.store.runs import Database
from plait.store.sql import load

queries = load("gates")


@dataclass(frozen=True, slots=True)
class GateFilter:
    """Which gates a list shows; None is no condition. `approver` is a `user:` name; gates of groups and roles
    are everyone's while no group has members. The fields stand in the order of the query's parameters.
    """

    status: Sequence[str] | None = None
    run_id: UUID | None = None
    workflow: str | None = None
    due_before: datetime | None = None
    approver: str | None = None
    decided_by: str | None = None
    environment: str | None = None


@dataclass(frozen=True, slots=True)
class NewVote:
    """One person's decision. Its id is made of gate, voter and body: the same vote twice is one row.
    `files` are payloads that its form names inside itself.
    """

    id: UUID
    project: str
    gate_id: UUID
    decision: str
    form: Any
    comment: str | None
    by: dict[str, str]
    groups: list[str]
    at: datetime
    files: tuple[UUID, ...] = ()


async def list_gates(
    db: Database, project: str, chosen: GateFilter, limit: int, place: tuple[datetime, UUID] | None
) -> list[Record]:
    """A page of gates with their votes, the newest first."""
    page = queries.page_of_gates.format(chosen=queries.chosen_gates)
    columns = (project, *astuple(chosen), *(place or (None, None)), limit)
    return await db.fetch(queries.show_gates.format(page=page), *columns)


async def count_gates(db: Database, project: str, chosen: GateFilter) -> int:
    """How many gates the filter lets through, counted to 10,001."""
    return await db.fetchval(queries.count_gates.format(chosen=queries.chosen_gates), project, *astuple(chosen))


async def read_gate(db: Database, project: str, gate_id: UUID) -> Record | None:
    """One gate with its votes."""
    return await db.fetchrow(queries.show_gates.format(page=queries.one_gate), project, gate_id)


async def insert_vote(db: Database, vote: NewVote) -> bool:
    """Record the vote while its gate is open. False if the gate is closed or the same vote is in."""
    return None is not await db.fetchval(
        queries.insert_vote,
        vote.id,
        vote.project,
        vote.gate_id,
        vote.decision,
        vote.form,
        vote.comment,
        vote.by,
        vote.groups,
        vote.at,
        list(vote.files),
    )


async def read_vote(db: Database, vote_id: UUID) -> Record | None:
    """`status` and `reason` of a vote; one that came after its gate was closed is refused with that."""
    await db.execute(queries.refuse_late_vote, vote_id)
    return await db.fetchrow(queries.read_vote, vote_id)
