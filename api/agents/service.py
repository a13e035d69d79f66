"""Agents: found by what they can do, stored with versions, taken away when nobody names them."""

from dataclasses import dataclass
from typing import Any

import orjson

from api.agents.check import check_agent
from api.agents.schemas import AgentSummary, AgentVersionView, AgentView
from api.catalogue import read_offer
from api.http.editing import editing
from api.http.models import ActorView
from api.registries.users import UserView, agents_that, names_agent, refuse_used, workflows_naming
from api.resources import Resources
from api.workflows.callees import read_callees
from plait.agents import AgentVersion, Definition, ModelAgent, definition_json
from plait.auth import Caller
from plait.clock import now
from plait.errors import Conflict, Invalid, NotFound
from plait.store import agents as store
from plait.store.runs import Database


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to: a capability, a tag, and words in name or description."""

    capability: str | None = None
    tag: str | None = None
    q: str | None = None

    def has(self, agent: AgentVersion) -> bool:
        """Whether the agent is one of these."""
        said = agent.definition
        text = f"{agent.name} {said.description}".casefold()
        return (
            (self.capability is None or self.capability in said.capabilities)
            and (self.tag is None or self.tag in said.tags)
            and all(word in text for word in (self.q or "").casefold().split())
        )


async def list_agents(held: Resources, wanted: Wanted, caller: Caller) -> list[AgentSummary]:
    """Those of the project and those from code, by name."""
    found = await store.read_agents(held.pool, caller.project)
    hidden = await code_names(held.pool)
    return [AgentSummary(**summary_fields(each, hidden)) for _, each in sorted(found.items()) if wanted.has(each)]


async def find_agent(held: Resources, name: str, caller: Caller) -> AgentView:
    """The one that runs would use now."""
    found = await store.read_agents(held.pool, caller.project)
    if name not in found:
        raise no_agent(name)
    return view_of(found[name], await code_names(held.pool))


async def create_agent(held: Resources, name: str, definition: Definition, caller: Caller) -> AgentView:
    """Store an agent of the project's own: its first version."""
    await check(held, name, definition, caller)
    async with held.pool.acquire() as db, db.transaction():
        agent = await store.put_agent(db, caller.project, name, definition, caller.actor.json(), now(), new=True)
    if agent is None:
        raise Conflict(f"The project has an agent {name} already; PUT it to change it.", code="slug_taken")
    return view_of(agent, await code_names(held.pool))


async def put_agent(
    held: Resources, name: str, definition: Definition, caller: Caller, if_match: str | None
) -> AgentView:
    """Store the next version of an agent, or the first. An equal definition changes nothing."""
    await check(held, name, definition, caller)

    async def read(db: Database) -> AgentView | None:
        agent = (await store.read_agents(db, caller.project)).get(name)
        return view_of(agent, frozenset()) if agent is not None and agent.origin == "stored" else None

    async with editing(held.pool, caller.project, "agent", name, if_match=if_match, read=read) as db:
        await store.put_agent(db, caller.project, name, definition, caller.actor.json(), now(), new=False)
    return await find_agent(held, name, caller)


async def check(held: Resources, name: str, definition: Definition, caller: Caller) -> None:
    """Refuse an agent that names what is not there."""
    offer = await read_offer(held.pool, caller.project, held.models)
    catalogue = offer.catalogue.model_copy(update={"workflows": await read_callees(held.pool, caller.project, [])})
    agents = await store.read_agents(held.pool, caller.project)
    known = {each: agent.definition for each, agent in agents.items()}
    if problems := list(check_agent(name, definition, catalogue, known)):
        count = len(problems)
        message = f"The agent has {count} problem{'' if count == 1 else 's'}; each says how to mend it."
        raise Invalid(message, problems=problems)


async def delete_agent(held: Resources, name: str, caller: Caller) -> None:
    """Delete one of the project's own that nobody names; where code has one of its name, that is used from now on."""
    async with held.pool.acquire() as db, db.transaction():
        if name not in await code_names(db):
            refuse_used(f"The agent {name}", await list_users(db, name, caller))
        if not await store.delete_agent(db, caller.project, name, now()):
            raise NotFound(f"The project has no agent {name!r} of its own.")


async def list_versions(held: Resources, name: str, caller: Caller) -> list[AgentVersionView]:
    """The versions of one of the project's own; of one from code there is none that has a number."""
    await find_agent(held, name, caller)
    rows = await store.list_versions(held.pool, caller.project, name)
    return [
        AgentVersionView(
            version=row["version"],
            hash=row["hash"],
            definition=orjson.loads(row["definition"]),
            by=ActorView(**row["by"]),
            at=row["at"],
        )
        for row in rows
    ]


async def list_users(db: Database, name: str, caller: Caller) -> list[UserView]:
    """The workflows and agents that name it."""
    agents = await store.read_agents(db, caller.project)
    others = {each: agent for each, agent in agents.items() if each != name}
    found = await workflows_naming(db, caller.project, f'"{name}"', names_agent(name))
    return found + agents_that(others, lambda agent: name in agent.agents)


async def code_names(db: Database) -> frozenset[str]:
    """The names of the agents from code."""
    return frozenset(row["name"] for row in await store.list_code_agents(db))


def view_of(agent: AgentVersion, from_code: frozenset[str]) -> AgentView:
    """An agent, whole."""
    return AgentView(**summary_fields(agent, from_code), definition=definition_json(agent.definition))


def summary_fields(agent: AgentVersion, from_code: frozenset[str]) -> dict[str, Any]:
    """What both have."""
    said = agent.definition
    return {
        "name": agent.name,
        "kind": said.kind,
        "description": said.description,
        "origin": agent.origin,
        "version": agent.version,
        "hash": agent.hash,
        "model": said.model if isinstance(said, ModelAgent) else None,
        "capabilities": list(said.capabilities),
        "tags": list(said.tags),
        "hides_code": agent.origin == "stored" and agent.name in from_code,
    }


def no_agent(name: str) -> NotFound:
    """What is said of an agent that is not there or not the caller's."""
    return NotFound(f"There is no agent {name!r}.")
