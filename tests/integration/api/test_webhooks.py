"""Webhooks that come in: who gets in, what it becomes, and that it counts once. Temporal is away."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from api.resources import Resources, open_resources
from plait.clock import now
from plait.endpoints.signing import signed_headers
from plait.settings import Settings
from tests.integration.api.support import problem, save
from tests.support.runs import a_run

TRIGGERS = "/api/v1/webhook_triggers"
SECRET = "shh"
GREET = {"workflow": "greeting", "input": {"name": "{{ body.who }}"}}


@pytest.fixture
async def resources(settings: Settings) -> AsyncIterator[Resources]:
    """An API with the variable PLAIT_SECRET_SENDER."""
    async with open_resources(settings, secrets={"SENDER": SECRET}) as resources:
        yield resources


@pytest.fixture
async def sender(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """Somebody outside, under another host's name."""
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://hooks.example") as client:
        yield client


async def make(client: httpx2.AsyncClient, **said: Any) -> dict[str, Any]:
    """A trigger, with its address and secret."""
    if "deliver" not in said:
        await save(client)
        said = {"start": GREET, **said}
    answer = await client.post(TRIGGERS, json={"name": "In", "verify": "standard", **said})
    assert answer.status_code == 201, answer.text
    return answer.json()


def path_of(trigger: dict[str, Any]) -> str:
    return "/api/v1/in/" + trigger["url"].rpartition("/")[2]


def standard(trigger: dict[str, Any], content: Any, identity: str = "msg_1", **said: str) -> dict[str, Any]:
    """A message signed as Standard Webhooks has it."""
    body = json.dumps(content).encode()
    signed = signed_headers([trigger["secret"]], identity, int(now().timestamp()), body)
    return {"content": body, "headers": {"Content-Type": "application/json", **signed, **said}}


async def log_of(client: httpx2.AsyncClient, trigger: dict[str, Any]) -> list[dict[str, Any]]:
    return (await client.get(f"{TRIGGERS}/{trigger['id']}/deliveries")).json()["items"]


async def test_a_signed_message_starts_a_run(client: httpx2.AsyncClient, sender: httpx2.AsyncClient) -> None:
    trigger = await make(client)
    answer = await sender.post(path_of(trigger), **standard(trigger, {"who": "Ana"}))
    assert (answer.status_code, answer.json()["result"]) == (202, "started"), answer.text
    run = (await client.get(f"/api/v1/workflow_runs/{answer.json()['run_id']}")).json()
    assert (run["input"], run["origin"]["kind"], run["origin"]["id"]) == ({"name": "Ana"}, "webhook", trigger["id"])
    assert run["started_by"] == {"type": "webhook", "id": trigger["id"], "name": "In"}
    (logged,) = await log_of(client, trigger)
    assert (logged["result"], logged["sender_id"], logged["run_id"]) == ("started", "msg_1", run["id"])


async def test_a_message_that_is_sent_again_at_once_and_later_is_one_run(
    client: httpx2.AsyncClient, sender: httpx2.AsyncClient, resources: Resources
) -> None:
    trigger = await make(client)
    message = standard(trigger, {"who": "Ana"})
    answers = await asyncio.gather(*(sender.post(path_of(trigger), **message) for _ in range(20)))
    answers.append(await sender.post(path_of(trigger), **message))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["run_id"] for answer in answers}) == 1
    assert [answer.json()["result"] for answer in answers].count("started") == 1
    assert await resources.pool.fetchval("select count(*) from workflow_runs") == 1


async def test_an_unsigned_message_is_refused_and_hears_nothing_of_why(
    client: httpx2.AsyncClient, sender: httpx2.AsyncClient, resources: Resources
) -> None:
    trigger = await make(client)
    good = standard(trigger, {"who": "Ana"})
    wrong = {"webhook-signature": "v1,AAAA"}
    old = signed_headers([trigger["secret"]], "msg_1", int(now().timestamp()) - 3600, good["content"])
    bad = [
        good | {"headers": good["headers"] | wrong},
        good | {"headers": good["headers"] | old},
        good | {"headers": {"Content-Type": "application/json"}},
        good | {"content": good["content"] + b" "},
        good | {"headers": good["headers"] | {"webhook-id": "msg_2"}},
    ]
    answers = [await sender.post(path_of(trigger), **message) for message in bad]
    assert {problem(answer, 401, "unauthenticated")["detail"] for answer in answers} == {
        "The message does not prove that it comes from whom it should."
    }
    assert await resources.pool.fetchval("select count(*) from workflow_runs") == 0
    assert {(each["result"], each["code"]) for each in await log_of(client, trigger)} == {
        ("refused", "unauthenticated")
    }


async def test_an_unknown_or_switched_off_address_is_no_address(
    client: httpx2.AsyncClient, sender: httpx2.AsyncClient
) -> None:
    trigger = await make(client)
    message = standard(trigger, {"who": "Ana"})
    off = await client.patch(f"{TRIGGERS}/{trigger['id']}", json={"enabled": False}, headers={"If-Match": "*"})
    assert off.json()["enabled"] is False
    unknown = await sender.post("/api/v1/in/" + "x" * 43, **message)
    assert (
        problem(await sender.post(path_of(trigger), **message), 404, "not_found")["detail"] == unknown.json()["detail"]
    )
    assert (await sender.get(path_of(trigger))).status_code in (400, 404, 405)


async def test_a_body_that_is_too_large_is_refused_before_it_is_read(
    client: httpx2.AsyncClient, sender: httpx2.AsyncClient
) -> None:
    trigger = await make(client)

    async def endless() -> AsyncIterator[bytes]:
        raise AssertionError("nobody reads it")
        yield b""

    headers = {"Content-Type": "application/json", "Content-Length": str(2 * 1024 * 1024)}
    answer = await sender.post(path_of(trigger), content=endless(), headers=headers)
    problem(answer, 413, "too_large")


async def test_content_and_its_type_have_to_agree(client: httpx2.AsyncClient, sender: httpx2.AsyncClient) -> None:
    trigger = await make(client, verify="token", secrets=["SENDER"])
    key = {"Authorization": f"Bearer {SECRET}"}
    for kind, body, status, code in (
        ("multipart/form-data; boundary=x", b"--x--", 415, "unsupported_media_type"),
        ("text/plain", b"{}", 415, "unsupported_media_type"),
        ("application/json", b"who=Ana", 400, "malformed_json"),
        ("application/json", b'{"who": "a", "who": "b"}', 400, "malformed_json"),
        ("application/x-www-form-urlencoded", b"\xff=1", 422, "request_invalid"),
        ("application/x-www-form-urlencoded", b"who=%00", 422, "request_invalid"),
    ):
        answer = await sender.post(path_of(trigger), content=body, headers=key | {"Content-Type": kind})
        problem(answer, status, code)


async def test_a_form_is_an_object_of_texts(client: httpx2.AsyncClient, sender: httpx2.AsyncClient) -> None:
    trigger = await make(client, verify="token", secrets=["SENDER"])
    headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/x-www-form-urlencoded"}
    for body in (b"who=Ana", b"payload=%7B%22who%22%3A%20%22Ana%22%7D"):
        answer = await sender.post(path_of(trigger), content=body, headers=headers)
        run = (await client.get(f"/api/v1/workflow_runs/{answer.json()['run_id']}")).json()
        assert run["input"] == {"name": "Ana"}


async def test_what_comes_in_is_never_read_as_a_template(
    client: httpx2.AsyncClient, sender: httpx2.AsyncClient
) -> None:
    trigger = await make(client)
    said = "{{ secrets.SENDER }} {{ body }} ${x}"
    answer = await sender.post(path_of(trigger), **standard(trigger, {"who": said}))
    run = (await client.get(f"/api/v1/workflow_runs/{answer.json()['run_id']}")).json()
    assert run["input"] == {"name": said}


async def test_the_sender_s_credentials_reach_no_input(client: httpx2.AsyncClient, sender: httpx2.AsyncClient) -> None:
    trigger = await make(
        client,
        verify={"scheme": "token", "header": "X-Key", "prefix": ""},
        secrets=["SENDER"],
        start=GREET | {"input": {"name": "{{ json(headers) }}"}},
    )
    headers = {"X-Key": SECRET, "Cookie": "a=secret-cookie", "Authorization": "Bearer secret-bearer", "X-Other": "seen"}
    answer = await sender.post(path_of(trigger), json={}, headers=headers)
    run = (await client.get(f"/api/v1/workflow_runs/{answer.json()['run_id']}")).json()
    assert "seen" in run["input"]["name"]
    assert SECRET not in run["input"]["name"]
    assert "secret-" not in run["input"]["name"]
    assert SECRET not in (await client.get(f"{TRIGGERS}/{trigger['id']}/deliveries")).text


async def test_only_messages_that_count_start_runs(client: httpx2.AsyncClient, sender: httpx2.AsyncClient) -> None:
    trigger = await make(client, when='body.action == "opened"')
    ignored = await sender.post(path_of(trigger), **standard(trigger, {"action": "closed"}, "msg_1"))
    assert ignored.json() == {"result": "ignored", "run_id": None, "event_id": None}
    started = await sender.post(path_of(trigger), **standard(trigger, {"action": "opened", "who": "Ana"}, "msg_2"))
    assert started.json()["result"] == "started"
    broken = problem(await sender.post(path_of(trigger), **standard(trigger, {"who": 1}, "m")), 422, "request_invalid")
    assert broken["errors"][0]["pointer"] == "/when"


async def test_github_s_ping_and_slack_s_challenge_are_answered(
    client: httpx2.AsyncClient, sender: httpx2.AsyncClient, resources: Resources
) -> None:
    github = await make(client, verify="github", secrets=["SENDER"])
    body = b'{"zen": "Keep it logically awesome."}'
    signed = {"X-Hub-Signature-256": "sha256=" + hmac.digest(SECRET.encode(), body, hashlib.sha256).hex()}
    headers = {"Content-Type": "application/json", "X-GitHub-Event": "ping", **signed}
    assert (await sender.post(path_of(github), content=body, headers=headers)).status_code == 200
    made = await client.post(
        TRIGGERS, json={"name": "Slack", "verify": "slack", "secrets": ["SENDER"], "start": GREET, "respond": "empty"}
    )
    body, moment = b'{"type": "url_verification", "challenge": "3eZbrw1a"}', str(int(now().timestamp()))
    mac = hmac.digest(SECRET.encode(), f"v0:{moment}:".encode() + body, hashlib.sha256).hex()
    headers = {
        "Content-Type": "application/json", "X-Slack-Request-Timestamp": moment, "X-Slack-Signature": f"v0={mac}"
    }  # fmt: skip
    answer = await sender.post(path_of(made.json()), content=body, headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"challenge": "3eZbrw1a"})
    assert await resources.pool.fetchval("select count(*) from workflow_runs") == 0


async def test_a_replaced_secret_holds_on_beside_the_new_one(
    client: httpx2.AsyncClient, sender: httpx2.AsyncClient, resources: Resources
) -> None:
    trigger = await make(client)
    rotated = (await client.post(f"{TRIGGERS}/{trigger['id']}/rotate")).json()
    for place, secret in enumerate((trigger["secret"], rotated["secret"])):
        message = standard(trigger | {"secret": secret}, {"who": "Ana"}, f"msg_{place}")
        assert (await sender.post(path_of(trigger), **message)).status_code == 202
    await resources.pool.execute(
        "update webhook_triggers set secrets = jsonb_set(secrets, '{0,until}', '\"2020-01-01T00:00:00Z\"')"
    )
    refused = await sender.post(path_of(trigger), **standard(trigger, {"who": "Ana"}, "msg_3"))
    problem(refused, 401, "unauthenticated")


async def test_neither_address_nor_secret_is_told_again(client: httpx2.AsyncClient, resources: Resources) -> None:
    trigger = await make(client)
    token, secret = trigger["url"].rpartition("/")[2], trigger["secret"]
    assert base64.b64decode(secret.removeprefix("whsec_"))
    for address in (TRIGGERS, f"{TRIGGERS}/{trigger['id']}", f"{TRIGGERS}/{trigger['id']}/deliveries"):
        shown = (await client.get(address)).text
        assert token not in shown
        assert secret not in shown
    stored = await resources.pool.fetchval("select token_hash from webhook_triggers")
    assert stored == hashlib.sha256(token.encode()).hexdigest()


async def test_what_cannot_be_is_refused_with_the_field(client: httpx2.AsyncClient) -> None:
    await save(client)
    for said, pointer in (
        ({"verify": "nothing"}, "/verify"),
        ({"verify": {"scheme": "hmac"}}, "/verify/header"),
        ({"secrets": ["NOBODY"]}, "/secrets/0"),
        ({"start": GREET | {"input": "{{ inptu.x }}"}}, "/start/input"),
        ({"when": "body."}, "/when"),
        ({"when": "1 + 1"}, "/when"),
        ({"delivery_id": "nodes.x"}, "/delivery_id"),
    ):
        answer = await client.post(TRIGGERS, json={"name": "In", "verify": "standard", "start": GREET} | said)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["pointer"] == pointer, answer.json()
    for said, message in (
        ({"deliver": {"name": "paid"}}, "say either"),
        ({"verify": "stripe"}, "stripe makes the secret itself"),
    ):
        answer = await client.post(TRIGGERS, json={"name": "In", "verify": "standard", "start": GREET} | said)
        assert message in problem(answer, 422, "request_invalid")["errors"][0]["message"]


async def test_a_change_keeps_what_it_does_not_name(client: httpx2.AsyncClient) -> None:
    trigger = await make(client, when="true")
    address = f"{TRIGGERS}/{trigger['id']}"
    etag = (await client.get(address)).headers["etag"]
    changed = await client.patch(address, json={"deliver": {"name": "paid"}, "when": None}, headers={"If-Match": etag})
    shown = changed.json()
    assert (shown["start"], shown["deliver"]["name"], shown["when"]) == (None, "paid", None)
    assert shown["verify"] == {"scheme": "standard"}
    problem(await client.patch(address, json={"name": "x"}, headers={"If-Match": etag}), 412, "stale")
    assert (await client.delete(address)).status_code == 204
    problem(await client.get(address), 404, "not_found")


async def test_a_message_may_be_an_event_and_waits_for_a_run(
    client: httpx2.AsyncClient, sender: httpx2.AsyncClient, resources: Resources
) -> None:
    trigger = await make(client, deliver={"name": "paid", "key": "{{ body.order }}", "payload": "{{ body.sum }}"})
    message = standard(trigger, {"order": 7, "sum": 12})
    first, again = [(await sender.post(path_of(trigger), **message)).json() for _ in range(2)]
    assert (first["result"], again["result"], again["event_id"]) == ("delivered", "repeated", first["event_id"])
    (kept,) = await resources.pool.fetch("select name, key, payload, run_ids from mailbox_events")
    assert tuple(kept) == ("paid", "7", 12, [])
    assert await a_run(resources.pool)
