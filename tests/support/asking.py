"""A worker whose models are all at a server of the test's own, and attempts without a worker."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from asyncpg import Record
from temporalio.client import Client

from activities.kind import NodeContext, NodeError
from activities.models.client import ask_model
from activities.models.messages import user
from activities.models.request import ModelAnswer, ModelRequest
from activities.services import Services
from plait.egress import open_egress
from plait.store.changes import Change
from plait.store.payloads import Payloads
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.support.engine import Engine, running_engine
from tests.support.model_registry import SECRETS, registry_at
from tests.support.model_server import ModelServer
from tests.support.model_steps import Step
from tests.support.recorded import RecordedRun, begin
from tests.support.tools import registry

LLM = {"model": "acme:small", "prompt": "What is it?"}


@pytest.fixture
async def asking(
    temporal: Client, pool: Pool, recorder: Recorder, models: ModelServer, tmp_path: Path
) -> AsyncIterator[Engine]:
    """A worker that has the key, in an engine that starts runs."""
    known = registry_at(models)
    async with running_engine(
        temporal, pool, recorder, files_dir=tmp_path, secrets=SECRETS, known_models=known
    ) as engine:
        yield engine


class Asker:
    """Asks models as an attempt of a node would, without a workflow around it."""

    def __init__(self, services: Services, server: ModelServer) -> None:
        self.services, self.server, self.told = services, server, list[str]()

    async def context(self, *, attempt: int = 1, run: RecordedRun | None = None) -> NodeContext:
        """What the function of the node `a` of a run is told."""
        run = run or await begin(self.services, "a", nodes={"a": {"type": "llm", "with": LLM}})
        task = run.task("a")
        return NodeContext(
            run_id=str(run.id),
            path="a",
            node=run.plan.find("a"),
            generation=1,
            attempt=attempt,
            idempotency_key=f"{run.id}/a/1",
            task=task,
            services=self.services,
            heartbeat=lambda *, message: self.told.append(message),
            log=lambda *said: self.told.append(str(said[0])),
        )

    async def __call__(self, *steps: Step, context: NodeContext | None = None, **said: Any) -> ModelAnswer:
        """The answer to one question, and what the server does first."""
        self.server.then(*steps)
        request = ModelRequest(**{"model": "acme:small", "messages": [user("What is it?")], **said})
        context = context or await self.context()
        answer = await ask_model(context, request)
        await self._written(context)
        return answer

    async def failure(self, *steps: Step, **said: Any) -> NodeError:
        """Why there is no answer."""
        with pytest.raises(NodeError) as caught:
            await self(*steps, **said)
        return caught.value

    async def spending(self, context: NodeContext) -> list[Record]:
        """What is on record of the run's calls, the oldest first."""
        await self._written(context)
        return await self.services.pool.fetch(
            "select * from spending where run_id = $1 order by id", UUID(context.run_id)
        )

    async def _written(self, context: NodeContext) -> None:
        """Put something behind what was noted, as the shell puts the node's end."""
        await self.services.recorder.put(Change(UUID(context.run_id), context.task.project))


@pytest.fixture
async def asker(pool: Pool, recorder: Recorder, models: ModelServer, tmp_path: Path) -> AsyncIterator[Asker]:
    """One that has the key and reaches the server."""
    tools = registry()
    async with open_egress("127.0.0.0/8") as egress:
        services = Services(
            pool, recorder, Payloads(pool), egress, tools, tmp_path, SECRETS, known_models=registry_at(models)
        )
        yield Asker(services, models)
    tools.close()
