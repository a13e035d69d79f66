"""Agents in Postgres: a project's own with all their versions, and every definition that workers published."""

from datetime import datetime
from typing import Any

import orjson
from asyncpg import Record

from plait.agents import AgentVersion, Definition, Origin, hash_of, read_definition, text_of
from plait.store.pool import Pool
from plait.store.runs import Database
from plait.store.sql import load

queries = load("agents")

KEPT = 256
"""Definitions that a process keeps at hand."""


async def list_agents(db: Database, project: str) -> list[Record]:
    """The project's own: the newest version of each, by name."""
    return await db.fetch(queries.list_agents, project)


async def list_code_agents(db: Database) -> list[Record]:
    """Those from code, each as it was published last."""
    return await db.fetch(queries.list_code_agents)


async def read_agents(db: Database, project: str) -> dict[str, AgentVersion]:
    """The newest version of every agent that the project may name. A stored one hides one from code."""
    code = {row["name"]: version_of(row, "code") for row in await list_code_agents(db)}
    return {**code, **{row["name"]: version_of(row, "stored") for row in await list_agents(db, project)}}


async def read_agent(db: Database, project: str, name: str, hash: str) -> Definition | None:  # noqa: A002 - it is one
    """The definition that a run resolved at its start, also of an agent that was changed or deleted since."""
    text = await db.fetchval(queries.find_definition, project, name, hash)
    return None if text is None else read_definition(orjson.loads(text))


async def list_versions(db: Database, project: str, name: str) -> list[Record]:
    """All versions of one of the project's own, the newest first."""
    return await db.fetch(queries.list_versions, project, name)


async def put_agent(
    db: Database, project: str, name: str, definition: Definition, by: dict[str, str], at: datetime, *, new: bool
) -> AgentVersion | None:
    """Write the next version, unless the newest says the same. With `new` None where there is one already; without,
    an unknown name is made. The caller has the transaction.
    """
    created = await db.fetchval(queries.insert_agent, project, name, by, at) is not None
    row = await db.fetchrow(queries.lock_agent, project, name)
    assert row is not None, "it was just made or found, and is never taken away"
    if new and not created and row["deleted_at"] is None:
        return None
    newest = AgentVersion(name, "stored", row["version"], hash_of(definition), definition)
    if not created:
        there = await list_versions(db, project, name)
        if row["deleted_at"] is None and there[0]["hash"] == newest.hash:
            return newest
        newest = AgentVersion(name, "stored", row["version"] + 1, newest.hash, definition)
        await db.execute(queries.move_agent, project, name, newest.version, at)
    text = text_of(definition)
    await db.execute(queries.insert_version, project, name, newest.version, newest.hash, text, by, at)
    return newest


async def delete_agent(db: Database, project: str, name: str, at: datetime) -> bool:
    """Delete one of the project's own; its versions stay for the runs that began with them. False if there is none."""
    return await db.fetchval(queries.delete_agent, project, name, at) is not None


def version_of(row: Any, origin: Origin) -> AgentVersion:
    """A row as a version; one from code has no number."""
    version = row["version"] if origin == "stored" else None
    return AgentVersion(row["name"], origin, version, row["hash"], read_definition(orjson.loads(row["definition"])))


class Agents:
    """The agents that runs of this process go by: what a hash stands for never changes, so each is read once."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._known: dict[tuple[str, str, str], Definition] = {}

    async def find(self, project: str, name: str, hash: str) -> Definition | None:  # noqa: A002 - it is one
        """The definition that a run resolved at its start; None where it is not kept."""
        key = project, name, hash
        if (known := self._known.get(key)) is not None:
            return known
        found = await read_agent(self._pool, *key)
        if found is not None:
            self._known[key] = found
            if len(self._known) > KEPT:
                del self._known[next(iter(self._known))]
        return found
