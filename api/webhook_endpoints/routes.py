"""The routes of webhook endpoints."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from api.http.etag import IfMatch, quoted
from api.http.idempotency import NewId
from api.http.models import Page
from api.http.paging import Paging
from api.http.routing import problems, slice_router
from api.http.security import CanManageWebhookEndpoints
from api.resources import Held
from api.webhook_endpoints import service
from api.webhook_endpoints.schemas import (
    Endpoint,
    EndpointDelivery,
    EndpointWithSecret,
    NewEndpoint,
    PatchEndpoint,
    Redeliver,
    Redelivered,
    Status,
)

router = slice_router("webhook endpoints")
ENDPOINT = "/webhook_endpoints/{endpoint_id}"
BODY = ("malformed_json", "request_invalid", "unsupported_media_type")
LIST = ("invalid_cursor", "cursor_mismatch", "request_invalid")


@router.get("/webhook_endpoints", responses=problems(*LIST))
async def list_webhook_endpoints(caller: CanManageWebhookEndpoints, held: Held, page: Paging) -> Page[Endpoint]:
    """Who is told of what, the newest first."""
    return await service.list_endpoints(held, page, caller)


@router.post("/webhook_endpoints", status_code=201, responses=problems(*BODY))
async def create_webhook_endpoint(
    order: NewEndpoint, caller: CanManageWebhookEndpoints, held: Held, response: Response, endpoint_id: NewId
) -> EndpointWithSecret:
    """Have somebody told of events. The secret that signs the messages is in this answer alone."""
    endpoint = await service.create_endpoint(held, endpoint_id, order, caller)
    response.headers["Location"] = f"/api/v1/webhook_endpoints/{endpoint.id}"
    return endpoint


@router.get(ENDPOINT)
async def get_webhook_endpoint(
    endpoint_id: UUID, caller: CanManageWebhookEndpoints, held: Held, response: Response
) -> Endpoint:
    """One endpoint. Its ETag is what `If-Match` wants."""
    return await answer(held, endpoint_id, caller, response)


@router.patch(ENDPOINT, responses=problems(*BODY, "precondition_required", "stale"))
async def patch_webhook_endpoint(
    endpoint_id: UUID,
    patch: PatchEndpoint,
    caller: CanManageWebhookEndpoints,
    held: Held,
    response: Response,
    if_match: IfMatch = None,
) -> Endpoint:
    """Change an endpoint (RFC 7396); `enabled: true` tells one again that was disabled."""
    await service.patch_endpoint(held, endpoint_id, patch, caller, if_match)
    return await answer(held, endpoint_id, caller, response)


@router.delete(ENDPOINT, status_code=204)
async def delete_webhook_endpoint(endpoint_id: UUID, caller: CanManageWebhookEndpoints, held: Held) -> None:
    """Tell it nothing more, and forget its deliveries."""
    await service.delete_endpoint(held, endpoint_id, caller)


@router.get(f"{ENDPOINT}/deliveries", responses=problems(*LIST))
async def list_endpoint_deliveries(
    endpoint_id: UUID,
    caller: CanManageWebhookEndpoints,
    held: Held,
    page: Paging,
    status: Annotated[Status | None, Query(description="Only those that stand so.")] = None,
) -> Page[EndpointDelivery]:
    """What an endpoint was sent in the last 30 days, the newest first, with every attempt."""
    return await service.list_deliveries(held, endpoint_id, status, page, caller)


@router.get(f"{ENDPOINT}/deliveries/{{delivery_id}}")
async def get_endpoint_delivery(
    endpoint_id: UUID, delivery_id: UUID, caller: CanManageWebhookEndpoints, held: Held
) -> EndpointDelivery:
    """One delivery with every attempt."""
    return await service.read_delivery(held, endpoint_id, delivery_id, caller)


@router.post(f"{ENDPOINT}/redeliver", status_code=202, responses=problems(*BODY))
async def redeliver_to_endpoint(
    endpoint_id: UUID, order: Redeliver, caller: CanManageWebhookEndpoints, held: Held
) -> Redelivered:
    """Send deliveries again, each under the id it had."""
    return Redelivered(count=await service.redeliver(held, endpoint_id, order, caller))


@router.post(f"{ENDPOINT}/rotate")
async def rotate_endpoint_secret(
    endpoint_id: UUID, caller: CanManageWebhookEndpoints, held: Held
) -> EndpointWithSecret:
    """Change the secret. For a day messages are signed with both, so that the receiver can change over."""
    return await service.rotate_secret(held, endpoint_id, caller)


@router.post(f"{ENDPOINT}/test", status_code=202, responses=problems("request_invalid"))
async def test_webhook_endpoint(endpoint_id: UUID, caller: CanManageWebhookEndpoints, held: Held) -> EndpointDelivery:
    """Send a message of type `plait.test`. How it went is seen in the deliveries."""
    return await service.send_test(held, endpoint_id, caller)


async def answer(held: Held, endpoint_id: UUID, caller: CanManageWebhookEndpoints, response: Response) -> Endpoint:
    """The endpoint as it is now."""
    view, etag = await service.read_endpoint(held, endpoint_id, caller)
    response.headers["ETag"] = quoted(etag)
    return view
