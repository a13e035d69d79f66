"""The bodies of the slice of incoming webhooks."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from api.http.models import ActorView, JsonObject, Order, Time, View
from api.runs.schemas import Environment, Tag
from plait.forms import Form
from plait.webhooks.schemes import GIVEN_BY_SENDER, AnyScheme

Name = Annotated[str, Field(min_length=1, max_length=200)]
SecretName = Annotated[
    str,
    Form(r"[A-Z][A-Z0-9_]{0,99}", "Write the name of a secret, not its value: A-Z, 0-9 and _, with a letter first."),
]
Expression = Annotated[str, Field(min_length=1, max_length=4096)]
Respond = Literal["run", "empty"]
WHOLE_BODY = "{{ body }}"


def scheme_by_name(value: object) -> object:
    """`github` stands for `{scheme: github}`."""
    return {"scheme": value} if isinstance(value, str) else value


Verify = Annotated[AnyScheme, BeforeValidator(scheme_by_name)]


class StartAction(Order):
    """A run that each message starts."""

    workflow: Annotated[str, Field(min_length=1, max_length=100, description="Its id or slug.")]
    environment: Environment = "dev"
    version: int | None = Field(default=None, ge=1, lt=2**31)
    input: Any = Field(default=WHOLE_BODY, description="Templates may read `body`, `headers` and `query`.")
    key: Expression | None = Field(default=None, description="The business key, a text with templates.")
    on_conflict: Literal["use_existing", "reject", "replace"] = "use_existing"
    tags: list[Tag] = Field(default_factory=list, max_length=50)


class DeliverAction(Order):
    """An external event that each message is."""

    name: Expression = Field(description="The event's name, a text with templates.")
    key: Expression | None = Field(default=None, description="Its key, a text with templates.")
    payload: Any = Field(default=WHOLE_BODY, description="Templates may read `body`, `headers` and `query`.")


class NewWebhook(Order):
    """What is to be done with messages that come in, and how it is known that they are the sender's."""

    name: Name
    verify: Verify = Field(description="A scheme by its name, or with its fields.")
    secrets: list[SecretName] = Field(
        default_factory=list,
        max_length=5,
        description="`NAME` of each variable `PLAIT_SECRET_<NAME>` of the API. Without any, one is made.",
    )
    start: StartAction | None = None
    deliver: DeliverAction | None = None
    when: Expression | None = Field(default=None, description="Only messages for which this is true count.")
    delivery_id: Expression | None = Field(default=None, description="Where the sender's id of a message is.")
    respond: Respond = "run"
    enabled: bool = True

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Pushes",
                    "verify": {"scheme": "github"},
                    "start": {"workflow": "build", "input": {"commit": "{{ body.after }}"}},
                    "when": 'headers["x-github-event"] == "push"',
                }
            ]
        }
    )

    @model_validator(mode="after")
    def say_one(self) -> Self:
        """One action, and a secret where it cannot be made here."""
        if (self.start is None) == (self.deliver is None):
            raise ValueError("say either `start` or `deliver`")
        if not self.secrets and self.verify.scheme in GIVEN_BY_SENDER:
            raise ValueError(f"{self.verify.scheme} makes the secret itself: name it in `secrets`")
        return self


class PatchWebhook(Order):
    """Changes (RFC 7396): what is not named stays, null takes away. `start` takes the place of `deliver`, and so back."""

    name: Name | None = None
    verify: Verify | None = None
    secrets: list[SecretName] | None = None
    start: StartAction | None = None
    deliver: DeliverAction | None = None
    when: Expression | None = None
    delivery_id: Expression | None = None
    respond: Respond | None = None
    enabled: bool | None = None

    model_config = ConfigDict(json_schema_extra={"examples": [{"enabled": False}]})


class MadeSecret(View):
    """A secret that was made here. The newest holds without an end."""

    until: Time | None


class WebhookView(View):
    """A webhook trigger. Neither its address nor a secret is shown again."""

    model_config = ConfigDict(title="WebhookTrigger")

    id: UUID
    name: str
    verify: JsonObject
    secrets: list[str]
    made_secrets: list[MadeSecret]
    start: JsonObject | None
    deliver: JsonObject | None
    when: str | None
    delivery_id: str | None
    respond: Respond
    enabled: bool
    created_by: ActorView
    created_at: Time
    updated_at: Time


class NewWebhookView(WebhookView):
    """A new trigger with what is shown this once: its address, and the secret if it was made here."""

    model_config = ConfigDict(title="NewWebhookTrigger")

    url: str
    secret: str | None


class Rotated(View):
    """The new secret, shown this once. Those before it hold until then."""

    secret: str
    until: Time


class DeliveryView(View):
    """A message that came in, without its content."""

    model_config = ConfigDict(title="WebhookDelivery")

    id: UUID
    sender_id: str | None
    at: Time
    result: Literal["started", "delivered", "repeated", "ignored", "greeted", "refused"]
    code: str | None
    message: str | None
    size: int
    media_type: str | None
    run_id: UUID | None
    event_id: UUID | None


class Received(View):
    """What became of a message."""

    result: Literal["started", "delivered", "repeated", "ignored"]
    run_id: UUID | None = None
    event_id: UUID | None = None
