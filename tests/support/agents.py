"""Agents for tests: put where workers publish theirs, and resolved as the start of a run resolves them."""

from typing import Any

from plait.agents import ModelAgent, Used, Uses, hash_of
from plait.clock import now
from plait.store import catalogue
from tests.support.engine import Engine


async def offer_agents(engine: Engine, **said: dict[str, Any]) -> None:
    """Offer these agents to the runs that the engine starts from now on, each by what it says beyond its model."""
    agents = {name: ModelAgent(**{"model": "acme:small", **one}) for name, one in said.items()}
    worker = catalogue.Worker("tests", now(), {})
    await catalogue.publish(engine.pool, worker, {}, {}, agents, now=now())
    uses = {name: Used("code", None, hash_of(agent)) for name, agent in agents.items()}
    engine.uses = Uses(agents={**engine.uses.agents, **uses})


def asks(agent: str = "researcher", task: str = "Find it.", **said: Any) -> dict[str, Any]:
    """A node that has the agent do this."""
    node = {
        name: said.pop(name)
        for name in ("output_schema", "accept", "retry", "timeout", "deadline", "on_error")
        if name in said
    }
    return {"type": "agent_call", "with": {"agent": agent, "task": task, **said}, **node}
