"""Providers of models and aliases in Postgres, and the registry that they make with the known ones."""

import time
from datetime import datetime
from decimal import Decimal
from typing import Any

from asyncpg import Record

from plait.models import Price, Provider, ProviderKind, RateLimits, Registry
from plait.store.pool import Pool
from plait.store.runs import Database
from plait.store.sql import load

queries = load("models")

KEPT_SECONDS = 5.0
"""For so long a worker uses what it read."""


async def list_providers(db: Database, project: str) -> list[Record]:
    """The project's own providers, by name."""
    return await db.fetch(queries.list_providers, project)


async def list_kinds(db: Database) -> set[tuple[ProviderKind, str | None]]:
    """The protocols of all projects' own providers, each with the name of a key that it wants."""
    return {(row["kind"], row["secret"]) for row in await db.fetch(queries.list_kinds)}


async def list_aliases(db: Database, project: str) -> list[Record]:
    """The project's own aliases, by name."""
    return await db.fetch(queries.list_aliases, project)


async def put_provider(db: Database, project: str, provider: Provider, by: dict[str, str], at: datetime) -> None:
    """Say a provider; an equal one keeps who said it and when."""
    await db.execute(
        queries.put_provider,
        project,
        provider.name,
        provider.kind,
        provider.base_url,
        provider.secret,
        provider.limits.requests_per_minute,
        provider.limits.tokens_per_minute,
        {model: price_json(price) for model, price in provider.prices.items()},
        by,
        at,
    )


async def delete_provider(db: Database, project: str, name: str) -> bool:
    """Forget a provider. False if the project has none of its own by that name."""
    return await db.fetchval(queries.delete_provider, project, name) is not None


async def put_alias(db: Database, project: str, name: str, model: str, by: dict[str, str], at: datetime) -> None:
    """Have an alias stand for a model; an equal one keeps who said it and when."""
    await db.execute(queries.put_alias, project, name, model, by, at)


async def delete_alias(db: Database, project: str, name: str) -> bool:
    """Forget an alias. False if the project has none of its own by that name."""
    return await db.fetchval(queries.delete_alias, project, name) is not None


async def list_definitions_with(db: Database, project: str, text: str) -> list[Record]:
    """`slug`, `version` and `definition` of the versions in use that have this text somewhere."""
    return await db.fetch(queries.list_definitions_with, project, text)


async def read_own(db: Database, project: str) -> Registry:
    """The project's own providers and aliases."""
    providers = {row["name"]: provider_of(row) for row in await list_providers(db, project)}
    return Registry(providers, {row["name"]: row["model"] for row in await list_aliases(db, project)})


async def read_registry(db: Database, project: str, defaults: Registry) -> Registry:
    """All that the project may name: its own providers and aliases before those of every project."""
    return defaults.with_own(await read_own(db, project))


def provider_of(row: Any) -> Provider:
    """A row as a provider."""
    return Provider(
        name=row["name"],
        kind=row["kind"],
        base_url=row["base_url"],
        secret=row["secret"],
        limits=RateLimits(row["requests_per_minute"], row["tokens_per_minute"]),
        prices={model: price_of(price) for model, price in row["prices"].items()},
    )


def price_json(price: Price) -> dict[str, str]:
    """A price as it is kept: texts, which are exact."""
    said = {"input": price.input, "output": price.output, "cached_input": price.cached_input}
    return {name: str(dollars) for name, dollars in said.items() if dollars is not None}


def price_of(said: dict[str, str]) -> Price:
    """A price as it was kept."""
    cached = said.get("cached_input")
    return Price(Decimal(said["input"]), Decimal(said["output"]), None if cached is None else Decimal(cached))


class Models:
    """The models of each project, for workers: at most `KEPT_SECONDS` old."""

    def __init__(self, pool: Pool, defaults: Registry) -> None:
        self.defaults = defaults
        self._pool = pool
        self._read: dict[str, tuple[float, Registry]] = {}

    async def of(self, project: str) -> Registry:
        """What the project may name."""
        at = time.monotonic()
        known = self._read.get(project)
        if known is None or at - known[0] > KEPT_SECONDS:
            known = self._read[project] = (at, await read_registry(self._pool, project, self.defaults))
        return known[1]
