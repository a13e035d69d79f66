"""What workers offer: they publish it and renew it, the API compiles against it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Protocol

from asyncpg import Record

from interpreter.catalogue import CORE, Catalogue, NodeType, Tool
from plait.agents import Definition, hash_of, text_of
from plait.store.sql import load

queries = load("catalogue")

RENEW_SECONDS = 15.0
GONE_AFTER = timedelta(seconds=3 * RENEW_SECONDS)
"""A worker that missed three signs of life is gone, and what only it offered does not run."""
FORGET_AFTER = timedelta(days=1)


class Database(Protocol):
    """A pool or a connection."""

    async def fetch(self, query: str, *args: Any) -> list[Record]: ...
    async def execute(self, query: str, *args: Any) -> str: ...


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker process as it tells of itself."""

    id: str
    started_at: datetime
    info: dict[str, Any]


NO_AGENTS: Mapping[str, Definition] = MappingProxyType({})


async def publish(
    db: Database,
    worker: Worker,
    node_types: Mapping[str, NodeType],
    tools: Mapping[str, Tool],
    agents: Mapping[str, Definition] = NO_AGENTS,
    *,
    now: datetime,
) -> None:
    """Say that the worker lives and what it offers; repeat it every `RENEW_SECONDS`. What an agent is stays on record
    under its hash, for as long as a run may use it.
    """
    await db.execute(queries.see_worker, worker.id, worker.started_at, now, worker.info)
    await db.execute(queries.forget_workers, now - FORGET_AFTER)
    entries = [
        {"kind": kind, "name": name, "entry": entry.model_dump(mode="json", exclude_defaults=True)}
        for kind, offered in (("node_type", node_types), ("tool", tools))
        for name, entry in offered.items()
    ]
    if agents:
        hashes = {name: hash_of(definition) for name, definition in agents.items()}
        texts = [text_of(definition) for definition in agents.values()]
        await db.execute(queries.keep_agents, list(hashes), list(hashes.values()), texts)
        entries += [{"kind": "agent", "name": name, "entry": {"hash": each}} for name, each in hashes.items()]
    if entries:
        await db.execute(queries.publish_entries, entries, worker.id, now, now - GONE_AFTER)


async def forget(db: Database, worker: Worker) -> None:
    """Take the worker out: it stops."""
    await db.execute(queries.forget_worker, worker.id)


async def read_catalogue(db: Database) -> Catalogue:
    """Everything that was ever offered, with the types of the language itself."""
    node_types, tools = dict(CORE), dict[str, Tool]()
    for row in await db.fetch(queries.read_entries):
        match row["kind"]:
            case "tool":
                tool = Tool.model_validate(row["entry"])
                tools[tool.name] = tool
            case "node_type":
                node_type = NodeType.model_validate(row["entry"])
                node_types.setdefault(node_type.name, node_type)
            case _:
                pass  # `plait.store.agents` reads them
    return Catalogue(node_types=node_types, tools=tools)


async def find_tools(db: Database, names: list[str]) -> list[Tool]:
    """What workers offer or offered of these names."""
    return [Tool.model_validate(row["entry"]) for row in await db.fetch(queries.find_tools, names)]


@dataclass(frozen=True, slots=True)
class Running:
    """The names of what live workers offer."""

    tools: frozenset[str]
    node_types: frozenset[str]


async def read_running(db: Database, *, now: datetime) -> Running:
    """What a live worker offers."""
    rows = await db.fetch(queries.read_running, now - GONE_AFTER)
    names = {kind: frozenset(row["name"] for row in rows if row["kind"] == kind) for kind in ("tool", "node_type")}
    return Running(names["tool"], names["node_type"])


async def read_workers(db: Database, *, now: datetime) -> list[Worker]:
    """The workers that live."""
    rows = await db.fetch(queries.read_workers, now - GONE_AFTER)
    return [Worker(row["id"], row["started_at"], row["info"]) for row in rows]
