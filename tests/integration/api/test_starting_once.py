"""A start that is asked for again, however often and at once, is one run."""

import asyncio
from typing import Any

import httpx2
import pytest

from api.resources import Resources
from tests.integration.api.support import save

RUN = "/api/v1/workflows/greeting/run"


@pytest.mark.parametrize("said", [{}, {"key": "order-7"}, {"key": "order-7", "on_conflict": "use_existing"}])
async def test_fifty_retries_at_once_are_one_run(
    client: httpx2.AsyncClient, resources: Resources, said: dict[str, Any]
) -> None:
    await save(client)
    body, headers = {"input": {"name": "Ana"}, **said}, {"Idempotency-Key": "start-1"}
    answers = await asyncio.gather(*(client.post(RUN, json=body, headers=headers) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {202}, [answer.text for answer in answers]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
    assert await resources.pool.fetchval("select count(*) from workflow_runs") == 1
