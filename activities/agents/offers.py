"""What a model is offered in an agent's turn: tools, workflows, other agents, and handing the conversation over."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from activities.agents.versions import version_in
from activities.models.request import ToolSpec
from activities.services import Services
from plait.agents import ModelAgent, Uses
from plait.values.schema import compiled

Kind = Literal["tool", "workflow", "agent", "hand_over"]
HAND_OVER = "hand_over:"
TASK = {
    "type": "object",
    "required": ["task"],
    "properties": {
        "task": {"type": "string", "description": "What it is to do, with all that it has to know."},
        "context": {"description": "What else it should see."},
    },
    "additionalProperties": False,
}
"""The parameters of an agent as a tool."""
WHY = {"type": "object", "properties": {"reason": {"type": "string"}}, "additionalProperties": False}
MOST_PROBLEMS = 5


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that a model may call. With `approval` people are asked first."""

    name: str
    kind: Kind
    description: str
    parameters: dict[str, Any]
    approval: bool = False

    @property
    def spec(self) -> ToolSpec:
        """As a model is told of it."""
        return ToolSpec(self.name, self.description, self.parameters)

    def json(self) -> dict[str, Any]:
        """As a turn's input shows it."""
        return asdict(self)

    def refusal(self, args: dict[str, Any], malformed: str | None) -> str | None:
        """Why it cannot be called so, as the model is told; None if it can."""
        if malformed is not None:
            return "The arguments are not a JSON object. Call it again with one."
        if violations := compiled(self.parameters).violations(args):
            said = "; ".join(map(str, violations[:MOST_PROBLEMS]))
            return f"The arguments do not fit its parameters: {said}. Call it again with arguments that do."
        return None


async def offers_of(services: Services, project: str, uses: Uses, agent: ModelAgent) -> list[Offer]:
    """All that the agent may call, in the order in which it names them. What nobody offers now is left out."""
    names = [name for name in agent.tools if not name.startswith("agent:")]
    known = await services.tools.describe(project, names)
    found: list[Offer] = []
    for name in agent.tools:
        asked = name in agent.needs_approval
        if name.startswith("agent:"):
            called = await version_in(services, project, uses, name.removeprefix("agent:"))
            found.append(Offer(name, "agent", called.description, TASK, asked))
        elif (tool := known.get(name)) is not None:
            kind: Kind = "workflow" if name.startswith("workflow:") else "tool"
            found.append(Offer(name, kind, tool.description, tool.parameters, asked))
    for name in agent.hand_over:
        taking = await version_in(services, project, uses, name)
        description = f"Leave the conversation to {name}, who answers then in your place. {taking.description}".strip()
        found.append(Offer(f"{HAND_OVER}{name}", "hand_over", description, WHY))
    return found


def unknown(name: str, offers: Iterable[Offer]) -> str:
    """What a model is told that calls what it does not have."""
    known = ", ".join(offer.name for offer in offers) or "none"
    return f"There is no tool {name[:100]!r}. You have: {known}."
