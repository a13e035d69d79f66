"""What a worker loads of its providers' libraries, and when."""

from pathlib import Path
from typing import Any, cast

from activities.models.calling import call
from activities.models.library import asked_here, library_for, loading_ahead
from activities.services import Services
from activities.tools.registry import ToolRegistry
from plait.clock import now
from plait.models import Provider
from plait.store.models import put_provider
from plait.store.payloads import Payloads
from plait.store.pool import Pool
from plait.store.recorder import Recorder


def services_with(pool: Pool, recorder: Recorder, *secrets: str) -> Services:
    kept = dict.fromkeys(secrets, "sk-1")
    return Services(pool, recorder, Payloads(pool), cast("Any", None), ToolRegistry(), Path(), secrets=kept)


async def test_a_worker_loads_ahead_what_it_has_keys_for_and_nothing_else(pool: Pool, recorder: Recorder) -> None:
    assert await asked_here(services_with(pool, recorder, "CRM_TOKEN")) == set()
    mine = services_with(pool, recorder, "OPENAI_API_KEY", "STAGING_ACME_KEY")
    assert await asked_here(mine) == {"openai"}
    await put_provider(pool, "default", Provider("acme", "google", None, "ACME_KEY"), {}, now())
    assert await asked_here(mine) == {"openai", "google"}
    await put_provider(pool, "default", Provider("here", "anthropic", "http://127.0.0.1:9"), {}, now())
    assert await asked_here(services_with(pool, recorder)) == {"anthropic"}


async def test_what_is_loaded_calls_models_and_stopping_the_worker_waits_for_nothing(
    pool: Pool, recorder: Recorder
) -> None:
    async with loading_ahead(services_with(pool, recorder, "OPENAI_API_KEY")):
        assert (await library_for("openai")).call is call
