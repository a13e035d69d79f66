"""The routes of incoming webhooks."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response

from api.http.etag import IfMatch, quoted
from api.http.idempotency import NewId
from api.http.models import Page
from api.http.paging import Paging
from api.http.routing import open_parameters, own_keys, problems, slice_router
from api.http.security import CanReadWorkflows, CanWriteTriggers, OpenToAll
from api.resources import Held
from api.webhooks import receive, service
from api.webhooks.schemas import (
    DeliveryView,
    NewWebhook,
    NewWebhookView,
    PatchWebhook,
    Received,
    Rotated,
    WebhookView,
)

router = slice_router("webhook triggers")
WEBHOOK = "/webhook_triggers/{trigger_id}"
BODY = ("malformed_json", "request_invalid", "unsupported_media_type")
IN_BODY = {
    "security": [],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {}, "example": {"id": "evt_1", "type": "order.paid"}},
            "application/x-www-form-urlencoded": {"schema": {"type": "object"}, "example": {"payload": '{"order": 7}'}},
        },
    },
}


@router.get("/webhook_triggers", responses=problems("invalid_cursor", "cursor_mismatch", "request_invalid"))
async def list_webhook_triggers(caller: CanReadWorkflows, held: Held, page: Paging) -> Page[WebhookView]:
    """Webhook triggers, the newest first. No secret is among it."""
    return await service.list_webhooks(held, page, caller)


@router.post("/webhook_triggers", status_code=201, responses=problems(*BODY))
async def create_webhook_trigger(
    order: NewWebhook, caller: CanWriteTriggers, held: Held, request: Request, response: Response, trigger_id: NewId
) -> NewWebhookView:
    """Have messages of a service start runs or be events. The address and the secret are shown this once."""
    made = await service.create_webhook(held, trigger_id, order, caller, str(request.base_url).rstrip("/"))
    response.headers["Location"] = f"/api/v1/webhook_triggers/{made.id}"
    return made


@router.get(WEBHOOK)
async def get_webhook_trigger(
    trigger_id: UUID, caller: CanReadWorkflows, held: Held, response: Response
) -> WebhookView:
    """A webhook trigger. Its ETag is what `If-Match` wants."""
    return await answer(held, trigger_id, caller, response)


@router.patch(WEBHOOK, responses=problems(*BODY, "precondition_required", "stale"))
async def patch_webhook_trigger(
    trigger_id: UUID,
    patch: PatchWebhook,
    caller: CanWriteTriggers,
    held: Held,
    response: Response,
    if_match: IfMatch = None,
) -> WebhookView:
    """Change a webhook trigger (RFC 7396). Its address and the secrets that were made stay."""
    await service.change_webhook(held, trigger_id, patch, caller, if_match)
    return await answer(held, trigger_id, caller, response)


@router.delete(WEBHOOK, status_code=204)
async def delete_webhook_trigger(trigger_id: UUID, caller: CanWriteTriggers, held: Held) -> None:
    """Delete a webhook trigger with its log. What it started goes on."""
    await service.delete_webhook(held, trigger_id, caller)


@router.post(f"{WEBHOOK}/rotate", responses=problems("request_invalid"))
async def rotate_webhook_secret(trigger_id: UUID, caller: CanWriteTriggers, held: Held) -> Rotated:
    """Make a new secret, shown this once. The one before it holds for 24 hours."""
    return await service.rotate_secret(held, trigger_id, caller)


@router.get(f"{WEBHOOK}/deliveries", responses=problems("invalid_cursor", "cursor_mismatch", "request_invalid"))
async def list_webhook_deliveries(
    trigger_id: UUID, caller: CanReadWorkflows, held: Held, page: Paging
) -> Page[DeliveryView]:
    """What came in during the last week and what became of it, the newest first, without its content."""
    return await service.list_deliveries(held, trigger_id, page, caller)


@router.post(
    "/in/{token}",
    response_model=Received,
    openapi_extra=IN_BODY,
    responses={
        200: {"description": "Taken, and answered as the trigger says, or a greeting."},
        202: {"model": Received, "description": "Taken."},
        **problems(*BODY, "too_large", "workflow_disabled", "not_promoted", "key_conflict", "input_invalid"),
    },
)
@own_keys
@open_parameters("")
async def receive_webhook(
    token: Annotated[str, Path(max_length=43, description="What makes the address unguessable.")],
    _: OpenToAll,
    held: Held,
    request: Request,
) -> Response:
    """Take a message from outside. Who sends it proves it by its signature; sent again it counts once."""
    return await receive.receive(held, token, request)


async def answer(held: Held, trigger_id: UUID, caller: CanReadWorkflows, response: Response) -> WebhookView:
    """The trigger as it is now."""
    view, etag = await service.read_webhook(held, trigger_id, caller)
    response.headers["ETag"] = quoted(etag)
    return view
