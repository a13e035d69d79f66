"""Webhook endpoints: their rows, their secrets, and beginning deliveries again."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from api.http.errors import Refusal
from api.http.etag import matches, require_match, stale
from api.http.models import Page
from api.http.paging import PageOrder, by_age
from api.resources import Resources
from api.webhook_endpoints.schemas import (
    Endpoint,
    EndpointDelivery,
    EndpointWithSecret,
    NewEndpoint,
    PatchEndpoint,
    Redeliver,
)
from api.webhook_endpoints.views import delivery_of, endpoint_of, with_secret
from interpreter.problems import Problem
from plait.auth import Caller
from plait.clock import now, rfc3339
from plait.endpoints.notice import body_of_test
from plait.endpoints.signing import new_secret
from plait.errors import Invalid, NotFound
from plait.store import endpoint_deliveries as deliveries
from plait.store import endpoints as store
from plait.store import runs
from plait.store.endpoints import EndpointRow

OVERLAP = timedelta(hours=24)
"""For so long after a change the secret before it signs too."""


async def create_endpoint(held: Resources, endpoint_id: UUID, order: NewEndpoint, caller: Caller) -> EndpointWithSecret:
    """Write a new endpoint; its secret is shown now."""
    if order.kind == "email" and held.settings.smtp_url is None:
        raise invalid("kind", "no mail server is set; set PLAIT_SMTP_URL for the API and the workers")
    refuse_include(order.include, caller)
    row = EndpointRow(
        url=order.url,
        description=order.description,
        types=sorted(set(order.types)),
        workflow_id=await workflow_named(held, order.workflow, caller),
        environment=order.environment,
        include=list(order.include),
    )
    by = caller.actor.json()
    secret = await store.insert_endpoint(
        held.pool, endpoint_id, caller.project, order.kind, row, new_secret(), by, now()
    )
    return with_secret(await read_row(held, endpoint_id, caller), secret)


async def list_endpoints(held: Resources, paging: PageOrder, caller: Caller) -> Page[Endpoint]:
    """A page of endpoints, the newest first."""
    place = paging.after([], by_age)
    rows = await store.list_endpoints(held.pool, caller.project, place, paging.limit + 1)
    counted = await store.count_endpoints(held.pool, caller.project) if paging.total else None
    kept, cursor = paging.cut(rows, [], lambda row: (row["created_at"], row["id"]))
    return Page(items=[endpoint_of(row) for row in kept], next_cursor=cursor, **paging.totals(counted))


async def read_endpoint(held: Resources, endpoint_id: UUID, caller: Caller) -> tuple[Endpoint, str]:
    """An endpoint and its ETag."""
    row = await read_row(held, endpoint_id, caller)
    return endpoint_of(row), str(row["revision"])


async def patch_endpoint(
    held: Resources, endpoint_id: UUID, patch: PatchEndpoint, caller: Caller, if_match: str | None
) -> None:
    """Change what the patch names, if the endpoint is as the caller saw it."""
    row = await read_row(held, endpoint_id, caller)
    require_match(if_match)
    said = patch.model_dump(exclude_unset=True)
    changed = await merged(held, row, said, caller)
    if not matches(if_match, str(row["revision"])) or not await store.update_endpoint(
        held.pool, caller.project, endpoint_id, row["revision"], changed
    ):
        raise stale(*await read_endpoint(held, endpoint_id, caller))


async def merged(held: Resources, row: Any, said: dict[str, Any], caller: Caller) -> EndpointRow:
    """The endpoint as it would be after the patch."""
    for name in ("url", "types", "include", "enabled"):
        if name in said and said[name] is None:
            raise invalid(name, "this may be changed, and not be taken away")
    url = said.get("url", row["url"])
    if (row["kind"] == "email") != url.startswith("mailto:"):
        raise invalid("url", f"an endpoint of kind {row['kind']} stays one; make another for this address")
    refuse_include(said.get("include", []), caller)
    workflow = row["workflow_id"]
    if "workflow" in said:
        workflow = await workflow_named(held, said["workflow"], caller)
    return EndpointRow(
        url=url,
        description=said.get("description", row["description"]),
        types=sorted(set(said.get("types", row["types"]))),
        workflow_id=workflow,
        environment=said.get("environment", row["environment"]),
        include=said.get("include", row["include"]),
        enabled=said.get("enabled", row["enabled"]),
    )


async def delete_endpoint(held: Resources, endpoint_id: UUID, caller: Caller) -> None:
    """Delete it and the log of its deliveries."""
    if not await store.delete_endpoint(held.pool, caller.project, endpoint_id):
        raise unknown()


async def rotate_secret(held: Resources, endpoint_id: UUID, caller: Caller) -> EndpointWithSecret:
    """Give it a new secret; the one before signs as well for a day."""
    secret = new_secret()
    if not await store.rotate(held.pool, caller.project, endpoint_id, secret, now() + OVERLAP):
        raise unknown()
    return with_secret(await read_row(held, endpoint_id, caller), secret)


async def send_test(held: Resources, endpoint_id: UUID, caller: Caller) -> EndpointDelivery:
    """Begin a delivery that tells of no event."""
    await require_enabled(held, endpoint_id, caller)
    at = now()
    delivery = await deliveries.insert_test(held.pool, caller.project, endpoint_id, body_of_test(rfc3339(at)), at)
    return await read_delivery(held, endpoint_id, delivery, caller)


async def redeliver(held: Resources, endpoint_id: UUID, order: Redeliver, caller: Caller) -> int:
    """Begin deliveries again: how many."""
    await require_enabled(held, endpoint_id, caller)
    return await deliveries.redeliver(
        held.pool, caller.project, endpoint_id, order.delivery_ids, order.failed_since, now()
    )


async def list_deliveries(
    held: Resources, endpoint_id: UUID, status: str | None, paging: PageOrder, caller: Caller
) -> Page[EndpointDelivery]:
    """A page of an endpoint's deliveries, the newest first."""
    await read_row(held, endpoint_id, caller)
    filters = [str(endpoint_id), status]
    place = paging.after(filters, by_age)
    rows = await deliveries.list_deliveries(held.pool, caller.project, endpoint_id, status, place, paging.limit + 1)
    counted = (
        await deliveries.count_deliveries(held.pool, caller.project, endpoint_id, status) if paging.total else None
    )
    kept, cursor = paging.cut(rows, filters, lambda row: (row["created_at"], row["id"]))
    return Page(items=[delivery_of(row) for row in kept], next_cursor=cursor, **paging.totals(counted))


async def read_delivery(held: Resources, endpoint_id: UUID, delivery: UUID, caller: Caller) -> EndpointDelivery:
    """One delivery of this endpoint."""
    row = await deliveries.read_delivery(held.pool, caller.project, endpoint_id, delivery)
    if row is None:
        raise NotFound("There is no such delivery.")
    return delivery_of(row)


async def read_row(held: Resources, endpoint_id: UUID, caller: Caller) -> Any:
    """The endpoint's row, or that there is none."""
    row = await store.read_endpoint(held.pool, caller.project, endpoint_id)
    if row is None:
        raise unknown()
    return row


async def require_enabled(held: Resources, endpoint_id: UUID, caller: Caller) -> None:
    """What is disabled is told nothing, by a person either."""
    if not (await read_row(held, endpoint_id, caller))["enabled"]:
        raise invalid("enabled", 'the endpoint is disabled; enable it first with PATCH {"enabled": true}')


async def workflow_named(held: Resources, ref: str | None, caller: Caller) -> UUID | None:
    """The id of the workflow that is meant; None is all."""
    if ref is None:
        return None
    found = await runs.find_workflow(held.pool, caller.project, ref)
    if found is None:
        raise invalid("workflow", f"there is no workflow {ref}")
    return found


def refuse_include(include: list[Any], caller: Caller) -> None:
    """Who may not read outputs may not have them sent."""
    if include and "runs:read_data" not in caller.scopes:
        raise Refusal(
            "forbidden", "To include outputs needs the scope runs:read_data.", required_scope="runs:read_data"
        )


def invalid(field: str, message: str) -> Invalid:
    """One field that cannot be so."""
    return Invalid("The endpoint cannot be so.", problems=[Problem("invalid_value", message, (field,))])


def unknown() -> NotFound:
    """No endpoint of this project."""
    return NotFound("There is no such webhook endpoint.")
