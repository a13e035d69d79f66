"""A node whose agent answers elsewhere, in a real run."""

import pytest

from plait.agents import RemoteAgent, Used, Uses, hash_of
from plait.clock import now
from plait.store import catalogue
from tests.support.a2a_server import running_a2a_server
from tests.support.agents import asks
from tests.support.engine import Engine


@pytest.mark.parametrize(
    ("task", "ends", "came"), [("say hello", "completed", "hello"), ("ask", "failed", "AgentInputRequired")]
)
async def test_an_agent_call_may_be_answered_elsewhere(asking: Engine, task: str, ends: str, came: str) -> None:
    async with running_a2a_server() as server:
        partner = RemoteAgent(kind="a2a", url=server.url)
        worker = catalogue.Worker("tests", now(), {})
        await catalogue.publish(asking.pool, worker, {}, {}, {"partner": partner}, now=now())
        asking.uses = Uses(agents={"partner": Used("code", None, hash_of(partner))})
        run = await asking.start("work", nodes={"work": asks("partner", task)})
        assert await run.ended() == ends
        nodes = await run.nodes()
        assert (nodes["work"]["output"] if ends == "completed" else nodes["work"]["error"]["type"]) == came
        assert set(nodes) == {"work", "work.turn~1"}
        # Also where it does not end well: it was put on record before, for an attempt after this one.
        assert nodes["work.turn~1"]["metadata"]["task"]
