"""Webhook endpoints for tests, and events that they are told of."""

from typing import Any
from uuid import UUID

from plait.clock import new_id
from plait.endpoints.signing import new_secret
from plait.store import endpoints, feed
from plait.store.changes import Change, RunRow
from plait.store.endpoint_deliveries import record_deliveries
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.support.runs import NOON, PROJECT, a_run, a_value, an_event

ANN = {"type": "user", "id": "ann", "name": "Ann"}
ENDED = ["workflow.run.completed", "workflow.run.failed"]


async def an_endpoint(
    pool: Pool, url: str, *, kind: str = "http", secret: str | None = None, project: str = PROJECT, **said: Any
) -> UUID:
    """An endpoint that is told of ends unless it is said otherwise; its id."""
    endpoint = new_id()
    chosen = {"types": ENDED, "description": None, "workflow_id": None, "environment": None, "include": []} | said
    row = endpoints.EndpointRow(url=url, **chosen)
    await endpoints.insert_endpoint(pool, endpoint, project, kind, row, secret or new_secret(), ANN, NOON)
    return endpoint


async def an_ended_run(pool: Pool, recorder: Recorder, status: str = "completed", output: Any = None) -> UUID:
    """A run that has ended, of which nobody was told yet."""
    run_id = await a_run(pool)
    value = None if output is None else a_value(output)
    event = an_event(f"workflow.run.{status}", status=status)
    await recorder.put(Change(run_id, PROJECT, run=RunRow(status, NOON, output=value), events=(event,)))
    return run_id


async def feed_all(pool: Pool) -> None:
    """Move all there is into the feed, with the deliveries that follow from it."""
    while (await feed.move(pool, (record_deliveries,)))[0]:
        pass


async def deliveries_of(pool: Pool, endpoint: UUID) -> list[Any]:
    """The endpoint's deliveries, the oldest first."""
    return await pool.fetch(
        "select * from endpoint_deliveries where endpoint_id = $1 order by created_at, id", endpoint
    )
