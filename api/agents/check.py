"""What is wrong with an agent where it is to be stored: it names what is not there, or would ask itself. Pure."""

from collections.abc import Iterator, Mapping

from interpreter.catalogue import Catalogue
from interpreter.plan.draft import did_you_mean
from interpreter.plan.models import misnamed
from interpreter.problems import Problem
from plait.agents import Definition, ModelAgent
from plait.values.schema import SchemaInvalid, compiled

AGENT, WORKFLOW = "agent:", "workflow:"


def check_agent(
    name: str, definition: Definition, catalogue: Catalogue, agents: Mapping[str, Definition]
) -> Iterator[Problem]:
    """Everything at once, each with its mend; `agents` are those that may be named besides this one."""
    if definition.output_schema is not None:
        try:
            compiled(definition.output_schema)
        except SchemaInvalid as error:
            message = f"This is not a JSON Schema: {error}."
            yield Problem("invalid_schema", message, ("output_schema",), fix="Write it as JSON Schema 2020-12 says.")
    if isinstance(definition, ModelAgent):
        yield from _model(definition, catalogue)
        yield from _tools(definition, catalogue, {**agents, name: definition})
        yield from _circle(name, definition, agents)


def _model(definition: ModelAgent, catalogue: Catalogue) -> Iterator[Problem]:
    if catalogue.models is not None and (wrong := misnamed(definition.model, catalogue.models)):
        yield Problem("unknown_model", wrong[0], ("model",), fix=wrong[1])


def _tools(definition: ModelAgent, catalogue: Catalogue, agents: Mapping[str, Definition]) -> Iterator[Problem]:
    for index, tool in enumerate(definition.tools):
        path = ("tools", index)
        if tool.startswith(AGENT):
            yield from _agent(tool.removeprefix(AGENT), agents, path)
        elif tool.startswith(WORKFLOW):
            slug, known = tool.removeprefix(WORKFLOW), catalogue.workflows or {}
            if slug not in known:
                fix = did_you_mean(slug, known, "Save that workflow first.")
                yield Problem("unknown_workflow", f"There is no workflow `{slug}`.", path, fix=fix)
        elif tool not in catalogue.tools:
            fix = did_you_mean(tool, catalogue.tools, "Store it, or start a worker that offers it.")
            yield Problem("unknown_tool", f"There is no tool `{tool}`.", path, fix=fix)
    for index, tool in enumerate(definition.needs_approval):
        if tool not in definition.tools:
            fix = did_you_mean(tool, definition.tools, "Add it to `tools`, or take it out.")
            message = f"`{tool}` needs approval, and is none of the agent's tools."
            yield Problem("unknown_tool", message, ("needs_approval", index), fix=fix)
    for index, name in enumerate(definition.hand_over):
        yield from _agent(name, agents, ("hand_over", index))


def _agent(name: str, agents: Mapping[str, Definition], path: tuple[str | int, ...]) -> Iterator[Problem]:
    if name not in agents:
        fix = did_you_mean(name, agents, "Store that agent first, or start a worker that has it.")
        yield Problem("unknown_agent", f"There is no agent `{name}`.", path, fix=fix)


def _circle(name: str, definition: ModelAgent, agents: Mapping[str, Definition]) -> Iterator[Problem]:
    """An agent that asks another one waits for it; one that waits for itself waits for ever."""
    ways: dict[str, tuple[str, ...]] = {each: (each,) for each in asked_by(definition)}
    waiting = list(ways)
    for each in waiting:
        for further in asked_by(agents[each]) if each in agents and each != name else ():
            if further not in ways:
                ways[further] = (*ways[each], further)
                waiting.append(further)
    if name in ways:
        message = f"The agent would ask itself: {' -> '.join((name, *ways[name]))}."
        yield Problem("recursion", message, ("tools",), fix="Take one of them out, or use `hand_over`.")


def asked_by(definition: Definition) -> tuple[str, ...]:
    """The agents that it has as tools."""
    tools = definition.tools if isinstance(definition, ModelAgent) else ()
    return tuple(tool.removeprefix(AGENT) for tool in tools if tool.startswith(AGENT))
