"""An agent begins: what it is given goes on record, with the versions that it goes by. And it ends, with its last turn's answer."""

from typing import Any, cast

from activities.agents.record import TURN, rows_at, value_of, values_of
from activities.agents.versions import version_in
from activities.kind import NodeError
from activities.models.messages import checked
from activities.models.node import MOST_KEPT
from activities.services import Services
from activities.shell.attempt import Attempt
from interpreter.plan.bodies import MOST_TURNS
from interpreter.values import Json, canonical, digest
from plait.agents import Definition, ModelAgent, Uses, hash_of
from plait.store.tasks import NodeFound

DEPTH = 8
"""Agents that may have called each other."""


async def opened_with(attempt: Attempt, uses: Uses, given: dict[str, Any]) -> dict[str, Any]:
    """What the agent's row keeps: what it was given, its most turns, and the versions of all that it may come to.

    Raises NodeError.
    """
    refuse_too_deep(attempt.task.path)
    services, project = attempt.services, attempt.task.project
    agent = await version_in(services, project, uses, given["agent"])
    if not given.get("task") and not given.get("messages"):
        raise NodeError("TaskMissing", "an agent needs a `task` or `messages`", category="input")
    if given.get("messages"):
        checked(given["messages"])
    return {
        **given,
        "max_turns": _most_turns(given, agent),
        "versions": await _versions(services, project, uses, agent),
    }


def refuse_too_deep(path: str) -> None:
    """Raises NodeError where there are too many agents above this one."""
    if path.count(TURN) >= DEPTH:
        raise NodeError("TooDeep", f"agents call each other at most {DEPTH} deep", category="input")


def _most_turns(given: dict[str, Any], agent: Definition) -> int:
    own = agent.limits.max_turns if isinstance(agent, ModelAgent) else 1
    wanted = given.get("max_turns") or own
    if not isinstance(wanted, int) or not 1 <= wanted <= MOST_TURNS:
        message = f"`max_turns` has to be a whole number from 1 to {MOST_TURNS}"
        raise NodeError("MaxTurnsInvalid", message, category="input")
    return wanted


async def _versions(services: Services, project: str, uses: Uses, agent: Definition) -> dict[str, str]:
    """By what a rerun knows whether the agent would do the same: its definition, those of the agents that it may come
    to, what their models' aliases stand for, and their tools.
    """
    found, waiting = {"": agent}, list(agent.agents)
    for name in waiting:
        if name not in found:
            found[name] = await version_in(services, project, uses, name)
            waiting += found[name].agents
    tools = {tool for one in found.values() if isinstance(one, ModelAgent) for tool in one.tools}
    described = await services.tools.describe(project, sorted(tools))
    schemas = {name: tool.parameters for name, tool in described.items()}
    agents = {
        name: [hash_of(one), uses.model(one.model) if isinstance(one, ModelAgent) else None]
        for name, one in found.items()
    }
    return {"agents": digest(canonical(agents)), "tools": digest(canonical(schemas))}


async def concluded(attempt: Attempt) -> Json:
    """The agent's output: the answer of its last turn. What all of it took goes into `meta`."""
    services, task = attempt.services, attempt.task
    paths = [f"{task.path}{TURN}{number}" for number in range(1, MOST_TURNS + 1)]
    found = await rows_at(services, task, paths)
    turns = [found[path] for path in paths if path in found]
    outputs = await values_of(services, task.project, [turn.output for turn in turns])
    called = [call["path"] for output in outputs for call in output["calls"] if call["path"] is not None]
    calls = await rows_at(services, task, called) if called else {}
    attempt.meta = _taken([*turns, *calls.values()])
    sent = cast("dict[str, Any]", await value_of(services, task.project, turns[-1].input))
    messages = [*sent["messages"], outputs[-1]["message"]]
    said = turns[-1].metadata or {}
    attempt.meta |= {"turns": len(turns), "model": said.get("model"), "finish_reason": said.get("finish_reason")}
    attempt.meta["agent"] = outputs[-1]["agent"]
    if len(canonical(messages)) <= MOST_KEPT:
        attempt.meta["messages"] = messages
    return outputs[-1]["output"]


def _taken(rows: list[NodeFound]) -> dict[str, Any]:
    """Tokens and money of all turns, those of agents that were called among them; one unknown cost makes the sum unknown."""
    metas = [row.metadata for row in rows if row.metadata is not None and "usage" in row.metadata]
    usage = {
        kind: sum(meta["usage"][kind] for meta in metas) for kind in ("input_tokens", "output_tokens", "cached_tokens")
    }
    costs = [meta["cost_usd"] for meta in metas]
    return {"usage": usage, "cost_usd": None if None in costs else round(sum(costs), 12)}
