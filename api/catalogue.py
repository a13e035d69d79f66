"""What documents are compiled against here: Plait's own node types, and what workers published."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, assert_never

from activities.catalogue import NODE_TYPES
from interpreter.catalogue import Agent, Catalogue, Tool
from interpreter.document.model import REPEATING
from interpreter.problems import PathPart, Problem
from interpreter.values import digest
from plait.agents import AgentVersion, ModelAgent, RemoteAgent
from plait.clock import now
from plait.models import named
from plait.store import catalogue as store
from plait.store.agents import read_agents
from plait.store.models import Models, read_registry
from plait.store.runs import Database
from plait.store.tools import list_entries


@dataclass(frozen=True, slots=True)
class Offer:
    """A catalogue at one moment, with what a live worker offers of it."""

    catalogue: Catalogue
    running: store.Running

    @property
    def fingerprint(self) -> str:
        """Differs where the catalogue does."""
        return digest(self.catalogue.model_dump_json())

    def not_running(self, document: dict[str, Any]) -> tuple[Problem, ...]:
        """A warning for each node whose tool or type is known, and which no live worker offers at the moment."""
        return tuple(
            Problem(
                code=f"{need.kind}_not_running",
                message=f"No worker that is running now offers the {need.kind.replace('_', ' ')} {need.name}; "
                "the node waits until one does.",
                path=need.path,
                node=need.node,
                fix=f"Start a worker with the module of this {need.kind.replace('_', ' ')}.",
                severity="warning",
            )
            for need in needs_in(document)
            if self._is_known(need) and not self._is_running(need)
        )

    def _is_known(self, need: "Need") -> bool:
        if need.kind == "tool":
            return need.name in self.catalogue.tools
        return need.name in self.catalogue.node_types and need.name not in NODE_TYPES

    def _is_running(self, need: "Need") -> bool:
        if need.kind == "tool":
            return self.offers_now(self.catalogue.tools[need.name])
        return need.name in self.running.node_types

    def offers_now(self, tool: Tool) -> bool:
        """Whether a call of it finds a worker: a function needs one that has it, what is stored any."""
        return tool.kind != "function" or tool.name in self.running.tools


@dataclass(frozen=True, slots=True)
class Need:
    """What a node asks of a worker, and where it says so."""

    kind: Literal["tool", "node_type"]
    name: str
    node: str
    path: tuple[PathPart, ...]


async def read_offer(db: Database, project: str, models: Models) -> Offer:
    """What documents of this project may name now; `models` knows those of every project."""
    published = await store.read_catalogue(db)
    known = Catalogue(
        node_types={**published.node_types, **NODE_TYPES},
        tools={**{tool.name: tool for _, tool in await list_entries(db, project)}, **published.tools},
        agents={name: entry_of(agent) for name, agent in (await read_agents(db, project)).items()},
        models=named(await read_registry(db, project, models.defaults)),
    )
    return Offer(known, await store.read_running(db, now=now()))


def entry_of(agent: AgentVersion) -> Agent:
    """An agent as the compiler knows it."""
    match agent.definition:
        case ModelAgent(model=model, output_schema=schema):
            return Agent(model=model, output_schema=schema)
        case RemoteAgent(secret=secret, output_schema=schema):
            return Agent(secret=secret, output_schema=schema)
        case _ as unknown:
            assert_never(unknown)


def needs_in(graph: dict[str, Any], path: tuple[PathPart, ...] = ()) -> Iterator[Need]:
    """The tools and types that a document's nodes need, those in bodies too."""
    part = "chain" if graph.get("chain") is not None else "nodes"
    for index, node in enumerate(graph.get(part) or ()):
        place, said = (*path, part, index), node.get("with", {})
        if node["type"] == "tool_call":
            yield Need("tool", str(said.get("tool")), node["id"], (*place, "with", "tool"))
        else:
            yield Need("node_type", node["type"], node["id"], (*place, "type"))
        if node["type"] in REPEATING:
            yield from needs_in(said, (*place, "with"))
