"""The bodies of the slice of webhook endpoints."""

import re
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from api.http.models import ActorView, AskedTime, JsonObject, Order, Reference, Time, View
from plait.addresses import is_address
from plait.endpoints.notice import TYPES

Kind = Literal["http", "slack", "email"]
Status = Literal["pending", "delivered", "failed"]
MAIL = re.compile(r"mailto:[^\s@,?&%]+@[^\s@,?&%]+")
MOST_AT_ONCE = 100


def known_type(name: str) -> str:
    """A type that the feed has: a mistyped one would wait for ever."""
    if name not in TYPES:
        raise ValueError(f"{name} is no type of event; known: {', '.join(TYPES)}")
    return name


def wellformed_url(url: str) -> str:
    """An address that a message can be sent to."""
    if url.startswith("mailto:"):
        if not MAIL.fullmatch(url):
            raise ValueError("write one address as mailto:ops@example.com")
        return url
    if not is_address(url):
        raise ValueError("write an address as https://example.com/hooks, without a name or password in it")
    return url


Url = Annotated[str, Field(max_length=2048), AfterValidator(wellformed_url)]
Types = Annotated[
    list[Annotated[str, AfterValidator(known_type), Field(json_schema_extra={"enum": list(TYPES)})]],
    Field(min_length=1, max_length=len(TYPES)),
]
Description = Annotated[str, Field(max_length=500)]
Include = Annotated[
    list[Literal["output"]],
    Field(
        max_length=1, description="`output`: that of completed runs, to 64 KiB. Messages are ids and a summary else."
    ),
]
Ref = Annotated[str, Field(max_length=200, description="Only runs of this workflow, by slug or id.")]
Environment = Annotated[str, Field(max_length=64, description="Only runs in this environment.")]
WANTED = {
    "kind": "http",
    "url": "https://example.com/hooks/plait",
    "types": ["workflow.run.failed", "workflow.gate.opened"],
    "environment": "prod",
}


class NewEndpoint(Order):
    """Somebody outside who is to be told."""

    kind: Kind = "http"
    url: Url = Field(description="Where to: https://…; for a chat its incoming webhook; for email mailto:…")
    description: Description | None = None
    types: Types = Field(description="Of which events.")
    workflow: Ref | None = None
    environment: Environment | None = None
    include: Include = Field(default_factory=list)

    model_config = ConfigDict(json_schema_extra={"examples": [WANTED]})

    @model_validator(mode="after")
    def match_kind(self) -> Self:
        """Mail goes to addresses of mail, and all else does not."""
        if (self.kind == "email") != self.url.startswith("mailto:"):
            raise ValueError("kind email goes with a mailto: address, and the others with https://")
        return self


class PatchEndpoint(Order):
    """What to change (RFC 7396): what is left out stays, null takes away."""

    url: Url | None = None
    description: Description | None = None
    types: Types | None = None
    workflow: Ref | None = None
    environment: Environment | None = None
    include: Include | None = None
    enabled: bool | None = None

    model_config = ConfigDict(json_schema_extra={"examples": [{"types": ["workflow.run.failed"], "enabled": True}]})


class Endpoint(View):
    """Who is told of what. `disabled_reason`: `gone` (it answered 410) or `failing` (ten deliveries were given up)."""

    id: UUID
    kind: Kind
    url: str
    description: str | None
    types: list[str]
    workflow: Reference | None
    environment: str | None
    include: list[str]
    enabled: bool
    disabled_reason: Literal["gone", "failing"] | None
    given_up: int = Field(description="Deliveries that were given up since the last that got through.")
    old_secret_until: Time | None = Field(description="So long the secret before the last change signs as well.")
    created_by: ActorView
    created_at: Time


class EndpointWithSecret(Endpoint):
    """An endpoint whose secret is new. It is shown here and nowhere else."""

    secret: str


class Attempt(View):
    """One attempt: how it was answered, or why it was not. `response` is how the answer begins."""

    at: Time
    status_code: int | None
    error: str | None
    response: str | None
    duration_ms: int


class EndpointDelivery(View):
    """A message to an endpoint. Its id is the `webhook-id` of every attempt."""

    id: UUID
    type: str
    run_id: UUID | None
    status: Status
    attempts: list[Attempt]
    body: JsonObject
    created_at: Time
    completed_at: Time | None


class Redeliver(Order):
    """Which deliveries to begin again: some by id, or all that failed since then."""

    delivery_ids: Annotated[list[Annotated[UUID, Field(strict=False)]], Field(max_length=MOST_AT_ONCE)] = Field(
        default_factory=list
    )
    failed_since: AskedTime | None = None

    model_config = ConfigDict(json_schema_extra={"examples": [{"failed_since": "2026-11-21T09:00:00Z"}]})

    @model_validator(mode="before")
    @classmethod
    def say_one(cls, said: Any) -> Any:
        """Which, one way or the other."""
        if isinstance(said, dict) and not said.get("delivery_ids") and said.get("failed_since") is None:
            raise ValueError("say `delivery_ids` or `failed_since`")
        return said


class Redelivered(View):
    """How many begin again; those under way go on as they are."""

    count: int
