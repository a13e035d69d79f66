"""An agent said in code: what `plait.sdk.agent` takes, and the definition that it makes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import PydanticUserError, ValidationError

from activities.tools.function import Untitled, result_adapter, tool_of
from plait.agents import Limits, ModelAgent, Trimming
from plait.forms import NAME


class AgentInvalid(TypeError):
    """What is said cannot be an agent, and why."""


@dataclass(frozen=True, slots=True)
class CodeAgent:
    """An agent of a worker's: the variable that holds one is what offers it."""

    name: str
    definition: ModelAgent


def agent(
    name: str,
    *,
    model: str,
    instructions: str = "",
    description: str = "",
    tools: Sequence[Any] = (),
    needs_approval: Sequence[Any] = (),
    approvers: Sequence[str] = ("role:admin",),
    hand_over: Sequence[Any] = (),
    output: Any = None,
    max_turns: int = 10,
    max_tokens: int | None = None,
    temperature: float | None = None,
    keep_turns: int | None = None,
    keep_tokens: int | None = None,
    capabilities: Sequence[str] = (),
    tags: Sequence[str] = (),
) -> CodeAgent:
    """Offer an agent to workflows. Its version is a hash of what is said here.

    Args:
        name: The agent as `agent_call` names it.
        model: `provider:model`, or an alias.
        instructions: What it is told before every task. Text as it stands: no template is evaluated in it.
        description: One sentence on what it is for; an agent that may ask this one reads it.
        tools: What it may call: functions with `@tool`, other agents, and names (`read_text`, `workflow:SLUG`).
        needs_approval: Those of its tools for which a person has to agree before each call.
        approvers: Who these people are: `user:ana@x.io`, `group:legal`, `role:admin`.
        hand_over: Agents that it may leave the conversation to.
        output: The type of its answer, or a JSON Schema of it; text if left out.
        max_turns: How often its model is asked at most.
        max_tokens: The longest answer of its model.
        temperature: How much its model varies.
        keep_turns: How many of the newest turns the model still sees; all if left out.
        keep_tokens: How long what it still sees may be.
        capabilities: What it can do, for `GET /agents?capability=`.
        tags: Words to find it by.
    """
    if not NAME.fullmatch(name):
        raise AgentInvalid(f"{name!r} cannot be an agent's name: use a-z, 0-9, _ and -, and begin with a letter")
    try:
        definition = ModelAgent(
            model=model,
            instructions=instructions.strip(),
            description=description,
            tools=tuple(tool_name(each, name) for each in tools),
            needs_approval=tuple(tool_name(each, name) for each in needs_approval),
            approvers=tuple(approvers),
            hand_over=tuple(each.name if isinstance(each, CodeAgent) else each for each in hand_over),
            output_schema=schema_of(output, name),
            limits=Limits(max_turns=max_turns, max_tokens=max_tokens, temperature=temperature),
            trim=Trimming(turns=keep_turns, tokens=keep_tokens),
            capabilities=tuple(capabilities),
            tags=tuple(tags),
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise AgentInvalid(f"agent {name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    return CodeAgent(name, definition)


def tool_name(given: Any, agent: str) -> str:
    """How the registry calls what an agent may use."""
    if isinstance(given, CodeAgent):
        return f"agent:{given.name}"
    if (found := tool_of(given)) is not None:
        return found.entry.name
    if isinstance(given, str):
        return given
    raise AgentInvalid(f"agent {agent}: {given!r} is no tool: decorate the function with @tool, or write a name")


def schema_of(output: Any, agent: str) -> dict[str, Any] | None:
    """The schema of a type; a schema as it is."""
    if output is None or isinstance(output, Mapping):
        return None if output is None else dict(output)
    try:
        return result_adapter(output).json_schema(mode="serialization", schema_generator=Untitled)
    except PydanticUserError as error:
        message = f"agent {agent} has an output that JSON cannot say: {str(error).splitlines()[0]}"
        raise AgentInvalid(message) from None
