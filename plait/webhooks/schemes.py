"""The ways in which senders of webhooks prove who they are."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from plait.forms import Form

HeaderName = Annotated[str, Form(r"[A-Za-z0-9-]{1,100}", "Write the name of a header: letters, digits and -.")]
Prefix = Annotated[str, Field(max_length=50)]


def tells_its_name(schema: dict[str, Any]) -> None:
    """A body has to say which scheme it means; only code, which names the class, may leave it out."""
    schema["required"] = ["scheme", *schema.get("required", [])]


class Scheme(BaseModel):
    """Base of them all."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=tells_its_name)


class Standard(Scheme):
    """Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature`; secrets are `whsec_…`."""

    scheme: Literal["standard"] = "standard"


class GitHub(Scheme):
    """`X-Hub-Signature-256` over the body. It has no time in it."""

    scheme: Literal["github"] = "github"


class Stripe(Scheme):
    """`Stripe-Signature: t=…,v1=…`."""

    scheme: Literal["stripe"] = "stripe"


class Slack(Scheme):
    """`X-Slack-Signature` and `X-Slack-Request-Timestamp`."""

    scheme: Literal["slack"] = "slack"


class Hmac(Scheme):
    """An HMAC of the body in a header; with `timestamp_header` of `{timestamp}{separator}{body}`."""

    scheme: Literal["hmac"] = "hmac"
    header: HeaderName
    algorithm: Literal["sha1", "sha256", "sha512"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    prefix: Prefix = ""
    timestamp_header: HeaderName | None = None
    separator: Annotated[str, Field(max_length=10)] = "."


class Token(Scheme):
    """The secret itself in a header. Without a signature nothing tells that the body is the sender's."""

    scheme: Literal["token"] = "token"
    header: HeaderName = "Authorization"
    prefix: Prefix = "Bearer "


AnyScheme = Annotated[Standard | GitHub | Stripe | Slack | Hmac | Token, Field(discriminator="scheme")]
GIVEN_BY_SENDER = ("stripe", "slack")
"""These services make the secret themselves, so it cannot be made here."""
