"""Node runs as people read them, and the overrides of those that are held."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from plait.store.runs import Database
from plait.store.sql import load

queries = load("nodes")


@dataclass(frozen=True, slots=True)
class NewOverride:
    """A person's word on a held node, valid for the node as it was seen: this generation and attempt."""

    id: UUID
    project: str
    run_id: UUID
    path: str
    generation: int
    attempt: int
    action: str
    output: Any
    reason: str | None
    by: dict[str, str]
    at: datetime


async def list_nodes(db: Database, run_id: UUID, nodes: Sequence[str]) -> list[Record]:
    """The newest generation of every path of these nodes, with the attempts of all generations."""
    return await db.fetch(queries.list_nodes, run_id, list(nodes))


async def read_node(db: Database, run_id: UUID, path: str) -> Record | None:
    """One path, with its values while they are short."""
    return await db.fetchrow(queries.read_node, run_id, path)


async def list_states(db: Database, run_id: UUID) -> list[Record]:
    """How each path stands, without its values."""
    return await db.fetch(queries.list_states, run_id)


async def insert_override(db: Database, new: NewOverride) -> bool:
    """Record the override. False if the node has moved, or somebody's override is under way."""
    return None is not await db.fetchval(
        queries.insert_override,
        new.id,
        new.project,
        new.run_id,
        new.path,
        new.generation,
        new.attempt,
        new.action,
        new.output,
        new.reason,
        new.by,
        new.at,
    )


async def read_override(db: Database, override_id: UUID) -> Record | None:
    """`status` and `refusal` of an override."""
    return await db.fetchrow(queries.read_override, override_id)
