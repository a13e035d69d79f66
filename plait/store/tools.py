"""A project's stored tools in Postgres: what was said of each source, and the tools that it was made into."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from asyncpg import Record

from interpreter.catalogue import Tool
from plait.store.runs import Database
from plait.store.sql import load
from plait.tools.model import CALL, HttpCall, HttpSource, Listing, McpCall, McpSource, OpenApiSource, StoredTool

queries = load("tools")


@dataclass(frozen=True, slots=True)
class NewSource:
    """A source with what it was made of and into. `listed` is an OpenAPI document or a server's list."""

    name: str
    source: HttpSource | OpenApiSource | McpSource
    listed: Any
    listing: Listing

    @property
    def definition(self) -> dict[str, Any]:
        """As it is stored: a document that was sent stands in `listed` alone."""
        left_out = {"document"} if isinstance(self.source, OpenApiSource) else None
        return self.source.model_dump(mode="json", exclude=left_out, exclude_defaults=True) | {"kind": self.source.kind}


@dataclass(frozen=True, slots=True)
class FoundTool:
    """A tool, how it is called, and since when its source's list is as it is."""

    entry: Tool
    call: HttpCall | McpCall
    source: str
    listed_at: datetime


async def list_entries(db: Database, project: str) -> list[Tool]:
    """What the catalogue says of all of them, by name."""
    return [Tool.model_validate(row["entry"]) for row in await db.fetch(queries.list_entries, project)]


async def find_entries(db: Database, project: str, names: Iterable[str]) -> list[Tool]:
    """What the catalogue says of these, as far as they are there."""
    return [Tool.model_validate(row["entry"]) for row in await db.fetch(queries.find_entries, project, list(names))]


async def find_tool(db: Database, project: str, name: str) -> FoundTool | None:
    """A tool that is to be called."""
    row = await db.fetchrow(queries.find_tool, project, name)
    if row is None:
        return None
    entry = Tool.model_validate(row["entry"])
    return FoundTool(entry, CALL.validate_python(row["call"]), row["source"], row["listed_at"])


async def list_sources(db: Database, project: str) -> list[Record]:
    """All of them, by name."""
    return await db.fetch(queries.list_sources, project)


async def read_source(db: Database, project: str, name: str) -> Record | None:
    """One of them."""
    return await db.fetchrow(queries.read_source, project, name)


async def tools_of(db: Database, project: str, source: str) -> list[StoredTool]:
    """What a source was made into, by name."""
    rows = await db.fetch(queries.entries_of, project, source)
    return [StoredTool(Tool.model_validate(row["entry"]), CALL.validate_python(row["call"])) for row in rows]


async def insert_source(db: Database, project: str, new: NewSource, by: dict[str, str], at: datetime) -> bool:
    """Write a new source and its tools, within a transaction. False if the name, or that of a tool, is taken."""
    skipped = [asdict(each) for each in new.listing.skipped]
    inserted = await db.fetchval(
        queries.insert_source, project, new.name, new.source.kind, new.definition, new.listed, at, skipped, by
    )
    return inserted is not None and await _write_tools(db, project, new)


async def replace_source(db: Database, project: str, new: NewSource, revision: int, at: datetime) -> bool:
    """Say a source of this revision anew, within a transaction. False if it has another, or a tool's name is taken."""
    skipped = [asdict(each) for each in new.listing.skipped]
    replaced = await db.fetchval(
        queries.replace_source, project, new.name, revision, new.source.kind, new.definition, new.listed, at, skipped
    )
    return replaced is not None and await _write_tools(db, project, new)


async def delete_source(db: Database, project: str, name: str, revision: int) -> bool:
    """Delete a source of this revision with its tools."""
    return await db.fetchval(queries.delete_source, project, name, revision) is not None


async def touch_source(db: Database, project: str, name: str, revision: int, at: datetime) -> None:
    """Note that its list is still as it was."""
    await db.execute(queries.touch_source, project, name, revision, at)


async def used_by(db: Database, project: str, names: list[str], said: str) -> list[Record]:
    """`id`, `slug`, `name` and `version` of the workflows whose newest version names one of these tools. `said` is
    what stands in the text of each of them: the name, or what the names have in common.
    """
    return await db.fetch(queries.used_by, project, said, names)


async def _write_tools(db: Database, project: str, new: NewSource) -> bool:
    await db.execute(queries.forget_tools, project, new.name)
    tools = [
        {
            "name": each.entry.name,
            "entry": each.entry.model_dump(mode="json", exclude_defaults=True),
            "call": each.call.model_dump(mode="json", exclude_defaults=True) | {"kind": each.call.kind},
        }
        for each in new.listing.tools
    ]
    return len(await db.fetch(queries.insert_tools, project, new.name, tools)) == len(tools)
