"""A project's stored tools in Postgres: what was said of each source, and the tools that it was made into."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson
from asyncpg import Record

from interpreter.catalogue import Tool
from plait.store.runs import Database
from plait.store.sql import load
from plait.tools.model import (
    CALL,
    SOURCE,
    HttpCall,
    HttpSource,
    Listing,
    McpCall,
    McpSource,
    OpenApiSource,
    StoredTool,
)
from plait.tools.workflows import workflow_tool

queries = load("tools")


@dataclass(frozen=True, slots=True)
class NewSource:
    """A source with what it was made of and into. `listed` is an OpenAPI document or a server's list."""

    name: str
    source: HttpSource | OpenApiSource | McpSource
    listed: Any
    listing: Listing

    @property
    def definition(self) -> str:
        """As it is stored: a document that was sent stands in `listed` alone."""
        left_out = {"document"} if isinstance(self.source, OpenApiSource) else None
        return self.source.model_dump_json(exclude=left_out, exclude_defaults=True)

    def row(self) -> tuple[str, str, str | None]:
        """Kind, definition and list, as they are stored."""
        listed = None if self.listed is None else orjson.dumps(self.listed).decode()
        return self.source.kind, self.definition, listed


@dataclass(frozen=True, slots=True)
class FoundTool:
    """A tool, how it is called, and since when its source's list is as it is."""

    entry: Tool
    call: HttpCall | McpCall
    source: str
    listed_at: datetime


async def list_entries(db: Database, project: str) -> list[tuple[str, Tool]]:
    """What the catalogue says of all of them, by name, each with its source."""
    return [(row["source"], tool_in(row)) for row in await db.fetch(queries.list_entries, project)]


async def find_entries(db: Database, project: str, names: Iterable[str]) -> list[Tool]:
    """What the catalogue says of these, as far as they are there."""
    return [tool_in(row) for row in await db.fetch(queries.find_entries, project, list(names))]


async def find_calls(db: Database, project: str, names: Iterable[str]) -> dict[str, HttpCall | McpCall]:
    """How these are called, as far as they are stored, by name."""
    rows = await db.fetch(queries.find_calls, project, list(names))
    return {row["name"]: CALL.validate_json(row["call"]) for row in rows}


async def find_tool(db: Database, project: str, name: str) -> FoundTool | None:
    """A tool that is to be called."""
    row = await db.fetchrow(queries.find_tool, project, name)
    if row is None:
        return None
    return FoundTool(tool_in(row), CALL.validate_json(row["call"]), row["source"], row["listed_at"])


async def list_sources(db: Database, project: str) -> list[Record]:
    """`name`, `definition` and `listed` of all of them, by name."""
    return await db.fetch(queries.list_sources, project)


async def read_source(db: Database, project: str, name: str) -> Record | None:
    """One of them."""
    return await db.fetchrow(queries.read_source, project, name)


def source_in(row: Record) -> HttpSource | OpenApiSource | McpSource:
    """What was said of a source."""
    return SOURCE.validate_json(row["definition"])


def listed_in(row: Record) -> Any:
    """What it was made of: a document, a server's list, None."""
    return None if row["listed"] is None else orjson.loads(row["listed"])


async def tools_of(db: Database, project: str, source: str) -> list[StoredTool]:
    """What a source was made into, by name."""
    rows = await db.fetch(queries.entries_of, project, source)
    return [StoredTool(tool_in(row), CALL.validate_json(row["call"])) for row in rows]


async def insert_source(db: Database, project: str, new: NewSource, by: dict[str, str], at: datetime) -> bool:
    """Write a new source and its tools, within a transaction. False if the name, or that of a tool, is taken."""
    skipped = [asdict(each) for each in new.listing.skipped]
    inserted = await db.fetchval(queries.insert_source, project, new.name, *new.row(), at, skipped, by)
    return inserted is not None and await _write_tools(db, project, new)


async def replace_source(db: Database, project: str, new: NewSource, revision: int, at: datetime) -> bool:
    """Say a source of this revision anew, within a transaction. False if it has another, or a tool's name is taken."""
    skipped = [asdict(each) for each in new.listing.skipped]
    replaced = await db.fetchval(queries.replace_source, project, new.name, revision, *new.row(), at, skipped)
    return replaced is not None and await _write_tools(db, project, new)


async def delete_source(db: Database, project: str, name: str, revision: int) -> bool:
    """Delete a source of this revision with its tools."""
    return await db.fetchval(queries.delete_source, project, name, revision) is not None


async def touch_source(db: Database, project: str, name: str, revision: int, at: datetime) -> None:
    """Note that its list is still as it was."""
    await db.execute(queries.touch_source, project, name, revision, at)


async def list_workflows(db: Database, project: str, slugs: list[str] | None = None) -> list[Tool]:
    """The project's workflows as tools, by slug; all of them without `slugs`."""
    rows = await db.fetch(queries.list_workflows, project, slugs)
    return [workflow_tool(row["slug"], row["description"], orjson.loads(row["input"] or "null")) for row in rows]


async def used_by(db: Database, project: str, names: list[str], said: str) -> list[Record]:
    """`id`, `slug`, `name` and `version` of the workflows whose newest version names one of these tools. `said` is
    what stands in the text of each of them: the name, or what the names have in common.
    """
    return await db.fetch(queries.used_by, project, said, names)


async def _write_tools(db: Database, project: str, new: NewSource) -> bool:
    await db.execute(queries.forget_tools, project, new.name)
    tools = new.listing.tools
    names = [each.entry.name for each in tools]
    entries = [each.entry.model_dump_json(exclude_defaults=True) for each in tools]
    calls = [each.call.model_dump_json() for each in tools]
    return len(await db.fetch(queries.insert_tools, project, new.name, names, entries, calls)) == len(tools)


def tool_in(row: Record) -> Tool:
    """What the catalogue says of a row."""
    return Tool.model_validate_json(row["entry"])
