"""What a run resolved at its start: the models behind aliases, and the versions of agents. No edit reaches it later."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from plait.agents.model import AgentVersion, Origin


@dataclass(frozen=True, slots=True)
class Used:
    """The version of an agent that a run uses; `hash` finds it, `version` is None of one from code."""

    origin: Origin
    version: int | None
    hash: str

    @classmethod
    def of(cls, agent: AgentVersion) -> "Used":
        """This version."""
        return cls(agent.origin, agent.version, agent.hash)


@dataclass(frozen=True, slots=True)
class Uses:
    """The aliases of the project as they stood, and each agent that the run may come to, by name."""

    models: Mapping[str, str] = field(default_factory=dict)
    agents: Mapping[str, Used] = field(default_factory=dict)

    def model(self, reference: str) -> str:
        """`provider:model` for an alias; anything else as it is."""
        return self.models.get(reference, reference)

    def json(self) -> dict[str, Any]:
        """As the run's row keeps it; nothing where nothing was resolved."""
        agents = {
            name: {"origin": used.origin, "version": used.version, "hash": used.hash}
            for name, used in self.agents.items()
        }
        return {"models": dict(self.models), "agents": agents} if self.models or agents else {}

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> "Uses":
        """From the run's row."""
        agents = {name: Used(**used) for name, used in said.get("agents", {}).items()}
        return cls(said.get("models", {}), agents)
