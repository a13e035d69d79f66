"""Documents that cannot be are refused with a reason each, and nothing else is disturbed."""

import asyncio
import json
from typing import Any

import httpx2
import pytest

from tests.integration.api.support import a_document, problem, save

AS_YAML = {"Content-Type": "application/yaml"}
AS_JSON = {"Content-Type": "application/json"}


def a_chain(length: int) -> dict[str, Any]:
    nodes = [{"id": f"n{n}", "type": "transform", "with": {"value": "x"}} for n in range(length)]
    edges = [{"from": f"n{n}", "to": f"n{n + 1}"} for n in range(length - 1)]
    return a_document(nodes=nodes, edges=edges, output=None)


async def refused(client: httpx2.AsyncClient, source: bytes, headers: dict[str, str]) -> list[dict[str, Any]]:
    return problem(await client.post("/api/v1/workflows", content=source, headers=headers), 422, "workflow_invalid")[
        "errors"
    ]


async def test_10_000_nodes_are_taken_and_10_001_are_not(client: httpx2.AsyncClient) -> None:
    taken = await client.post("/api/v1/workflows/validate", json=a_chain(10_000))
    assert taken.json()["problems"] == []
    assert await refused(client, json.dumps(a_chain(10_001)).encode(), AS_JSON)


async def test_others_are_answered_while_a_large_document_is_compiled(client: httpx2.AsyncClient) -> None:
    large = asyncio.create_task(client.post("/api/v1/workflows/validate", json=a_chain(5000)))
    await asyncio.sleep(0.1)
    assert (await client.get("/healthz")).status_code == 200
    assert not large.done()
    assert (await large).json()["valid"] is True


@pytest.mark.parametrize(
    "source",
    [
        b"plait: 1\nslug: a\nslug: b\n",
        b"plait: 1\nslug: &a x\nname: *a\n",
        b"plait: 1\nslug: !!python/object:os.system x\n",
        b"plait: 1\n---\nplait: 1\n",
        b"plait: 1\nslug: [" * 200,
        b"\xff\xfe",
        b"",
        b"[" * 200,
        b"plait: 1\nslug: a b\nnodes: []\n",
    ],
)
async def test_yaml_that_is_no_document_is_refused(client: httpx2.AsyncClient, source: bytes) -> None:
    for each in await refused(client, source, AS_YAML):
        assert each["message"]


@pytest.mark.parametrize(
    "source",
    [
        b'{"plait": 1, "slug": "a", "slug": "b"}',
        b'{"plait": NaN}',
        b'{"plait": 1, "slug": "a", "name": "\\ud800"}',
        b'{"plait": 1, "slug": "a", "name": "\\u0000"}',
        b"[" * 200 + b"]" * 200,
        b"[" * 1_000_000,
        b'{"plait": 1, "slug": "a b", "nodes": []}',
        b"null",
        b"",
    ],
)
async def test_json_that_is_no_document_is_refused(client: httpx2.AsyncClient, source: bytes) -> None:
    for each in await refused(client, source, AS_JSON):
        assert each["message"]


async def test_a_document_that_compresses_badly_is_refused_over_its_limit(client: httpx2.AsyncClient) -> None:
    import random

    noise = "".join(random.Random(1).choices("0123456789abcdef", k=1_600_000))
    document = a_document(vars={"noise": noise})
    assert await refused(client, json.dumps(document).encode(), AS_JSON)


async def test_what_was_refused_leaves_nothing_behind(client: httpx2.AsyncClient) -> None:
    await refused(client, b"{}", AS_JSON)
    await save(client)
    assert [each["slug"] for each in (await client.get("/api/v1/workflows")).json()["items"]] == ["greeting"]
