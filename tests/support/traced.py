"""A process with an API, a workflow and an activity, all traced: `python -m tests.support.traced`."""

import asyncio
import contextlib
import logging
import sys
from datetime import timedelta
from uuid import uuid4

import httpx2
from fastapi import FastAPI
from temporalio import activity, workflow
from temporalio.client import WorkflowFailureError
from temporalio.common import RetryPolicy
from temporalio.worker import Worker

from plait.settings import Settings
from plait.telemetry import open_telemetry
from plait.telemetry.logs import configure_logging
from plait.temporal import connect
from worker.interceptors import RunContext

ONCE = RetryPolicy(maximum_attempts=1)
QUEUE = f"traced-{uuid4()}"


@activity.defn
async def step(secret: str) -> str:
    logging.getLogger("step").warning("working")
    if "fails" in sys.argv:
        raise ValueError(secret)
    return secret


@workflow.defn(sandboxed=False)
class Traced:
    @workflow.run
    async def run(self, secret: str) -> str:
        return await workflow.execute_activity(
            step, secret, start_to_close_timeout=timedelta(seconds=10), retry_policy=ONCE
        )


async def main() -> None:
    """One request, one run, everything flushed."""
    settings = Settings()
    configure_logging(settings)
    async with open_telemetry(settings, "test") as telemetry:
        client = await connect(settings, telemetry=telemetry)
        app = FastAPI(telemetry={"tracer_provider": telemetry.tracer_provider, "logs": False})

        @app.post("/start")
        async def start() -> None:
            await client.start_workflow(Traced.run, "hunter2", id=QUEUE, task_queue=QUEUE)

        async with Worker(client, task_queue=QUEUE, workflows=[Traced], activities=[step], interceptors=[RunContext()]):
            async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test") as http:
                (await http.post("/start")).raise_for_status()
            with contextlib.suppress(WorkflowFailureError):
                await client.get_workflow_handle(QUEUE).result()


if __name__ == "__main__":
    asyncio.run(main())
