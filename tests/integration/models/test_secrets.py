"""The key of a model reaches its server, and is found nowhere else."""

from io import StringIO

from plait.store.pool import Pool
from tests.support.agents import asks, offer_agents
from tests.support.engine import Engine
from tests.support.leaks import payloads_with, rows_with
from tests.support.model_registry import KEY
from tests.support.model_server import ModelServer
from tests.support.model_steps import calls, fails, says


async def test_a_key_is_neither_stored_nor_logged_whatever_a_provider_says_of_it(
    asking: Engine, models: ModelServer, pool: Pool, logged: StringIO
) -> None:
    await offer_agents(asking, researcher={"tools": ["work"]})
    quoted = f"the key {KEY} is over its limit"
    models.then(fails(500, quoted), calls(("work", {"value": 1})), says("Done."), fails(401, quoted))
    retry = {"max_attempts": 2, "initial_interval": "10ms"}
    broken = {"type": "llm", "with": {"model": "acme:small", "prompt": "x"}}
    run = await asking.start("a -> b", nodes={"a": asks(retry=retry), "b": broken})
    assert await run.ended() == "failed"
    assert {each.headers["authorization"] for each in models.asked} == {f"Bearer {KEY}"}
    assert (len(models.asked), (await run.row())["error"]["type"]) == (4, "ModelAuth")
    assert await rows_with(pool, KEY) == []
    assert str(run.id) in logged.getvalue()
    assert KEY not in logged.getvalue()
    assert await payloads_with(run.handle, KEY) == []
