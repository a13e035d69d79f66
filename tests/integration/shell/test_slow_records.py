"""Postgres that takes longer to answer than a workflow task may wait."""

import asyncio
from typing import Any

from plait.store.pool import Pool
from tests.support.bodies import each
from tests.support.engine import Engine

HELD = 3.5
"""Seconds for which nothing can be written: more than a local activity gets."""


async def test_what_cannot_be_written_at_once_is_written_when_postgres_answers_again(
    engine: Engine, pool: Pool
) -> None:
    pause: dict[str, Any] = {"type": "wait", "with": {"for": "1s"}}
    step = {"id": "step", "type": "transform", "with": {"value": "{{ item }}"}}
    nodes = {"pause": pause, "each": each("input", step)}
    runs = [await engine.start("pause -> each", nodes=nodes, input=[1, 2, 3]) for _ in range(3)]
    for run in runs:
        await run.until("pause", "waiting")
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("lock table node_runs in access exclusive mode")
        await asyncio.sleep(HELD)
    for run in runs:
        assert await run.ended() == "completed"
        assert (await run.row())["output"] == {"each": [1, 2, 3]}
