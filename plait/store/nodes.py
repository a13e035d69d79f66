"""Node runs as people read them, and the overrides of those that are held."""

import re
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
    """A person's word on a node, valid for the node as it was seen: this status, generation and attempt
    (`pending`, 0 and 0 where it has no row). `given` are parameters of a retry, `files` payloads that
    these or the output name inside themselves.
    """

    id: UUID
    project: str
    run_id: UUID
    path: str
    generation: int
    status: str
    attempt: int
    action: str
    output: Any
    given: dict[str, Any] | None
    reason: str | None
    by: dict[str, str]
    at: datetime
    files: tuple[UUID, ...] = ()


async def list_nodes(db: Database, run_id: UUID, paths: Sequence[str]) -> list[Record]:
    """The newest generation of each of these paths, with the attempts of all generations."""
    return await db.fetch(queries.list_nodes, run_id, list(paths))


async def list_below(db: Database, run_id: UUID, path: str, after: str, limit: int) -> list[Record]:
    """What lies below a path, in the order of its numbers, behind the sort key `after` (from the first if empty)."""
    low, high = f"{_sort_key(path)}.", f"{_sort_key(path)}\x7f"
    return await db.fetch(queries.list_below, run_id, after or low, high, rf"^{re.escape(path)}[.~]", limit)


async def count_below(db: Database, run_id: UUID) -> int:
    """How many paths lie below the nodes of the root, 10,001 if there are more than 10,000."""
    return await db.fetchval(queries.count_below, run_id)


async def count_items(db: Database, run_id: UUID, path: str, node: str, generation: int) -> Record:
    """How many items of the map `node` have `begun`, `completed`, `failed`, and were left out or cancelled
    (`skipped`).
    """
    low, high = f"{_sort_key(path)}.", f"{_sort_key(path)}/"
    index = rf"^{re.escape(path)}\.(\d+)"
    found = await db.fetchrow(queries.count_items, run_id, low, high, generation, node, index, path)
    assert found is not None, "counting always gives a row"
    return found


def _sort_key(path: str) -> str:
    """The key that the table has for a path: numbers with seven digits."""
    return re.sub(r"\d+", lambda number: f"{number[0]:0>7}", path)


async def read_node(db: Database, run_id: UUID, path: str) -> Record | None:
    """One path, with its values while they are short."""
    return await db.fetchrow(queries.read_node, run_id, path)


async def waits_for_somebody(db: Database, run_id: UUID, types: Sequence[str]) -> bool:
    """Whether any node is held or, being of one of these types, waits."""
    return await db.fetchval(queries.waits_for_somebody, run_id, list(types))


async def list_states(db: Database, run_id: UUID) -> list[Record]:
    """How each path stands, without its values."""
    return await db.fetch(queries.list_states, run_id)


async def list_states_of(db: Database, run_id: UUID, paths: Sequence[str]) -> list[Record]:
    """How these paths stand, without their values."""
    return await db.fetch(queries.list_states_of, run_id, list(paths))


async def list_held(db: Database, run_id: UUID) -> list[Record]:
    """`path` and `attempt` of the nodes that are held."""
    return await db.fetch(queries.list_held, run_id)


async def read_state(db: Database, run_id: UUID, path: str) -> Record | None:
    """`status`, `attempt` and `generation` of the node at a path, if it has a row."""
    return await db.fetchrow(queries.read_state, run_id, path)


async def list_overrides(db: Database, run_id: UUID, paths: Sequence[str]) -> dict[str, Record]:
    """The last override of each of these paths that was applied."""
    return {row["path"]: row for row in await db.fetch(queries.list_overrides, run_id, list(paths))}


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
        list(new.files),
        new.status,
        new.given,
    )


async def read_override(db: Database, override_id: UUID) -> Record | None:
    """`status` and `refusal` of an override."""
    return await db.fetchrow(queries.read_override, override_id)
