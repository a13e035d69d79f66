"""Endpoints and deliveries as they are shown."""

from typing import Any

from api.http.models import Reference
from api.webhook_endpoints.schemas import Endpoint, EndpointDelivery, EndpointWithSecret

SHOWN = (
    "id",
    "kind",
    "url",
    "description",
    "types",
    "environment",
    "include",
    "enabled",
    "disabled_reason",
    "given_up",
    "old_secret_until",
    "created_by",
    "created_at",
)


def endpoint_of(row: Any) -> Endpoint:
    """An endpoint without its secret."""
    return Endpoint.model_validate(fields_of(row))


def with_secret(row: Any, secret: str) -> EndpointWithSecret:
    """An endpoint with the secret that it has from now on."""
    return EndpointWithSecret.model_validate(fields_of(row) | {"secret": secret})


def fields_of(row: Any) -> dict[str, Any]:
    """What is shown of a row."""
    workflow = None
    if row["workflow_id"] is not None:
        workflow = Reference(id=row["workflow_id"], slug=row["slug"], name=row["workflow_name"])
    return {name: row[name] for name in SHOWN} | {"workflow": workflow}


def delivery_of(row: Any) -> EndpointDelivery:
    """A delivery with its attempts."""
    names = ("id", "type", "run_id", "status", "attempts", "body", "created_at", "completed_at")
    return EndpointDelivery.model_validate({name: row[name] for name in names})
