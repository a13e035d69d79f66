"""Providers and tools at their worst: every run ends, nobody is hammered, and what was paid for is shown."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client

from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.support.agents import asks, offer_agents
from tests.support.audit import audited_pool
from tests.support.engine import Engine, Run, running_engine
from tests.support.model_registry import SECRETS, registry_at
from tests.support.model_server import ModelServer
from tests.support.model_steps import calls, fails, gives, malformed, says

ASKERS = 24
STORM = 1.0
"""Seconds for which the provider wants nobody to ask."""
SCHEMA = {"type": "object", "required": ["sum"], "properties": {"sum": {"type": "number"}}}
SOON = {"max_attempts": 5, "initial_interval": "10ms", "max_interval": "50ms"}


@pytest.fixture
async def asking(
    temporal: Client, pool: Pool, recorder: Recorder, models: ModelServer, tmp_path: Path
) -> AsyncIterator[Engine]:
    """A worker whose models are all at one server."""
    async with running_engine(
        temporal, pool, recorder, files_dir=tmp_path, secrets=SECRETS, known_models=registry_at(models)
    ) as engine:
        yield engine


def llm(prompt: str = "Add it up.", **said: Any) -> dict[str, Any]:
    """A node that asks."""
    return {"type": "llm", "with": {"model": "acme:small", "prompt": prompt}, **said}


async def calls_on_record(run: Run) -> list[str]:
    """What became of each call that was begun, the oldest first."""
    rows = await run.engine.pool.fetch("select status from spending where run_id = $1 order by id", run.id)
    return [row["status"] for row in rows]


@pytest.mark.timeout(150)
async def test_a_storm_of_429_is_waited_out_by_all_and_the_provider_is_not_hammered(
    asking: Engine, models: ModelServer
) -> None:
    models.always(fails(429, retry_after=str(int(STORM))))
    nodes = {f"n{number}": llm(retry={"max_attempts": 10}) for number in range(ASKERS)}
    run = await asking.start("; ".join(nodes), nodes=nodes)
    async with asyncio.timeout(60):  # the first question loads the library
        while not models.asked:
            await asyncio.sleep(0.01)
    await asyncio.sleep(STORM)
    in_the_storm = len(models.asked)
    models.when("", says("42"))
    assert await run.ended(60) == "completed"
    assert {row["status"] for row in (await run.nodes()).values()} == {"completed"}
    # Those that were under way when the first refusal came, and a few that tried whether it was over.
    assert in_the_storm <= ASKERS + 10
    assert len(models.asked) <= in_the_storm + ASKERS + 10


async def test_answers_that_are_no_json_are_asked_for_again_and_each_that_was_paid_is_shown(
    asking: Engine, models: ModelServer
) -> None:
    models.then(malformed(), says("The sum is twelve."), gives({"sum": "twelve"}), gives({"sum": 12}))
    run = await asking.start("a", nodes={"a": llm(output_schema=SCHEMA, retry=SOON)})
    assert await run.ended() == "completed"
    assert (await run.nodes())["a"]["output"] == {"sum": 12}
    assert len(models.asked) == 4
    assert await calls_on_record(run) == ["assumed", "spent", "spent", "spent"]
    await audited_pool(asking.pool, asking.temporal)


async def test_a_model_that_calls_what_it_does_not_have_for_ever_is_stopped(
    asking: Engine, models: ModelServer
) -> None:
    models.always(calls(("no_such_tool", {"value": "{{ input }}"})))
    await offer_agents(asking, researcher={"tools": ("work",)})
    run = await asking.start("a", nodes={"a": asks(max_turns=4)})
    assert await run.ended() == "failed"
    assert (await run.nodes())["a"]["error"]["type"] == "TurnsExhausted"
    assert len(models.asked) == 4
    assert await calls_on_record(run) == ["spent"] * 4
    await audited_pool(asking.pool, asking.temporal)


@pytest.mark.timeout(60)
async def test_a_tool_that_gives_a_hundred_megabytes_is_refused_while_others_go_on(
    asking: Engine, models: ModelServer
) -> None:
    models.when("Flood.", calls(("big", {"size": 100_000_000})))
    models.when("ResultTooLarge", says("It was too much."))
    await offer_agents(asking, researcher={"tools": ("big",)})
    run = await asking.start("a", nodes={"a": asks(task="Flood.")})
    slowest = 0.0
    while (await run.row())["status"] in {"pending", "running"}:
        began = time.perf_counter()
        assert await (await asking.start("b")).ended() == "completed"
        slowest = max(slowest, time.perf_counter() - began)
    assert (await run.nodes())["a"]["output"] == "It was too much."
    assert slowest < 10


async def test_what_was_said_with_templates_in_it_is_text_to_models_and_nodes_behind_them(
    asking: Engine, models: ModelServer
) -> None:
    sly = "{{ env.secret }} {% raw %} {{ nodes.a.output }}"
    models.then(says(sly))
    behind = {"type": "transform", "with": {"value": "It said: {{ nodes.a.output }}"}}
    run = await asking.start("a -> b", nodes={"a": llm("{{ input.text }}"), "b": behind}, input={"text": sly})
    assert await run.ended() == "completed"
    assert models.asked[0].last == sly
    assert (await run.nodes())["b"]["output"] == f"It said: {sly}"
