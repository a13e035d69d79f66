"""Webhook triggers: made, changed, rotated. Receiving is `api.webhooks.receive`."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from api.http.errors import problems_in
from api.http.etag import saw, stale
from api.http.models import Page
from api.http.paging import PageOrder, by_age
from api.resources import Resources
from api.webhooks.schemas import (
    DeliveryView,
    MadeSecret,
    NewWebhook,
    NewWebhookView,
    PatchWebhook,
    Rotated,
    WebhookView,
)
from interpreter.problems import Problem
from plait.auth import Caller
from plait.clock import now, rfc3339
from plait.endpoints.signing import new_secret
from plait.errors import Invalid, NotFound
from plait.store import runs
from plait.store import webhooks as store
from plait.values.mapping import problems_of_expression, problems_of_value
from plait.webhooks.mapping import NAMES

TOKEN_BYTES = 32
OVERLAP = timedelta(hours=24)
"""For so long a secret holds that was replaced."""
AS_THEY_ARE = (
    "id", "name", "verify", "when", "delivery_id", "respond", "enabled", "created_by", "created_at", "updated_at"
)  # fmt: skip
ACTIONS = ("start", "deliver")


async def create_webhook(
    held: Resources, trigger: UUID, order: NewWebhook, caller: Caller, base: str
) -> NewWebhookView:
    """Write a trigger. Its address and a secret that is made here are in this answer and in no other."""
    workflow = await check(held, order, caller)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    secret = None if order.secrets else new_secret()
    made = [] if secret is None else [{"secret": secret, "until": None}]
    said = settings_of(order, workflow, made)
    await store.insert_webhook(held.pool, trigger, caller.project, token_hash(token), said, caller.actor.json(), now())
    row = await read_row(held, trigger, caller)
    return NewWebhookView(**fields_of(row), url=f"{base}/api/v1/in/{token}", secret=secret)


async def change_webhook(
    held: Resources, trigger: UUID, patch: PatchWebhook, caller: Caller, if_match: str | None
) -> None:
    """Change what the patch names, if the trigger is as the caller saw it. Its address stays."""
    row = await read_row(held, trigger, caller)
    if not saw(if_match, str(row["revision"])):
        raise stale(*await read_webhook(held, trigger, caller))
    order = merged(row, patch)
    workflow = await check(held, order, caller)
    made = [] if order.secrets else row["secrets"]
    if not order.secrets and not made:
        message = "Without `secrets` there is none that signs; name one, or make another trigger."
        raise Invalid(message, problems=[Problem("no_secret", message, ("secrets",))])
    said = settings_of(order, workflow, made)
    if await store.update_webhook(held.pool, caller.project, trigger, row["revision"], said, now()) is None:
        raise stale(*await read_webhook(held, trigger, caller))


async def rotate_secret(held: Resources, trigger: UUID, caller: Caller) -> Rotated:
    """Make a new secret. Those before it hold for a day, so that the sender can change meanwhile."""
    while True:
        row = await read_row(held, trigger, caller)
        if not row["secrets"]:
            message = "Its secrets are the API's own variables: name the new one beside the old in `secrets`."
            raise Invalid(message, problems=[Problem("secrets_by_name", message, ("secrets",))])
        until, secret = now() + OVERLAP, new_secret()
        kept = [each | {"until": each["until"] or rfc3339(until)} for each in live_secrets(row, now())]
        made = [*kept[-4:], {"secret": secret, "until": None}]
        if await store.rotate_secret(held.pool, caller.project, trigger, row["revision"], made, now()):
            return Rotated(secret=secret, until=until)


async def delete_webhook(held: Resources, trigger: UUID, caller: Caller) -> None:
    """Delete a trigger with its log. Nothing comes in by its address any more."""
    if not await store.delete_webhook(held.pool, caller.project, trigger):
        raise no_webhook()


async def read_webhook(held: Resources, trigger: UUID, caller: Caller) -> tuple[WebhookView, str]:
    """A trigger and its ETag."""
    row = await read_row(held, trigger, caller)
    return view_of(row), str(row["revision"])


async def list_webhooks(held: Resources, paging: PageOrder, caller: Caller) -> Page[WebhookView]:
    """A page of triggers, the newest first."""
    place = paging.after([], by_age)
    rows = await store.list_webhooks(held.pool, caller.project, place, paging.limit + 1)
    counted = await store.count_webhooks(held.pool, caller.project) if paging.total else None
    kept, cursor = paging.cut(rows, [], lambda row: (row["created_at"], row["id"]))
    return Page(items=[view_of(row) for row in kept], next_cursor=cursor, **paging.totals(counted))


async def list_deliveries(held: Resources, trigger: UUID, paging: PageOrder, caller: Caller) -> Page[DeliveryView]:
    """A page of what came in, the newest first."""
    await read_row(held, trigger, caller)
    filters = [str(trigger)]
    place = paging.after(filters, by_age)
    rows = await store.list_deliveries(held.pool, caller.project, trigger, place, paging.limit + 1)
    counted = await store.count_deliveries(held.pool, caller.project, trigger) if paging.total else None
    kept, cursor = paging.cut(rows, filters, lambda row: (row["at"], row["id"]))
    items = [DeliveryView(**{name: row[name] for name in DeliveryView.model_fields}) for row in kept]
    return Page(items=items, next_cursor=cursor, **paging.totals(counted))


async def check(held: Resources, order: NewWebhook, caller: Caller) -> UUID | None:
    """The workflow that it starts, if everything that it says can be."""
    if problems := [*expression_problems(order), *missing_secrets(held, order)]:
        raise Invalid("The trigger cannot be made so.", problems=problems)
    if order.start is None:
        return None
    workflow = await runs.find_workflow(held.pool, caller.project, order.start.workflow)
    if workflow is None:
        raise NotFound(f"There is no workflow {order.start.workflow!r}.")
    return workflow


def expression_problems(order: NewWebhook) -> list[Problem]:
    """What is wrong with its templates and expressions."""
    found: list[Problem] = []
    for kind, part in (
        ("start", "input"),
        ("start", "key"),
        ("deliver", "name"),
        ("deliver", "key"),
        ("deliver", "payload"),
    ):
        if (action := getattr(order, kind)) is not None:
            found += problems_of_value(getattr(action, part), NAMES, (kind, part))
    if order.when is not None:
        found += problems_of_expression(order.when, NAMES, ("when",), "a boolean")
    if order.delivery_id is not None:
        found += problems_of_expression(order.delivery_id, NAMES, ("delivery_id",))
    return found


def missing_secrets(held: Resources, order: NewWebhook) -> list[Problem]:
    """Names that no variable of the API has."""
    return [
        Problem("unknown_secret", f"the API has no PLAIT_SECRET_{name}", ("secrets", place))
        for place, name in enumerate(order.secrets)
        if name not in held.secrets
    ]


def merged(row: Any, patch: PatchWebhook) -> NewWebhook:
    """The trigger as it would be after the patch."""
    said = patch.model_dump(exclude_unset=True, mode="json")
    action = {} if said.keys() & set(ACTIONS) else row["action"]
    kept = {"secrets": row["secret_names"]} | {
        name: row[name] for name in ("name", "verify", "when", "delivery_id", "respond", "enabled")
    }
    changed = {name: value for name, value in said.items() if value is not None}
    kept = {name: value for name, value in kept.items() if name not in said and value is not None}
    whole = {**kept, **action, **changed}
    try:
        return NewWebhook.model_validate(whole)
    except ValidationError as error:
        raise Invalid("The trigger cannot be changed so.", problems=problems_in(whole, error)) from None


def settings_of(order: NewWebhook, workflow: UUID | None, made: list[dict[str, Any]]) -> store.Settings:
    """What the row keeps."""
    said = order.model_dump(mode="json")
    return store.Settings(
        name=order.name,
        workflow_id=workflow,
        verify=said["verify"],
        secret_names=order.secrets,
        secrets=made,
        action={kind: said[kind] for kind in ACTIONS if said[kind] is not None},
        when=order.when,
        delivery_id=order.delivery_id,
        respond=order.respond,
        enabled=order.enabled,
    )


def live_secrets(row: Any, at: datetime) -> list[dict[str, Any]]:
    """The secrets that were made here and hold still."""
    return [each for each in row["secrets"] if each["until"] is None or datetime.fromisoformat(each["until"]) > at]


def token_hash(token: str) -> str:
    """What a row knows of its token. The token is long and random, so that one round is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


async def read_row(held: Resources, trigger: UUID, caller: Caller) -> Any:
    """The trigger's row, or that there is none."""
    row = await store.read_webhook(held.pool, caller.project, trigger)
    if row is None:
        raise no_webhook()
    return row


def no_webhook() -> NotFound:
    """What is said of one that is not there."""
    return NotFound("There is no such webhook trigger.")


def view_of(row: Any) -> WebhookView:
    """A trigger as it is shown."""
    return WebhookView(**fields_of(row))


def fields_of(row: Any) -> dict[str, Any]:
    """All of a trigger but what is secret."""
    return {name: row[name] for name in AS_THEY_ARE} | {
        "secrets": row["secret_names"],
        "made_secrets": [MadeSecret(until=until_of(each)) for each in live_secrets(row, now())],
        "start": row["action"].get("start"),
        "deliver": row["action"].get("deliver"),
    }


def until_of(made: dict[str, Any]) -> datetime | None:
    """When a secret ceases to hold."""
    return datetime.fromisoformat(made["until"]) if made["until"] else None
