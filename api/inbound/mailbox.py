"""Events for whoever waits for them: a row in the project's mailbox, then one in each run that listens."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from api.http.errors import Refusal
from api.inbound.schemas import MailedEvent, SendEvent
from api.inbound.service import RETRY_SECONDS, refuse_size
from api.resources import Resources
from plait.auth import Caller
from plait.clock import now
from plait.starts import files_in
from plait.store import mailbox as store
from plait.store.mailbox import AT_ONCE, MailboxFull, NewMail
from plait.store.values import encode

KEPT = timedelta(hours=24)


async def mail_event(held: Resources, event: UUID, order: SendEvent, caller: Caller) -> tuple[MailedEvent, bool]:
    """Record an event and give it to every run that waits for it; what none waits for is kept for the first that
    does. The same one again is answered as it stands; then the second is True.
    """
    refuse_size(order.payload)
    at = now()
    new = NewMail(
        id=event,
        project=caller.project,
        sender_id=order.id,
        name=order.name,
        key=order.key,
        payload=order.payload,
        size=len(encode(order.payload)),
        by=caller.actor.json(),
        at=at,
        until=at + KEPT,
        files=files_in(order.payload),
    )
    repeated = False
    row = await store.insert_mail(held.pool, new)
    if isinstance(row, MailboxFull):
        message = f"{row.events} events with {row.bytes} bytes wait in the project already. Send this one again later."
        raise Refusal("quota_exceeded", message, headers={"Retry-After": str(RETRY_SECONDS)})
    if row is None:
        row, repeated = await store.find_mail(held.pool, new.project, new.sender_id, new.id), True
        assert row is not None
    given = await hand_out(held, row, AT_ONCE)
    return view_of(row, given or row["run_ids"]), repeated


async def hand_out(held: Resources, row: Any, most: int) -> list[UUID]:
    """Give an event of the mailbox to runs that wait for it, and tell them; whom it went to."""
    stored = await held.payloads.store(row["project"], row["payload"])
    given = await store.hand_out(held.pool, row["id"], stored, now(), most)
    for run_id, event in given:
        held.deliveries.event(run_id, event)
    return [run_id for run_id, _ in given]


async def sweep_mailbox(held: Resources) -> None:
    """Give what waits to the first run that listens for it by now."""
    for mail in await store.list_wanted(held.pool, now()):
        if (row := await store.read_mail(held.pool, mail)) is not None:
            await hand_out(held, row, 1)


def view_of(row: Any, runs: list[UUID]) -> MailedEvent:
    """An event as it is shown, without its payload."""
    told = ("id", "sender_id", "name", "key", "by", "at", "until")
    status = "delivered" if runs else "waiting"
    return MailedEvent.model_validate(
        {name: row[name] for name in told} | {"size": row["payload_size"], "status": status, "run_ids": list(runs)}
    )
