"""The open door: a message comes in, proves whose it is, and starts a run or is an event.

Nobody is answered before what the message leads to is a row. The sender's id makes it one, however often
and at whatever moment it is sent again.
"""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID, uuid5

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from pydantic import TypeAdapter, ValidationError

from api.http.bodies import media_type_of, parse_json, read_body, refuse_text, require_media_type
from api.http.errors import Refusal
from api.inbound.mailbox import mail_event
from api.inbound.schemas import SendEvent
from api.resources import Resources
from api.runs.start import current_trace, start_wanted
from api.webhooks.greetings import greeting_of
from api.webhooks.schemas import Received
from api.webhooks.service import live_secrets, token_hash
from plait.auth import Actor, Caller
from plait.clock import new_id, now
from plait.errors import Invalid, NotFound, PlaitError
from plait.starts import Wanted
from plait.store import webhooks as store
from plait.store.webhooks import Delivery
from plait.webhooks.mapping import Made, make
from plait.webhooks.schemes import AnyScheme, Token
from plait.webhooks.verify import verified

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
MAKE_SECONDS = 1.0
MESSAGE = 1_000
FIELDS = 1_000
SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie"})
"""No template reads them, so that no run's input holds them."""
SCHEMES: TypeAdapter[AnyScheme] = TypeAdapter(AnyScheme)


@dataclass(frozen=True, slots=True)
class Trigger:
    """The trigger that a message came to, and in whose name it acts."""

    row: Any
    scheme: AnyScheme
    caller: Caller

    @property
    def id(self) -> UUID:
        return self.row["id"]


async def receive(held: Resources, token: str, request: Request) -> Response:
    """Take a message. What becomes of it stands in the trigger's log, whatever it is."""
    trigger = await find(held, token)
    body = await read_body(request)
    kept = Delivery(
        new_id(), trigger.row["project"], trigger.id, now(), "refused", len(body), media_type_of(request)[:100] or None
    )
    try:
        kept, answer = await take(held, trigger, kept, request, body)
    except PlaitError as error:
        await store.note_delivery(held.pool, replace(kept, code=error.code, message=str(error)[:MESSAGE]))
        raise
    await store.note_delivery(held.pool, kept)
    return answer


async def find(held: Resources, token: str) -> Trigger:
    """The trigger with this token. One that is switched off is as one that is not there."""
    row = await store.find_by_token(held.pool, token_hash(token))
    if row is None:
        raise NotFound("There is nothing at this address.")
    actor = Actor("webhook", str(row["id"]), row["name"])
    return Trigger(row, SCHEMES.validate_python(row["verify"]), Caller(actor, row["project"], frozenset()))


async def take(
    held: Resources, trigger: Trigger, kept: Delivery, request: Request, body: bytes
) -> tuple[Delivery, Response]:
    """What becomes of a message, for the log and for its sender."""
    if not verified(trigger.scheme, secrets_of(held, trigger), dict(request.headers), body, now()):
        raise Refusal("unauthenticated", "The message does not prove that it comes from whom it should.")
    content = parse(request, body)
    if (greeting := greeting_of(trigger.scheme, dict(request.headers), content)) is not None:
        return replace(kept, result="greeted"), greeting
    row, names = trigger.row, names_of(trigger, request, content)
    made = await held.computer.compute(
        MAKE_SECONDS, make, trigger.scheme, row["when"], row["delivery_id"], row["action"], names
    )
    received = await act(held, trigger, made)
    done = replace(
        kept, result=received.result, sender_id=made.sender_id, run_id=received.run_id, event_id=received.event_id
    )
    return done, answer_of(row["respond"], received)


def secrets_of(held: Resources, trigger: Trigger) -> list[str]:
    """Those that may have signed: the API's own by their names, or the ones that were made here."""
    named = [held.secrets[name] for name in trigger.row["secret_names"] if name in held.secrets]
    return named or [each["secret"] for each in live_secrets(trigger.row, now())]


def parse(request: Request, body: bytes) -> Any:
    """The content: strict JSON, or a form as an object of texts. A form's field `payload` that holds JSON is that."""
    if require_media_type(request, JSON, FORM) == JSON:
        return parse_json(body)
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=FIELDS)
    except ValueError:
        raise Refusal("request_invalid", f"The body is no form of at most {FIELDS} fields in UTF-8.") from None
    found = dict(pairs)
    for text in (*found, *found.values()):
        refuse_text(text, ())
    if found.keys() == {"payload"} and found["payload"].startswith("{"):
        return parse_json(found["payload"].encode())
    return found


def names_of(trigger: Trigger, request: Request, content: Any) -> dict[str, Any]:
    """What templates may read: data, which is never read as a template itself."""
    hidden = SECRET_HEADERS | ({trigger.scheme.header.lower()} if isinstance(trigger.scheme, Token) else set())
    headers = {name: value for name, value in request.headers.items() if name not in hidden}
    return {"body": content, "headers": headers, "query": dict(request.query_params)}


async def act(held: Resources, trigger: Trigger, made: Made) -> Received:
    """Start the run, or deliver the event."""
    if not made.counts:
        return Received(result="ignored")
    if "start" in trigger.row["action"]:
        return await start(held, trigger, made)
    sender_id = None if made.sender_id is None else str(uuid5(trigger.id, made.sender_id))
    try:
        event = SendEvent.model_validate({**made.action, "id": sender_id})
    except ValidationError as error:
        raise Invalid("The message makes no event: a name has 1 to 200 characters, a key at most 255.") from error
    mailed, repeated = await mail_event(held, new_id(), event, trigger.caller)
    return Received(result="repeated" if repeated else "delivered", event_id=mailed.id)


async def start(held: Resources, trigger: Trigger, made: Made) -> Received:
    """The run of this message."""
    said = made.action
    wanted = Wanted(
        project=trigger.row["project"],
        workflow=str(trigger.row["workflow_id"]),
        input=said["input"],
        by=trigger.caller.actor,
        origin={"kind": "webhook", "run_id": None, "node": None, "id": str(trigger.id)},
        version=said["version"],
        environment=said["environment"],
        key=said["key"],
        idempotency_key=None if made.sender_id is None else f"webhook:{trigger.id}:{made.sender_id}",
        tags=said["tags"],
        traceparent=current_trace(),
    )
    started = await start_wanted(held, wanted, said["on_conflict"], trigger.caller)
    return Received(result="repeated" if started.replayed else "started", run_id=started.run_id)


def answer_of(respond: str, received: Received) -> Response:
    """What the sender hears."""
    if respond == "empty":
        return Response(status_code=200)
    return JSONResponse(received.model_dump(mode="json"), 202)
