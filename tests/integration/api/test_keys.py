"""Runs, streams and gates behind a key."""

import pytest
import websockets
from httpx2 import AsyncClient
from websockets.asyncio.client import connect

from tests.integration.api.test_running import GATED, the_gate
from tests.support.live import Live

UNKNOWN = "/api/v1/ws/workflow_runs/00000000-0000-7000-8000-000000000000"


@pytest.fixture
def api_key() -> str:
    return "secret"


async def test_a_websocket_without_the_key_is_refused_before_it_opens(idle: Live) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with connect(f"ws://127.0.0.1:{idle.port}{UNKNOWN}"):
            pass
    assert refused.value.response.status_code == 401


async def test_a_stream_without_the_key_is_refused(idle: Live) -> None:
    async with AsyncClient(base_url=f"http://127.0.0.1:{idle.port}") as stranger:
        address = f"/api/v1/workflow_runs/{UNKNOWN[-36:]}/events"
        answer = await stranger.get(address, headers={"Accept": "text/event-stream"})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


async def test_the_key_decides_gates_of_groups_and_no_persons_own(live: Live) -> None:
    await live.save("gated", *GATED)
    run = await live.start("gated", wait=20, until="blocked")
    answer = await live.client.post(
        f"/api/v1/gates/{(await the_gate(live, run))['id']}/decisions", json={"decision": "approved"}
    )
    assert (answer.status_code, answer.json()["votes"][0]["by"]["type"]) == (200, "key")
    personal = GATED[0][0] | {"with": GATED[0][0]["with"] | {"approvers": ["user:ana"]}}
    await live.save("personal", [personal, GATED[0][1]], GATED[1])
    run = await live.start("personal", wait=20, until="blocked")
    refused = await live.client.post(
        f"/api/v1/gates/{(await the_gate(live, run))['id']}/decisions", json={"decision": "approved"}
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "not_an_approver")
