"""What a run uses from the registries, settled at its start: the models behind aliases, the versions of agents."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from interpreter.plan.model import Plan
from interpreter.plan.models import models_named
from interpreter.problems import Problem
from plait.agents import AgentVersion, ModelAgent, Used, Uses
from plait.errors import Invalid
from plait.models import Registry, UnknownModel, resolve
from plait.store.agents import read_agents
from plait.store.models import read_registry
from plait.store.runs import Database


@dataclass(frozen=True, slots=True)
class Named:
    """The models and the agent that a node names as they stand; what a template makes of data is settled by the node."""

    node: str
    models: tuple[str, ...] = ()
    agent: str | None = None


async def find_uses(db: Database, project: str, defaults: Registry, plan: Plan) -> Uses:
    """What the registries say now of what the plan names; nothing, and no look at them, where it asks no model.

    Raises Invalid (`workflow_invalid`) with every model and agent that is not there.
    """
    named = list(named_in(plan))
    if not named:
        return Uses()
    registry = await read_registry(db, project, defaults)
    agents = await read_agents(db, project) if any(each.agent for each in named) else {}
    reached = reach(agents, (each.agent for each in named if each.agent))
    if problems := list(lacking(named, registry, reached)):
        raise Invalid(problems[0].message, code="workflow_invalid", problems=problems)
    return Uses(dict(registry.aliases), {name: Used.of(found) for name, found in sorted(reached.items()) if found})


def named_in(plan: Plan) -> Iterator[Named]:
    """What each node that asks a model names, its compensation too."""
    for region in plan.regions:
        for planned in (each for each in region.nodes if each.step is None):
            node = planned.node
            asked = [(node.type, node.with_)]
            if node.compensate is not None:
                asked.append((node.compensate.type, node.compensate.with_))
            for kind, said in asked:
                if kind == "llm":
                    yield Named(node.id, tuple(reference for reference, _ in models_named(kind, said)))
                elif kind == "agent_call":
                    yield Named(node.id, agent=str(said.get("agent")))


def reach(agents: Mapping[str, AgentVersion], names: Iterable[str]) -> dict[str, AgentVersion | None]:
    """These agents and all that they may ask or hand over to; None for one that is not there."""
    reached: dict[str, AgentVersion | None] = {}
    waiting = list(names)
    for name in waiting:
        if name not in reached:
            reached[name] = found = agents.get(name)
            waiting += found.definition.agents if found else ()
    return reached


def lacking(
    named: Iterable[Named], registry: Registry, reached: Mapping[str, AgentVersion | None]
) -> Iterator[Problem]:
    """Everything that is named and not there, each with its mend."""
    for each in named:
        for model in each.models:
            yield from _unresolved(model, registry, each.node)
    for name, found in reached.items():
        node = next((each.node for each in named if each.agent == name), None)
        match found and found.definition:
            case None:
                message = f"There is no agent `{name}`."
                yield Problem("unknown_agent", message, (), node, "Store it, or start a worker that has it.")
            case ModelAgent(model=model):
                yield from _unresolved(model, registry, node)
            case _:
                pass


def _unresolved(model: str, registry: Registry, node: str | None) -> Iterator[Problem]:
    try:
        resolve(model, registry)
    except UnknownModel as error:
        yield Problem("unknown_model", error.message, (), node, error.fix)
