"""Tools: what may be called, and what a project stores of it."""

from collections.abc import Sequence
from difflib import get_close_matches

from asyncpg import Record

from api.catalogue import Offer, read_offer
from api.http.etag import saw, stale
from api.resources import Resources
from api.tools.asking import ask_worker
from api.tools.making import made_of, prepare, taken
from api.tools.schemas import (
    CallError,
    CallView,
    NewTool,
    PutTool,
    SkippedView,
    StoredView,
    ToolDetail,
    ToolUser,
    ToolView,
    TryTool,
)
from interpreter.catalogue import Tool, ToolKind
from plait.agents import ModelAgent
from plait.auth import Caller
from plait.clock import now
from plait.errors import Conflict, Invalid, NotFound
from plait.store import tools as store
from plait.store.agents import read_agents
from plait.store.tools import NewSource
from plait.tools.listing import asks_server
from plait.tools.workflows import PREFIX


async def list_tools(held: Resources, caller: Caller, kind: ToolKind | None, q: str | None) -> list[ToolView]:
    """All that may be called, by name, of this kind, with this in name or description."""
    found = await all_tools(held, caller)
    wanted = (q or "").lower()
    return [
        each
        for each in sorted(found, key=lambda each: each.name)
        if kind in (None, each.kind) and wanted in f"{each.name}\n{each.description}".lower()
    ]


async def all_tools(held: Resources, caller: Caller) -> list[ToolView]:
    """Functions of workers, what is stored, and the project's workflows."""
    offer = await read_offer(held.pool, caller.project, held.models)
    sources = {tool.name: source for source, tool in await store.list_entries(held.pool, caller.project)}
    workflows = await store.list_workflows(held.pool, caller.project)
    named = [view_of(tool, sources.get(tool.name), offer) for tool in offer.catalogue.tools.values()]
    return [*named, *(view_of(tool, None, offer) for tool in workflows)]


def view_of(tool: Tool, source: str | None, offer: Offer) -> ToolView:
    """A tool as it is shown."""
    return ToolView(
        **tool.model_dump(),
        source=source if tool.kind in {"http", "openapi", "mcp"} else None,
        running=offer.offers_now(tool),
    )


async def read_tool(held: Resources, name: str, caller: Caller) -> ToolDetail:
    """A tool alone, or a stored object with its tools."""
    row = await store.read_source(held.pool, caller.project, name)
    known = await all_tools(held, caller)
    found = [each for each in known if each.name == name or (row and each.source == name)]
    if row is None and not found:
        raise unknown(name, [each.name for each in known])
    return ToolDetail(name=name, stored=None if row is None else stored_view(row), tools=found)


async def create_tool(held: Resources, order: NewTool, caller: Caller, *, dry_run: bool) -> ToolDetail:
    """Store it; with `dry_run` only show what it would be made into."""
    new = await prepare(held, order.name, order, caller)
    if dry_run:
        return await preview(held, new, caller)
    async with held.pool.acquire() as db, db.transaction():
        if not await store.insert_source(db, caller.project, new, caller.actor.json(), now()):
            raise taken(order.name)
    return await read_tool(held, order.name, caller)


async def replace_tool(held: Resources, name: str, order: PutTool, caller: Caller, if_match: str | None) -> ToolDetail:
    """Say it anew, if it is as the caller saw it."""
    row = await required(held, name, caller, if_match)
    await write_anew(held, await prepare(held, name, order, caller), row, caller)
    return await read_tool(held, name, caller)


async def refresh_tool(held: Resources, name: str, environment: str, caller: Caller) -> ToolDetail:
    """Ask its server again what it offers."""
    row = await store.read_source(held.pool, caller.project, name)
    if row is None:
        raise unknown(name)
    source = store.source_in(row)
    if not asks_server(source):
        raise Invalid(f"{name} asks no server what it offers: say it anew with PUT.")
    await write_anew(held, await made_of(held, name, source, environment, caller), row, caller)
    return await read_tool(held, name, caller)


async def delete_tool(held: Resources, name: str, caller: Caller, if_match: str | None) -> None:
    """Delete what is stored, with all of its tools. Calls of it fail from then on."""
    row = await required(held, name, caller, if_match)
    if not await store.delete_source(held.pool, caller.project, name, row["revision"]):
        raise await moved(held, name, caller)


async def list_users(held: Resources, name: str, caller: Caller) -> list[ToolUser]:
    """Who names the tool, or one of a stored object's tools."""
    detail = await read_tool(held, name, caller)
    names = [each.name for each in detail.tools]
    said = f'"{name}.' if detail.stored is not None and names != [name] else f'"{name}"'
    workflows = [
        ToolUser(type="workflow", id=row["id"], name=row["slug"], version=row["version"])
        for row in await store.used_by(held.pool, caller.project, names, said)
    ]
    agents = [
        ToolUser(type="agent", id=None, name=agent.name, version=agent.version)
        for agent in (await read_agents(held.pool, caller.project)).values()
        if isinstance(agent.definition, ModelAgent) and not set(names).isdisjoint(agent.definition.tools)
    ]
    return [*workflows, *agents]


async def call_tool(held: Resources, name: str, order: TryTool, caller: Caller) -> CallView:
    """Call it once, by a worker."""
    if name.startswith(PREFIX):
        raise Invalid(f"A workflow is run: POST /api/v1/workflows/{name.removeprefix(PREFIX)}/run.")
    detail = await read_tool(held, name, caller)
    if [each.name for each in detail.tools] != [name]:
        raise Invalid(f"{name} has several tools; name one of them: {detail.tools[0].name}.")
    said = {"call": name, "args": order.args, "environment": order.environment}
    answer = await ask_worker(held, caller.project, said)
    error = answer.get("error")
    return CallView(
        ok=error is None,
        result=answer.get("value"),
        error=None if error is None else CallError(**error),
        seconds=answer["seconds"],
    )


async def preview(held: Resources, new: NewSource, caller: Caller) -> ToolDetail:
    """What it would be made into."""
    offer = await read_offer(held.pool, caller.project, held.models)
    return ToolDetail(
        name=new.name, stored=None, tools=[view_of(each.entry, new.name, offer) for each in new.listing.tools]
    )


async def write_anew(held: Resources, new: NewSource, row: Record, caller: Caller) -> None:
    """Replace what a row says, if it says it still."""
    try:
        async with held.pool.acquire() as db, db.transaction():
            if not await store.replace_source(db, caller.project, new, row["revision"], now()):
                raise taken(new.name)  # in here: what was written of it goes with the transaction
    except Conflict:
        current = await store.read_source(held.pool, caller.project, new.name)
        if current and current["revision"] == row["revision"]:
            raise
        raise await moved(held, new.name, caller) from None


async def required(held: Resources, name: str, caller: Caller, if_match: str | None) -> Record:
    """The row that the caller saw. Raises Refusal where it is another by now."""
    row = await store.read_source(held.pool, caller.project, name)
    if row is None:
        raise unknown(name)
    if not saw(if_match, str(row["revision"])):
        raise await moved(held, name, caller)
    return row


async def moved(held: Resources, name: str, caller: Caller) -> Exception:
    """It is another by now, or gone."""
    detail = await read_tool(held, name, caller)
    return stale(detail, etag_of(detail))


def etag_of(detail: ToolDetail) -> str:
    """Differs after every change of what is stored."""
    return "0" if detail.stored is None else str(detail.stored.revision)


def stored_view(row: Record) -> StoredView:
    """What is stored, without what it was made of: that may be megabytes."""
    names = ("listed_at", "revision", "created_by", "created_at", "updated_at")
    definition = store.source_in(row).model_dump(mode="json", exclude_unset=True)
    skipped = [SkippedView(**each) for each in row["skipped"]]
    return StoredView.model_validate(
        {name: row[name] for name in names} | {"definition": definition, "skipped": skipped}
    )


def unknown(name: str, known: Sequence[str] = ()) -> NotFound:
    """No tool of this project, and which is meant perhaps."""
    close = get_close_matches(name, known, 1)
    return NotFound(f"There is no tool {name[:100]!r}." + (f" Did you mean {close[0]}?" if close else ""))
