"""Runs under a budget: what stops, what goes on, what is shown, and that nothing is spent twice."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from asyncpg import Record
from temporalio.client import Client

from plait.models import Price, Registry
from plait.store.commands import write_budget
from plait.store.pool import Pool
from plait.store.recorder import Recorder
from tests.support.agents import asks, offer_agents
from tests.support.documents import a_node
from tests.support.engine import Engine, Run, running_engine
from tests.support.histories import replayed
from tests.support.model_registry import SECRETS, registry_at
from tests.support.model_server import ModelServer
from tests.support.model_steps import calls, says

DOLLAR_A_THOUSAND = Price(Decimal(1_000), Decimal(1_000))
"""Each token is a tenth of a cent."""
ASK = {"type": "llm", "with": {"model": "acme:small", "prompt": "What is it?", "max_tokens": 20}}


@pytest.fixture
async def paying(
    temporal: Client, pool: Pool, recorder: Recorder, models: ModelServer, tmp_path: Path
) -> AsyncIterator[Engine]:
    """A worker whose models cost something."""
    known = registry_at(models)
    acme = replace(known.providers["acme"], prices={"small": DOLLAR_A_THOUSAND})
    priced = Registry({**known.providers, "acme": acme}, known.aliases)
    async with running_engine(
        temporal, pool, recorder, files_dir=tmp_path, secrets=SECRETS, known_models=priced
    ) as engine:
        yield engine


async def is_paused(run: Run, timeout: float = 60) -> Record:
    """Wait until the run waits for money and nothing is at work."""
    async with asyncio.timeout(timeout):
        while (row := await run.row())["status"] != "paused" or row["executing"] or row["reserved_tokens"]:
            await asyncio.sleep(0.02)
    return row


async def raise_to(run: Run, **budget: Any) -> None:
    """Raise the limits as the API does."""
    await write_budget(run.engine.pool, run.id, budget)
    await run.command("budget", **budget)


async def test_a_fan_out_of_a_hundred_stops_at_the_budget_and_goes_on_when_it_is_raised(
    paying: Engine, models: ModelServer
) -> None:
    models.always(says("It is.", usage=(10, 5)))
    each = {"type": "map", "with": {"items": "input", "nodes": [{"id": "ask", **ASK}]}}
    run = await paying.start("each", input=list(range(100)), nodes={"each": each}, budget={"cost_usd": 0.9})
    row = await is_paused(run)
    over = row["pause"]["budget"]
    assert (over["limit"], over["amount"], over["of"], over["run_id"]) == ("cost_usd", "0.9", "run", str(run.id))
    assert row["spent_usd"] <= Decimal("0.9")
    asked = len(models.asked)
    assert row["spent_usd"] == asked * Decimal("0.015")
    assert 20 < asked < 61
    await raise_to(run, cost_usd=10)
    assert await run.ended(60) == "completed"
    assert len(models.asked) == 100
    row = await run.row()
    assert (row["cost_usd"], row["input_tokens"], row["output_tokens"]) == (Decimal("1.5"), 1000, 500)
    attempts = [node["attempt"] for path, node in (await run.nodes()).items() if path.endswith(".ask")]
    assert attempts == [1] * 100
    events = await run.events()
    assert events.count("run.budget_exceeded") == events.count("run.paused") == 1
    assert events.count("run.resumed") == 1


async def test_an_attempt_that_finds_no_money_is_not_spent(paying: Engine, models: ModelServer) -> None:
    models.then(says("no", usage=(100, 40)), says("yes", usage=(5, 5)))
    ask = {**ASK, "accept": "output == 'yes'", "retry": {"max_attempts": 2, "initial_interval": "10ms"}}
    run = await paying.start("a", nodes={"a": ask}, budget={"tokens": 150})
    row = await is_paused(run)
    assert row["pause"]["budget"]["limit"] == "tokens"
    node = (await run.nodes())["a"]
    assert (node["status"], node["attempt"]) == ("pending", 2)
    assert await run.statuses() == {"a": "pending"}
    await raise_to(run, tokens=1000)
    assert await run.ended() == "completed"
    node = (await run.nodes())["a"]
    assert [(one["attempt"], one["status"]) for one in node["attempts"]] == [(1, "failed"), (2, "completed")]
    assert (node["cost_usd"], node["input_tokens"]) == (Decimal("0.15"), 105)
    await replayed(run.handle, "budget_met")


async def test_a_run_that_waits_for_money_can_be_cancelled(paying: Engine) -> None:
    run = await paying.start("a -> b", nodes={"a": ASK}, budget={"tokens": 1})
    await is_paused(run)
    await run.cancel()
    assert await run.ended() == "cancelled"
    assert await run.statuses() == {"a": "cancelled", "b": "cancelled"}
    await replayed(run.handle, "budget_met_and_cancelled")


async def test_what_cleans_up_and_finds_no_money_fails_and_holds_nothing_up(paying: Engine) -> None:
    clean = {**ASK, "join": {"mode": "always"}}
    run = await paying.start("a -> z", nodes={"a": {"with": {"tool": "fail"}}, "z": clean}, budget={"tokens": 1})
    assert await run.ended() == "failed"
    node = (await run.nodes())["z"]
    assert (node["status"], node["error"]["type"]) == ("failed", "BudgetExceeded")
    await replayed(run.handle, "budget_met_while_stopping")


async def test_seconds_are_those_in_which_an_activity_executes(paying: Engine) -> None:
    slow = a_node("a", **{"with": {"tool": "sleep", "args": {"seconds": 0.3}}})
    run = await paying.start(
        "w -> a -> b",
        nodes={"w": {"type": "wait", "with": {"for": "500ms"}}, "a": slow, "b": {}},
        budget={"seconds": 0.2},
    )
    row = await is_paused(run)
    assert row["pause"]["budget"]["limit"] == "seconds"
    assert (await run.statuses())["a"] == "completed"
    await raise_to(run, seconds=60)
    assert await run.ended() == "completed"


async def test_a_model_whose_price_is_not_known_wants_a_limit_of_tokens(paying: Engine, models: ModelServer) -> None:
    models.always(says("It is.", usage=(10, 5)))
    ask = {**ASK, "with": {**ASK["with"], "model": "claude:new"}}
    refused = await paying.start("a", nodes={"a": ask}, budget={"cost_usd": 1})
    assert await refused.ended() == "failed"
    error = (await refused.row())["error"]
    assert error["type"] == "PriceUnknown"
    assert (
        "the budget of the run cannot hold: say it with plait models set claude --price new=IN/OUT" in error["message"]
    )
    run = await paying.start("a", nodes={"a": ask}, budget={"cost_usd": 1, "tokens": 1000})
    assert await run.ended() == "completed"
    row = await run.row()
    assert (row["cost_usd"], row["flags"], row["input_tokens"]) == (None, ["cost_unknown"], 10)


async def test_an_agent_waits_for_money_between_its_turns_and_goes_on_with_the_next(
    paying: Engine, models: ModelServer
) -> None:
    models.then(calls(("work", {"value": "a"}), usage=(100, 40)), says("It is here.", usage=(20, 5)))
    await offer_agents(paying, researcher={"tools": ("work",), "limits": {"max_tokens": 20}})
    run = await paying.start("research", nodes={"research": asks()}, budget={"tokens": 160})
    row = await is_paused(run)
    assert row["pause"]["budget"]["path"] == "research.turn~2"
    assert (await run.statuses())["research.turn~1.work~1"] == "completed"
    await raise_to(run, tokens=1000)
    assert await run.ended() == "completed"
    assert len(models.asked) == 2
    assert (await run.row())["input_tokens"] == 120
    nodes = await run.nodes()
    assert nodes["research.turn~2"]["agent"] == "researcher"
    assert (nodes["research"]["cost_usd"], nodes["research"]["input_tokens"]) == (Decimal("0.165"), 120)
