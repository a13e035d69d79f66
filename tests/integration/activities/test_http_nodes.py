"""`http_request` as a node of a run: what Temporal makes of its failures."""

from typing import Any

from tests.support.engine import Engine
from tests.support.http_server import HttpServer


def get(server: HttpServer, path: str) -> dict[str, Any]:
    return {"type": "http_request", "with": {"method": "GET", "url": server.url + path}}


async def test_a_server_that_fails_first_is_asked_again_after_the_delay_it_wished(
    engine: Engine, http_server: HttpServer
) -> None:
    http_server.retry_after = "1"
    retry = {"max_attempts": 3, "initial_interval": "90s"}
    run = await engine.start("a", nodes={"a": {**get(http_server, "/fails/1"), "retry": retry}})
    assert await run.ended(timeout=60) == "completed"
    row = (await run.nodes())["a"]
    assert row["output"]["body"] == {"call": 2}
    assert (row["completed_at"] - row["started_at"]).total_seconds() >= 1


async def test_a_client_error_is_asked_once(engine: Engine, http_server: HttpServer) -> None:
    run = await engine.start("a", nodes={"a": get(http_server, "/status/404")})
    assert await run.ended() == "failed"
    assert len(http_server.seen) == 1
    assert (await run.row())["error"]["type"] == "HttpStatus"


async def test_each_attempt_carries_the_same_idempotency_key(engine: Engine, http_server: HttpServer) -> None:
    node = {**get(http_server, "/fails/2"), "retry": {"max_attempts": 3, "initial_interval": "10ms"}}
    node["with"] = {**node["with"], "method": "POST"}
    run = await engine.start("a", nodes={"a": node})
    assert await run.ended() == "completed"
    assert {seen.headers["idempotency-key"] for seen in http_server.seen} == {f"{run.id}/a/1"}
