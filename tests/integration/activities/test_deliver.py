"""One attempt to tell a webhook endpoint: what it is sent, and what is written down of how that went."""

import dataclasses
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx2
import pytest
from standardwebhooks import Webhook
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.deliver import attempting
from activities.sending import ANSWER_BYTES, MailServer, Message, send
from activities.services import Services
from plait.clock import now
from plait.egress import open_egress
from plait.endpoints.notice import body_of_test
from plait.endpoints.signing import new_secret
from plait.endpoints.workflow import ATTEMPTS, DeliveryOrder
from plait.store import endpoints
from tests.support.endpoints import an_ended_run, an_endpoint, deliveries_of, feed_all
from tests.support.http_server import HttpServer
from tests.support.mail import MailSink
from tests.support.runs import PROJECT

MESSAGE = Message("an-id", "http", "", (new_secret(),), body_of_test("2026-11-21T09:12:00.000000Z"))


@pytest.fixture
async def egress(http_server: HttpServer) -> AsyncIterator[httpx2.AsyncClient]:
    async with open_egress(http_server.address) as client:
        yield client


@pytest.fixture
def reaching(services: Services, egress: httpx2.AsyncClient, mail_sink: MailSink) -> Services:
    """Services that reach the test's own servers."""
    services.egress, services.mail = egress, MailServer(mail_sink.url, "plait@example.com")
    return services


async def attempt(services: Services, delivery: UUID, number: int = 1) -> str:
    """What the activity says; a wish to be tried again as `pending`."""
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(environment.info, attempt=number)
    try:
        return await environment.run(attempting(services), DeliveryOrder(PROJECT, str(delivery)))
    except ApplicationError as error:
        if error.type != "NotDelivered":
            raise
        return "pending"


async def told_of_an_end(services: Services, url: str, output: Any = None, **said: Any) -> tuple[UUID, UUID]:
    """An endpoint and the one delivery that it has."""
    endpoint = await an_endpoint(services.pool, url, **said)
    await an_ended_run(services.pool, services.recorder, output=output)
    await feed_all(services.pool)
    return endpoint, (await deliveries_of(services.pool, endpoint))[0]["id"]


async def attempts_of(services: Services, endpoint: UUID) -> list[dict[str, Any]]:
    return (await deliveries_of(services.pool, endpoint))[0]["attempts"]


async def test_a_message_is_signed_so_that_the_receiver_can_verify_it(
    reaching: Services, http_server: HttpServer
) -> None:
    secret = new_secret()
    endpoint, delivery = await told_of_an_end(reaching, f"{http_server.url}/echo", secret=secret)
    assert await attempt(reaching, delivery) == "delivered"
    (seen,) = http_server.seen
    body = Webhook(secret).verify(seen.body, seen.headers)
    assert body["type"] == "workflow.run.completed"
    assert "output" not in body["data"]
    assert (seen.method, seen.headers["webhook-id"]) == ("POST", str(delivery))
    (said,) = await attempts_of(reaching, endpoint)
    assert (said["status_code"], said["error"]) == (200, None)
    assert said["response"].startswith('{"method": "POST"')


async def test_while_the_secret_changes_either_of_the_two_verifies(reaching: Services, http_server: HttpServer) -> None:
    old, new = new_secret(), new_secret()
    endpoint, delivery = await told_of_an_end(reaching, f"{http_server.url}/fails/1", secret=old)
    await endpoints.rotate(reaching.pool, PROJECT, endpoint, new, now())
    await reaching.pool.execute("update webhook_endpoints set old_secret_until = now() + interval '1 day'")
    assert await attempt(reaching, delivery) == "pending"
    await reaching.pool.execute("update webhook_endpoints set old_secret_until = now()")
    assert await attempt(reaching, delivery, 2) == "delivered"
    first, second = http_server.seen
    assert Webhook(old).verify(first.body, first.headers) == Webhook(new).verify(first.body, first.headers)
    assert len(second.headers["webhook-signature"].split()) == 1
    assert Webhook(new).verify(second.body, second.headers)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


async def test_a_refusal_is_written_down_and_tried_again(reaching: Services, http_server: HttpServer) -> None:
    endpoint, delivery = await told_of_an_end(reaching, f"{http_server.url}/status/503")
    assert await attempt(reaching, delivery) == "pending"
    (row,) = await deliveries_of(reaching.pool, endpoint)
    assert row["status"] == "pending"
    assert row["attempts"][0]["error"] == "HTTP 503"
    assert await attempt(reaching, delivery, ATTEMPTS) == "failed"
    assert (await deliveries_of(reaching.pool, endpoint))[0]["completed_at"] is not None


async def test_an_endpoint_that_is_gone_is_asked_once(reaching: Services, http_server: HttpServer) -> None:
    endpoint, delivery = await told_of_an_end(reaching, f"{http_server.url}/status/410")
    assert await attempt(reaching, delivery) == "failed"
    row = await endpoints.read_endpoint(reaching.pool, PROJECT, endpoint)
    assert row is not None
    assert (row["enabled"], row["disabled_reason"]) == (False, "gone")


async def test_a_disabled_endpoint_is_sent_nothing(reaching: Services, http_server: HttpServer) -> None:
    endpoint, delivery = await told_of_an_end(reaching, f"{http_server.url}/echo")
    await reaching.pool.execute("update webhook_endpoints set enabled = false")
    assert await attempt(reaching, delivery) == "failed"
    assert http_server.seen == []
    assert await attempts_of(reaching, endpoint) == []


async def test_what_is_over_or_deleted_is_not_sent_again(reaching: Services, http_server: HttpServer) -> None:
    endpoint, delivery = await told_of_an_end(reaching, f"{http_server.url}/echo")
    await attempt(reaching, delivery)
    assert await attempt(reaching, delivery) == "delivered"
    await endpoints.delete_endpoint(reaching.pool, PROJECT, endpoint)
    assert await attempt(reaching, delivery) == "deleted"
    assert len(http_server.seen) == 1


async def test_an_output_is_sent_where_it_was_asked_for(reaching: Services, http_server: HttpServer) -> None:
    _, delivery = await told_of_an_end(reaching, f"{http_server.url}/echo", output={"total": 12}, include=["output"])
    assert await attempt(reaching, delivery) == "delivered"
    assert json.loads(http_server.seen[0].body)["data"]["output"] == {"total": 12}


async def test_of_a_deleted_run_the_output_is_null(reaching: Services, http_server: HttpServer) -> None:
    _, delivery = await told_of_an_end(reaching, f"{http_server.url}/echo", output={"total": 12}, include=["output"])
    await reaching.pool.execute("delete from workflow_runs")
    assert await attempt(reaching, delivery) == "delivered"
    assert json.loads(http_server.seen[0].body)["data"]["output"] is None


async def test_a_redirect_is_not_followed(egress: httpx2.AsyncClient, http_server: HttpServer) -> None:
    to = f"{http_server.url}/redirect?to={http_server.url}/echo"
    outcome = await send(egress, None, dataclasses.replace(MESSAGE, url=to), 0)
    assert (outcome.status_code, outcome.error) == (302, "HTTP 302, and redirects are not followed")
    assert [seen.path for seen in http_server.seen] == ["/redirect"]


async def test_an_endpoint_that_is_slow_is_given_up_in_time(
    egress: httpx2.AsyncClient, http_server: HttpServer
) -> None:
    slow = dataclasses.replace(MESSAGE, url=f"{http_server.url}/slow/5")
    outcome = await send(egress, None, slow, 0, seconds=0.2)
    assert (outcome.status_code, outcome.error) == (None, "no answer within 0.2 s")
    assert 200 <= outcome.duration_ms < 2000


async def test_of_a_long_answer_the_beginning_is_read(egress: httpx2.AsyncClient, http_server: HttpServer) -> None:
    outcome = await send(egress, None, dataclasses.replace(MESSAGE, url=f"{http_server.url}/huge/20"), 0)
    assert outcome.answer == "x" * ANSWER_BYTES


async def test_a_private_address_is_refused_and_a_dead_one_is_an_error(http_server: HttpServer) -> None:
    async with open_egress() as strict:
        outcome = await send(strict, None, dataclasses.replace(MESSAGE, url=f"{http_server.url}/echo"), 0)
    assert outcome.error is not None
    assert "is not a public address" in outcome.error
    assert http_server.seen == []
    async with open_egress("127.0.0.1:9") as client:
        outcome = await send(client, None, dataclasses.replace(MESSAGE, url="http://127.0.0.1:9/"), 0)
    assert outcome.error == "ConnectError: the connection failed"


async def test_a_chat_gets_one_sentence(reaching: Services, http_server: HttpServer) -> None:
    _, delivery = await told_of_an_end(reaching, f"{http_server.url}/echo", kind="slack")
    assert await attempt(reaching, delivery) == "delivered"
    (seen,) = http_server.seen
    assert json.loads(seen.body)["text"].startswith("test: run completed (run ")
    assert "webhook-signature" not in seen.headers


async def test_mail_says_it_in_its_subject(reaching: Services, mail_sink: MailSink) -> None:
    endpoint, delivery = await told_of_an_end(reaching, "mailto:ops@example.com", kind="email")
    assert await attempt(reaching, delivery) == "delivered"
    (mail,) = mail_sink.took
    assert (mail["To"], mail["From"], mail["Message-ID"]) == (
        "ops@example.com",
        "plait@example.com",
        f"<{delivery}@plait>",
    )
    assert mail["Subject"].startswith("test: run completed")
    assert (await attempts_of(reaching, endpoint))[0]["error"] is None


async def test_what_people_wrote_neither_breaks_a_mail_nor_calls_a_whole_chat(
    egress: httpx2.AsyncClient, http_server: HttpServer, mail_sink: MailSink
) -> None:
    data = {"title": "Pay?\nBcc: all@example.com <!channel>", "workflow": {"name": "Order"}, "run_id": "r"}
    body = {"type": "workflow.gate.opened", "timestamp": "", "data": {**data, "path": "a", "outcome": None}}
    mail = dataclasses.replace(MESSAGE, kind="email", url="mailto:ops@example.com", body=body)
    assert (await send(egress, MailServer(mail_sink.url, "plait@example.com"), mail, 0)).error is None
    assert mail_sink.took[0]["Bcc"] is None
    chat = dataclasses.replace(MESSAGE, kind="slack", url=f"{http_server.url}/echo", body=body)
    await send(egress, None, chat, 0)
    assert "&lt;!channel&gt;" in json.loads(http_server.seen[0].body)["text"]


async def test_mail_that_is_refused_is_tried_again(reaching: Services, mail_sink: MailSink) -> None:
    mail_sink.refuses = True
    endpoint, delivery = await told_of_an_end(reaching, "mailto:nobody@example.com", kind="email")
    assert await attempt(reaching, delivery) == "pending"
    assert "the mail server did not take it" in (await attempts_of(reaching, endpoint))[0]["error"]
    reaching.mail = None
    assert await attempt(reaching, delivery) == "pending"
    assert "PLAIT_SMTP_URL" in (await attempts_of(reaching, endpoint))[1]["error"]


async def test_a_password_is_told_over_tls_alone(reaching: Services, mail_sink: MailSink) -> None:
    reaching.mail = MailServer(mail_sink.url.replace("//", "//ann:secret@"), "plait@example.com")
    endpoint, delivery = await told_of_an_end(reaching, "mailto:ops@example.com", kind="email")
    assert await attempt(reaching, delivery) == "pending"
    assert mail_sink.took == []
    assert "secret" not in str(await attempts_of(reaching, endpoint))
