"""Webhook endpoints in Postgres. A secret goes in and is used to sign; no read of people gives it out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from plait.store.runs import Database
from plait.store.sql import load

queries = load("endpoints")


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """What may be changed of an endpoint. `workflow_id` and `environment` None are all of them."""

    url: str
    description: str | None
    types: list[str]
    workflow_id: UUID | None
    environment: str | None
    include: list[str]
    enabled: bool = True


async def insert_endpoint(
    db: Database,
    endpoint_id: UUID,
    project: str,
    kind: str,
    said: EndpointRow,
    secret: str,
    by: dict[str, str],
    at: datetime,
) -> str:
    """Write a new endpoint; its secret, which is that of the first time where its request is sent again."""
    return await db.fetchval(
        queries.insert_endpoint,
        endpoint_id,
        project,
        kind,
        said.url,
        said.description,
        said.types,
        said.workflow_id,
        said.environment,
        said.include,
        secret,
        by,
        at,
    )


async def read_endpoint(db: Database, project: str, endpoint_id: UUID) -> Record | None:
    """One endpoint without its secrets."""
    return await db.fetchrow(queries.show.format(page=queries.one), project, endpoint_id)


async def list_endpoints(db: Database, project: str, place: tuple[datetime, UUID] | None, limit: int) -> list[Record]:
    """A page of endpoints, the newest first."""
    at, identifier = place or (None, None)
    return await db.fetch(queries.show.format(page=queries.page), project, at, identifier, limit)


async def count_endpoints(db: Database, project: str) -> int:
    """How many there are."""
    return await db.fetchval(queries.count, project)


async def update_endpoint(db: Database, project: str, endpoint_id: UUID, revision: int, said: EndpointRow) -> bool:
    """Change it if it has this revision still."""
    found = await db.fetchval(
        queries.update_endpoint,
        project,
        endpoint_id,
        revision,
        said.url,
        said.description,
        said.types,
        said.workflow_id,
        said.environment,
        said.include,
        said.enabled,
    )
    return found is not None


async def rotate(db: Database, project: str, endpoint_id: UUID, secret: str, until: datetime) -> bool:
    """Sign with this secret, and until then with the one before too. False if there is no such endpoint."""
    return await db.fetchval(queries.rotate, project, endpoint_id, secret, until) is not None


async def delete_endpoint(db: Database, project: str, endpoint_id: UUID) -> bool:
    """Delete it with its deliveries. False if there is none."""
    return await db.fetchval(queries.delete_endpoint, project, endpoint_id) is not None


async def list_told(db: Any, projects: Sequence[str]) -> list[Record]:
    """`id, project, types, workflow_id, environment` of the endpoints that are told of events of these projects."""
    return await db.fetch(queries.list_told, list(projects))
