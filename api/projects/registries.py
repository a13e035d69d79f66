"""The agents and models of a project between their rows and the files of an export.

`agents/NAME.yaml` is a definition, as `plait agents put` takes it; `models.yaml` has the providers and aliases.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pydantic import Field

from api.agents.check import check_agent
from api.catalogue import entry_of
from api.models.schemas import PutProvider, Reference
from api.models.service import provider_of
from api.projects.parts import Part
from interpreter.catalogue import Catalogue
from interpreter.problems import Problem
from plait.agents import AgentVersion, Definition, definition_json, hash_of
from plait.auth import Caller
from plait.clock import now
from plait.forms import Name
from plait.models import Registry, named
from plait.store import agents as agent_store
from plait.store import models as model_store
from plait.store.runs import Database
from plait.testing.dump import to_yaml

MODELS = "models.yaml"


class ModelsSaid(Part):
    """The providers and aliases of the project's own."""

    providers: dict[Name, PutProvider] = Field(default_factory=dict)
    aliases: dict[Name, Reference] = Field(default_factory=dict)


@dataclass(slots=True)
class Registries:
    """The project's own models, and its agents by name."""

    models: ModelsSaid = field(default_factory=ModelsSaid)
    agents: dict[str, Definition] = field(default_factory=dict)


async def read_registries(db: Database, project: str) -> Registries:
    """What an export holds of them."""
    providers: dict[str, Any] = {}
    for row in await model_store.list_providers(db, project):
        said = {name: row[name] for name in PutProvider.model_fields if row[name] is not None}
        providers[row["name"]] = said
    aliases = {row["name"]: row["model"] for row in await model_store.list_aliases(db, project)}
    stored = await agent_store.list_agents(db, project)
    return Registries(
        ModelsSaid.model_validate({"providers": providers, "aliases": aliases}),
        {row["name"]: agent_store.version_of(row, "stored").definition for row in stored},
    )


def registry_files(registries: Registries) -> Iterator[tuple[str, bytes]]:
    """The files of them; none where there is nothing."""
    said = registries.models.model_dump(mode="json", exclude_defaults=True)
    if said:
        yield MODELS, to_yaml({part: dict(sorted(named.items())) for part, named in sorted(said.items())}).encode()
    for name, definition in registries.agents.items():
        yield f"agents/{name}.yaml", to_yaml(definition_json(definition)).encode()


def knowing(catalogue: Catalogue, registries: Registries) -> Catalogue:
    """The catalogue with what is put in along with the documents: they may name it."""
    agents = {
        name: entry_of(AgentVersion(name, "stored", None, hash_of(each), each))
        for name, each in registries.agents.items()
    }
    models = catalogue.models
    if models is not None:
        said = registries.models
        own = named(Registry({name: provider_of(name, each) for name, each in said.providers.items()}, said.aliases))
        models = models.model_copy(
            update={
                "providers": {**models.providers, **own.providers},
                "aliases": {**models.aliases, **own.aliases},
            }
        )
    return catalogue.model_copy(update={"agents": {**(catalogue.agents or {}), **agents}, "models": models})


def wrong_agents(registries: Registries, catalogue: Catalogue, known: Mapping[str, AgentVersion]) -> Iterator[Problem]:
    """What is wrong with the agents, each with its file."""
    all_known = {**{name: each.definition for name, each in known.items()}, **registries.agents}
    for name, definition in registries.agents.items():
        others = {other: each for other, each in all_known.items() if other != name}
        for problem in check_agent(name, definition, catalogue, others):
            yield replace(problem, path=(f"agents/{name}.yaml", *problem.path))


class RegistryWriter:
    """Writes models and agents in the one transaction of an import, and keeps what it changed."""

    def __init__(self, db: Database, caller: Caller) -> None:
        self._db = db
        self._project = caller.project
        self._by = caller.actor.json()
        self.models: list[str] = []
        self.agents: list[str] = []

    async def write(self, registries: Registries) -> None:
        """What is there and not among these stays."""
        at = now()
        await self._models(registries.models, at)
        there = {row["name"]: row["hash"] for row in await agent_store.list_agents(self._db, self._project)}
        for name, definition in sorted(registries.agents.items()):
            if there.get(name) != hash_of(definition):
                await agent_store.put_agent(self._db, self._project, name, definition, self._by, at, new=False)
                self.agents.append(name)

    async def _models(self, said: ModelsSaid, at: datetime) -> None:
        there = (await read_registries(self._db, self._project)).models
        for name, order in sorted(said.providers.items()):
            if there.providers.get(name) != order:
                await model_store.put_provider(self._db, self._project, provider_of(name, order), self._by, at)
                self.models.append(name)
        for name, model in sorted(said.aliases.items()):
            if there.aliases.get(name) != model:
                await model_store.put_alias(self._db, self._project, name, model, self._by, at)
                self.models.append(name)
