"""A worker whose models are all at a server of the test's own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client

from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.support.engine import Engine, running_engine
from tests.support.model_registry import SECRETS, registry_at
from tests.support.model_server import ModelServer


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
