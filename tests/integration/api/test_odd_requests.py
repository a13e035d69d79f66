"""Requests about runs, events and gates that no client of ours would send: a problem each, never a 500."""

import httpx2
import pytest

from tests.integration.api.support import save

RUN = "/api/v1/workflow_runs"
NOBODY = "00000000-0000-7000-8000-000000000000"

ODD = [
    f"{RUN}?key=%00",
    f"{RUN}?q=%00%25",
    f"{RUN}?tag=%00",
    f"{RUN}?metadata.%00=1",
    f"{RUN}?metadata.=1",
    f"{RUN}?metadata.a=%00",
    f"{RUN}?created_after=2026-01-01T00:00:00",
    f"{RUN}?created_after=0001-01-01T00:00:00%2B14:00",
    f"{RUN}?version=99999999999",
    f"{RUN}?limit=0",
    f"{RUN}?cursor=%00",
    f"{RUN}?cursor=WyJhIiwxLDJd",
    f"{RUN}?workflow=%00",
    f"{RUN}/not-an-id",
    f"{RUN}/{{run}}/nodes/%00",
    f"{RUN}/{{run}}/nodes?cursor=WyJhIiwxLDJd",
    f"{RUN}/{{run}}/graph?at_seq=-1",
    f"{RUN}/{{run}}/events?after=99999999999999999999",
    f"{RUN}/{{run}}/events?types=%00",
    f"{RUN}/{{run}}/events?path=%00",
    f"{RUN}/{{run}}/events?wait=1e999",
    "/api/v1/workflows/%00/runs",
    "/api/v1/gates?workflow=%00",
    "/api/v1/gates?status=%00",
    "/api/v1/gates?decided_by=%00",
    "/api/v1/gates?due_before=0001-01-01T00:00:00%2B14:00",
    "/api/v1/gates?cursor=WyIiLCIiLCIiXQ",
    f"/api/v1/gates/{NOBODY}",
]


@pytest.fixture
async def run(client: httpx2.AsyncClient) -> str:
    await save(client)
    answer = await client.post("/api/v1/workflows/greeting/run", json={"input": {"name": "Ana"}})
    return answer.json()["id"]


@pytest.mark.parametrize("address", ODD)
async def test_an_odd_read_is_answered_without_a_failure(client: httpx2.AsyncClient, run: str, address: str) -> None:
    answer = await client.get(address.replace("{run}", run))
    assert answer.status_code < 500, answer.text
    assert answer.status_code < 300 or answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("last", ["x", "-1", "9" * 30, "1.5", ""])
async def test_an_odd_last_event_id_is_answered_without_a_failure(
    client: httpx2.AsyncClient, run: str, last: str
) -> None:
    headers = {"Accept": "text/event-stream", "Last-Event-ID": last}
    answer = await client.get(f"{RUN}/{run}/events", headers=headers)
    assert answer.json()["code"] == "request_invalid"


@pytest.mark.parametrize(
    "body",
    [
        {"key": "\x00"},
        {"tags": ["\x00"]},
        {"tags": ["a"] * 51},
        {"metadata": {"a": {"b": 1}}},
        {"metadata": {"a": 10**30}},
        {"environment": "Not One"},
        {"version": 10**20},
        {"version": True},
        {"priority": 9},
        {"start": "never"},
        {"unknown": 1},
        {"input": None},
        [],
        7,
    ],
)
async def test_an_odd_start_is_refused_with_a_problem(client: httpx2.AsyncClient, run: str, body: object) -> None:
    answer = await client.post("/api/v1/workflows/greeting/run", json=body)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
