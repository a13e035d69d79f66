"""One attempt to deliver a message to a webhook endpoint, written down however it went."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.sending import Message, send
from activities.services import Services
from plait.clock import now
from plait.endpoints.workflow import ATTEMPT, ATTEMPTS, DeliveryOrder
from plait.errors import NotFound
from plait.store import endpoint_deliveries as store
from plait.store.endpoint_deliveries import Outcome, Status
from plait.store.values import value_in

OUTPUT_BYTES = 64 * 1024
"""A larger output is told by its size alone."""


def attempting(services: Services) -> Callable[[DeliveryOrder], Awaitable[str]]:
    """The activity `plait.attempt_delivery`; says how the delivery stands if it is over, else fails to be tried again."""

    @activity.defn(name=ATTEMPT)
    async def attempt_delivery(order: DeliveryOrder) -> str:
        delivery, at = UUID(order.delivery_id), now()
        row = await store.load_delivery(services.pool, order.project, delivery, at)
        if row is None or row["status"] != "pending":
            return "deleted" if row is None else row["status"]
        if not row["enabled"]:
            await store.give_back(services.pool, order.project, delivery, at)
            return "failed"
        message = Message(order.delivery_id, row["kind"], row["url"], tuple(row["keys"]), row["body"])
        if row["with_output"]:
            message = await with_output(services, order.project, row, message)
        outcome = await send(services.egress, services.mail, message, int(at.timestamp()))
        status = status_after(outcome, activity.info().attempt)
        await store.record_attempt(services.pool, order.project, delivery, outcome, status, at)
        if status == "pending":
            raise ApplicationError(
                f"not delivered: {outcome.error}", type="NotDelivered", category=ApplicationErrorCategory.BENIGN
            )
        return status

    return attempt_delivery


def status_after(outcome: Outcome, attempt: int) -> Status:
    """What a delivery is after its attempt of this number."""
    if outcome.error is None:
        return "delivered"
    return "failed" if outcome.is_gone or attempt >= ATTEMPTS else "pending"


async def with_output(services: Services, project: str, row: Any, message: Message) -> Message:
    """The message with the run's output, null where that is too large or was deleted."""
    stored, output = value_in(row, "output"), None
    if stored is not None and stored.size <= OUTPUT_BYTES:
        try:
            output = await services.payloads.value(project, stored)
        except NotFound:
            output = None
    body = {**message.body, "data": {**message.body["data"], "output": output}}
    return Message(message.id, message.kind, message.url, message.keys, body)
