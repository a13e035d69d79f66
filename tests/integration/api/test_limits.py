"""Each limit of a request from both sides: what it still allows, and what it does not."""

import json
import random
from typing import Any

import httpx2
import pytest

from activities.catalogue import NODE_TYPES
from api.http.bodies import BODY_LIMIT, DEPTH_LIMIT, DOCUMENT_LIMIT, KEYS_LIMIT
from api.http.idempotency import KEY_LIMIT
from api.inbound.service import PAYLOAD_LIMIT
from api.resources import Resources
from api.workflows.compiler import COMPRESSED_LIMIT, examine
from interpreter.catalogue import Catalogue
from plait.starts import INPUT_LIMIT
from tests.integration.api.support import problem, save
from tests.support import poison
from tests.support.runs import a_run

AS_JSON = {"Content-Type": "application/json"}
RUN = "/api/v1/workflows/greeting/run"


def padded(value: Any, size: int) -> bytes:
    """The value as JSON of exactly so many bytes."""
    text = json.dumps(value).encode()
    return text + b" " * (size - len(text))


async def test_a_document_of_4_mib_is_taken_and_one_byte_more_is_not(client: httpx2.AsyncClient) -> None:
    send = "/api/v1/workflows/validate"
    for size, status in ((DOCUMENT_LIMIT, 200), (DOCUMENT_LIMIT + 1, 413)):
        answer = await client.post(send, content=padded(poison.chain("a", 1), size), headers=AS_JSON)
        assert answer.status_code == status


async def test_a_body_of_1_mib_is_taken_and_one_byte_more_is_not(client: httpx2.AsyncClient) -> None:
    await save(client)
    patch = {"If-Match": "*", **AS_JSON}
    for size, status in ((BODY_LIMIT, 200), (BODY_LIMIT + 1, 413)):
        answer = await client.patch(
            "/api/v1/workflows/greeting", content=padded({"name": "Greeting"}, size), headers=patch
        )
        assert answer.status_code == status


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


async def test_a_body_as_deep_as_may_be_is_taken_and_one_level_more_is_not(client: httpx2.AsyncClient) -> None:
    await client.post("/api/v1/workflows", json=poison.chain("greeting", 1))
    at_limit = await client.post(RUN, json={"input": nested(DEPTH_LIMIT - 1)})
    assert at_limit.status_code == 202, at_limit.text
    problem(await client.post(RUN, json={"input": nested(DEPTH_LIMIT)}), 400, "malformed_json")


async def test_an_object_of_10_000_keys_is_taken_and_one_more_is_not(client: httpx2.AsyncClient) -> None:
    await client.post("/api/v1/workflows", json=poison.chain("greeting", 1))
    many = {str(number): 1 for number in range(KEYS_LIMIT)}
    assert (await client.post(RUN, json={"input": many})).status_code == 202
    problem(await client.post(RUN, json={"input": {**many, "more": 1}}), 400, "malformed_json")


async def test_an_input_of_1_mib_with_its_defaults_is_taken_and_one_byte_more_is_not(
    client: httpx2.AsyncClient,
) -> None:
    room = 1_000
    default = {"type": "object", "properties": {"filled": {"default": "x" * room}}}
    await client.post("/api/v1/workflows", json=poison.document("greeting", [poison.transform("a")], input=default))
    empty = len(json.dumps({"filled": "x" * room, "said": ""}, separators=(",", ":")))
    for size, status in ((INPUT_LIMIT, 202), (INPUT_LIMIT + 1, 413)):
        answer = await client.post(RUN, json={"input": {"said": "y" * (size - empty)}})
        assert answer.status_code == status, answer.text[:500]


async def test_a_key_of_255_characters_is_taken_and_a_longer_one_is_not(client: httpx2.AsyncClient) -> None:
    await client.post("/api/v1/workflows", json=poison.chain("greeting", 1))
    for length, status in ((KEY_LIMIT, 202), (KEY_LIMIT + 1, 422)):
        answer = await client.post(RUN, json={}, headers={"Idempotency-Key": "k" * length})
        assert answer.status_code == status


@pytest.mark.parametrize(("address", "most"), [("/workflows", 200), ("/workflow_runs", 200), ("/gates", 200)])
async def test_a_page_of_200_is_given_and_a_larger_one_is_not(
    client: httpx2.AsyncClient, address: str, most: int
) -> None:
    for limit, status in ((most, 200), (most + 1, 422)):
        assert (await client.get(f"/api/v1{address}", params={"limit": limit})).status_code == status


async def test_a_page_of_1_000_events_is_given_and_a_larger_one_is_not(
    client: httpx2.AsyncClient, resources: Resources
) -> None:
    run_id = await a_run(resources.pool)
    for limit, status in ((1_000, 200), (1_001, 422)):
        answer = await client.get(f"/api/v1/workflow_runs/{run_id}/events", params={"limit": limit})
        assert answer.status_code == status


async def test_an_event_of_256_kib_is_taken_and_one_byte_more_is_not(
    client: httpx2.AsyncClient, resources: Resources
) -> None:
    run_id = await a_run(resources.pool)
    for size, status in ((PAYLOAD_LIMIT, 202), (PAYLOAD_LIMIT + 1, 413)):
        said = {"name": "payment", "payload": "x" * (size - 2)}
        assert (await client.post(f"/api/v1/workflow_runs/{run_id}/inbound_events", json=said)).status_code == status


def test_a_version_of_512_kib_compressed_is_taken_and_a_larger_one_is_not() -> None:
    noise = "".join(random.Random(1).choices("0123456789abcdef", k=1_200_000))
    catalogue = Catalogue(node_types=dict(NODE_TYPES))

    def codes(length: int) -> list[str]:
        source = json.dumps(poison.document("a", [poison.transform("a")], vars={"noise": noise[:length]})).encode()
        return [each.code for each in examine(source, "application/json", catalogue).problems]

    taken, refused = 0, len(noise)
    while refused - taken > 1:
        middle = (taken + refused) // 2
        taken, refused = (taken, middle) if codes(middle) else (middle, refused)
    assert (codes(taken), codes(refused)) == ([], ["document_too_large"])
    assert COMPRESSED_LIMIT * 1.7 < taken < COMPRESSED_LIMIT * 1.9  # hexadecimal digits say half a byte each
